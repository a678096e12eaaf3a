"""Acts of administrators: who may send us signals, who is sent ours, who goes on after the brake (decision 56)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.platform.web_addresses import UnreachableUriError, check_uri
from kiosk.service.risk import learning
from kiosk.service.shared import risk_memory
from kiosk.service.shared.risk_memory import RiskMemory
from kiosk.service.signals import reading
from kiosk.service.signals.event_types import TAKEN, TOLD
from kiosk.service.signals.naming import TAKEN_FORMS
from kiosk.service.store import (
    applications,
    manifests,
    signal_cursors,
    signal_events,
    signal_left_out,
    signal_receivers,
    signal_transmitters,
    workstations,
)
from kiosk.service.store.signal_receivers import ReceiverRules, SignalReceiver, Status
from kiosk.service.store.signal_transmitters import TransmitterRules

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
MAX_A_MINUTE = 1000
MAX_NAMED = 500
"""Characters of an issuer or audience."""


def put_transmitter(conn: Connection, admin: Admin, name: str, rules: TransmitterRules) -> None:
    """Signals of ``rules.issuer`` are taken by these rules from now on. Raises ``ActRefusedError``."""
    if not NAME.fullmatch(name):
        raise ActRefusedError(f"“{name}” cannot be a transmitter's name: letters, digits, and . _ - inside.")
    for word, text in (("issuer", rules.issuer), ("audience", rules.audience)):
        if not 1 <= len(text) <= MAX_NAMED or not text.isascii() or not text.isprintable() or " " in text:
            raise ActRefusedError(f"The {word} is plain text without spaces, as it stands in the token.")
    _check_keys(rules)
    _check_words("--subject", rules.forms, TAKEN_FORMS)
    _check_words("--event", rules.events, TAKEN)
    _check_domain(rules.email_domain)
    if not 1 <= rules.most <= MAX_A_MINUTE:
        raise ActRefusedError(f"It may stop 1 to {MAX_A_MINUTE} people a minute.")
    other = signal_transmitters.by_issuer(conn, rules.issuer)
    if other is not None and other.name != name:
        raise ActRefusedError(f"That issuer is “{other.name}” already.")
    signal_transmitters.put(conn, name, rules, admin.now)
    record(conn, admin, "signals.transmitter.set", detail=_told_transmitter(name, rules))


def remove_transmitter(conn: Connection, admin: Admin, name: str) -> None:
    """Nothing of it is taken any more; what it did stays. Raises ``ActRefusedError``."""
    if not signal_transmitters.remove(conn, name):
        raise _no_transmitter(name)
    record(conn, admin, "signals.transmitter.remove", detail={"name": name})


def let(conn: Connection, admin: Admin, name: str) -> None:
    """The brake lets it go on, and counts anew. Raises ``ActRefusedError``."""
    if signal_transmitters.find(conn, name) is None:
        raise _no_transmitter(name)
    signal_transmitters.lock(conn)
    if not signal_transmitters.let(conn, name, admin.now):
        raise ActRefusedError(f"“{name}” is not held.")
    record(conn, admin, "signals.let", detail={"name": name})


def clear_station(conn: Connection, admin: Admin, name: str) -> None:
    """What was reported of a workstation counts no more: an administrator looked at it. Raises ``ActRefusedError``."""
    found = workstations.find(conn, name)
    if found is None:
        raise ActRefusedError(f"There is no workstation “{name}”. See: workstation list")
    manifests.lock(conn, found.id)
    memory = RiskMemory()
    here = risk_memory.station(conn, memory, found.id)
    if here.past.reported == 0:
        raise ActRefusedError(f"Nobody reported {name}.")
    here.past = learning.reported(here.past, 0)
    risk_memory.write(conn, memory, admin.now)
    record(conn, admin, "signals.clear", station=(found.id, name))


def put_receiver(conn: Connection, admin: Admin, name: str, rules: ReceiverRules) -> None:
    """The application ``name`` is sent what happens from now on. Raises ``ActRefusedError``."""
    application = _application(conn, name)
    if rules.uri:
        _check_address(rules.uri)
    _check_words("--event", rules.events, TOLD)
    _check_domain(rules.email_domain)
    signal_cursors.begin(conn)
    signal_receivers.put(conn, application, rules, admin.now)
    events: list[Json] = [*rules.events]
    detail: dict[str, Json] = {"name": name, "uri": rules.uri, "events": events, "form": rules.form}
    record(conn, admin, "signals.receiver.set", detail={**detail, "email_domain": rules.email_domain})


def remove_receiver(conn: Connection, admin: Admin, name: str) -> None:
    """It is sent nothing any more; what waits is given up. Raises ``ActRefusedError``."""
    application = _application(conn, name)
    if not signal_receivers.remove(conn, application):
        raise _no_receiver(name)
    signal_events.end_of_application(conn, application, admin.now)
    signal_left_out.forget(conn, application)
    if not signal_receivers.all_of_them(conn):
        signal_cursors.end(conn)
    record(conn, admin, "signals.receiver.remove", detail={"name": name})


def set_status(conn: Connection, admin: Admin, name: str, status: Status, reason: str | None) -> None:
    """Its stream is that from now on, and it is told so (SSF 1.0 section 8.1.5). Raises ``ActRefusedError``."""
    found = _receiver(conn, name)
    if found.status == status:
        raise ActRefusedError(f"The stream of {name} is {status} already.")
    signal_receivers.set_status(conn, found.application, status, reason, by_admin=True)
    if status == "disabled":
        signal_events.end_of_application(conn, found.application, admin.now)
    says: dict[str, Json] = {"status": status, **({"reason": reason} if reason else {})}
    _of_stream(conn, found, "stream-updated", says, admin.now)
    record(conn, admin, "signals.receiver.status", detail={"name": name, "status": status, "reason": reason})


def verify(conn: Connection, admin: Admin, name: str) -> None:
    """A verification event is on its way to it. Raises ``ActRefusedError``."""
    found = _receiver(conn, name)
    _of_stream(conn, found, "verification", {}, admin.now)
    record(conn, admin, "signals.receiver.verify", detail={"name": name})


def _of_stream(conn: Connection, found: SignalReceiver, kind: str, says: dict[str, Json], now: int) -> None:
    subject: dict[str, Json] = {"format": "opaque", "id": found.application}
    signal_events.add(conn, found.application, kind, {"sub_id": subject, "says": says}, now)


def _receiver(conn: Connection, name: str) -> SignalReceiver:
    found = signal_receivers.find(conn, _application(conn, name))
    if found is None:
        raise _no_receiver(name)
    if found.gone:
        raise ActRefusedError(f"{name} ended its stream, and may make another. To keep it from that: receiver remove")
    return found


def _application(conn: Connection, name: str) -> str:
    found = applications.find(conn, name)
    if found is None:
        raise ActRefusedError(f"There is no application “{name}”. Add it first: app add {name} --audience …")
    return found[0]


def _check_keys(rules: TransmitterRules) -> None:
    if (rules.jwks_uri is None) is (rules.keys is None):
        raise ActRefusedError("Give either --jwks-uri or --keys FILE.")
    if rules.jwks_uri is not None:
        _check_address(rules.jwks_uri)
        return
    try:
        reading.keys_in(rules.keys or "")
    except (ValueError, RecursionError) as error:
        raise ActRefusedError(f"The file holds no keys that can be used: {error}.") from None


def _check_address(uri: str) -> None:
    try:
        check_uri(uri)
    except UnreachableUriError as error:
        raise ActRefusedError(f"“{uri}” cannot be registered. {error}") from None


def _check_words(option: str, given: Sequence[str], known: Sequence[str]) -> None:
    odd = [word for word in given if word not in known]
    if odd or not given:
        raise ActRefusedError(f"{option} is one or more of: {', '.join(known)}.")


def _check_domain(domain: str | None) -> None:
    if domain is not None and not _DOMAIN.fullmatch(domain):
        raise ActRefusedError(f"“{domain}” is no domain: lower-case letters, digits, - and dots.")


def _told_transmitter(name: str, rules: TransmitterRules) -> dict[str, Json]:
    forms: list[Json] = [*rules.forms]
    events: list[Json] = [*rules.events]
    told: dict[str, Json] = {"name": name, "issuer": rules.issuer, "audience": rules.audience, "most": rules.most}
    told |= {"jwks_uri": rules.jwks_uri, "forms": forms, "events": events}
    return {**told, "directory": rules.directory, "email_domain": rules.email_domain}


def _no_transmitter(name: str) -> ActRefusedError:
    return ActRefusedError(f"There is no transmitter “{name}”. See: signals list")


def _no_receiver(name: str) -> ActRefusedError:
    return ActRefusedError(f"{name} is sent no signals. See: signals receiver list")
