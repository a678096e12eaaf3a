"""What can go wrong between workstation and service. Every message is a sentence for a person.

::

    ClientError
    ├── NotEnrolled            this folder holds no workstation yet, or already does
    ├── BadCode                the one-time code cannot be read
    ├── WrongService           the certificate authority that answered is not the one the code names
    ├── KeystoreError          the workstation's private key cannot be used or kept
    │   ├── KeyMissing
    │   ├── KeyUnsafe          others could read it
    │   └── KeystoreLocked     it would have to ask somebody
    ├── OutboxFailed           a report could not be written to disk
    ├── ServiceUnreachable     no answer, or no trustworthy connection
    │   └── UntrustedService   its certificate is not trusted
    │       └── ClockWrong(off)   because this computer's clock is far from the service's
    ├── BadAnswer              an answer that is not in the agreed form
    └── ServiceProblem(code)   the service said no
        └── StationRevoked     this workstation's key is no longer accepted
"""

from __future__ import annotations


class ClientError(Exception):
    """Root of the client room's errors."""


class NotEnrolled(ClientError):
    pass


class BadCode(ClientError):
    pass


class WrongService(ClientError):
    pass


class KeystoreError(ClientError):
    pass


class KeyMissing(KeystoreError):
    pass


class KeyUnsafe(KeystoreError):
    pass


class KeystoreLocked(KeystoreError):
    pass


class OutboxFailed(ClientError):
    pass


class ServiceUnreachable(ClientError):
    pass


class UntrustedService(ServiceUnreachable):
    """Its certificate: of another CA, or not good at this machine's time."""


class ClockWrong(UntrustedService):
    """``off``: seconds by which the service's clock is ahead of this computer's."""

    def __init__(self, sentence: str, off: float) -> None:
        super().__init__(sentence)
        self.off = off


class BadAnswer(ClientError):
    pass


class ServiceProblem(ClientError):
    """``code``: the stable name of ``model.wire.Problem`` (or RFC 6749's ``error``); ``status``: HTTP's."""

    def __init__(self, code: str, detail: str, status: int = 0) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail
        self.status = status


class StationRevoked(ServiceProblem):
    pass
