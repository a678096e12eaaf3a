"""What programs remember has an end: every cache has a size, or a reason why it cannot grow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from kiosk.service.jose import tokens
from kiosk.service.jose.tokens import Mint
from kiosk.service.routes import workstations
from tests.house.source import nodes, parsed

KIOSK = Path(__file__).parent.parent / "kiosk"
FINITE = {
    ("service/store/badges.py", "_tapped"): "one a number of badge keys",
    ("service/store/badges.py", "_proof_card"): "one a number of badge keys",
    ("service/store/row_message.py", "plan_of"): "one a list of columns that this program writes",
    ("service/store/badges.py", "_tapped_and_locked"): "one a number of badge keys",
    ("service/store/integrity.py", "inserting"): "one a table and list of columns that this program writes",
    ("service/policy/cedar/book.py", "schema"): "one: the schema that comes along",
    ("service/store/integrity.py", "_updating"): "two a guarded table and list of columns that this program changes",
    ("service/store/integrity.py", "_insert"): "one a guarded table",
    ("service/store/integrity.py", "_update"): "two a guarded table",
    ("service/store/row_message.py", "defaults"): "one a guarded table",
    ("service/store/row_message.py", "_encoders"): "one a guarded table",
    ("ui/theme.py", "theme"): "one a theme; others raise",
    ("ui/theme.py", "load_fonts"): "takes nothing",
    ("ui/catalogue.py", "rule_of"): "one a language that has its file",
    ("ui/words.py", "catalogue"): "one a language; others raise",
    ("ui/words.py", "own_sentences"): "one a language; others raise",
    ("ui/words.py", "sentences"): "one a language; others raise",
    ("ui/parts/icons.py", "strokes"): "one an icon; others raise",
    ("ui/sound.py", "player"): "takes nothing",
    ("ui/parts/spoken_field.py", "install"): "takes nothing",
    ("ui/parts/voice.py", "install"): "takes nothing",
    ("ui/parts/event_kinds.py", "make_all"): "takes nothing",
}


def unbounded() -> Iterator[tuple[str, str]]:
    """File and name of every function that is cached without a size."""
    for path in sorted(KIOSK.rglob("*.py")):
        for node in nodes(parsed(path)):
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    if "cache" in ast.unparse(decorator) and not sized(decorator):
                        yield path.relative_to(KIOSK).as_posix(), node.name


def sized(decorator: ast.expr) -> bool:
    """Whether it is ``lru_cache(maxsize=…)`` with a number."""
    words = decorator.keywords if isinstance(decorator, ast.Call) else []
    return any(
        word.arg == "maxsize" and isinstance(word.value, ast.Constant) and isinstance(word.value.value, int)
        for word in words
    )


def test_a_cache_has_a_size_or_a_reason() -> None:
    assert set(unbounded()) == set(FINITE)


def test_tokens_that_were_read_are_forgotten_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_CACHE", 3)
    key = ECKey.generate_key("P-256", {"kid": "1"})
    mint = Mint([key])
    made = [mint.sign("at+jwt", {"exp": 100, "n": number}) for number in range(8)]
    assert [mint.read(token, "at+jwt", 1)["n"] for token in made] == list(range(8))
    assert [claims["n"] for claims in mint._known.values()] == [5, 6, 7]


def test_addresses_with_wrong_codes_are_forgotten_in_their_order() -> None:
    counted = workstations._WrongCodes()
    for number in range(workstations.MAX_ADDRESSES + 5):
        for _ in range(workstations.WRONG_CODES + 3):
            counted.add(f"address-{number}")
    assert len(counted._seen) == workstations.MAX_ADDRESSES
    assert max(map(len, counted._seen.values())) == workstations.WRONG_CODES
    assert counted.full(f"address-{number}") and not counted.full("address-0")
