"""Tables of applications that people are signed in to by OpenID Connect."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, belongs, flag, index_where, mac, number, time, words

openid_client = Table(
    "openid_client",
    METADATA,
    Column("application", Text, belongs("application.id"), primary_key=True),  # its id is the client_id
    words("title"),  # as people read it
    words("redirect_uris"),  # JSON list
    words("leave_uris"),  # JSON list: where a browser may be sent after a sign-out
    words("logout_uri", optional=True),  # where logout tokens are posted
    words("auth"),  # private_key_jwt | client_secret_basic | none
    words("secret", optional=True),  # SHA-256 of a secret of 256 random bits, hex
    flag("dpop"),  # its tokens are bound to a key of its
    flag("pushed"),  # its requests are pushed (RFC 9126)
    words("alg"),  # of its ID tokens: ES256 | RS256
    words("acr"),  # the least assurance
    words("roles"),  # JSON list: who may; empty for everybody
    time("created"),
    mac(),
)

openid_grant = Table(
    "openid_grant",
    METADATA,
    # One sign-in to one application, within a person's session or by the hospital's own provider: its code, and all
    # tokens that come of it.
    Column("id", Text, primary_key=True),
    Column("application", Text, belongs("application.id"), nullable=False, index=True),
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    Column("workstation", Text, belongs("workstation.id"), nullable=True),
    words("session", optional=True),
    words("upstream", optional=True),  # issuer of the hospital's own provider, where there is no session
    words("phone", optional=True),  # the phone that approved it, where there is no session either
    words("sid", index=True),  # what the application knows the session by
    words("scope"),
    words("acr"),
    words("amr"),  # JSON list
    time("auth_time"),
    words("nonce", optional=True),
    words("redirect_uri"),
    words("challenge"),  # of PKCE, S256
    words("browser"),  # SHA-256 of its cookie, hex
    words("receipt", unique=True),  # SHA-256 of what the doorbell gave the page, hex
    words("code", optional=True, unique=True),  # SHA-256, hex
    time("code_until", optional=True),
    time("used", optional=True),  # when the code was exchanged
    words("jkt", optional=True),  # thumbprint of the key that its tokens are bound to
    number("refreshed", server_default="0"),  # number of the refresh token that is good
    time("created"),
    time("ended", optional=True),
    mac(),
)
index_where("ix_openid_grant_live", openid_grant.c.session, "ended IS NULL")

openid_logout = Table(
    "openid_logout",
    METADATA,
    # Logout tokens that are to be delivered.
    Column("id", Text, primary_key=True),
    Column("application", Text, belongs("application.id"), nullable=False),
    Column("person", Text, belongs("person.id"), nullable=False),
    words("sid"),
    time("created"),
    time("due"),
    number("tries", server_default="0"),
    time("sent", optional=True),
    time("dead", optional=True),
    words("error", optional=True),
    mac(),
)
index_where("ix_openid_logout_due", openid_logout.c.due, "sent IS NULL AND dead IS NULL")
