"""The service's HTTP interface as pages: its doors, and the JSON that goes in and out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

from kiosk.service.app import openapi

Json: TypeAlias = Mapping[str, "Value"]
Value: TypeAlias = "Json | list[Value] | str | int | float | bool | None"

FOR_APPLICATIONS = (
    ("get", "/.well-known/openid-configuration"),
    ("get", "/.well-known/jwks.json"),
    ("post", "/oauth/token"),
    ("post", "/v1/tokens/redeem"),
    ("post", "/v1/stepups/{request_id}/token"),
)
"""What an application that takes step-up tokens needs; every other door is a workstation's."""

INTRO = """# HTTP

Every body and answer is JSON in UTF-8, except the form of `POST /oauth/token`. An unknown member of a body is refused.
A refusal is `{"code": …, "detail": …}`; [refusals.md](refusals.md) lists the codes.
Every request but discovery, keys, enrolment of a workstation and `POST /oauth/token` carries
`Authorization: DPoP <access token>` and a `DPoP` proof (RFC 9449) with `ath`. [First token](first-token.md) shows both.
"""


def http_page() -> str:
    """One heading a door: what it does, what goes in, what comes out."""
    paths = _map(openapi()["paths"])
    doors = {(method, path): _map(door) for path, methods in paths.items() for method, door in _map(methods).items()}
    parts = [INTRO, "## For applications\n"]
    parts += [_door(method, path, doors[method, path]) for method, path in FOR_APPLICATIONS]
    parts.append("## For workstations\n\nThe agent uses these. They may change with any version.\n")
    parts += [_door(*key, door) for key, door in doors.items() if key not in FOR_APPLICATIONS]
    return "\n".join(parts)


def types_page() -> str:
    """One heading a type: what it is, and its members."""
    schemas = _map(_map(openapi()["components"])["schemas"])
    parts = ["# Types\n\nThe JSON of [HTTP](http.md). A member without “needed” may be left out.\n"]
    parts += [_type(name, _map(schema)) for name, schema in sorted(schemas.items())]
    return "\n".join(parts)


def prose(text: object) -> str:
    """A docstring as Markdown: single backticks, no newlines within a paragraph."""
    blocks = str(text or "").strip().replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(block.split()) for block in blocks)


def _door(method: str, path: str, door: Json) -> str:
    lines = [f"### {method.upper()} {path}", "", prose(door.get("description")), ""]
    body = _map(_map(door.get("requestBody", {})).get("content", {}))
    for kind, content in body.items():
        form = "" if kind == "application/json" else f" (`{kind}`)"
        lines.append(f"- **Body**{form}: {_kind(_map(_map(content)['schema']))}")
    for status, answer in _map(door["responses"]).items():
        if status == "422":
            continue
        content = _map(_map(answer).get("content", {}))
        kinds = [_kind(_map(_map(each).get("schema", {}))) for each in content.values()]
        lines.append(f"- **{status}**: {', '.join(kinds) or 'no body'}")
    return "\n".join([*lines, ""])


def _type(name: str, schema: Json) -> str:
    lines = [f"### {name}", ""]
    if schema.get("description"):
        lines += [prose(schema["description"]), ""]
    if "enum" in schema:
        lines += [f"One of {_kind(schema)}.", ""]
    members = _map(schema.get("properties", {}))
    if members:
        needed = _list(schema.get("required", []))
        lines += ["| member | type | |", "|---|---|---|"]
        for member, about in members.items():
            lines.append(f"| `{member}` | {_cell(_kind(_map(about)))} | {_note(_map(about), member in needed)} |")
        lines.append("")
    return "\n".join(lines)


def _note(about: Json, needed: bool) -> str:
    if needed:
        return "needed"
    default = about.get("default")
    return "" if default is None else _cell(f"else `{json.dumps(default, ensure_ascii=False)}`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _kind(schema: Json) -> str:
    """A schema in a few words, with links to named types."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f"[{name}](types.md#{name.lower()})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    values = schema.get("enum")
    if isinstance(values, list):
        return ", ".join(f"`{json.dumps(value)}`" for value in values)
    for word in ("anyOf", "oneOf"):
        either = schema.get(word)
        if isinstance(either, list):
            return " or ".join(_kind(_map(item)) for item in either)
    return _plain(schema)


def _plain(schema: Json) -> str:
    kind = str(schema.get("type", "any JSON"))
    if kind == "array":
        places = schema.get("prefixItems")
        if isinstance(places, list):
            return "list of " + ", ".join(_kind(_map(place)) for place in places)
        return f"list of {_kind(_map(schema.get('items', {})))}"
    if kind == "object" and "properties" in schema:
        return "members " + ", ".join(f"`{name}`" for name in _map(schema["properties"]))
    bounds = [f"{word} {schema[key]}" for word, key in _BOUNDS if key in schema]
    return kind + (f" ({', '.join(bounds)})" if bounds else "")


_BOUNDS = (
    ("at least", "minimum"),
    ("at most", "maximum"),
    ("characters at least", "minLength"),
    ("at most", "maxLength"),
)


def _map(value: object) -> Json:
    if not isinstance(value, Mapping):
        raise TypeError(f"no object: {value!r}")
    return value


def _list(value: object) -> list[Value]:
    if not isinstance(value, list):
        raise TypeError(f"no list: {value!r}")
    return value
