"""What can go wrong at a workstation on its own. Every message is a sentence for a person.

::

    DowntimeError
    ├── TicketRefusedError     a ticket is not the service's, not for this workstation, or not in its time
    └── JournalError           the journal could not be written
        └── JournalFullError   it holds as much as it may
"""

from __future__ import annotations


class DowntimeError(Exception):
    """Root of this room's errors."""


class TicketRefusedError(DowntimeError):
    pass


class JournalError(DowntimeError):
    pass


class JournalFullError(JournalError):
    pass
