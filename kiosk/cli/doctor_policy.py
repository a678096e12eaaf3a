"""``kiosk doctor --data``: which policy of step-ups is in force, and whether it can be used."""

from __future__ import annotations

from kiosk.cli.doctor_check import Check
from kiosk.model.counted import counted
from kiosk.service.folder import ServiceFolder
from kiosk.service.policy import PolicyBook, book_of, check, of_tables, rules_from
from kiosk.service.shared import policy_in_force
from kiosk.service.store.errors import StoreError
from kiosk.settings import SettingsError

BROKEN = "Every step-up is refused. Put one in force: kiosk policy rollback --data DIR --reason TEXT, or apply FILE."


def checks(folder: ServiceFolder) -> list[Check]:
    """Nothing where the store cannot be read: that is told elsewhere."""
    try:
        rules = rules_from(folder.settings.policy_table())
        usual = book_of(rules)
    except SettingsError as error:
        return [Check("policy", False, str(error), "Mend that in service.toml, then start the service again.")]
    db = folder.database()
    try:
        book = db.read_now(policy_in_force.in_force, usual)
    except StoreError:
        return []
    finally:
        db.close_now()
    if book.trouble:
        return [Check("policy", False, f"{book.trouble} Step-ups are refused.", BROKEN)]
    return [_in_order(book, beside=of_tables(rules))]


def _in_order(book: PolicyBook, *, beside: bool) -> Check:
    """``beside``: the settings have tables that say something, too."""
    if not book.version:
        source = "what [policy] of service.toml says" if beside else "the one that comes along (hospital.cedar)"
        return Check("policy", True, f"No policy of your own was applied. In force is {source}.")
    said = f"Version {book.version} of your policy is in force, with {counted(len(book.rules), 'rule')}."
    faults = check(book.text).faults
    if faults:  # an older program let it pass
        return Check("policy", False, f"{said} It would not be taken today. {faults[0]}", "Apply one that is mended.")
    if not beside:
        return Check("policy", True, said)
    return Check(
        "policy",
        True,
        f"{said} [policy.actions], other_actions or barred_roles say something, too: the applied policy counts alone.",
        "Remove them from service.toml, but for sensitivity, labels and purposes, which still count.",
    )
