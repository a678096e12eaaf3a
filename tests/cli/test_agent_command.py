"""``kiosk agent``: bad input is a sentence and exit status 2; nothing is left half-made."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.model import enrolment_code

CODE = enrolment_code.make(b"\0" * 10, b"\0" * 32)


@pytest.mark.parametrize(
    ("service", "code", "sentence"),
    [
        ("https://localhost:1", "nonsense", "Type it again"),
        ("http://localhost:1", CODE, "https://host:port"),
        ("https://localhost:1", CODE, "Check the network"),
    ],
)
def test_an_enrolment_that_cannot_be_is_a_sentence(
    tmp_path: Path, service: str, code: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    assert main(["agent", "enroll", "--home", str(home), "--service", service, "--code", code]) == 2
    assert sentence in capsys.readouterr().err
    assert not home.exists()


def test_running_what_was_never_enrolled_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "run", "--home", str(tmp_path)]) == 2
    assert "Enrol it first" in capsys.readouterr().err


def test_running_with_a_setting_that_does_not_exist_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "agent.toml").write_text('service = "https://x"\nclient_id = "x"\ncolour = "red"\n')
    assert main(["agent", "run", "--home", str(tmp_path)]) == 2
    assert "colour" in capsys.readouterr().err


def test_running_without_a_display_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "agent.toml").write_text('service = "https://x"\nclient_id = "x"\n')
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main(["agent", "run", "--home", str(tmp_path)]) == 2
    assert "no display" in capsys.readouterr().err
