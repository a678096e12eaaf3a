"""The sentences that the session shows, by their key in the translation file.

``card.<CardTrouble>``, ``refusal.<RefusalCode>`` and ``notice.<name>``; each has a text in every language.
"""

from __future__ import annotations

from kiosk.model.card import CardTrouble
from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts.screen_parts import Notice, StationStatus

LIFT_AND_TAP = Notice("notice.lift_and_tap")
"""Lift the card and tap again: it was lying there before we looked."""
UNREACHABLE = Notice("notice.unreachable", "refused")
CLOCK_STOPS = Notice("notice.clock_stops", "refused")
"""It cannot be reached, because this computer's clock is far from its."""
TIMED_OUT = Notice("notice.timed_out", "warning")
HELD_OFF = Notice("notice.held_off", "warning")
"""Taps count again when this request is answered."""
TAP_OVER_OFFLINE = Notice("notice.tap_over_offline", "warning")
"""Nobody else can sign in while the service is unreachable; what is open stays open."""
PURPOSE_NOT_DRAWABLE = Notice("notice.purpose_not_drawable", "warning")
"""The purpose has a character that the screen cannot draw as it would be signed."""
NOT_ME_SENT = Notice("notice.not_me_sent")
NO_SEALED_CODE = Notice("notice.no_sealed_code", "warning")
EMERGENCY_GONE = Notice("notice.emergency_gone", "warning")
"""The policy has just changed: there is no emergency access here any more."""
NO_LOGIN = Notice("notice.no_login", "warning")
STEP_UP_WITHDRAWN = Notice("notice.step_up_withdrawn", "warning")
"""The program went away, or closed its line, before the person had answered."""
PHONE_REFUSED = Notice("notice.phone_refused")
PHONE_REPORTED = Notice("notice.phone_reported", "warning")
"""On their phone they said no, or that it was not they who asked."""
LET_ASK = Notice("notice.let_ask")
MISMATCH = Notice("notice.mismatch", "refused")
"""What was to be signed is not what the screen says."""
ENROLLING = Notice("notice.enrolling", "warning")
"""Taps count again when this enrolment has ended."""
ENROL_CANCELLED = Notice("notice.enrol_cancelled")
"""Stopped, and nothing was added."""
ENROL_MORE_CANCELLED = Notice("notice.enrol_more_cancelled")
"""The same after something else had been added."""
ENROL_LOST = Notice("notice.enrol_lost", "refused")
"""The service did not answer: what was begun was not added."""
ENROL_UNSURE = Notice("notice.enrol_unsure", "refused")
"""It did not answer to what binds: it may have heard that, or not. For the bar, from where My keys is one press."""
ENROL_MORE_EXPIRED = Notice("notice.enrol_more_expired", "warning")
"""Too late for the next thing; what had been added before stays."""
ENROL_OVER = Notice("notice.enrol_over", "warning")
"""Too late to go on within the same enrolment: whoever wants more begins anew."""
ENROL_OUT_OF_STEP = Notice("notice.enrol_out_of_step", "refused")
"""Service and workstation do not agree on how far it is; nothing was bound by it."""
ENROL_UNCLEAR = Notice("notice.enrol_unclear", "refused")
"""It broke off at what binds: that may have been carried out, or not. For the bar, too."""
ENROL_UNSURE_SIGN_IN = Notice("notice.enrol_unsure_sign_in", "refused")
ENROL_UNCLEAR_SIGN_IN = Notice("notice.enrol_unclear_sign_in", "refused")
"""The same on the lock screen, to somebody who was signed in here: My keys is a sign-in away."""
ENROL_UNSURE_TRY = Notice("notice.enrol_unsure_try", "refused")
ENROL_UNCLEAR_TRY = Notice("notice.enrol_unclear_try", "refused")
"""The same to somebody who was not, and on their first day cannot be: the new thing itself tells."""
ENROL_OFFLINE = Notice("notice.enrol_offline", "warning")
"""It is unreachable while a person is at something here that it has not been asked about yet."""
SAME_BADGE = Notice("notice.same_badge", "warning")
"""The new badge cannot say whose it is to be."""
NOT_PRINTED = Notice("notice.not_printed", "warning")
KEYS_OFFLINE = Notice("notice.keys_offline", "warning")
NEWS = {
    "reset": Notice("notice.news_reset", "warning"),
    "lost": Notice("notice.news_lost", "warning"),
    "added": Notice("notice.news_added", "warning"),
    "text_owed": Notice("notice.text_owed", "warning"),
    "required": Notice("notice.news_required", "warning"),
}
"""What was done to somebody's factors since they last signed in, and what they are to add; the gravest first."""
TEXT_TAKEN = Notice("notice.text_taken")
TEXT_OFFLINE = Notice("notice.text_offline", "warning")
TEXT_NOT_DRAWABLE = Notice("notice.text_not_drawable", "warning")
NAME_NOT_DRAWABLE = Notice("notice.name_not_drawable", "warning")
KEYS_GONE = Notice("notice.keys_gone", "warning")
"""The service no longer has the session whose list was asked for."""
BAD_ANSWER, HTTP_STATUS = "bad_answer", "http_"
"""The client's own words for an answer that it cannot read, and for a status without a reason."""
STATION_REVOKED = RefusalCode.STATION_REVOKED.value
ENDED = frozenset({"programs", "server", "hung", "limit_many", "limit_age", "limit_memory", "limit_full"})
"""Why a workspace is gone that can be begun anew at once, with nobody called for help."""
STEP_UP_ENDED = "notice.step_up_"
"""Followed by ``granted`` or a ``Reason``."""


def unreachable(status: StationStatus) -> Notice:
    """No answer, and why, as far as it is known."""
    return CLOCK_STOPS if status.clock_stops else UNREACHABLE


def signed_in(name: str) -> Notice:
    """ "You are signed in as …": the own badge came too soon after signing in to mean leaving."""
    return Notice("notice.signed_in", values=(("name", name),))


def silenced(program: str, whole: bool) -> Notice:
    """ "Not me" was pressed: this program asks nothing any more, and where that can be changed.

    ``whole``: nor does any other that nobody registered.
    """
    return Notice("notice.step_up_silenced_all" if whole else "notice.step_up_silenced", values=(("program", program),))


def ended(reason: str) -> Notice:
    """Their programs are gone, and why; one of ``ENDED``."""
    return Notice(f"notice.ended_{reason}" if reason in ENDED else "notice.ended_limit_full", "warning")


def card(trouble: CardTrouble) -> Notice:
    """Why the card could not be used."""
    return Notice(f"card.{trouble.value}", "warning")


def refused(refusal: Refusal) -> Notice:
    """Why the service said no."""
    if refusal.code is RefusalCode.LOCKED_OUT and refusal.until is not None:
        return Notice("refusal.locked_out_until", "refused", (("until", str(refusal.until)),))
    values = () if refusal.wait is None else (("wait", str(refusal.wait)),)
    return Notice(f"refusal.{refusal.code.value}", "refused", values, said=refusal.says)


SECOND_SAYS = frozenset(
    {
        RefusalCode.SAME_PERSON,
        RefusalCode.POLICY,
        RefusalCode.UNKNOWN_PERSON,
        RefusalCode.BUSY,
        RefusalCode.NO_METHOD,
        RefusalCode.SUSPENDED,
    }
)
"""Why somebody cannot be the second person, in words that speak of a colleague."""


def second(code: str) -> Notice:
    """Why whoever was named does not agree to a step-up, or cannot."""
    return Notice(f"second.{code}" if code in SECOND_SAYS else f"refusal.{code}", "refused")


IN_EMERGENCY = frozenset({RefusalCode.EMERGENCY_ACTION, RefusalCode.EMERGENCY_RECORDS, RefusalCode.EMERGENCY_NOBODY})
"""Why something is not approved during an emergency access."""


def step_up_refused(refusal: Refusal | None) -> Notice | None:
    """Where the person of a step-up is told more than its program: when a closed way opens again, or what they lack."""
    if refusal is not None and refusal.code is RefusalCode.NO_METHOD:
        return Notice(STEP_UP_ENDED + "no_method", "refused", said=refusal.says)
    if refusal is not None and refusal.code in IN_EMERGENCY:
        return refused(refusal)
    if refusal is not None and refusal.code is RefusalCode.POLICY and refusal.says:
        return Notice(STEP_UP_ENDED + "policy", "refused", said=refusal.says)
    if refusal is not None and refusal.code is RefusalCode.LOCKED_OUT and refusal.until is not None:
        return Notice(STEP_UP_ENDED + "locked_out_until", "refused", (("until", str(refusal.until)),))
    return None


def news(told: tuple[str, ...]) -> Notice | None:
    """The gravest of what was done to their factors while they were away."""
    return next((notice for name, notice in NEWS.items() if name in told), None)


def enrol_refused(refusal: EnrolRefusal) -> Notice:
    """Why the service ended an enrolment."""
    values = () if refusal.wait is None else (("wait", str(refusal.wait)),)
    return Notice(f"enrol_refusal.{refusal.code.value}", "refused", values)


def enrol_problem(code: str, request: str = "") -> Notice:
    """An error answer about an enrolment; as ``problem``."""
    try:
        return enrol_refused(EnrolRefusal(EnrolRefusalCode(code)))
    except ValueError:
        return problem(code, request)


EMERGENCY_REFUSALS = frozenset(
    {"nobody_known", "not_here", "not_a_reason", "suspended", "policy", "journal", "bad_code"}
)


def emergency_refused(code: str, says: tuple[tuple[str, str], ...] = ()) -> Notice:
    """Why emergency access is not opened. ``says``: in the policy's words, where it is the policy's."""
    if code in EMERGENCY_REFUSALS:
        return Notice(f"emergency_refusal.{code}", "refused", said=says)
    return problem(code)


OF_THE_DATABASE = frozenset({"store_busy", "store_down"})
"""The network is fine then, and the service too: what it keeps its records in is not."""


def problem(code: str, request: str = "") -> Notice:
    """An error answer of the service: its refusal if it names one, else what to tell the help desk.

    That is the request's number, by which the service's log has it; ``code`` where no number came.
    """
    known = refusal_code(code)
    if known is not None:
        return refused(Refusal(known))
    if code in OF_THE_DATABASE:
        return Notice(f"notice.{code}", "refused")
    return Notice("notice.service_error", "refused", (("code", request or code),))


def refusal_code(code: str) -> RefusalCode | None:
    """The refusal that a ``Problem.code`` names, if it names one."""
    try:
        return RefusalCode(code)
    except ValueError:
        return None
