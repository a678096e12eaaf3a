"""Why the help desk and reviewers are told no. Nothing of these says more of a person than the help desk may know."""

from __future__ import annotations

from kiosk.service.platform.problems import HttpProblemError

_WHY: dict[str, tuple[int, str]] = {
    "wrong_token": (403, "This approval was given for something else. Ask for a fresh one."),
    "wrong_station": (403, "This approval was given at another workstation. Ask for a fresh one here."),
    "stale": (403, "This approval is too old. Ask for a fresh one."),
    "already_used": (409, "This approval was used before. Ask for a fresh one."),
    "suspended": (403, "Whoever approved this may not do so any more."),
    "not_entitled": (403, "Resets are for the help desk. Ask a supervisor if that should be you."),
    "too_weak": (403, "A reset is approved with a security key or a PIV card. Ask for a fresh approval."),
    "nothing_seen": (422, "Say what you saw that proves who it is, such as “passport, face”."),
    "unknown_person": (404, "There is nobody with this login."),
    "not_active": (409, "This person is suspended or has left. An administrator can change that."),
    "self": (403, "You cannot reset yourself. Ask a colleague of the help desk."),
    "too_many": (429, "Too many resets in a short time. Wait, or ask an administrator."),
    "lost_not_signed": (422, "What is lost must be part of what was approved. Ask for a fresh approval."),
    "no_such_factor": (422, "One of the factors that are reported lost is not this person's. Nothing was done."),
    "unknown_reset": (404, "There is no such reset."),
    "over": (409, "This reset is over. Begin another."),
    "same_person": (403, "A second person must agree, who is neither the one who began nor the one it is for."),
    "not_yours": (403, "The code is given to the one who began the reset."),
    "agreed_already": (409, "A second person has agreed already."),
    "too_early": (409, "The code is not due yet. A second person of the help desk can agree to it now."),
    "not_reviewer": (403, "Cases are reviewed by those whom the hospital names for it. Ask a supervisor."),
    "unknown_case": (404, "There is no such case."),
    "own_case": (403, "You are in this case, so somebody else reviews it."),
    "case_closed": (409, "This case is closed already. To look at it once more, reopen it."),
    "case_open": (409, "This case is open. Close it with a finding."),
    "case_reopened": (409, "This case was reopened before. See the list for the later one."),
    "not_over": (409, "What this case tells of is not over. Close it afterwards."),
    "no_such_finding": (
        422,
        "Your hospital has no such finding. See those of: kiosk help-desk review show",
    ),
    "no_finding": (422, "Say in a few words what you found."),
    "no_text_owed": (409, "Nobody but its person writes about this emergency access, or it was written about before."),
    "second_needed": (409, "A second person of the help desk must agree first: it is not this person's first reset."),
}


class ResetRefusedError(Exception):
    """``reason``: the stable word that the trail has, too."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def problem(self) -> HttpProblemError:
        """As it is answered."""
        status, sentence = _WHY[self.reason]
        return HttpProblemError(status, self.reason, sentence)
