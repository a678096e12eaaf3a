"""The CA for Kerberos: made, its next one announced, exchanged, the old one forgotten.

The hospital's KDC trusts what it was given: so the next CA is shown before it signs, and the one before stays in the
KDC's file until every replica was started anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.files import sync_folder
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.platform import kerberos_ca
from kiosk.service.platform.kerberos_ca import KerberosAuthority
from kiosk.service.platform.key_folder import KeyFolder
from kiosk.service.platform.keys import PREPARED, KeyFileError
from kiosk.service.store.database import Database

KIND = "kerberos"


@dataclass(frozen=True, slots=True)
class KerberosRotation:
    """The CAs in ``files``, of the service at ``host``."""

    db: Database
    files: KeyFolder
    host: str

    def make(self, admin: Admin) -> KerberosAuthority:
        """The first one. Raises ``ActRefusedError`` where there is one, ``KeyFileError``, ``StoreError``."""
        with self.files.locked():
            if self._numbers():
                raise ActRefusedError(
                    "There is a CA for Kerberos already. Exchange it with: kiosk service kerberos next"
                )
            self.files.write_pem(KIND, 1, kerberos_ca.make(1, self.host, admin.now))
            self.db.write_now(_written_down, admin, "keys.rotate", 1)
            return self.current()

    def next(self, admin: Admin) -> KerberosAuthority:
        """Make the one that will sign after ``switch``. Raises as ``make``."""
        with self.files.locked():
            number = self._present() + 1
            if self.announced() is not None:
                raise ActRefusedError(
                    "The next CA is made already. Once the KDC trusts it: kiosk service kerberos switch"
                )
            made = kerberos_ca.make(number, self.host, admin.now)
            self.files.write_pem(KIND, number, made, prepared=True)
            self.db.write_now(_written_down, admin, "keys.prepare", number)
            return kerberos_ca.read(made, self.files.path(KIND, number, "pem"))

    def switch(self, admin: Admin) -> KerberosAuthority:
        """Let the announced one sign from the service's next start on. Raises as ``make``."""
        with self.files.locked():
            number = self._present() + 1
            if self.announced() is None:
                raise ActRefusedError("There is no next CA yet. Make one with: kiosk service kerberos next")
            path = self.files.path(KIND, number, "pem")
            with _changing():
                path.with_suffix(PREPARED).rename(path)
                sync_folder(self.files.folder)
            self.db.write_now(_written_down, admin, "keys.rotate", number)
            return self.current()

    def retire(self, admin: Admin) -> list[int]:
        """Forget the older ones, with their keys; their numbers. Raises ``KeyFileError``, ``StoreError``."""
        with self.files.locked():
            current = self._present()
            old = [number for number in self._numbers() if number != current]
            for number in old:
                if not self.files.path(KIND, number, "pem").is_file():
                    raise ActRefusedError(f"systemd hands over kerberos-{number}.pem. Take it out of the unit.")
                self.db.write_now(_written_down, admin, "keys.retire", number)
                self.files.remove(KIND, number, "pem")
            return old

    def current(self) -> KerberosAuthority:
        """The one that signs. Raises ``ActRefusedError`` where there is none."""
        return self._read(self._present(), ".pem")

    def announced(self) -> KerberosAuthority | None:
        """The one that ``next`` made."""
        number = self._present() + 1
        prepared = self.files.path(KIND, number, "pem").with_suffix(PREPARED)
        return self._read(number, PREPARED) if prepared.is_file() else None

    def _read(self, number: int, ending: str) -> KerberosAuthority:
        path = self.files.path(KIND, number, "pem").with_suffix(ending)
        if not path.is_file() and self.files.credentials is not None:
            path = self.files.credentials / path.name
        with _changing():
            return kerberos_ca.read(path.read_bytes(), path)

    def _present(self) -> int:
        numbers = self._numbers()
        if not numbers:
            raise ActRefusedError("There is no CA for Kerberos yet. Make one with: kiosk service kerberos make")
        return numbers[0]

    def _numbers(self) -> list[int]:
        return self.files.numbers().get(KIND, [])


@contextmanager
def _changing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeyFileError(f"The CA's file {error.filename} cannot be used: {error.strerror}.") from None


def _written_down(conn: Connection, admin: Admin, act: str, number: int) -> None:
    record(conn, admin, act, detail={"kind": KIND, "number": number})
