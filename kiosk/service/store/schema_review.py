"""Table of what somebody is to look at afterwards: emergency access, and what happened while the service was away."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from kiosk.service.store.columns import METADATA, belongs, index_where, mac, number, time, words

review_case = Table(
    "review_case",
    METADATA,
    Column("id", Text, primary_key=True),  # short enough to be read out; no secret
    words("kind"),  # emergency | offline
    words("subject"),  # what it is about, such as the id of a session
    words("person", optional=True),  # id of who it is about; none where nobody is known
    Column("workstation", Text, belongs("workstation.id"), nullable=False),
    words("place"),
    words("why"),  # reason as given, or the stable word of what was refused
    time("happened"),
    time("until", optional=True),  # its end, where it has one
    time("opened"),
    number("more", server_default="0"),  # further ones like it that came when too many were open
    number("seq", optional=True),  # row of the workstation's chain, of cases from before they were named in it
    words("reopens", optional=True),  # the case that was closed before
    words("reopened_by", optional=True),
    time("due", optional=True),  # set, with whom to tell, by the replica that leads
    number("told", server_default="0"),  # how often its reviewers were told
    time("told_at", optional=True),
    time("escalated", optional=True),
    time("closed", optional=True),
    words("closed_by", optional=True),
    words("closed_station", optional=True),
    words("finding", optional=True),
    words("text", optional=True),
    words("jti", optional=True),  # of the approval that closed it
    mac(),
)
Index("ix_review_case_workstation_subject", review_case.c.workstation, review_case.c.subject)
index_where("ix_review_case_open", review_case.c.opened, "closed IS NULL")
Index("uq_review_case_reopens", review_case.c.reopens, unique=True)
