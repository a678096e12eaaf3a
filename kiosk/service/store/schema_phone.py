"""Tables of people's phones: the passkey of each, what stations and servers ask it, and stations that may not."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table, Text

from kiosk.service.store.columns import METADATA, belongs, flag, mac, number, suspendable, time, words

phone = Table(
    "phone",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    words("name"),
    words("credential_id", unique=True),  # base64url
    Column("public_key", LargeBinary, nullable=False),  # COSE_Key, CBOR
    number("sign_count", server_default="0"),
    words("aaguid"),  # 32 hex digits, as its keeper of passkeys claims
    flag("backup_eligible"),  # its passkey may be copied to the person's other devices
    flag("backed_up"),
    words("enrolled_chain"),
    number("enrolled_seq"),
    time("created"),
    *suspendable(),
    words("replaces", optional=True),
    time("revoked", optional=True),
    mac(),
)

phone_request = Table(
    "phone_request",
    METADATA,
    # What one phone is asked: to be paired, or to approve one step-up. Forgotten soon after its end.
    Column("id", Text, primary_key=True),  # SHA-256 of the code in the QR code, hex
    words("purpose"),  # pair | approve
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    Column("workstation", Text, belongs("workstation.id"), nullable=False),
    Column("about", Text, nullable=False, index=True),  # the enrolment, or the ceremony
    words("state"),  # open | made | approved | refused | reported | ended | used
    words("nonce"),  # base64url
    words("statement"),  # RFC 8785 text that is signed
    words("made", optional=True),  # JSON: the new passkey as it was made
    words("proof", optional=True),  # JSON: what was signed
    number("tries", server_default="0"),  # wrong numbers
    time("created"),
    time("expires", index=True),
    mac(),
)

phone_question = Table(
    "phone_question",
    METADATA,
    # A server's question to somebody who was active at no workstation. Kept for a day: what is reported lasts so long.
    Column("id", Text, primary_key=True),  # of the backchannel_request
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    Column("application", Text, belongs("application.id"), nullable=False),
    words("state"),  # open | approved | refused | reported | ended | unfit
    words("why", optional=True),  # it ended, or never went to a phone
    words("nonce"),  # base64url
    words("statement"),  # RFC 8785 text that is signed
    words("salts"),  # of the statement's commitments, base64url, with spaces between; empty once it is over
    words("opened", optional=True, unique=True),  # SHA-256 of the page's code, hex: of whoever proved whose phone it is
    number("tries", server_default="0"),  # wrong numbers
    words("phone", optional=True),  # which one approved
    number("told_seq", optional=True),  # its row in the service's chain
    time("created"),
    time("expires", index=True),
    time("answered", optional=True),
    mac(),
)

phone_subscription = Table(
    "phone_subscription",
    METADATA,
    # How a phone is woken by Web Push: one a phone, signed by its passkey.
    Column("phone", Text, belongs("phone.id"), primary_key=True),
    words("sealed"),  # JWE: where messages go, and for whom they are encrypted
    time("created"),
    mac(),
)

phone_push = Table(
    "phone_push",
    METADATA,
    # A phone that is to be woken, until it is, or the question's time is over.
    Column("question", Text, primary_key=True),
    Column("phone", Text, belongs("phone.id"), primary_key=True),
    time("until", index=True),
    time("due"),
    number("tries", server_default="0"),
    mac(),
)

phone_block = Table(
    "phone_block",
    METADATA,
    # Somebody said “Not me”: that station does not ask their phone until then.
    Column("person", Text, belongs("person.id"), primary_key=True),
    Column("workstation", Text, belongs("workstation.id"), primary_key=True),
    time("since"),
    time("until"),
    mac(),
)
