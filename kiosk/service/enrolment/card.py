"""A new PIV card: its certificates from a trusted CA, then one signature by 9A (by 9E, if that is all it has)."""

from __future__ import annotations

from typing import Any

from kiosk.model.binding import Json, unb64u
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.enrolment import Made, Make, PivMade, PivTried, Tried
from kiosk.service.audit import evidence
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import challenge, naming, refused
from kiosk.service.enrolment.challenge import Issued
from kiosk.service.enrolment.kinds import Bound, Checked
from kiosk.service.enrolment.refused import EnrolRefused
from kiosk.service.proofs import authenticator_binding, piv
from kiosk.service.proofs.authenticator_binding import NewCard
from kiosk.service.proofs.certificate_paths import Path
from kiosk.service.proofs.refused import ProofRefused
from kiosk.service.shared.frame import Frame
from kiosk.service.store import lookups
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.lookups import Known


def offer(frame: Frame, row: EnrolmentRow, known: Known) -> dict[str, Any]:
    """Nothing is needed to tap one."""
    return {}


def make(frame: Frame, row: EnrolmentRow, known: Known, offered: dict[str, Any]) -> Make:
    """Nothing to say of it."""
    return Make()


def made(frame: Frame, row: EnrolmentRow, known: Known, sent: Made, offered: dict[str, Any]) -> dict[str, Any]:
    """A card was tapped. Raises ``EnrolRefused``."""
    if not isinstance(sent, PivMade):
        raise EnrolRefused(Code.WRONG_THING)
    has = [card.name for card in lookups.piv_cards_of(frame.conn, known.person.id)]
    waiting = {
        "name": naming.fresh("PIV card", has),
        "cert_9e": sent.presented.certificate,
        "cert_9a": sent.certificate_9a,
        "uid": sent.presented.uid,
    }
    _checked(frame, known, waiting)
    return waiting


def tried(
    frame: Frame, row: EnrolmentRow, known: Known, sent: Tried, waiting: dict[str, Any], issued: Issued | None
) -> Checked:
    """A signature by the very card that was made. Raises ``EnrolRefused``."""
    slot = "9A" if waiting["cert_9a"] else "9E"
    if not isinstance(sent, PivTried):
        raise EnrolRefused(Code.WRONG_THING)
    proof = sent.proof
    if proof.slot != slot or proof.certificate != waiting["cert_9a" if slot == "9A" else "cert_9e"]:
        raise EnrolRefused(Code.WRONG_THING, "another card")
    digest = challenge.good(issued).digest
    _, path_9e, path_9a = _checked(frame, known, waiting)
    path = path_9a or path_9e
    try:
        signature = unb64u(proof.signature)
        piv.verify(path.certificate, signature, digest)
    except (ValueError, ProofRefused):
        raise EnrolRefused(Code.BAD_ANSWER, "signature") from None
    return Checked("piv", {"issued": issued, "signature": signature, "path": path, "slot": slot})


def bind(
    frame: Frame, row: EnrolmentRow, known: Known, waiting: dict[str, Any], told: dict[str, Json], checked: Checked
) -> Bound:
    """The card is hers. Raises ``EnrolRefused`` if it has become somebody's meanwhile."""
    conn, now = frame.conn, frame.now
    new, _, _ = _checked(frame, known, waiting)
    detail = {**told, **authenticator_binding.card_told(new)}
    event = Event("factor_added", "success", now, method="piv", session=row.session, detail=detail)
    enrolled = frame.write(event, known)
    made = authenticator_binding.keep_card(conn, known.person.id, new, enrolled, now)
    authenticator_binding.guard_number(conn, frame.service.keys.badge, known.person.id, waiting["uid"], now)
    path: Path = checked.rest["path"]
    ca = next(one for one in lookups.piv_cas(conn) if one.fingerprint == path.ca.fingerprint)
    kept = evidence.of_piv(
        checked.rest["issued"].bound,
        slot=checked.rest["slot"],
        signature=checked.rest["signature"],
        path=(path.certificate, path.issuer),
        enrolled=enrolled,
        anchored=(ca.enrolled_chain, ca.enrolled_seq),
    )
    return Bound("piv", made, "piv", kept)


def _checked(frame: Frame, known: Known, waiting: dict[str, Any]) -> tuple[NewCard, Path, Path | None]:
    try:
        second = waiting["cert_9a"]
        new = NewCard(waiting["name"], unb64u(waiting["cert_9e"]), unb64u(second) if second else None)
        path_9e, path_9a = authenticator_binding.check_card(frame.conn, frame.service.rules.keys, new, frame.now)
    except ProofRefused as no:
        raise EnrolRefused(refused.OF_PROOF.get(no.code, Code.BAD_ANSWER), no.why, again=True) from None
    except ValueError:
        raise EnrolRefused(Code.UNTRUSTED_CERTIFICATE, "malformed", again=True) from None
    owner = authenticator_binding.card_owner(frame.conn, new)
    if owner is not None:
        raise EnrolRefused(Code.OWN_ALREADY if owner == known.person.id else Code.TAKEN, again=True)
    if not authenticator_binding.number_free(frame.conn, frame.service.keys.badge, waiting["uid"]):
        raise EnrolRefused(Code.TAKEN, "its number is a badge", again=True)
    return new, path_9e, path_9a
