"""What FreeRADIUS's module ``exec`` runs: it reads the request from the environment, and answers by attributes.

FreeRADIUS writes each attribute in its own quotes. Whatever is not plainly a login and a one-time password is refused
here, before it is sent anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.server_login.one_time import SignedInPerson
from kiosk.server_login.pam import plain_login
from kiosk.server_login.service_line import ServerLoginError
from kiosk.settings.server_login import ServerLoginSettings

OK, REJECT, FAIL = 0, 1, 2
"""Exit statuses that the module ``exec`` knows (``rlm_exec``)."""


def shown(environment: Mapping[str, str]) -> tuple[str, str]:
    """Login and password of the request. Raises ``ServerLoginError``."""
    login, password = _plain(environment.get("USER_NAME", "")), _plain(environment.get("USER_PASSWORD", ""))
    return plain_login(login), password


def attributes(settings: ServerLoginSettings, person: SignedInPerson) -> str:
    """What the person is given, in FreeRADIUS's words. Raises ``ServerLoginError`` for whoever has none of the roles
    that are listed, where some are."""
    if not settings.role:
        return ""
    for role in settings.role:
        if role.name in person.roles:
            return ",\n".join(role.attributes)
    raise ServerLoginError("None of your roles may do this.")


def sentence(error: ServerLoginError) -> str:
    """The refusal as an attribute, which the person's own device may show."""
    plain = "".join(c for c in str(error) if c.isascii() and c.isprintable() and c not in '"\\%`')
    return f'Reply-Message = "{plain[:200]}"'


def _plain(value: str) -> str:
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] == '"' else value
