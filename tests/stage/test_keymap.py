"""What is changed in the host's map before a nested server gets it."""

from __future__ import annotations

from kiosk.stage.keymap import for_nested

LEVEL3 = 'key <RALT> {\n type= "ONE_LEVEL",\n symbols[Group1]= [ ISO_Level3_Shift ]\n};\n'
STAND_IN = "modifier_map Mod5 { <LVL3> };\nmodifier_map Mod5 { <MDSW> };\n"


def test_the_alt_gr_key_carries_its_own_modifier() -> None:
    assert for_nested(LEVEL3 + STAND_IN) == LEVEL3 + STAND_IN.replace("<LVL3>", "<RALT>")


def test_a_right_alt_key_that_is_plain_alt_stays_as_it_is() -> None:
    plain = LEVEL3.replace("ISO_Level3_Shift", "Alt_R") + STAND_IN
    assert for_nested(plain) == plain
