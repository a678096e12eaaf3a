"""Every sentence that the session shows exists in every language, with the holes that it fills."""

from __future__ import annotations

from functools import cache

import pytest
from babel.messages.pofile import read_po

from kiosk.model.card import CardTrouble
from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.stepup import Reason
from kiosk.resources import resource
from kiosk.session.facts import notices
from kiosk.session.facts.screen_parts import Notice

LANGUAGES = ("en", "es", "fr")
NOTICES = [
    *(value for value in vars(notices).values() if isinstance(value, Notice)),
    *(notices.card(trouble) for trouble in CardTrouble),
    *(notices.refused(Refusal(code)) for code in RefusalCode),
    *(Notice(notices.STEP_UP_ENDED + end) for end in ["granted", *(reason.value for reason in Reason)]),
    *notices.NEWS.values(),
    *(notices.enrol_refused(EnrolRefusal(code)) for code in EnrolRefusalCode),
    notices.enrol_refused(EnrolRefusal(EnrolRefusalCode.TOO_FAST, wait=9)),
    notices.signed_in("Ana"),
    notices.silenced("tool", whole=False),
    notices.silenced("tool", whole=True),
    notices.problem("internal"),
    *(Notice(f"out_of_order.{key}") for key in ("broken", "stage", "revoked")),
]


@cache
def words(language: str) -> dict[str, str]:
    name = "messages.pot" if language == "en" else f"{language}.po"
    with resource("translations", name).open("rb") as file:
        return {str(m.context): str(m.id if language == "en" else m.string) for m in read_po(file) if m.context}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_exists_and_says_what_it_is_given(language: str) -> None:
    found: list[str] = []
    for notice in NOTICES:
        sentence = words(language).get(notice.key, "")
        found += [f"{notice.key} is not there"] * (not sentence)
        found += [f"{notice.key} does not say {hole}" for hole, _ in notice.values if "{" + hole + "}" not in sentence]
    assert found == []
