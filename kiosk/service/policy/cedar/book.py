"""A policy text, read once: its rules with what they say, and handles for deciding.

Text is taken whole or not at all: what the engine lets pass (a name twice, a name with a look-alike letter) is refused
here. ``cedarpy`` is known to this room alone.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

import cedarpy
from cedarpy import pst

from kiosk.model import drawable
from kiosk.resources import resource

MAX_POLICY_TEXT = 256 * 1024
"""Bytes of a policy text."""
MAX_RULES = 500
MAX_SAYS = 200
MAX_DEPTH, MAX_LINKS = 50, 1000
"""Of brackets within brackets; of signs that join parts of one rule."""
SIGNS = re.compile(r'"(?:[^"\\]|\\.)*"?|//[^\n]*|\bif\b|[;()\[\]{}&|+*.<>=!-]', re.DOTALL)
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
LANGUAGE = re.compile(r"says(?:_([a-z]{2,3}))?")
ANY = ""
Words = tuple[tuple[str, str], ...]
"""Languages, each with its text; the empty one: in every language that has none of its own."""


class PolicyTextError(ValueError):
    """A text that is no policy here. The message is one or more sentences for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule by its ``@id``; ``says``: its ``@says`` words, by language. ``number``: its place, from 0."""

    name: str
    effect: Literal["permit", "forbid"]
    says: Words
    number: int
    node: pst.Template = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """A text with its handles. ``version``: of an applied one, 0 of one that came with the program or settings.

    ``digest``: SHA-256 of the text, lower-case hex. ``trouble``: why it cannot be used; then it refuses everything.
    """

    text: str = field(repr=False)
    digest: str
    rules: tuple[Rule, ...]
    version: int = 0
    trouble: str = ""
    parsed: cedarpy.PolicySet = field(repr=False, compare=False, kw_only=True)

    def rule(self, name: str) -> Rule | None:
        """The rule of that ``@id``."""
        return next((rule for rule in self.rules if rule.name == name), None)


_UNUSABLE = """
@id("policy-unusable")
@says("The hospital's policy cannot be used, so nothing is granted. Tell your administrator.")
@says_es("La política del hospital no se puede usar, así que no se concede nada. Avise a la administración.")
@says_fr("La politique de l'hôpital est inutilisable : rien n'est accordé. Prévenez l'administration.")
@says_de("Die Regeln des Krankenhauses sind nicht verwendbar, darum wird nichts gewährt. Melden Sie es.")
forbid (principal, action, resource);
"""


@cache
def schema() -> cedarpy.Schema:
    """The schema that every request and policy is held against."""
    return cedarpy.Schema.from_str(resource("policy", "kiosk.cedarschema").read_text(encoding="utf-8"))


def default_text() -> str:
    """The rules of a hospital that come with the program."""
    return resource("policy", "hospital.cedar").read_text(encoding="utf-8")


def read(text: str, version: int = 0) -> PolicyBook:
    """Parse ``text``. Raises ``PolicyTextError``. What only a check finds is not looked for: see ``checking``."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > MAX_POLICY_TEXT:
        raise PolicyTextError(f"A policy has at most {MAX_POLICY_TEXT // 1024} KiB. Shorten it.")
    _readable(text)
    _not_deep(text)
    try:
        parsed = cedarpy.PolicySet.from_str(text)
        nodes = parsed.to_pst()
    except ValueError as error:
        raise PolicyTextError(f"This is no Cedar policy: {_one_line(str(error))}.") from None
    if nodes.templates:
        raise PolicyTextError("A rule has a slot (?principal or ?resource). Write the rule out.")
    if not nodes.static_policies:
        raise PolicyTextError("There is no rule in it, so it would permit nothing.")
    if len(nodes.static_policies) > MAX_RULES:
        raise PolicyTextError(f"A policy has at most {MAX_RULES} rules.")
    rules = tuple(_rule(node) for node in sorted(nodes.static_policies.values(), key=lambda node: _number(node.id)))
    names = [rule.name for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PolicyTextError(f"Two rules have the @id “{twice[0]}”. Each needs its own: the trail names rules by it.")
    _names_are_plain(nodes)
    return PolicyBook(text, digest_of(text), rules, version, parsed=parsed)


def digest_of(text: str) -> str:
    """SHA-256 of a policy's text, lower-case hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def unusable(trouble: str, version: int = 0, digest: str = "") -> PolicyBook:
    """In place of a policy that cannot be used: it refuses every step-up, and says why. ``trouble``: a sentence."""
    return replace(read(_UNUSABLE), trouble=trouble, version=version, digest=digest)


def _number(policy_id: str) -> int:
    return int(policy_id.removeprefix("policy"))


def _rule(node: pst.Template) -> Rule:
    name = node.annotations.get("id", "")
    if not NAME.fullmatch(name):
        where = f"Rule {_number(node.id) + 1}" if not name else f"The @id “{_shown(name)}”"
        raise PolicyTextError(f"{where} needs an @id of a-z, 0-9, . and -, such as @id(“export-few”).")
    says: list[tuple[str, str]] = []
    for annotation, text in node.annotations.items():
        if annotation == "id":
            continue
        found = LANGUAGE.fullmatch(annotation)
        if found is None:
            raise PolicyTextError(f"The rule “{name}” has an annotation @{annotation}. Known are @id and @says.")
        if drawable.broken_rule(text, "sentence", MAX_SAYS) is not None:
            raise PolicyTextError(f"What the rule “{name}” says must be 1 to {MAX_SAYS} characters a screen can show.")
        says.append((found[1] or ANY, text))
    if ANY not in dict(says):
        raise PolicyTextError(f"The rule “{name}” needs @says: people read it when the rule is why they are asked.")
    return Rule(name, node.effect, tuple(sorted(says)), _number(node.id), node)


def _not_deep(text: str) -> None:
    """Measured with 4.12: the engine ends the whole process where a text nests some hundred levels deep, or one rule
    has some thousand operators in a row. So nothing of that kind is ever handed to it."""
    depth = links = 0
    for found in SIGNS.finditer(text):
        sign = found[0]
        if sign[0] in '"/':
            continue
        links = 0 if sign == ";" and depth <= 0 else links + (10 if sign == "if" else 1)
        depth += (sign in "([{") - (sign in ")]}")
        if depth > MAX_DEPTH or links > MAX_LINKS:
            line = text.count("\n", 0, found.start()) + 1
            raise PolicyTextError(f"At line {line} there is too much in one rule. Make several rules of it.")


def _readable(text: str) -> None:
    """Nothing in it that an editor hides, so that nobody reads another text than the engine."""
    for character in text:
        if not character.isprintable() and character not in "\n\t\r":
            raise PolicyTextError(f"There is a character in it that cannot be seen: U+{ord(character):04X}.")


def _names_are_plain(nodes: pst.PolicySet) -> None:
    """A role or station written with a look-alike letter would be nobody's, and its rule would never hold."""
    for found in sorted(pst.entity_uids(nodes.static_policies), key=str):
        strange = next((c for c in found.id if not c.isascii()), None)
        if strange is not None and str(found.type) in ("Role", "Action", "Application"):
            raise PolicyTextError(
                f"The name in {found.type}::“{found.id}” has the character U+{ord(strange):04X}, which looks like "
                "another one. Type it anew."
            )


def _shown(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode("ascii")


def _one_line(said: str) -> str:
    return " ".join(said.split())[:300].rstrip(".")
