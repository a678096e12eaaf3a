"""Translations, for whoever keeps them: ``python -m installer.translations check``, ``update`` or ``new CODE``.

``check`` lists what each language lacks, and fails where a file says something wrong: holes that are not those of the
English sentence, keys that are no more, forms that its language does not count with. ``update`` brings every file to
the template's sentences; a translation whose English has changed stays, marked fuzzy. ``new`` begins a language.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from gettext import c2py
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, unescape, write_po

from kiosk.resources import resource
from kiosk.ui.words import FOLDER, HOLE, TEMPLATE

HEAD = "# The sentences of the screens. docs/translating.md says how to translate them."
BEFORE = re.compile(r'\|\s*msgid(?:_plural)?\s+(".*")')
SHOWN = 10
"""Missing sentences that are named."""
PASSING = ("Project-Id", "Report-Msgid", "POT-Creation", "PO-Revision", "Last-Tr", "Language-Team", "Generated-By")
"""Begin the lines of the head that change with each run."""
COUNTED = (*range(1001), 1_000_000)
"""Numbers that are tried: whichever forms the CLDR has for a language, one of these takes each."""


def main(argv: list[str]) -> int:
    """Exit status 1 with a sentence for what is wrong."""
    folder = resource(FOLDER)
    match argv:
        case ["check"]:
            return check(folder)
        case ["update"]:
            for path in sorted(folder.glob("*.po")):
                bring_up(path, template(folder))
            return 0
        case ["new", code]:
            return begin(folder, code)
    print(__doc__, file=sys.stderr)
    return 2


def template(folder: Path) -> Catalog:
    """The English sentences."""
    with (folder / TEMPLATE).open("rb") as file:
        return read_po(file, abort_invalid=True)


def check(folder: Path) -> int:
    """Print what is missing and what is wrong; 1 if anything is wrong."""
    english, wrong = template(folder), 0
    for path in sorted(folder.glob("*.po")):
        missing = lacking(path, english)
        if missing:
            more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
            print(f"{path.name}: {len(missing)} sentences are said in English: {', '.join(missing[:SHOWN])}{more}")
        for fault in faults(path, english):
            print(f"{path.name}: {fault}")
            wrong += 1
    return min(wrong, 1)


def lacking(path: Path, english: Catalog) -> list[str]:
    """Keys of the sentences that the file at ``path`` does not say, or not of today's English."""
    try:
        with path.open("rb") as file:
            theirs = {message.context: message for message in _messages(read_po(file, abort_invalid=True))}
    except (PoFileError, ValueError):
        theirs = {}
    return [
        str(message.context)
        for message in _messages(english)
        if (said := theirs.get(message.context)) is None
        or said.fuzzy
        or said.id != message.id
        or not all(_forms(said.string))
    ]


def faults(path: Path, english: Catalog) -> Iterator[str]:
    """Sentences about what is wrong in the file at ``path``."""
    try:
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.stem, abort_invalid=True)
    except (PoFileError, ValueError, UnknownLocaleError) as error:
        yield f"it cannot be read: {error}"
        return
    counting = list(_counting(catalog))
    yield from counting
    if counting:
        return  # which form a number takes is not known: the rest is told once that is mended
    known = {message.context: message for message in _messages(english)}
    seen: set[object] = set()
    for message in _messages(catalog):
        if message.context not in known:
            yield f"“{message.context}” is no sentence any more; run: make translations"
        if message.context in seen:
            yield f"“{message.context}” is there twice"
        seen.add(message.context)
        if not message.fuzzy:
            yield from _holes(message, catalog)


def _counting(catalog: Catalog) -> Iterator[str]:
    """Forms that are not those with which the language counts, by the CLDR."""
    locale = catalog.locale or Locale("en")
    try:
        chosen = c2py(catalog.plural_expr)
        forms: dict[int, set[str]] = {}
        for n in COUNTED:
            forms.setdefault(chosen(n), set()).add(locale.plural_form(n))
    except (ValueError, ArithmeticError) as error:
        yield f"“Plural-Forms” is no rule: {error}"
        return
    if any(len(names) > 1 and names != {"many", "other"} for names in forms.values()):
        yield f"“Plural-Forms” does not count as {locale.english_name} does; by the CLDR: {_rule(locale)}"
    if max(forms) >= catalog.num_plurals:
        yield f"“Plural-Forms” has {catalog.num_plurals} forms, and chooses a form beyond them"


def _rule(locale: Locale) -> str:
    made = Catalog(locale=locale)
    return f"nplurals={made.num_plurals}; plural={made.plural_expr};"


def _holes(message: Message, catalog: Catalog) -> Iterator[str]:
    """A form that stands for one number alone need not say it; every other one has the holes of the English."""
    forms = _forms(message.string)
    if not all(forms):
        return
    wanted = set(HOLE.findall(_forms(message.id)[-1]))
    chosen = c2py(catalog.plural_expr)
    for index, form in enumerate(forms):
        alone = len(forms) > 1 and sum(chosen(n) == index for n in COUNTED) == 1
        there = set(HOLE.findall(form))
        if there != wanted and not (alone and there == wanted - {"n"}):
            need = ", ".join(sorted(f"{{{hole}}}" for hole in wanted)) or "none"
            yield f"“{message.context}” must have these holes: {need}; it says “{form}”"


def bring_up(path: Path, english: Catalog) -> None:
    """The file at ``path`` with the template's sentences, in its order, and what it says of them."""
    with path.open("rb") as file:
        old = read_po(file, locale=path.stem)
    theirs = {message.context: message for message in _messages(old)}
    made = Catalog(locale=path.stem, header_comment=HEAD, fuzzy=False)
    # How the file counts stays as its translator's tool wrote it.
    made.mime_headers = [("Plural-Forms", old.plural_forms)]
    for message in _messages(english):
        said = theirs.get(message.context)
        empty = ("",) * made.num_plurals if message.pluralizable else ""
        flags, previous = set(message.flags), []
        if said is not None and bool(said.pluralizable) == bool(message.pluralizable):
            flags |= said.flags & {"fuzzy"}
            previous = _before(said)
            if said.id != message.id and any(_forms(said.string)):
                flags.add("fuzzy")
                previous = list(_forms(said.id))
        else:
            said = None
        made.add(
            message.id,
            said.string if said is not None else empty,
            flags=flags,
            auto_comments=message.auto_comments,
            user_comments=_remarks(said) if said is not None else (),
            previous_id=previous,
            context=message.context,
        )
    _write(path, made)


def _remarks(message: Message) -> list[str]:
    """What translators wrote beside it; Babel takes the English of before for such a remark."""
    return [line for line in message.user_comments if not line.startswith("|")]


def _before(message: Message) -> list[str]:
    """The English of before that stands beside a fuzzy translation."""
    found = (BEFORE.fullmatch(line) for line in message.user_comments)
    return [unescape(line[1]) for line in found if line]


def begin(folder: Path, code: str) -> int:
    """An empty file for the language ``code``, such as ``pl`` or ``pt_BR``."""
    path = folder / f"{code}.po"
    try:
        made = Catalog(locale=Locale.parse(code), header_comment=HEAD, fuzzy=False)
    except (ValueError, UnknownLocaleError):
        print(f"The CLDR knows no language “{code}”. Write its code as in pl or pt_BR.", file=sys.stderr)
        return 1
    if path.exists():
        print(f"{path} is there already.", file=sys.stderr)
        return 1
    _write(path, made)
    bring_up(path, template(folder))
    print(f"Made {path}. Open it in Poedit, or put it on Weblate: docs/translating.md")
    return 0


def _write(path: Path, catalog: Catalog) -> None:
    whole = BytesIO()
    write_po(whole, catalog, width=0, include_previous=True)
    passing = tuple(f'"{name}' for name in PASSING)
    kept = [line for line in whole.getvalue().decode().split("\n") if not line.startswith(passing)]
    path.write_text("\n".join(kept), encoding="utf-8")


def _messages(catalog: Catalog) -> list[Message]:
    """All but the head."""
    return [message for message in catalog if message.id]


def _forms(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, (tuple, list)) else (str(text or ""),)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
