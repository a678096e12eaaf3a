"""Characters that the shipped typeface draws identically.

Made by ``python -m tools.drawn_alike``; not to be edited.
"""

from __future__ import annotations

SAME = ("3Ӡ", "µμ", "ÐĐ", "ҶӋ")
"""Of one script, or signs, as values on a consent screen are drawn."""
LATIN = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧΪΫοЀЁЅІЇЈЌАВЕЗМНОРСТХаеорсухѐёѕіїјћҪҫҮһӐӑӒӓӔӕӖӗӠӦӧӯӱᾸᾹῘῙῩ"
"""Greek and Cyrillic letters that are drawn like a Latin one or a digit, on any screen."""
GREEK = "ΑΒΓΕΖΗΙΚΜΝΟΠΡΤΥΧΪΫγμοᾸᾹῘῙῩ"
"""Greek letters that are drawn like one of another script, a digit or a sign, on any screen."""
