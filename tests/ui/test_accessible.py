"""A screen reader finds a name and a role on everything that can be read or pressed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from kiosk.model.emergency import NOBODY
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.enrolment_screens import MyKeys
from kiosk.session.facts.screens import Active, Fading, Opening, Screen, SecondFactor, StepUp
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.samples import SAMPLES
from tests.fakes.screens import Show

_PERSONAL = SecondFactor | Opening | Active | Fading | StepUp | MyKeys
PERSONAL = {n: s for n, s in SAMPLES.items() if isinstance(s, _PERSONAL) and s.person not in (None, NOBODY)}
ROLES = {
    QAbstractButton: QAccessible.Role.Button,
    QLabel: QAccessible.Role.StaticText,
    QLineEdit: QAccessible.Role.EditableText,
    SecretField: QAccessible.Role.EditableText,
}


def whose(screen: Screen) -> str:
    """The name that stands on it, if it is somebody's."""
    return screen.person.name if isinstance(screen, _PERSONAL) and screen.person is not None else ""


def tree(widget: QWidget) -> list[tuple[QAccessible.Role, str]]:
    """Role and name of everything visible below ``widget``, as a screen reader walks it."""
    found = []
    for part in widget.findChildren(QWidget):
        if part.isVisible():
            interface = QAccessible.queryAccessibleInterface(part)
            if interface is not None and not interface.state().invisible:
                found.append((interface.role(), interface.text(QAccessible.Text.Name)))
    return found


def nameless(view: QWidget) -> list[str]:
    """What of ``view`` can be read or pressed and has no name, or another role than it looks."""
    found: list[str] = []
    for kind, role in ROLES.items():
        for part in (w for w in view.findChildren(QWidget) if isinstance(w, kind) and w.isVisible()):
            interface = QAccessible.queryAccessibleInterface(part)
            named = interface.text(QAccessible.Text.Name).strip()
            if not named or interface.role() != role:
                found.append(f"{type(part).__name__} {named!r} is {interface.role()}, not {role}")
    return found


@pytest.mark.timeout(600)  # every screen is drawn in it, on a slow machine too
def test_what_can_be_read_or_pressed_has_name_and_role(show: Show, subtests: pytest.Subtests) -> None:
    for name, screen in SAMPLES.items():
        with subtests.test(name):
            show.done()
            view = show(screen).view
            page = QAccessible.queryAccessibleInterface(view)
            assert page.role() == QAccessible.Role.LayeredPane
            assert whose(screen) in page.text(QAccessible.Text.Name)
            assert page.text(QAccessible.Text.Name).strip(" :."), "a screen without a name"
            assert nameless(view) == []


@pytest.mark.timeout(600)  # every screen is drawn in it, on a slow machine too
def test_the_persons_name_is_on_every_screen_that_is_somebodys(show: Show, subtests: pytest.Subtests) -> None:
    for name, screen in PERSONAL.items():
        with subtests.test(name):
            show.done()
            assert any(whose(screen) in words for _, words in tree(show(screen).view))


def test_a_step_up_says_who_what_how_many_and_how_sensitive(show: Show) -> None:
    said = " ".join(words for _, words in tree(show(SAMPLES["step-up-pin"]).view))
    for part in ("Export patient records", "Clinical records", "/opt/records/bin/records", "12 records", "Patient/123",
                 "urn:records", "Restricted", "Transfer of care", "1:54", "Refuse", "Not me: silence it"):  # fmt: skip
        assert part in said


def test_what_is_read_page_by_page_is_said_too(show: Show) -> None:
    said = " ".join(words for _, words in tree(show(SAMPLES["step-up-pages"]).view))
    for part in ("Page 3 of 65", "Patient 1-8 of 500", "Patient/100001", "Patient/100008", "Next page"):
        assert part in said


def test_a_refusal_has_words_beside_its_colour(show: Show) -> None:
    said = [words for _, words in tree(show(SAMPLES["refused"]).view)]
    assert "That did not work" in said


@pytest.mark.parametrize("name", ["locked", "downtime", "locked-no-service"])
def test_health_is_told_in_words(show: Show, name: str) -> None:
    said = " ".join(words for _, words in tree(show(SAMPLES[name]).view))
    wanted = {
        "locked": ("Reader ready", "Card service running", "Connected"),
        "downtime": ("Not connected", "10:42", "Open workspaces keep working"),
        "locked-no-service": ("Card service stopped", "No reader", "Badges cannot be read", "call the help desk"),
    }[name]
    assert all(part in said for part in wanted)


@pytest.mark.parametrize(
    ("left", "refusal", "said"),
    [(10, None, False), (10, RefusalCode.WRONG_PIN, True), (3, None, True)],
    ids=["a full count is not said", "after a wrong one it is", "few are said before anything went wrong"],
)
def test_tries_left_are_said_where_they_matter(show: Show, left: int, refusal: RefusalCode | None, said: bool) -> None:
    screen = SAMPLES["second-factor-pin"]
    assert isinstance(screen, SecondFactor)
    prove = replace(screen.prove, retries_left=left, refusal=refusal)
    words = [text for _, text in tree(show(replace(screen, prove=prove)).view)]
    assert any(f"{left} tries left" in text for text in words) is said
