"""What a person consents to in a step-up. From this one value come the lines that the screen draws, the statement that
is signed, and the claims of the token: nothing is in one of them that is not in the others.

Where it comes from: the agent makes it of what it was asked and shows, the service of what it stored. Both refuse it
where a part of it could not be drawn whole (``check``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.model import binding, drawable
from kiosk.model.binding import Json
from kiosk.model.break_glass import UnderEmergency, check_reason
from kiosk.model.look_alikes import marked
from kiosk.model.second import SecondOf

ACTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
MAX_TEXT = 512
"""Characters of a resource, a purpose, an audience, an origin, a path or a patient's identifier."""
MAX_MESSAGE = 100
"""Characters of a binding_message, which a person compares at a glance."""
MAX_PATIENTS = 500
MAX_LOST = 20
MAX_RECORDS = 1_000_000_000
MIN_BATCH, MAX_BATCH = 60, 8 * 3600
"""Seconds that a standing batch may last: a minute to a shift."""


@dataclass(frozen=True, slots=True)
class Consent:
    """``login``, ``workstation``: who consents, where (names); ``workstation`` is empty where it is on their phone and
    at none. ``program``: its name, which an administrator gave; empty for a program that is not registered. ``path``:
    its executable, as the operating system says; empty where that cannot be read. ``origin``: of a web page.
    ``audience``: the token's ``aud``. ``patients``: identifiers, in the order they were given. ``lost``: marks of the
    factors that a reset reports lost. ``words``: what the application calls such a resource, by language (empty: in any
    other), as the service has it registered. ``server``: title of the registered application whose server asks; then no
    program does. ``message``: what that server wrote, to be compared with what the person sees there
    (``binding_message``). ``agent``: that server is a program that acts by itself. ``second_of``: whose step-up this
    agrees to, of a second person alone. ``lasts``: seconds for which the records may go in parts; 0 for one act.
    ``emergency``: the emergency access in which it is asked for; None for none.
    """

    login: str
    workstation: str
    program: str
    path: str
    origin: str | None
    action: str
    resource: str
    records: int
    purpose: str | None
    audience: str
    patients: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    server: str = ""
    message: str | None = None
    agent: bool = False
    second_of: SecondOf | None = None
    lasts: int = 0
    emergency: UnderEmergency | None = None


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One line of the screen. ``key`` names its label and its place; ``value`` is drawn as it is, or by its name in the
    reader's language where the key has such names (an action, a purpose of the list). It ends with what is said of
    letters that look like others (``look_alikes``)."""

    key: str
    value: str


def check(consent: Consent) -> None:
    """Raises ``NotDrawableError`` for the first part that cannot be drawn whole, ``ValueError`` for a number or a list
    beyond its limits."""
    check_ask(consent.action, consent.resource, consent.records, consent.purpose, consent.patients, consent.lost)
    drawable.check("audience", consent.audience, "name", MAX_TEXT)
    if consent.program:
        drawable.check("program", consent.program, "line", MAX_TEXT)
    check_asker(consent.path, consent.origin)
    check_lasts(consent.lasts)
    if consent.server:
        drawable.check("server", consent.server, "line", MAX_TEXT)
    if consent.message is not None:
        check_message(consent.message)
    if consent.emergency is not None:
        check_reason(consent.emergency.reason)


def check_ask(
    action: str,
    resource: str,
    records: int,
    purpose: str | None,
    patients: Sequence[str],
    lost: Sequence[str] = (),
    audience: str | None = None,
) -> None:
    """The same of what a program says. Raises as ``check``."""
    if not ACTION.fullmatch(action):
        raise ValueError("An action is a short name such as record.export.")
    if type(records) is not int or not 0 <= records <= MAX_RECORDS:
        raise ValueError(f"The number of records is 0 to {MAX_RECORDS}.")
    if len(patients) > MAX_PATIENTS or len(lost) > MAX_LOST:
        raise ValueError(f"At most {MAX_PATIENTS} patients and {MAX_LOST} lost factors can be named.")
    drawable.check("resource", resource, "line", MAX_TEXT)
    if purpose is not None:
        check_purpose(purpose)
    if audience is not None:
        drawable.check("audience", audience, "name", MAX_TEXT)
    for name, texts in (("patients", patients), ("lost", lost)):
        for text in texts:
            drawable.check(name, text, "line", MAX_TEXT)


def check_lasts(lasts: int) -> None:
    """Of how long a standing batch lasts. Raises ``ValueError``."""
    if type(lasts) is not int or (lasts and not MIN_BATCH <= lasts <= MAX_BATCH):
        raise ValueError(f"A standing batch lasts {MIN_BATCH} to {MAX_BATCH} seconds.")


def check_purpose(purpose: str) -> None:
    """Of a purpose that was picked or typed. Raises ``NotDrawableError``."""
    drawable.check("purpose", purpose, "sentence", MAX_TEXT)


def check_message(message: str) -> None:
    """Of what a server wrote to be compared. Raises ``NotDrawableError``."""
    drawable.check("binding_message", message, "sentence", MAX_MESSAGE)


def check_asker(path: str, origin: str | None) -> None:
    """Of the path of a program's executable, empty where it cannot be read, and of a page's origin. Raises
    ``NotDrawableError``."""
    if path:
        drawable.check("path of the program", path, "line", MAX_TEXT)
    if origin is not None:
        drawable.check("origin", origin, "name", MAX_TEXT)


ID = "{id}"


def in_language(words: Sequence[tuple[str, str]], language: str) -> str:
    """Of texts by language the one in ``language``, else in English, else in any other; empty where there is none."""
    said = dict(words)
    return said.get(language) or said.get("en") or said.get("") or ""


def template(consent: Consent, language: str) -> str:
    """What the application calls such a resource in ``language``, else in English; empty where it has no words."""
    return in_language(consent.words, language)


def in_words(consent: Consent, language: str) -> str:
    """The same, with what follows the type in its place: ``Ward {id}`` makes ``Ward 3-North`` of ``Ward/3-North``."""
    return template(consent, language).replace(ID, consent.resource.partition("/")[2])


def lines(consent: Consent, language: str = "en") -> tuple[ConsentLine, ...]:
    """What the screen draws, in order: every field, none cut. The resource's words stand beside it, never instead;
    and behind a letter that could be another one, which it is."""
    words = in_words(consent, language)
    said = [ConsentLine("action", consent.action)]
    said += [ConsentLine("emergency", consent.emergency.reason)] if consent.emergency is not None else []
    if consent.second_of is not None:
        said.append(ConsentLine("second_of", f"{consent.second_of.login} · {consent.second_of.workstation}"))
    said += _asking(consent)
    said.append(ConsentLine("records", str(consent.records)))
    said += [ConsentLine("lasts", str(consent.lasts))] if consent.lasts else []
    said += [ConsentLine("words", words)] if words else []
    said.append(ConsentLine("resource", consent.resource))
    said += [ConsentLine("lost", mark) for mark in consent.lost]
    said += [ConsentLine("purpose", consent.purpose)] if consent.purpose is not None else []
    said.append(ConsentLine("audience", consent.audience))
    said.append(_approving(consent))
    said += [ConsentLine("patient", patient) for patient in consent.patients]
    return tuple(ConsentLine(line.key, marked(line.value)) for line in said)


def _approving(consent: Consent) -> ConsentLine:
    """Who approves, and where: at no workstation it is their own phone."""
    if not consent.workstation:
        return ConsentLine("signer", consent.login)
    return ConsentLine("who", f"{consent.login} · {consent.workstation}")


def _asking(consent: Consent) -> list[ConsentLine]:
    """Who asks: a server, or a program and the page in it."""
    if consent.server:
        said = [ConsentLine("agent" if consent.agent else "server", consent.server)]
        return said + ([ConsentLine("message", consent.message)] if consent.message is not None else [])
    said = [ConsentLine("program", consent.program)] if consent.program else []
    said.append(ConsentLine("path" if consent.program else "unregistered", consent.path))
    return said + ([ConsentLine("origin", consent.origin)] if consent.origin is not None else [])


def drawn(consent: Consent, language: str, resource: str, patients: Sequence[str]) -> str:
    """Digest of what was drawn: SHA-256, lower-case hex, of RFC 8785 JSON of the language (``en``) and of key and value
    of every line, in order. ``resource``, ``patients``: the commitments that stand there for what they hide; of the
    resource's words the registered text, whose ``{id}`` they hide as well."""
    hidden = {
        "resource": iter((resource,)),
        "patient": iter(patients),
        "words": iter((template(consent, language),)),
    }
    said: list[Json] = [
        [line.key, next(hidden[line.key]) if line.key in hidden else line.value] for line in lines(consent, language)
    ]
    return hashlib.sha256(binding.canonical({"language": language, "lines": said})).hexdigest()


def statement(consent: Consent, language: str, resource: str, patients: Sequence[str]) -> dict[str, Json]:
    """The part of a step-up's statement that says what is approved. ``resource``, ``patients``: their commitments
    (``binding.commitment``), in order. ``language``: in which it was drawn."""
    lost: list[Json] = [*consent.lost]
    committed: list[Json] = [*patients]
    words = template(consent, language)
    return {
        **({"words": words} if words else {}),
        **_said_by(consent),
        **({"second_of": consent.second_of.said()} if consent.second_of is not None else {}),
        **(consent.emergency.said() if consent.emergency is not None else {}),
        "action": consent.action,
        "resource": resource,
        "records": consent.records,
        **({"lasts": consent.lasts} if consent.lasts else {}),
        "purpose": consent.purpose,
        "audience": consent.audience,
        "program": {"name": consent.program or None, "path": consent.path},
        "origin": consent.origin,
        "lost": lost,
        "patients": committed,
        "language": language,
        "drawn": drawn(consent, language, resource, patients),
    }


def _said_by(consent: Consent) -> dict[str, Json]:
    """The server that asks and what it wrote, and whether it is an agent; nothing where a program asks."""
    agent: dict[str, Json] = {"agent": True} if consent.agent else {}
    return {"server": consent.server, "message": consent.message, **agent} if consent.server else {}


def claims(consent: Consent) -> dict[str, Json]:
    """The token's claims that say what was approved, for whom and by whom (``sub``: the login, which is what other
    systems know a person by)."""
    lost: list[Json] = [*consent.lost]
    return {
        "aud": consent.audience,
        "sub": consent.login,
        "action": consent.action,
        "resource": consent.resource,
        "records": consent.records,
        "purpose": consent.purpose,
        "patients": patients_claim(consent.patients),
        "lost": lost,
        "program": {"name": consent.program or None, "path": consent.path},
        "origin": consent.origin,
        "workstation": consent.workstation,
        **_said_by(consent),
        **(consent.emergency.said() if consent.emergency is not None else {}),
    }


def patients_claim(patients: Sequence[str]) -> dict[str, Json]:
    """How many patients, and SHA-256 (base64url) of the RFC 8785 JSON array of their identifiers in the order asked:
    who holds the list can check it, and the token stays short."""
    listed: list[Json] = [*patients]
    return {"count": len(patients), "sha256": binding.b64u(hashlib.sha256(binding.canonical_json(listed)).digest())}
