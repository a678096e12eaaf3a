"""The agent as a process: a real service over TLS, a simulated card, a real keyboard on a virtual display."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from kiosk.simulator.link import Placed
from tests.fakes.agent_process import AgentProcess, Display, answer, until
from tests.fakes.central import KIOSK, PIN, UID, ServiceProcess

pytestmark = pytest.mark.display
RESOURCE = "Patient/planted-8841"
WISH = json.dumps({"action": "record.export", "resource": RESOURCE, "records": 3, "purpose": "transfer of care"})
TOKEN = re.compile(r"(?<![\w-])eyJ")
"""How a compact JWS begins, of which nothing may be written. Within a word the letters are chance: a public key."""
PROGRAM = (
    "import os,time,pathlib;"
    "pathlib.Path(os.environ['KIOSK_SEEN']).write_text(os.environ['KIOSK_DOORBELL']);time.sleep(600)"
)


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    made = Display()
    yield made
    made.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    process = ServiceProcess(tmp_path_factory.mktemp("hospital"))
    process.person("anna", "Anna Berg")
    process.start()
    yield process
    process.close()


@pytest.fixture(scope="module")
def codes(service: ServiceProcess) -> pyotp.TOTP:
    """Anna's authenticator app."""
    found = re.search(r"secret=(\w+)", service.admin("totp", "add", "anna"))
    assert found is not None
    return pyotp.TOTP(found[1])


@pytest.fixture(scope="module")
def agent(
    service: ServiceProcess, display: Display, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AgentProcess]:
    folder = tmp_path_factory.mktemp("stations")
    workspace = f"workspace = ['{sys.executable}', '-c', \"{PROGRAM}\"]"
    os.environ["KIOSK_SEEN"] = str(folder / "seen")
    made = AgentProcess(folder / "ward-3", service, display, workspace)
    made.start()
    made.wait("locked")
    yield made
    made.stop()
    del os.environ["KIOSK_SEEN"]


def sign_in(agent: AgentProcess, display: Display) -> None:
    tap(agent)
    if agent.status()["state"] == "second_factor":  # not within grace
        display.type(PIN)
        display.keys("Return")
    agent.wait("active")


def give(agent: AgentProcess, display: Display, secret: str) -> None:
    """Type ``secret`` once the service's last answer is there, and wait for the next."""
    until(lambda: "CeremonyUpdated" in agent.log().rpartition("StepUpRequested")[2], lambda: "the service to be asked")
    before = agent.log().count("CeremonyUpdated")
    display.type(secret)
    display.keys("Return")
    until(lambda: agent.log().count("CeremonyUpdated") > before, lambda: "the service's answer")


def tap(agent: AgentProcess) -> None:
    card: Placed = agent.tap(UID)
    until(lambda: agent.status()["state"] in ("second_factor", "active"), lambda: "the tap to be read")
    card.lift()


def test_a_shift_at_one_station(agent: AgentProcess, display: Display, codes: pyotp.TOTP) -> None:
    until(lambda: agent.status()["service"] == "online", lambda: "the service to be reached")
    sign_in(agent, display)
    status = agent.status()
    assert (status["person"], status["name"]) == ("anna", "Anna Berg")
    assert status["assurance"] == "urn:kiosk:pin"
    seen = Path(os.environ["KIOSK_SEEN"])
    until(seen.exists, lambda: "the workspace's program to run")

    refused = agent.step_up("--request", "-", typed=WISH)
    agent.wait("step_up")
    until(lambda: "CeremonyUpdated" in agent.log().rpartition("StepUpRequested")[2], lambda: "the service to be asked")
    display.keys("Escape")
    exit_status, said = answer(refused)
    assert (exit_status, said["decision"], said["reason"], said["token"]) == (1, "refused", "refused_by_person", None)
    agent.wait("active")

    granted = agent.step_up("--request", "-", typed=WISH)
    agent.wait("step_up")
    for secret in (PIN, codes.now()):
        give(agent, display, secret)
    exit_status, said = answer(granted)
    assert (exit_status, said["decision"], said["acr"], said["amr"]) == (
        0,
        "granted",
        "urn:kiosk:mfa",
        ["pin", "otp", "mfa"],
    )
    assert said["token"].count(".") == 2
    agent.wait("active")


def test_a_second_agent_on_the_same_folder_is_refused(agent: AgentProcess, display: Display) -> None:
    done = subprocess.run(
        [*KIOSK, "agent", "run", "--home", str(agent.home)],
        env={**os.environ, "DISPLAY": display.name},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "already runs" in done.stderr


def test_after_a_crash_the_agent_starts_locked_and_its_workspace_is_gone(agent: AgentProcess, display: Display) -> None:
    if agent.status()["state"] != "active":
        sign_in(agent, display)
    assert agent.stop(kill=True) == -signal.SIGKILL
    agent.start()
    assert agent.status()["state"] in ("locked", "downtime")
    assert agent.wait("locked")["person"] is None


def test_stopping_is_clean_and_reported(agent: AgentProcess, service: ServiceProcess) -> None:
    assert agent.stop() == 0
    trail = subprocess.run(
        [*KIOSK, "audit", "export", "--data", str(service.data), "--format", "jsonl"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    assert '"agent_stop"' in trail
    agent.start()
    agent.wait("locked")


def test_no_secret_and_nobodys_name_is_in_any_log(agent: AgentProcess, display: Display, codes: pyotp.TOTP) -> None:
    """Last of this file: what was typed, tapped and asked for above has all passed through the agent by now."""
    if agent.status()["state"] != "active":
        sign_in(agent, display)
    given = codes.now()
    process = agent.step_up("--request", "-", typed=WISH)
    agent.wait("step_up")
    give(agent, display, PIN)
    give(agent, display, "000000" if given != "000000" else "111111")
    display.type(given)
    display.keys("Escape")
    answer(process)
    written = [p for p in agent.home.rglob("*") if p.is_file() and p.suffix in (".log", ".jsonl", ".refused", ".json")]
    assert agent.home / "log" / "agent.log" in written
    for path in written:
        text = path.read_text(errors="replace")
        for secret in (PIN, given, UID, UID.lower(), "planted-8841", "Anna", "anna", "DPoP "):
            assert secret not in text, f"{secret} is in {path.name}"
        assert TOKEN.search(text) is None, f"a token is in {path.name}"
