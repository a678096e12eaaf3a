"""A server's table: one on which people sign in by PAM or RADIUS, ``/etc/kiosk/server-login.toml``."""

# Without "from __future__ import annotations", as beside it.

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from kiosk.settings.checks import Range, SettingsError, check_ranges, must

DEFAULT = "/etc/kiosk/server-login.toml"
_NAME = re.compile(r"[A-Za-z0-9.-]{1,60}")
_PAIR = re.compile(r'[A-Za-z][A-Za-z0-9-]*(:[0-9]+)? (:=|\+=|=) ("[^"\\]*"|[A-Za-z0-9.:-]+)')
"""One attribute in FreeRADIUS's words (users(5)), without what its reader would look into: expansions, escapes."""


@dataclass(frozen=True, slots=True)
class RadiusRole:
    """What whoever has the role ``name`` is given: attributes in FreeRADIUS's words, such as ``Filter-Id = "ward"``."""

    name: str
    attributes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise SettingsError(must("name", "the role of a person", self.name))
        for pair in self.attributes:
            if not _PAIR.fullmatch(pair) or "%" in pair or "`" in pair:
                raise SettingsError(must("attributes", "a list such as ['Filter-Id = \"ward\"']", pair))


@dataclass(frozen=True, slots=True)
class ServerLoginSettings:
    """``service``: address of the service, which is its issuer. ``client_id``: by which this server is registered.
    ``name``: what people read where they are asked. ``ca``: file of the authority that the service's certificate is of.
    ``key``: file of the private key (JWK); or ``secret``: file of the secret. ``acr``: the least assurance. ``action``:
    what is approved, where it is more than a sign-in. ``seconds``: for which a question stands."""

    service: str
    client_id: str
    name: str
    ca: str
    key: str = ""
    secret: str = ""
    acr: str = "urn:kiosk:mfa"
    action: str = ""
    seconds: int = 60
    system_accounts: tuple[str, ...] = ()
    role: tuple[RadiusRole, ...] = ()
    """The first that the person has counts. None: whoever is let in is given nothing more."""

    def __post_init__(self) -> None:
        check_ranges(self, {"seconds": Range(60, 600)})
        parts = urlsplit(self.service)
        if parts.scheme != "https" or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise SettingsError(must("service", "an address that begins with https:// and has no path", self.service))
        if not _NAME.fullmatch(self.name):
            raise SettingsError(must("name", "this server's name, in letters, digits, dots and hyphens", self.name))
        if "root" in self.system_accounts:
            raise SettingsError(
                must("system_accounts", "a list without root, as whom nobody signs in from here", "root")
            )
        if bool(self.key) is bool(self.secret):
            raise SettingsError("Name the file of a “key”, or that of a “secret”: one of them.")
        for name in ("ca", "key", "secret"):
            path = str(getattr(self, name))
            if path and not path.startswith("/"):
                raise SettingsError(must(name, "a whole path, from / on", path))
