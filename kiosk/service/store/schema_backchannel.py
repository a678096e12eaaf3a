"""Tables of servers that ask a person elsewhere (OpenID CIBA), and of audiences that programs get tokens for."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, belongs, index_where, mac, number, time, words

backchannel_client = Table(
    "backchannel_client",
    METADATA,
    # Applications whose server may ask, beside what ``openid_client`` says of them.
    Column("application", Text, belongs("application.id"), primary_key=True),
    words("delivery"),  # poll | ping
    words("notify_uri", optional=True),  # where a ping goes
    words("actions"),  # JSON list: what may be asked besides a sign-in
    words("agent", optional=True),  # JSON list: ids of its accounts; only of a program that acts by itself
    time("created"),
    time("phones", optional=True),  # since when it shows numbers, so that phones may answer it
    mac(),
)

token_audience = Table(
    "token_audience",
    METADATA,
    # Applications that a person's own programs may get a token for.
    Column("application", Text, belongs("application.id"), primary_key=True),
    words("acr"),  # the least assurance
    time("created"),
    mac(),
)

backchannel_request = Table(
    "backchannel_request",
    METADATA,
    # One question of a server to one person, until its tokens are fetched.
    Column("id", Text, primary_key=True),
    words("secret", unique=True),  # SHA-256 of its auth_req_id, hex
    Column("application", Text, belongs("application.id"), nullable=False),
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    words("scope"),
    words("acr"),  # the least that will do
    words("ask"),  # JSON: what the person is asked for
    words("message", optional=True),  # binding_message
    words("details", optional=True),  # JSON: authorization_details, as they will be granted
    words("notify", optional=True),  # sealed: what a ping says
    time("created"),
    time("expires"),
    words("ceremony", optional=True),  # the step-up that the person was shown
    time("denied", optional=True),
    time("used", optional=True),  # when its tokens were fetched
    number("interval"),  # seconds between two polls
    time("polled", optional=True),
    time("offered", optional=True),  # when a workstation was last told of it
    number("tries", server_default="0"),
    time("due", optional=True),  # of the next ping
    time("notified", optional=True),  # the ping was taken, or given up
    time("numbered", optional=True),  # when its server was given a number to show
    time("on_phone", optional=True),  # when a phone approved it
    mac(),
)
index_where("ix_backchannel_request_open", backchannel_request.c.expires, "denied IS NULL AND used IS NULL")
index_where("ix_backchannel_request_notify", backchannel_request.c.due, "due IS NOT NULL AND notified IS NULL")
