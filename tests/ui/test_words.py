"""Every language says everything; whatever the session can show has a sentence."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

from kiosk.model.card import CardService, CardTrouble, ReaderState
from kiosk.model.ceremony import Why
from kiosk.model.enrolment import EnrolRefusalCode, FactorKind, SecondMay, SecondWhy
from kiosk.model.health import StorageHealth
from kiosk.model.proof import ACR_RANK, Method
from kiosk.model.refusal import RefusalCode
from kiosk.model.stepup import Reason
from kiosk.service.proofs.authenticator_policy import KeyFault
from kiosk.session.facts import notices
from kiosk.session.facts.enrolment_screens import Trail
from kiosk.session.facts.screen_parts import Notice
from kiosk.ui.catalogue import Sentence
from kiosk.ui.words import HOLE, LANGUAGES, Words, own_sentences, plain, sentences

ROOT = Path(__file__).parents[2]
UI = sorted((ROOT / "kiosk" / "ui").rglob("*.py"))
SESSION = sorted((ROOT / "kiosk" / "session").rglob("*.py"))


def forms_of(sentence: Sentence) -> tuple[str, ...]:
    return (sentence,) if isinstance(sentence, str) else sentence


def _holes(sentence: Sentence) -> set[str]:
    return {hole for form in forms_of(sentence) for hole in HOLE.findall(form)}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_language_has_the_keys_and_holes_of_english(language: str) -> None:
    english, other = sentences("en"), own_sentences(language)
    assert other.keys() == english.keys()
    for key, sentence in english.items():
        assert isinstance(sentence, tuple) == isinstance(other[key], tuple), key
        assert _holes(other[key]) == _holes(sentence), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty(language: str) -> None:
    for key, sentence in sentences(language).items():
        for form in forms_of(sentence):
            assert form.strip(), key


def _expected() -> list[str]:
    keys = [f"card.{t}" for t in CardTrouble] + [f"refusal.{c}" for c in RefusalCode] + [f"why.{w}" for w in Why]
    for method in Method:
        keys += [f"prove.{part}.{method}" for part in ("type", "hold", "field", "hint", "instead")]
    keys += [f"health.reader.{s}" for s in ReaderState] + [
        f"health.network.{n}" for n in ("online", "unreachable", "unknown")
    ]
    keys += [f"health.storage.{s}" for s in get_args(StorageHealth) if s != "ok"]
    keys += [f"health.clock.{way}{stops}" for way in ("behind", "ahead") for stops in ("", "_stops")]
    keys += [f"health.advice.{s}" for s in ReaderState if s not in (ReaderState.READY, ReaderState.CARD)]
    keys += [f"health.advice.{s}" for s in CardService if s is not CardService.OK]
    keys += [f"assurance.{acr.rsplit(':', 1)[-1]}" for acr in ACR_RANK]
    keys += [f"sensitivity.{s}" for s in ("normal", "sensitive", "restricted")]
    keys += [f"unknown_badge.{r}" for r in ("reversed", "truncated")]
    keys += [f"{notices.STEP_UP_ENDED}{reason}" for reason in (*Reason, "granted")]
    keys += [f"factor.kind.{k}" for k in FactorKind] + [f"enrol.adding.{k}" for k in FactorKind]
    keys += [f"enrol.{part}.{k}" for k in FactorKind for part in ("choose.line", "done.works", "done.worth")]
    keys += [f"enrol_refusal.{c}" for c in EnrolRefusalCode] + [f"enrol.fault.{f}" for f in KeyFault]
    keys += [f"enrol.second.why.{w}" for w in get_args(SecondWhy)]
    keys += [f"enrol.second.{part}.{m}" for m in get_args(SecondMay) for part in ("title", "may")]
    keys += [f"enrol.steps.{s}" for s in get_args(Trail)]
    keys += [f"enrol.pin.{p}.{o}" for p in ("new", "again", "present") for o in ("service", "key", "card")]
    return keys + [f"action.{a}" for a in ("record.export", "bulk.print", "prescription.sign")]


def test_everything_that_has_a_name_has_a_sentence() -> None:
    assert [key for key in _expected() if key not in sentences("en")] == []


def _constants(path: Path) -> set[str]:
    """Text constants of ``path`` that look like the key of a sentence."""
    families = {key.split(".")[0] for key in sentences("en")}
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.split(".")[0] in families
        and node.value.replace(".", "").replace("_", "").isalpha()
        and "." in node.value
    }


def _has_a_sentence(key: str) -> bool:
    """Itself, or what begins so: the code puts the rest to it."""
    whole = key in sentences("en") or f"action.{key}" in sentences("en")
    begins = key.endswith((".", "_")) and any(known.startswith(key) for known in sentences("en"))
    return whole or begins or any(known.startswith((f"{key}.", f"{key}_")) for known in sentences("en"))


def test_every_key_in_the_code_has_a_sentence() -> None:
    keys = [(path.relative_to(ROOT), key) for path in (*UI, *SESSION) for key in sorted(_constants(path))]
    assert [f"{path}: {key}" for path, key in keys if not _has_a_sentence(key)] == []


def test_the_search_for_keys_finds_those_of_the_session() -> None:
    found = set().union(*(_constants(path) for path in SESSION))
    assert {"notice.lift_and_tap", "out_of_order.stage", "out_of_order.revoked"} <= found


FIXED = [value for value in vars(notices).values() if isinstance(value, Notice)]


def test_a_fixed_notice_has_a_sentence_without_open_holes() -> None:
    open_holes = {item.key: _holes(sentences("en")[item.key]) - {name for name, _ in item.values} for item in FIXED}
    assert {key: holes for key, holes in open_holes.items() if holes} == {}


ACTS = (
    "tap", "hold", "try", "call", "type", "use", "ask", "speak", "lift", "turn", "check", "wait", "start", "finish",
    "press", "enrol this card in",
)  # fmt: skip


def test_a_refusal_says_what_to_do_next() -> None:
    refusals = {
        key: sentence
        for key, sentence in sentences("en").items()
        if key.startswith(("enrol.card.", "enrol.fault."))
        or (key.split(".")[0] in ("card", "refusal", "enrol_refusal", "out_of_order") and key.count(".") == 1)
    }
    for key in ("out_of_order.title", "out_of_order.tell", "out_of_order.try_again"):
        del refusals[key]
    for key, sentence in refusals.items():
        assert isinstance(sentence, str), key
    silent = {key: said for key, said in refusals.items() if not any(act in str(said).lower() for act in ACTS)}
    assert silent == {}


def test_an_unknown_key_gives_a_sentence_that_helps() -> None:
    assert Words("en")("no.such.key") == sentences("en")["notice.unknown"]


def test_counting_follows_the_language() -> None:
    assert Words("en")("prove.tries_left", n=1) == "1 try left."
    assert Words("en")("prove.tries_left", n=0) == "0 tries left."
    assert Words("fr")("prove.tries_left", n=0) == "Il reste 0 essai."


def test_a_wait_of_unknown_length_is_still_a_sentence() -> None:
    assert "Wait a few seconds" in Words("en")("refusal.too_fast")
    assert "Wait 30 seconds" in Words("en")("refusal.too_fast", wait="30")


@pytest.mark.parametrize(
    ("language", "one", "minutes"),
    [
        ("en", "Wait 1 second,", "Wait 5 min,"),
        ("es", "Espere 1 segundo ", "Espere 5 min "),
        ("fr", "Attendez 1 seconde,", "Attendez 5 min,"),
    ],
)
def test_a_wait_is_said_as_people_say_it_whoever_says_it(language: str, one: str, minutes: str) -> None:
    words = Words(language)
    assert one in words("refusal.too_fast", wait=1)
    assert minutes in words("refusal.too_fast", wait="300")


@pytest.mark.parametrize(
    ("seconds", "said"), [(45, "45 seconds"), (300, "5 min"), (3600, "1 h"), (13_200, "3 h 40 min"), (-3, "0 seconds")]
)
def test_durations_are_said_as_people_say_them(seconds: int, said: str) -> None:
    assert Words("en").duration(seconds) == said


def test_what_a_program_says_of_itself_cannot_reorder_or_break_the_screen() -> None:
    assert plain("Records\u202e tropxe\n\nGranted\x07") == "Records tropxe Granted"
    assert len(plain("x" * 5000)) == 200


def test_an_action_without_a_name_shows_as_it_is() -> None:
    assert Words("en").name_of("action", "lab.order") == "lab.order"
    assert Words("en").name_of("purpose", "transfer of care") == "Transfer of care"


def test_joiners_stay_where_a_script_writes_them_and_nowhere_else() -> None:
    persian, hindi = "می\u200cخواهم", "क्\u200dष"
    assert (plain(persian), plain(hindi)) == (persian, hindi)
    assert plain("an\u200cna\u200d") == "anna"


def test_a_language_that_is_not_shipped_is_refused() -> None:
    with pytest.raises(KeyError):
        Words("tlh")
