"""A new FIDO2 key: registration (WebAuthn Level 3, section 7.1), then one assertion by it."""

from __future__ import annotations

import secrets
from typing import Any

from fido2.webauthn import PublicKeyCredentialCreationOptions

from kiosk.model.binding import Json, b64u, unb64u
from kiosk.model.enrolment import EnrolRefusal, KeyMade, KeyOptions, KeyTried, Made, Make, Tried
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.service.audit import evidence
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import challenge, naming, refused
from kiosk.service.enrolment.challenge import Issued
from kiosk.service.enrolment.kinds import Bound, Checked
from kiosk.service.enrolment.refused import EnrolRefused
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs import admission, authenticator_binding, fido2, registration
from kiosk.service.proofs.admission import KeyNotAccepted
from kiosk.service.proofs.authenticator_binding import NewKey
from kiosk.service.proofs.authenticator_policy import Judgement
from kiosk.service.proofs.refused import ProofRefused
from kiosk.service.proofs.registration import Begun, EnrolmentRefused, Verified
from kiosk.service.shared.frame import Frame
from kiosk.service.store import cards, lookups
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.lookups import Known


def offer(frame: Frame, row: EnrolmentRow, known: Known) -> dict[str, Any]:
    """A challenge of its own."""
    return {"challenge": b64u(secrets.token_bytes(32)), "at": frame.now}


def make(frame: Frame, row: EnrolmentRow, known: Known, offered: dict[str, Any]) -> Make:
    """What the key is asked."""
    options: PublicKeyCredentialCreationOptions = _begun(frame, known, offered).options
    return Make(
        key=KeyOptions(
            rp_id=frame.service.rp_id,
            origin=frame.service.issuer,
            challenge=offered["challenge"],
            user_handle=b64u(known.user_handle),
            login=known.person.login,
            display_name=known.person.name,
            exclude=tuple(b64u(one.id) for one in options.exclude_credentials or ()),
            algorithms=tuple(int(one.alg) for one in options.pub_key_cred_params),
            attested=_rules(frame).attestation != "none",
        )
    )


def made(frame: Frame, row: EnrolmentRow, known: Known, sent: Made, offered: dict[str, Any]) -> dict[str, Any]:
    """The key's answer, verified and admitted. Raises ``EnrolRefused``; what was asked is void then."""
    if not isinstance(sent, KeyMade):
        raise EnrolRefused(Code.WRONG_THING)
    verified = _verified(frame, known, offered, sent.client_data, sent.attestation_object)
    if not verified.verified:
        raise EnrolRefused(Code.NOT_VERIFIED, again=True)
    judgement = _admitted(frame, known, verified, sent.uid)
    has = [key.name for key in lookups.credentials_of(frame.conn, known.person.id)]
    return {
        "offered": offered,
        "client_data": sent.client_data,
        "attestation_object": sent.attestation_object,
        "credential_id": verified.credential_id,
        "name": naming.fresh(judgement.model or "Key", has),
        "model": judgement.model,
        "trusted": judgement.trusted,
        "discoverable": sent.discoverable,
        "built_in": sent.built_in_uv,
        "guarded": sent.guarded,
        "uid": sent.uid,
    }


def tried(
    frame: Frame, row: EnrolmentRow, known: Known, sent: Tried, waiting: dict[str, Any], issued: Issued | None
) -> Checked:
    """An assertion by the very credential that was made. Raises ``EnrolRefused``."""
    if not isinstance(sent, KeyTried) or sent.proof.credential_id != waiting["credential_id"]:
        raise EnrolRefused(Code.WRONG_THING, "another key")
    digest = challenge.good(issued).digest
    verified = _again(frame, known, waiting)
    credential = fido2.Credential(
        credential_id=verified.credential_id,
        person=known.person.id,
        public_key=verified.public_key,
        sign_count=verified.sign_count,
        user_handle=known.user_handle,
        user_verification="builtin" if waiting["built_in"] else "pin",
        hardware=waiting["trusted"],
        backup_eligible=verified.backup_eligible,
    )
    expected = fido2.Expected(
        challenge=digest,
        origin=frame.service.issuer,
        rp_id=frame.service.rp_id,
        user_verification=True,
        handle_required=False,
    )
    try:
        assertion = fido2.verify(sent.proof, credential, expected)
    except ProofRefused as no:
        raise EnrolRefused(refused.OF_PROOF.get(no.code, Code.BAD_ANSWER), no.why) from None
    return Checked("fido2", {"assertion": assertion, "issued": issued})


def bind(
    frame: Frame, row: EnrolmentRow, known: Known, waiting: dict[str, Any], told: dict[str, Json], checked: Checked
) -> Bound:
    """The key is hers. Raises ``EnrolRefused`` if it may not be any more, or is somebody's meanwhile."""
    conn, now, person = frame.conn, frame.now, known.person.id
    verified = _again(frame, known, waiting)
    judgement = _admitted(frame, known, verified, waiting["uid"])
    guarded = waiting.get("guarded", False)  # begun with an older version
    new = NewKey(verified, judgement, waiting["name"], waiting["discoverable"], waiting["built_in"], guarded=guarded)
    detail = {**told, **authenticator_binding.key_told(new)}
    event = Event("factor_added", "success", now, method="fido2", session=row.session, detail=detail)
    enrolled = frame.write(event, known)
    authenticator_binding.keep_key(conn, person, new, enrolled, now)
    authenticator_binding.guard_number(conn, frame.service.keys.badge, person, waiting["uid"], now)
    assertion, issued = checked.rest["assertion"], checked.rest["issued"]
    lookups.use_credential(conn, verified.credential_id, assertion.sign_count, assertion.backed_up, now)
    kept = evidence.of_fido2(
        issued.bound,
        rp_id=frame.service.rp_id,
        origin=frame.service.issuer,
        verified=True,
        credential_id=verified.credential_id,
        authenticator_data=assertion.authenticator_data,
        client_data=assertion.client_data,
        signature=assertion.signature,
        public_key=verified.public_key,
        enrolled=enrolled,
    )
    return Bound("key", verified.credential_id, "fido2", kept)


def _rules(frame: Frame) -> KeyRules:
    return frame.service.rules.keys


def _begun(frame: Frame, known: Known, offered: dict[str, Any]) -> Begun:
    return registration.begin(
        frame.service.issuer,
        frame.service.rp_id,
        user_handle=known.user_handle,
        login=known.person.login,
        name=known.person.name,
        known=cards.every_credential(frame.conn, known.person.id),
        now=offered["at"],
        attested=_rules(frame).attestation != "none",
        challenge=unb64u(offered["challenge"]),
    )


def _verified(
    frame: Frame, known: Known, offered: dict[str, Any], client: str, attested: str, at: int | None = None
) -> Verified:
    try:
        begun = _begun(frame, known, offered)
        return registration.complete(begun, unb64u(client), unb64u(attested), frame.now if at is None else at)
    except EnrolmentRefused as no:
        raise EnrolRefused(Code.BAD_ANSWER, str(no), again=True) from None
    except ValueError:
        raise EnrolRefused(Code.BAD_ANSWER, "malformed", again=True) from None


def _again(frame: Frame, known: Known, waiting: dict[str, Any]) -> Verified:
    """What was verified when it was made: nothing but what the key itself said is kept between the steps."""
    offered = waiting["offered"]
    return _verified(frame, known, offered, waiting["client_data"], waiting["attestation_object"], offered["at"])


def _admitted(frame: Frame, known: Known, verified: Verified, uid: str | None) -> Judgement:
    if not authenticator_binding.number_free(frame.conn, frame.service.keys.badge, uid):
        raise EnrolRefused(Code.TAKEN, "its number is a badge", again=True)
    try:
        return admission.admit(frame.conn, _rules(frame), verified, known.person.id, frame.now)
    except KeyNotAccepted as no:
        if no.fault is None:
            owner = cards.credential_owner(frame.conn, verified.credential_id)
            owner = owner or cards.public_key_owner(frame.conn, verified.public_key)
            code = Code.OWN_ALREADY if owner == known.person.id else Code.TAKEN
            raise EnrolRefused(code, str(code), again=True) from None
        raise EnrolRefused(EnrolRefusal(Code.KEY_REFUSED, fault=no.fault), no.fault, again=True) from None
