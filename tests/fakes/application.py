"""An application's backend: it takes step-up tokens from the service under its own key (RFC 7523, RFC 9449)."""

from __future__ import annotations

import json
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from kiosk.client.lines import HttpLine
from kiosk.client.proofs import Prover
from kiosk.client.transport import Transport
from kiosk.client.trust import Trust
from tests.fakes.hospital import Ward


class Application:
    """Registered at ``ward``'s service as ``name``, for tokens of ``audience``; ``kiosk admin`` makes its key."""

    def __init__(self, ward: Ward, name: str, audience: str) -> None:
        file = ward.folder / f"{name}.jwk"
        client_id = ward.admin(
            "app", "add", name, "--audience", audience, "--new-key", str(file), "--action", "*"
        ).strip()
        key = ECKey.import_key(json.loads(file.read_text())).raw_value
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._http = HttpLine(
            Trust(ward.data / "tls" / "ca-1.crt"), lambda trust: httpx.Client(verify=trust.context, timeout=30)
        )
        self._line = Transport(ward.url, Prover(key, client_id), self._http)

    def redeem(self, token: str) -> dict[str, Any]:
        """The token's claims, once. Raises ``ServiceProblemError``."""
        return self._post("/v1/tokens/redeem", {"token": token})

    def collect(self, request_id: str) -> str:
        """The token of a web page's request, once. Raises ``ServiceProblemError``."""
        return str(self._post(f"/v1/stepups/{request_id}/token", None)["token"])

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: object) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._line.call("POST", path, body))
        return answer
