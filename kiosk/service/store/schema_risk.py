"""Tables of what is remembered to tell what is unusual: one row a person, a workstation and a role, of bounded size."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, belongs, mac, number, time, words

risk_person = Table(
    "risk_person",
    METADATA,
    Column("person", Text, belongs("person.id"), primary_key=True),
    words("body", server_default="{}"),  # JSON of counts and times
    time("changed", server_default="0"),  # a factor was last added or reset
    time("lost", server_default="0"),  # one was last reported lost, or given to somebody else
    number("turn"),  # never goes back: an earlier row is not believed
    mac(),
)

risk_station = Table(
    "risk_station",
    METADATA,
    Column("workstation", Text, belongs("workstation.id"), primary_key=True),
    words("body", server_default="{}"),
    number("turn"),
    mac(),
)

risk_role = Table(
    "risk_role",
    METADATA,
    Column("role", Text, primary_key=True),
    words("body", server_default="{}"),
    number("turn"),
    mac(),
)
