"""Exchange the keys of rows, of PINs and of code apps' secrets while the service runs.

A new key is on the disk before a row names it, and a service that meets a number it does not know looks for that file:
so it needs no restart. The old key is read until ``retire`` removes it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Table

from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.platform.key_folder import KeyFolder
from kiosk.service.platform.keys import ServiceKeys
from kiosk.service.platform.pin_keys import FoundKeys
from kiosk.service.store import renewing
from kiosk.service.store.adopting import Key
from kiosk.service.store.database import Database
from kiosk.service.store.renewing import Batch
from kiosk.service.store.schema import pin, totp

Kind = Literal["row", "pin", "totp"]
PAUSE_SECONDS = 0.02
"""Between two batches, so that whoever waits for the database has a turn."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """``made``: whether ``number`` is new; else an earlier rotation was finished. ``rows``: written anew."""

    number: int
    made: bool
    rows: int


@dataclass(frozen=True, slots=True)
class Rotation:
    """One kind of key of one data folder. ``keys``: the very ones that ``db`` was opened with."""

    db: Database
    files: KeyFolder
    keys: ServiceKeys
    kind: Kind

    def prepare(self, admin: Admin) -> Path:
        """Make the next key's file, which no row names before ``rotate``: for replicas with folders of their own.

        Raises ``KeyFileError``, ``StoreError``.
        """
        with self.files.locked():
            path = self.files.prepare(self.kind)
            self.db.write_now(self._record, admin, "keys.prepare", int(path.stem.rpartition("-")[2]))
            return path

    def rotate(self, admin: Admin) -> Rotated:
        """Finish an earlier rotation if it was stopped, else make a key; then bring every row under it.

        Raises ``KeyFileError``, ``StoreError``; then it may be called again.
        """
        with self.files.locked():
            self._take_in()
            rows = self._renew()
            made = rows == 0
            if made:
                self._has(self.files.make(self.kind))
                self.db.write_now(self._record, admin, "keys.rotate", self.current)
                rows = self._renew()
            self.db.write_now(self._record, admin, "keys.renew", self.current, rows)
            return Rotated(self.current, made, rows)

    def retire(self, admin: Admin) -> list[int]:
        """Remove every older key's file; their numbers. Raises ``ActRefusedError`` while a row needs one,
        ``KeyFileError``."""
        with self.files.locked():
            self._take_in()
            old = [number for number in self.files.numbers()[self.kind] if number != self.current]
            for number in old:
                if not self.files.path(self.kind, number).is_file():
                    raise ActRefusedError(f"systemd hands over {self.kind}-{number}.key. Take it out of the unit.")
                if self.db.read_now(self._needed, number):
                    raise self._refusal(number)
                self.db.write_now(self._record, admin, "keys.retire", number)
                held = self.files.remove(self.kind, number)
                if self.db.read_now(self._needed, number):  # written between the look and the removal
                    self.files.write(self.kind, number, held)
                    self.db.write_now(self._record, admin, "keys.retire_undone", number)
                    raise self._refusal(number)
            return old

    @property
    def current(self) -> int:
        """The number of the key that writes."""
        return self.keys.rows.current if self.kind == "row" else int(self._sealing.current)

    @property
    def _sealing(self) -> FoundKeys:
        return self.keys.pin if self.kind == "pin" else self.keys.totp

    def _take_in(self) -> None:
        for number in self.files.numbers()[self.kind]:
            self._has(number)

    def _has(self, number: int) -> None:
        if self.kind == "row":
            self.keys.rows.has(number)
        else:
            self._sealing.has(str(number))

    def _renew(self) -> int:
        if self.kind == "pin":
            return self._renew_table(renewing.renew_pins, pin)
        if self.kind == "totp":
            return self._renew_table(functools.partial(renewing.renew_codes, self.keys.totp), totp)
        return sum(self._renew_table(renewing.renew_rows, table) for table in renewing.TABLES)

    def _renew_table(self, renew: Callable[[Connection, Table, Key | None], Batch], table: Table) -> int:
        batch = self.db.write_now(renew, table, None)
        done = batch.done
        while batch.after is not None:
            time.sleep(PAUSE_SECONDS)
            batch = self.db.write_now(renew, table, batch.after)
            done += batch.done
        return done

    def _needed(self, conn: Connection, number: int) -> int:
        match self.kind:
            case "row":
                return renewing.rows_that_need(conn, number)
            case "pin":
                return renewing.pins_that_need(conn, number)
            case "totp":
                return renewing.codes_that_need(conn, number)

    def _refusal(self, number: int) -> ActRefusedError:
        return ActRefusedError(
            f"Rows still need {self.kind}-{number}.key. Run: kiosk service keys rotate {self.kind}. "
            "If that moves none, run: kiosk admin integrity check"
        )

    def _record(self, conn: Connection, admin: Admin, act: str, number: int, rows: int | None = None) -> None:
        more = {} if rows is None else {"rows": rows}
        record(conn, admin, act, detail={"kind": self.kind, "number": number, **more})
