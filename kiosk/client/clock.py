"""Whose clock is wrong, where a certificate is not good "now" by this computer's.

The service is asked for its time over a connection that is verified as always but for time itself (OpenSSL's
``X509_V_FLAG_NO_CHECK_TIME``). Its answer is said to people and used for nothing else: a key of a certificate that has
ended may be somebody else's by now.
"""

from __future__ import annotations

import email.utils
import ssl
import time
from dataclasses import dataclass

import httpx

from kiosk.client.errors import ClientError, ClockWrongError, UntrustedServiceError
from kiosk.client.trust import context_for

NOT_YET, ENDED = 9, 10
"""``X509_V_ERR_CERT_NOT_YET_VALID``, ``X509_V_ERR_CERT_HAS_EXPIRED``."""
NO_CHECK_TIME = 0x200000
ASK = "/.well-known/jwks.json"
SECONDS = 2.0
MIN_OFF = 120
"""Seconds by which clocks must differ before a certificate's trouble is put down to them."""
UNTRUSTED = "Whoever answers there has a certificate that this workstation does not trust."


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """The service's time, and from when to when its certificate is good; epoch seconds."""

    at: float | None
    begins: float
    ends: float


def untrusted(
    error: ssl.SSLCertVerificationError, base: str, pem: str, now: float | None = None
) -> UntrustedServiceError:
    """Why the certificate of the service at ``base`` is not believed. ``pem``: the CAs; ``now``: our clock."""
    if error.verify_code not in (NOT_YET, ENDED):
        return UntrustedServiceError(UNTRUSTED)
    here = time.time() if now is None else now
    heard = ask(base, pem)
    if heard is None:
        return UntrustedServiceError(
            f"The service's certificate is not good at the time of this computer's clock, {when(here)}. The clock may "
            "be wrong, or the certificate has ended."
        )
    good = f"is good from {when(heard.begins)} to {when(heard.ends)}"
    if heard.at is not None and abs(heard.at - here) >= MIN_OFF:
        off = heard.at - here
        said = f"This computer's clock says {when(here)}, the service's {when(heard.at)}: it is {apart(off)}."
        if heard.begins <= heard.at <= heard.ends:
            return ClockWrongError(f"{said} Set it: until then no connection is believed.", off)
        return ClockWrongError(
            f"{said} Set it. And the service's certificate {good}: tell whoever runs the service.", off
        )
    return UntrustedServiceError(
        f"The service's certificate {good}, and this computer's clock says {when(here)}. If the clock is right, tell "
        "whoever runs the service."
    )


def ask(base: str, pem: str) -> ServiceTime | None:
    """What the service's clock says; None where it does not answer, or is not the one of these CAs."""
    try:
        context = context_for(pem)
        context.verify_flags |= NO_CHECK_TIME
        with (
            httpx.Client(verify=context, trust_env=False, timeout=SECONDS) as client,
            client.stream("GET", base + ASK) as answer,
        ):
            tls = answer.extensions["network_stream"].get_extra_info("ssl_object")
            certificate = tls.getpeercert()
            begins, ends = (ssl.cert_time_to_seconds(certificate[name]) for name in ("notBefore", "notAfter"))
            return ServiceTime(date_of(answer.headers.get("Date")), begins, ends)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ClientError, KeyError, ValueError, AttributeError):
        return None


def date_of(header: str | None) -> float | None:
    """A ``Date`` header (RFC 9110 section 6.6.1), epoch seconds; None for none that can be read."""
    try:
        return None if header is None else email.utils.parsedate_to_datetime(header).timestamp()
    except (ValueError, OverflowError):
        return None


def apart(off: float) -> str:
    """ "3 h behind" for the seconds by which the service's clock is ahead of ours."""
    return f"{_span(abs(off))} {'behind' if off > 0 else 'ahead'}"


def _span(seconds: float) -> str:
    for unit, name in ((365.25 * 86_400, "years"), (86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit or (name == "h" and seconds >= unit):
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def when(at: float) -> str:
    """A moment, in UTC, however odd."""
    try:
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))
    except (ValueError, OverflowError, OSError):
        return "no time at all"
