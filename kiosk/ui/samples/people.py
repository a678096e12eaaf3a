"""Who and where the samples are: one station, well and ill, and its people."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardService, ReaderHealth, ReaderRole, ReaderState
from kiosk.model.people import Person
from kiosk.session.facts.screen_parts import StationStatus

READER = ReaderHealth("ACS ACR1252 Dual Reader [PICC] 00 00", ReaderRole.TAP, ReaderState.READY)
AROUND = StationStatus("Bay 2", "Ward 3 East", CardService.OK, (READER,), "online", help_desk="ext. 4242")
OFFLINE = replace(AROUND, network="unreachable", offline_since="10:42")
PORTAL = replace(OFFLINE, offline_cause="certificate")
NAMELESS = replace(OFFLINE, offline_cause="name", offline_until="11:12")
STRANGE_ANSWER = replace(OFFLINE, offline_cause="answer")
OFFLINE_REOPENS = replace(OFFLINE, offline_until="11:12")
NO_SERVICE = StationStatus("Bay 2", "Ward 3 East", CardService.STOPPED, (), "online")
REFUSED = StationStatus("Bay 2", "Ward 3 East", CardService.DENIED, (), "online")
FILLING = replace(AROUND, storage="low")
LATE = replace(AROUND, clock_off=3 * 3600)
FUTURE = replace(OFFLINE, clock_off=-4 * 366 * 86_400, clock_stops=True)
BRIMMING = replace(OFFLINE, storage="full")
ANA = Person("p1", "alopez", "Dr. Ana López", ("physician",))
BEN = Person("p2", "bchen", "Ben Chen", ("nurse",))
DESK = Person("p4", "cdiaz", "Carla Díaz", ("help_desk",))
LONG = Person("p3", "mfw", "Dr. Maximiliana Featherstonehaugh-Wolfeschlegelstein", ("physician", "pharmacist"))
SCRIPTS = tuple(
    Person(f"s{number}", f"login{number}", name, ("nurse",))
    for number, name in enumerate(
        (
            "王小明",
            "佐藤 さくら",
            "김민준",
            "प्रिया शर्मा",
            "محمد عبد الله",
            "می‌نا رضایی",
            "נועה לוי",
            "สมชาย ใจดี",
            "Ольга Петрова",
            "Ελένη Παππά",
            "Łukasz Żółć",
        )
    )
)
"""A name of each script that people here are written in: Han, Kana, Hangul, Devanagari, Arabic, Persian with its
non-joiner, Hebrew, Thai, Cyrillic, Greek, Latin beyond English."""
