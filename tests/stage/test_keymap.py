"""What is changed in the host's map before a nested server gets it."""

from __future__ import annotations

import pytest

from kiosk.stage.keymap import for_nested

LEVEL3 = 'key <RALT> {\n type= "ONE_LEVEL",\n symbols[Group1]= [ ISO_Level3_Shift ]\n};\n'
STAND_IN = "modifier_map Mod5 { <LVL3> };\nmodifier_map Mod5 { <MDSW> };\n"


def test_the_alt_gr_key_carries_its_own_modifier() -> None:
    assert for_nested(LEVEL3 + STAND_IN) == LEVEL3 + STAND_IN.replace("<LVL3>", "<RALT>")


def test_a_right_alt_key_that_is_plain_alt_stays_as_it_is() -> None:
    plain = LEVEL3.replace("ISO_Level3_Shift", "Alt_R") + STAND_IN
    assert for_nested(plain) == plain


@pytest.mark.parametrize(
    ("keys", "carrier"),
    [
        (["LVL3", "RALT"], "RALT"),
        (["LVL3", "RALT", "COMP"], "COMP"),
        (["LVL3", "RCTL", "RALT"], "RCTL"),
        (["CAPS", "LVL3", "RALT"], "CAPS"),
        (["LVL3", "RALT", "LWIN"], "LWIN"),
        (["LALT", "LVL3", "RALT"], "LALT"),
        (["LV3", "COMP"], "COMP"),
        (["LVL3"], "LVL3"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else value,
)
def test_whichever_key_is_alt_gr_carries_its_modifier(keys: list[str], carrier: str) -> None:
    """As xkbcomp writes the maps of ``lv3:ralt_switch``, ``menu_switch``, ``switch``, ``caps_switch`` and others."""
    told = "".join(f"    key <{key}> {{         [ ISO_Level3_Shift ] }};\n" for key in keys)
    mine = "LV3" if "LV3" in keys else "LVL3"
    made = for_nested(f"{told}modifier_map Mod5 {{ <{mine}> }};\nmodifier_map Mod5 {{ <MDSW> }};\n")
    assert made == f"{told}modifier_map Mod5 {{ <{carrier}> }};\nmodifier_map Mod5 {{ <MDSW> }};\n"
