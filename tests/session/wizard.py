"""A shift with an enrolment in it: verbs for what the service, a new key and a person say."""

from __future__ import annotations

from kiosk.model.card import KeyFacts
from kiosk.model.ceremony import CeremonyView
from kiosk.model.enrolment import EnrolmentView, EnrolStep, FactorKind, FactorsView
from kiosk.model.proof import Presented, UidPresented
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_answers import CredentialMade, KeyRead, PivRead, PkocRead
from kiosk.session.facts.enrolment_screens import Enrolment, EnrolPanel
from kiosk.session.facts.person_input import FactorPicked, KindPicked, LoginTyped
from kiosk.session.facts.service_answers import CeremonyUpdated, EnrolmentUpdated, FactorsReceived
from tests.session.enrolments import BARE_FACTS, BARE_KEY, KEY_MADE, NEW_BADGE, PIV_MADE, PKOC_MADE, factors, view
from tests.session.shift import S, Shift
from tests.session.world import ANA, ANA_BADGE, KEY, refused


class EnrolShift(Shift):
    """``touches``: buttons pressed and things held since the last ``counts``."""

    def __init__(self) -> None:
        super().__init__()
        self.touches = 0

    @property
    def wizard(self) -> Enrolment:
        return self.shows(Enrolment)

    def part(self, kind: type[S]) -> S:
        """The part of the wizard, which must be of this kind."""
        part: EnrolPanel = self.wizard.part
        assert isinstance(part, kind), f"the part is {part}"
        return part

    def counts(self) -> None:
        self.touches = 0

    def presses(self, button: Button) -> None:
        self.touches += 1
        super().presses(button)

    def holds(self, presented: Presented, number: int | None = None) -> int:
        """Something is held to the reader, and read."""
        self.touches += 1
        tapped = self.tap()
        self.reads(presented)
        return tapped

    def picks(self, kind: FactorKind) -> None:
        self.touches += 1
        self.happens(KindPicked(kind))

    def picks_factor(self, mark: str) -> None:
        self.touches += 1
        self.happens(FactorPicked(mark))

    def types_login(self, login: str) -> None:
        self.happens(LoginTyped(login))

    def hears_of(self, said: EnrolmentView) -> None:
        """The service's view of the enrolment."""
        self.happens(EnrolmentUpdated(self.last_turn(), said))

    def proves(self, ceremony: CeremonyView) -> None:
        """The service's view of a proof."""
        self.happens(CeremonyUpdated(self.last_turn(), ceremony))

    def key_says(self, facts: KeyFacts) -> None:
        self.happens(KeyRead(self.last_turn(), facts))

    def key_makes(self) -> None:
        self.happens(CredentialMade(self.last_turn(), KEY_MADE))

    def card_shows(self) -> None:
        self.happens(PivRead(self.last_turn(), PIV_MADE))

    def badge_says_its_key(self) -> None:
        self.happens(PkocRead(self.last_turn(), PKOC_MADE))

    def list_comes(self, told: FactorsView | None = None) -> None:
        self.happens(FactorsReceived(self.last_turn(), told or factors()))

    # Beginnings

    def unknown(self, badge: UidPresented = NEW_BADGE) -> None:
        """A badge that nobody knows was tapped."""
        self.touches += 1
        self.tap()
        self.reads(badge)
        self.says(refused(self.ceremony(), RefusalCode.UNKNOWN_BADGE))
        self.lift()

    def at_their_keys(self, missing: int = 0) -> None:
        """Ana works, and looks at their keys."""
        self.works(ANA, ANA_BADGE)
        self.counts()
        self.presses(Button.MY_KEYS)
        self.list_comes(factors(missing=missing))

    def adding(self, kind: FactorKind, step: EnrolStep = EnrolStep.MAKE) -> None:
        """From their keys to ``step`` of adding such a thing."""
        self.at_their_keys()
        self.picks(kind)
        self.hears_of(view(step, kind))


def making(facts: object = BARE_FACTS) -> tuple[EnrolShift, int]:
    """A new key lies there and its PIN is asked for."""
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    number = shift.holds(BARE_KEY if facts is BARE_FACTS else KEY)
    shift.key_says(facts)  # type: ignore[arg-type]  # one of the two
    return shift, number
