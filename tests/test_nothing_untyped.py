"""No ``Any`` but where a library or a format leaves no other word, each place with its reason; none in the session."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.source import nodes, parsed

KIOSK = Path(__file__).parents[1] / "kiosk"
ALLOWED = {
    "python-xlib has no types: windows, events and displays are whatever it returns": {
        "stage/connecting.py": 1,
        "stage/containers.py": 12,
        "stage/display.py": 7,
        "stage/host.py": 5,
        "stage/keyboard.py": 1,
        "stage/keyboard_state.py": 2,
        "stage/keymap.py": 2,
        "stage/keys.py": 1,
        "stage/nested_workspace.py": 2,  # and a function that takes what any of its callers gives
        "stage/ownership.py": 4,
        "stage/shield.py": 3,
        "stage/single.py": 1,
        "stage/touch.py": 2,
        "stage/xhost.py": 3,
        "stage/xkb.py": 1,
    },
    "CBOR maps of CTAP, as python-fido2 takes and gives them": {
        "credential/ceremony.py": 1,
        "credential/enrol.py": 6,
        "credential/fido2.py": 7,
        "credential/new_things.py": 1,
        "simulator/ctap_get.py": 2,
        "simulator/ctap_make.py": 2,
        "simulator/ctap_message.py": 3,
        "simulator/ctap_pin_protocol.py": 6,
    },
    "JSON that was just read; whoever reads it looks at each member": {
        "agent/doorbell/client.py": 2,
        "agent/remembered_station.py": 1,
        "cli/desk_approval.py": 3,
        "cli/help_desk.py": 3,
        "cli/help_desk_review.py": 2,
        "cli/status.py": 1,
        "cli/step_up.py": 6,
        "demo/hospital.py": 4,
        "demo/phone_browser.py": 3,
        "demo/records.py": 2,
        "demo/token_check.py": 2,
        "demo/tour.py": 2,
        "simulator/fido2_store.py": 2,
        "simulator/store.py": 2,
    },
    "what the library keeps private or loads by name has no type to say": {
        "cli/admin_leaf.py": 1,  # argparse's sub-parsers
        "client/enrol.py": 1,  # the TLS object under a socket
        "client/keyring_store.py": 3,  # keyring's backends
        "ui/screens/enrolment/page.py": 1,  # a part draws one kind of view, and all lie in one stack
        "ui/screens/enrolment/stack.py": 6,
    },
    "SQLAlchemy Core types rows, columns and selects by Any": {
        "service/store/spending.py": 2,  # each database's insert has a type of its own
        "service/store/sql_types.py": 6,
        "service/store/unit.py": 3,  # what a transaction keeps is of the type that its keeper knows
    },
}
"""Files and how often each says it: no more, and no fewer, or the number here is to be lowered."""
HISTORY = "service/store/migrations/"
"""What a migration does to old databases is not touched again."""


def untyped(path: Path) -> int:
    """How often ``Any`` is used there, in whatever place."""
    found = nodes(parsed(path))
    names = [node for node in found if isinstance(node, ast.Name) and node.id == "Any"]
    words = [node for node in found if isinstance(node, ast.Constant) and node.value == "Any"]  # cast("Any", …)
    return len(names) + len(words)


def test_any_is_said_only_where_nothing_leaves_another_word() -> None:
    found = {str(path.relative_to(KIOSK)): untyped(path) for path in sorted(KIOSK.rglob("*.py"))}
    said = {name: count for name, count in found.items() if count and not name.startswith(HISTORY)}
    allowed = {name: count for files in ALLOWED.values() for name, count in files.items()}
    assert said == allowed


def test_the_rooms_that_decide_say_it_nowhere() -> None:
    """Among them those whose every branch is held (``tests/covered/held.py``)."""
    rooms = ("session/", "model/", "verification/", "downtime/", "service/policy/", "service/audit/", "service/proofs/")
    assert [name for files in ALLOWED.values() for name in files if name.startswith(rooms)] == []
