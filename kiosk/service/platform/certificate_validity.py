"""When a certificate is valid, in words that tell a wrong clock from a wrong certificate."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509

_UNITS = ((86_400, "days", 2 * 86_400), (3_600, "hours", 2 * 3_600), (60, "minutes", 120), (1, "s", 0))
"""Seconds of each unit, its word, and from how many seconds on it is used."""


def fault(certificate: x509.Certificate, now: int) -> str | None:
    """What comes after "it": "is valid in 90 s …", "ended 3 days ago …". None while valid at ``now``, epoch seconds."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if begins.timestamp() > now:
        span = lasting(int(begins.timestamp()) - now)
        clock = _moment(datetime.fromtimestamp(now, UTC))
        return (
            f"is valid in {span} (from {_moment(begins)}); this machine's clock says {clock}: if that is wrong, set it"
        )
    if ends.timestamp() < now:
        return f"ended {lasting(now - int(ends.timestamp()))} ago ({_moment(ends)})"
    return None


def lasting(seconds: int) -> str:
    """A span of time, rounded down: "90 s", "5 minutes", "3 days"."""
    size, word, _ = next(unit for unit in _UNITS if seconds >= unit[2])
    return f"{seconds // size} {word}"


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")
