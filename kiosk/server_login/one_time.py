"""A one-time password that somebody's program got at their workstation is exchanged for who they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.model.proof import ACR_RANK
from kiosk.server_login.service_line import ServiceLine, UntoldReasonError
from kiosk.settings.server_login import ServerLoginSettings

GRANT = "urn:kiosk:params:oauth:grant-type:one-time-password"
_PASSWORD = re.compile(r"[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class SignedInPerson:
    """Whose password it was."""

    login: str
    roles: tuple[str, ...]


def signed_in(line: ServiceLine, settings: ServerLoginSettings, login: str, password: str) -> SignedInPerson:
    """Who it is. The password is used up. Raises ``ServerLoginError``."""
    if not _PASSWORD.fullmatch(password):  # a person's own password, typed here: it goes no further
        raise UntoldReasonError("That is no one-time password. Your workstation gives you one.")
    answer = line.post("/oauth/token", {"grant_type": GRANT, "username": login, "password": password})
    if "id_token" not in answer:
        said = answer.get("error_description") or answer.get("error")
        raise UntoldReasonError(f"The one-time password does not count. {said}")
    claims = line.claims(answer["id_token"])
    if claims.get("preferred_username") != login:
        raise UntoldReasonError("The one-time password is somebody else's.")
    if ACR_RANK.get(str(claims.get("acr")), -1) < ACR_RANK[settings.acr]:
        raise UntoldReasonError("What was proved at the workstation is not enough for this server.")
    roles = claims.get("roles")
    return SignedInPerson(login, tuple(map(str, roles)) if isinstance(roles, list) else ())
