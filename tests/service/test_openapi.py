"""``docs/openapi.json`` is what is served; ``python -m kiosk.service.openapi docs/openapi.json`` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path

from kiosk.service.app import openapi
from tests.fakes.service import Hospital

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"


async def test_the_file_in_docs_is_what_is_served(service: Hospital) -> None:
    served = (await service.http.get("/v1/openapi.json")).json()
    assert served == openapi()
    assert json.loads(FILE.read_text(encoding="utf-8")) == served, (
        "run: python -m kiosk.service.openapi docs/openapi.json"
    )


async def test_every_door_of_the_architecture_is_described(service: Hospital) -> None:
    paths = (await service.http.get("/v1/openapi.json")).json()["paths"]
    described = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    page = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
    doors = [line.split("`")[1] for line in page.splitlines() if line.startswith(("| `GET /v1", "| `POST /"))]
    assert doors
    for door in doors:
        wanted = door.replace("{id}", "{ceremony}")
        if wanted != "GET /v1/openapi.json":
            assert wanted in described, door
