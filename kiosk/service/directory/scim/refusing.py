"""Errors as SCIM says them (RFC 7644 section 3.12)."""

from __future__ import annotations

from kiosk.service.platform.problems import ScimProblemError


def bad_value(detail: str) -> ScimProblemError:
    """400 ``invalidValue``."""
    return ScimProblemError(400, "invalidValue", detail)


def bad_path(path: str) -> ScimProblemError:
    """400 ``invalidPath``."""
    return ScimProblemError(400, "invalidPath", f"There is no attribute “{path[:80]}” here that can be changed.")


def read_only(path: str) -> ScimProblemError:
    """400 ``mutability``."""
    return ScimProblemError(400, "mutability", f"“{path[:80]}” cannot be changed or removed.")


def taken(detail: str) -> ScimProblemError:
    """409 ``uniqueness``."""
    return ScimProblemError(409, "uniqueness", detail)


def nothing_there(what: str) -> ScimProblemError:
    """404."""
    return ScimProblemError(404, "", f"There is no such {what} here.")
