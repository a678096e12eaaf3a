"""What can go wrong between workstation and service. Every message is a sentence for a person.

::

    ClientError
    ├── NotEnrolledError              this folder holds no workstation yet, or already does
    ├── EnrolCodeRefusedError         the one-time code cannot be read
    ├── WrongServiceError             the certificate authority that answered is not the one the code names
    ├── KeystoreError                 the workstation's private key cannot be used or kept
    │   ├── KeyMissingError
    │   ├── KeyUnsafeError            others could read it
    │   └── KeystoreLockedError       it would have to ask somebody
    ├── OutboxError                   a report could not be written to disk
    ├── ServiceUnreachableError       no answer, or no trustworthy connection
    │   ├── NameNotFoundError         its name is not resolved
    │   └── UntrustedServiceError     its certificate is not trusted
    │       └── ClockWrongError(off)  because this computer's clock is far from the service's
    ├── UnreadableAnswerError         an answer that is not in the agreed form
    └── ServiceProblemError(code)     the service said no
        └── StationRevokedError       this workstation's key is no longer accepted
"""

from __future__ import annotations

from kiosk.model.health import AwayCause


class ClientError(Exception):
    """Root of the client room's errors."""


class NotEnrolledError(ClientError):
    pass


class EnrolCodeRefusedError(ClientError):
    pass


class WrongServiceError(ClientError):
    pass


class KeystoreError(ClientError):
    pass


class KeyMissingError(KeystoreError):
    pass


class KeyUnsafeError(KeystoreError):
    pass


class KeystoreLockedError(KeystoreError):
    pass


class OutboxError(ClientError):
    pass


class ServiceUnreachableError(ClientError):
    pass


class NameNotFoundError(ServiceUnreachableError):
    """The name of the service is not found: this machine's network, or its name server."""


class UntrustedServiceError(ServiceUnreachableError):
    """Its certificate: of another CA, or not good at this machine's time."""


class ClockWrongError(UntrustedServiceError):
    """``off``: seconds by which the service's clock is ahead of this computer's."""

    def __init__(self, sentence: str, off: float) -> None:
        super().__init__(sentence)
        self.off = off


class UnreadableAnswerError(ClientError):
    pass


class ServiceProblemError(ClientError):
    """``code``: the stable name of ``model.wire.Problem`` (or RFC 6749's ``error``); ``status``: HTTP's; ``request``:
    the number that the service's log has it under, empty where none came; ``says``: as in ``Problem``."""

    def __init__(
        self, code: str, detail: str, status: int = 0, request: str = "", says: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail
        self.status = status
        self.request = request
        self.says = says


class StationRevokedError(ServiceProblemError):
    pass


NOBODY = frozenset({"store_down", "http_502", "http_503", "http_504"})
"""Answers that are nobody's who could decide: the database is away, or what stands in front has nobody behind it."""


def is_away(error: ClientError) -> bool:
    """Whether it says that nobody who could decide is there."""
    if isinstance(error, ServiceProblemError):
        return error.code in NOBODY
    return isinstance(error, ServiceUnreachableError | UnreadableAnswerError)


def why_away(error: ClientError | None) -> AwayCause:
    """What the error says about the way to the service; empty where it says no more than that nobody answers."""
    if isinstance(error, NameNotFoundError):
        return "name"
    if isinstance(error, UntrustedServiceError) and not isinstance(error, ClockWrongError):
        return "certificate"
    return "answer" if isinstance(error, UnreadableAnswerError) else ""
