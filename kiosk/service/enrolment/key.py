"""A new FIDO2 key: registration (WebAuthn Level 3, section 7.1), then one assertion by it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from fido2.webauthn import PublicKeyCredentialCreationOptions

from kiosk.model.binding import b64u, unb64u
from kiosk.model.enrolment import EnrolRefusal, KeyMade, KeyOptions, KeyTried, Make
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.proof import Method
from kiosk.service.audit import evidence
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import naming, refused
from kiosk.service.enrolment.handler import (
    BoundFactor,
    Issued,
    Signing,
    Situation,
    Summary,
    Told,
    TypedHandler,
)
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs import admission, authenticator_binding, registration
from kiosk.service.proofs.admission import KeyNotAcceptedError
from kiosk.service.proofs.authenticator_binding import NewKey
from kiosk.service.proofs.authenticator_policy import Judgement
from kiosk.service.proofs.registration import Begun, RegistrationRefusedError, VerifiedRegistration
from kiosk.service.shared.frame import Frame
from kiosk.service.store import cards, lookups
from kiosk.service.store.factors import short_of
from kiosk.service.store.lookups import StoredPerson
from kiosk.verification import fido2
from kiosk.verification.refused import ProofRefusedError


@dataclass(frozen=True, slots=True)
class KeyOffer:
    """``challenge``: 32 random bytes, base64url. ``at``: when it was made, epoch seconds."""

    challenge: str
    at: int


@dataclass(frozen=True, slots=True)
class PendingKey:
    """What the key itself said to ``offered``, base64url, and what was judged of it.

    ``model``, ``trusted``: by its attestation. ``discoverable``, ``built_in``, ``guarded``, ``uid``: see ``KeyMade``.
    """

    offered: KeyOffer
    client_data: str
    attestation_object: str
    credential_id: str
    name: str
    model: str | None
    trusted: bool
    discoverable: bool
    built_in: bool
    uid: str | None
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class TriedKey:
    """A good assertion, and the challenge that it is over."""

    assertion: fido2.VerifiedAssertion
    issued: Issued


class KeyHandler(TypedHandler[KeyOffer, PendingKey, KeyMade, KeyTried, TriedKey]):
    """A FIDO2 key. What it was asked is void once its answer is refused."""

    name = "Key"
    offer_type, waiting_type, sent_type, tried_type = KeyOffer, PendingKey, KeyMade, KeyTried

    def prepare(self, at: Situation) -> KeyOffer:
        return KeyOffer(b64u(secrets.token_bytes(32)), at.frame.now)

    def describe(self, at: Situation, offer: KeyOffer) -> Make:
        frame, known = at.frame, at.known
        options: PublicKeyCredentialCreationOptions = _begun(frame, known, offer).options
        return Make(
            key=KeyOptions(
                rp_id=frame.service.rp_id,
                origin=frame.service.issuer,
                challenge=offer.challenge,
                user_handle=b64u(known.user_handle),
                login=known.person.login,
                display_name=known.person.name,
                exclude=tuple(b64u(credential.id) for credential in options.exclude_credentials or ()),
                algorithms=tuple(int(algorithm.alg) for algorithm in options.pub_key_cred_params),
                attested=_rules(frame).attestation != "none",
            )
        )

    def accept(self, at: Situation, sent: KeyMade, offer: KeyOffer) -> PendingKey:
        """The key's answer, verified and admitted."""
        frame, known = at.frame, at.known
        verified = _verified(frame, known, offer, sent.client_data, sent.attestation_object)
        if not verified.verified:
            raise EnrolmentRefusedError(Code.NOT_VERIFIED, again=True)
        judgement = _admitted(frame, known, verified, sent.uid)
        has = [key.name for key in lookups.credentials_of(frame.conn, known.person.id)]
        return PendingKey(
            offered=offer,
            client_data=sent.client_data,
            attestation_object=sent.attestation_object,
            credential_id=verified.credential_id,
            name=naming.fresh(judgement.model or "Key", has),
            model=judgement.model,
            trusted=judgement.trusted,
            discoverable=sent.discoverable,
            built_in=sent.built_in_uv,
            guarded=sent.guarded,
            uid=sent.uid,
        )

    def signs(self, waiting: PendingKey) -> Signing:
        allow = (waiting.credential_id,)
        return Signing(Method.FIDO2, allow, allow if waiting.guarded else ())

    def sum_up(self, waiting: PendingKey) -> Summary:
        mark = short_of(f"key:{waiting.credential_id}")
        return Summary(waiting.name, mark, waiting.model, hardware=waiting.trusted)

    def check(self, at: Situation, tried: KeyTried, waiting: PendingKey) -> TriedKey:
        """An assertion by the very credential that was made."""
        if tried.proof.credential_id != waiting.credential_id:
            raise EnrolmentRefusedError(Code.WRONG_THING, "another key")
        issued = at.challenge()
        verified = _again(at.frame, at.known, waiting)
        credential = fido2.Credential(
            credential_id=verified.credential_id,
            person=at.known.person.id,
            public_key=verified.public_key,
            sign_count=verified.sign_count,
            user_handle=at.known.user_handle,
            user_verification="builtin" if waiting.built_in else "pin",
            hardware=waiting.trusted,
            backup_eligible=verified.backup_eligible,
        )
        expected = fido2.Expected(
            challenge=issued.digest,
            origin=at.frame.service.issuer,
            rp_id=at.frame.service.rp_id,
            user_verification=True,
            handle_required=False,
        )
        try:
            return TriedKey(fido2.verify(tried.proof, credential, expected), issued)
        except ProofRefusedError as refusal:
            raise EnrolmentRefusedError(refused.OF_PROOF.get(refusal.code, Code.BAD_ANSWER), refusal.why) from None

    def bind(self, at: Situation, waiting: PendingKey, checked: TriedKey, told: Told) -> BoundFactor:
        """Refused if it may not be any more, or is somebody's meanwhile."""
        frame, now, person = at.frame, at.frame.now, at.known.person.id
        verified = _again(frame, at.known, waiting)
        judgement = _admitted(frame, at.known, verified, waiting.uid)
        new = NewKey(verified, judgement, waiting.name, waiting.discoverable, waiting.built_in, guarded=waiting.guarded)
        detail = {**told, **authenticator_binding.key_told(new)}
        event = Event("factor_added", "success", now, method="fido2", session=at.row.session, detail=detail)
        enrolled = frame.write(event, at.known)
        authenticator_binding.keep_key(frame.conn, person, new, enrolled, now)
        authenticator_binding.guard_number(frame.conn, frame.service.keys.badge, person, waiting.uid, now)
        assertion = checked.assertion
        lookups.use_credential(frame.conn, verified.credential_id, assertion.sign_count, assertion.backed_up, now)
        kept = evidence.of_fido2(
            checked.issued.bound,
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
        return BoundFactor("key", verified.credential_id, "fido2", kept)


def _rules(frame: Frame) -> KeyRules:
    return frame.service.rules.keys


def _begun(frame: Frame, known: StoredPerson, offered: KeyOffer) -> Begun:
    return registration.begin(
        frame.service.issuer,
        frame.service.rp_id,
        user_handle=known.user_handle,
        login=known.person.login,
        name=known.person.name,
        known=cards.every_credential(frame.conn, known.person.id),
        now=offered.at,
        attested=_rules(frame).attestation != "none",
        challenge=unb64u(offered.challenge),
    )


def _verified(
    frame: Frame, known: StoredPerson, offered: KeyOffer, client: str, attested: str, at: int | None = None
) -> VerifiedRegistration:
    try:
        begun = _begun(frame, known, offered)
        return registration.complete(begun, unb64u(client), unb64u(attested), frame.now if at is None else at)
    except RegistrationRefusedError as refusal:
        raise EnrolmentRefusedError(Code.BAD_ANSWER, str(refusal), again=True) from None
    except ValueError:
        raise EnrolmentRefusedError(Code.BAD_ANSWER, "malformed", again=True) from None


def _again(frame: Frame, known: StoredPerson, waiting: PendingKey) -> VerifiedRegistration:
    """What was verified when it was made: nothing but what the key itself said is kept between the steps."""
    offered = waiting.offered
    return _verified(frame, known, offered, waiting.client_data, waiting.attestation_object, offered.at)


def _admitted(frame: Frame, known: StoredPerson, verified: VerifiedRegistration, uid: str | None) -> Judgement:
    if not authenticator_binding.number_free(frame.conn, frame.service.keys.badge, uid):
        raise EnrolmentRefusedError(Code.TAKEN, "its number is a badge", again=True)
    try:
        return admission.admit(frame.conn, _rules(frame), verified, known.person.id, frame.now)
    except KeyNotAcceptedError as refusal:
        if refusal.fault is None:
            owner = cards.credential_owner(frame.conn, verified.credential_id)
            owner = owner or cards.public_key_owner(frame.conn, verified.public_key)
            code = Code.OWN_ALREADY if owner == known.person.id else Code.TAKEN
            raise EnrolmentRefusedError(code, str(code), again=True) from None
        raise EnrolmentRefusedError(
            EnrolRefusal(Code.KEY_REFUSED, fault=refusal.fault), refusal.fault, again=True
        ) from None
