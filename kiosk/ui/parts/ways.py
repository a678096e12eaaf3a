"""What went wrong with a proof, and what this person can do about it here, from the ways that they really have."""

from __future__ import annotations

from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method
from kiosk.session.facts.prove_part import Prove
from kiosk.ui.words import Words

OF_KEYS = (Method.FIDO2, Method.FIDO2_TAP)
ENDS_HERE = frozenset(
    {
        CardTrouble.PIN_BLOCKED,
        CardTrouble.NO_PIN_SET,
        CardTrouble.NO_CREDENTIAL,
        CardTrouble.WRONG_READER,
        CardTrouble.SLOT_ONLY,
        CardTrouble.U2F_ONLY,
        CardTrouble.PIV_KEY_KIND,
    }
)
"""With this key or card, as it is, nobody goes on."""


def card_failed(words: Words, prove: Prove, trouble: CardTrouble) -> list[str]:
    """Why the key or card could not be used; where nothing more comes of it, what to take instead."""
    if trouble not in ENDS_HERE:
        return [words(f"card.{trouble}")]
    kind = "key" if prove.method in OF_KEYS else "card"
    what = f"prove.ends.{trouble}_{kind}" if trouble is CardTrouble.PIN_BLOCKED else f"prove.ends.{trouble}"
    return [words(what), instead(words, prove)]


def closed(words: Words, prove: Prove) -> list[str]:
    """A PIN or code is closed: until when, and what else there is."""
    if prove.closed is None:
        return []
    key = "for_good" if prove.closed.until is None else "until"
    said = words(f"prove.closed.{key}_{prove.closed.method}", until=prove.closed.until)
    return [said, _of(words, [offer.method for offer in prove.offers])]


def instead(words: Words, prove: Prove) -> str:
    """The other ways that are offered to this person now; where there is none, who helps."""
    others = [offer.method for offer in prove.offers if offer.method is not prove.method]
    mine = next((offer.names for offer in prove.offers if offer.method is prove.method), ())
    if len(mine) > 1:
        return words(f"prove.next.another_{'key' if prove.method in OF_KEYS else 'card'}")
    return _of(words, others)


def _of(words: Words, methods: list[Method]) -> str:
    names = [words(f"prove.instead.{method}") for method in methods]
    if not names:
        return words("prove.next.none")
    if len(names) == 1:
        return words("prove.next.one", way=names[0])
    return words("prove.next.several", ways=", ".join(names[:-1]), last=names[-1])
