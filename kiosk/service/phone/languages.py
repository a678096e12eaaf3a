"""One question in each language of the page: what was read in any of them may be signed.

Nothing is kept of who read it in which language, so nobody who reads it changes what the page of somebody else signs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from kiosk.model.binding import canonical
from kiosk.model.consent import Consent, statement
from kiosk.model.proof import Fido2Proof
from kiosk.service.phone.page_texts import LANGUAGES
from kiosk.service.phone.questions import PhoneQuestion
from kiosk.service.platform.json_fields import as_json, items, members, text
from kiosk.service.proofs import phones as passkeys
from kiosk.service.shared.consent import consent_of
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.phone_requests import PhoneRequest
from kiosk.verification import fido2


def consent_of_question(asked: PhoneQuestion, row: CeremonyRow) -> Consent:
    """What the person consents to. Raises ``ValueError`` where ``row`` is no step-up."""
    return consent_of(row, asked.known.person.login, asked.station.name)


def drawn_in(request: PhoneRequest, consent: Consent, language: str) -> PhoneRequest:
    """The question as it is drawn on the phone: the statement that is signed there names that language and the digest
    of those lines, and not the workstation's. Nothing else of it changes."""
    return replace(request, statement=redrawn(request.statement, consent, language))


def redrawn(text_signed: str, consent: Consent, language: str) -> str:
    """The statement ``text_signed`` of ``consent``, as it is drawn in ``language``."""
    said = as_json(members(json.loads(text_signed)))
    if said["language"] == language:
        return text_signed
    resource, patients = text(said, "resource"), [str(patient) for patient in items(said["patients"])]
    drawn = statement(consent, language, resource, patients)
    anew = {**{name: value for name, value in said.items() if name != "words"}, **drawn}
    return canonical(anew).decode("utf-8")


def as_signed(asked: PhoneQuestion, row: CeremonyRow, proof: Fido2Proof, label: str) -> PhoneRequest:
    """The question in the language whose challenge ``proof`` names; as the workstation checked it where none is. The
    signature is not looked at here. Raises ``ProofRefusedError`` for a proof that cannot be read."""
    named = fido2.challenge_of(proof)
    found = (each for each in _in_each(asked, row) if passkeys.digest_of(each, label) == named)
    return next(found, asked.request)


def _in_each(asked: PhoneQuestion, row: CeremonyRow) -> Iterator[PhoneRequest]:
    """The workstation's own first: it may speak a language that the page does not."""
    yield asked.request
    consent = consent_of_question(asked, row)
    yield from (drawn_in(asked.request, consent, language) for language in LANGUAGES)
