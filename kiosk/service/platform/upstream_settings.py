"""The ``[upstream]`` table of ``service.toml``: the hospital's own OpenID Provider, by which people sign in elsewhere
than at a workstation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import msgspec

from kiosk.model.proof import ACR_RANK
from kiosk.service.platform.web_addresses import UnreachableUriError, check_uri
from kiosk.settings import SettingsError, must

DAY = 86_400
ALGS = ("RS256", "ES256", "PS256")
LOGIN_CLAIMS = ("sub", "preferred_username", "email")
MAX_TEXT = 200
MAX_MAPPED = 50
_FILES = ("secret_file", "key_file", "ca_file")
_NEEDED = ("name", "issuer", "client_id", "login")
_PLAIN = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """``name``: of the hospital, as its button says it. ``issuer``: exactly as the provider names itself.

    ``secret_file`` or ``key_file`` (a private P-256 or RSA key, PEM): by which we are known to it. ``login``: the claim
    that is somebody's login here, which ends in ``suffix``. ``alg``: of its ID tokens. ``acr``, ``amr``: what words of
    theirs count as here; a word that is not named counts as ``urn:kiosk:identified``. ``roles``: who may; empty for
    everybody. ``max_age``: seconds since the proof there. ``ca_file``: whom to trust as it, PEM; empty for the
    system's authorities. ``loopback``: it may be on this machine.
    """

    name: str
    issuer: str
    client_id: str
    login: str
    secret_file: str = ""
    key_file: str = ""
    suffix: str = ""
    alg: str = "RS256"
    acr: Mapping[str, str] = field(default_factory=dict)
    amr: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    max_age: int = DAY // 2
    ca_file: str = ""
    loopback: bool = False


def upstream_from(table: Mapping[str, object]) -> UpstreamSettings | None:
    """Read the table; None for an empty one. Raises ``SettingsError`` with a sentence for whoever edits it."""
    if not table:
        return None
    known = {each.name for each in fields(UpstreamSettings)}
    for name in table:
        if name not in known:
            raise SettingsError(f"[upstream]: there is no setting called “{name}”.")
    for name in _NEEDED:
        if not table.get(name):
            raise SettingsError(f"[upstream]: “{name}” is missing.")
    try:
        read = msgspec.convert(dict(table), UpstreamSettings, strict=True)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[upstream]: {error}.") from None
    _check(read)
    return read


def _check(read: UpstreamSettings) -> None:
    try:
        check_uri(read.issuer)
        if "?" in read.issuer:
            raise UnreachableUriError("It has no “?”.")
    except UnreachableUriError as error:
        raise SettingsError(f"[upstream]: “issuer” cannot be used: {error}") from None
    if len(read.name) > MAX_TEXT or not read.name.isprintable():
        raise SettingsError(f"[upstream]: {must('name', 'a name of one line', read.name)}")
    if not _PLAIN.fullmatch(read.client_id):
        raise SettingsError(f"[upstream]: {must('client_id', 'the plain text that the provider gave', read.client_id)}")
    if bool(read.secret_file) == bool(read.key_file):
        raise SettingsError("[upstream]: there must be “secret_file” or “key_file”, one of them.")
    for name in _FILES:
        path = str(getattr(read, name))
        if path and not Path(path).is_absolute():
            raise SettingsError(f"[upstream]: {must(name, 'a whole path', path)}")
    if read.login not in LOGIN_CLAIMS:
        raise SettingsError(f"[upstream]: {must('login', ' or '.join(LOGIN_CLAIMS), read.login)}")
    if read.alg not in ALGS:
        raise SettingsError(f"[upstream]: {must('alg', ' or '.join(ALGS), read.alg)}")
    if not 60 <= read.max_age <= DAY:  # SP 800-63B-4 section 2.2.3: proved anew within 24 hours
        raise SettingsError(f"[upstream]: {must('max_age', f'60 to {DAY} seconds', read.max_age)}")
    _check_words("acr", read.acr)
    _check_words("amr", read.amr)


def _check_words(name: str, words: Mapping[str, str]) -> None:
    if len(words) > MAX_MAPPED:
        raise SettingsError(f"[upstream.{name}] has at most {MAX_MAPPED} words.")
    for theirs, ours in words.items():
        if ours not in ACR_RANK:
            raise SettingsError(f"[upstream.{name}]: {must(theirs, ', '.join(ACR_RANK), ours)}")
        if not _PLAIN.fullmatch(theirs):
            raise SettingsError(
                f"[upstream.{name}]: “{theirs}” is no word of a provider: it has spaces, or is too long."
            )
