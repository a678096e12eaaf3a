"""A program cannot hear what another person's programs play, nor the station's microphone while it is not its turn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.process_table import until
from tests.fakes.sound_station import sound_station
from tests.fakes.staging import ROOT, Staging
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
SCRIPT = """
if [ "$KIOSK_LOGIN" = ada ]; then exec "$1" "$2/sound_inside.py" 16 "$4"; fi
exec "$1" "$2/sound_intruder.py" "$PWD_OF_STATION" "$3" "$4"
"""
KINDS = {"own network": 0, "the machine's network": 1}


@pytest.fixture(scope="module", params=KINDS)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What Ben's program got while Ada's played and listened, hidden."""
    script = SCRIPT
    with (
        sound_station(tmp_path_factory.mktemp("sound")) as address,
        pytest.MonkeyPatch.context() as patch,
        xvfb() as name,
    ):
        patch.setenv("PULSE_SERVER", address)
        glass = Glass(name)
        script = script.replace("$PWD_OF_STATION", address)
        words = ["/bin/sh", "-c", script, "sh", "/usr/bin/python3", str(ROOT / "tests/fakes"), "{folder}"]
        network = KINDS[request.param]
        with Staging(glass, [[*words, "{folder}/{login}.keys"]], sound=1, microphone=1, network=network) as stage:
            stage.greet()
            stage.open(1, "ada")
            until("Ada's recorder", lambda: stage.keys("ada"))
            stage.open(2, "ben")
            yield json.loads(until("its report", lambda: stage.keys("ben"))[0])
        glass.close()


def test_it_has_a_sound_server_of_its_own(found: dict[str, Any]) -> None:
    assert found["own"]


def test_no_other_sound_server_answers(found: dict[str, Any]) -> None:
    assert found["reached"] == [] and not found["devices"]


def test_its_own_loads_nothing_more(found: dict[str, Any]) -> None:
    assert found["loaded"] == []


def test_it_knows_of_nobody_else_s_sound(found: dict[str, Any]) -> None:
    assert sorted(found["sources"]) == ["microphone", "speaker.monitor"]
    assert found["streams"] == 0 and found["clients"] <= 1


def test_no_pipes_but_its_own_are_there(found: dict[str, Any]) -> None:
    others = [path for path in found["pipes"] if not path.startswith(("/dev/std", "/run/user/"))]
    assert sorted(others) == ["/run/sound/in", "/run/sound/out"]
