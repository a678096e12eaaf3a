"""``kiosk doctor --data``: whether programs may name any audience, and what turning that off would refuse."""

from __future__ import annotations

import time

from kiosk.cli.doctor_check import Check
from kiosk.service.admin import audiences
from kiosk.service.folder import ServiceFolder
from kiosk.service.store.errors import StoreError

DAYS = 90
NAMED = 10


def checks(folder: ServiceFolder) -> list[Check]:
    """Nothing where it is off, or the store cannot be read: that is told elsewhere."""
    settings = folder.settings
    if not settings.policy_table()["open_audiences"]:
        return []
    db = folder.database()
    try:
        found = db.read_now(audiences.unregistered, settings.origin, int(time.time()) - DAYS * 86_400)
    except StoreError:
        return []
    finally:
        db.close_now()
    where = "in [policy]" if "open_audiences" in settings.policy else "before the first [table]"
    off = f"write open_audiences = false in {folder.path / 'service.toml'} ({where}), and start the service again."
    may = "A program may have a token for any audience that it names (open_audiences is on)"
    if not found:
        said = f"{may}. In the last {DAYS} days none was granted that would be refused otherwise."
        return [Check("audiences", True, said, f"Turn that off: {off}")]
    named = ", ".join(f"{name} ({count})" for name, count in found.most_common(NAMED))
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    said = f"{may}. In the last {DAYS} days tokens were granted for {named}{more}, which no application has."
    do = f"Register those that are real: kiosk admin app add NAME --audience URI --action ACTION. Then {off}"
    return [Check("audiences", True, said, f"{do} The others are refused from then on.")]
