"""What an application calls its resources in words: ``[policy.resources."AUDIENCE"]``, a text for each type.

``Ward = "Ward {id}"`` or, by language, ``Ward = { en = "Ward {id}", es = "Unidad {id}" }``: of ``Ward/3-North`` the
screen says ``Ward 3-North`` as well. What is signed stays ``Ward/3-North``.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from kiosk.model import drawable
from kiosk.service.policy import toml_values

TYPE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
MAX_RESOURCE = 60
ANY = ""
"""The language of a text that is said in every one that has none of its own."""
Words = tuple[tuple[str, str], ...]
"""Languages, each with its text."""
Resources = MappingProxyType[str, MappingProxyType[str, Words]]


def resources_from(value: object) -> Resources:
    """By audience and type. Raises ``SettingsError``."""
    found = {
        audience: MappingProxyType(
            {kind: _words(f"resources.{audience}.", kind, said) for kind, said in _table(types, "resources").items()}
        )
        for audience, types in _table(value, "resources").items()
    }
    return MappingProxyType(found)


def words_of(resources: Resources, audience: str, resource: str) -> Words:
    """What ``resource`` is called for ``audience``; nothing where nobody said it."""
    kind, slash, _ = resource.partition("/")
    types = resources.get(audience)
    return types.get(kind, ()) if slash and types is not None else ()


def _words(where: str, kind: str, said: object) -> Words:
    if not TYPE.fullmatch(kind):
        raise toml_values.bad(where.rstrip("."), "a type of resource, such as Ward", kind)
    table = {ANY: said} if isinstance(said, str) else _table(said, where + kind)
    found: list[tuple[str, str]] = []
    for language, text in table.items():
        if language != ANY and not LANGUAGE.fullmatch(language):
            raise toml_values.bad(where + kind, "by language, such as en", language)
        if not isinstance(text, str) or drawable.broken_rule(text, "sentence", MAX_RESOURCE) is not None:
            raise toml_values.bad(where + kind, f"1 to {MAX_RESOURCE} characters that a screen can show", text)
        if "{" in text.replace("{id}", "") or "}" in text.replace("{id}", ""):
            raise toml_values.bad(where + kind, "a text in which {id} alone is filled in", text)
        found.append((language, text))
    return tuple(sorted(found))


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise toml_values.bad(where, "a table", value)
    return value
