"""``[policy.actions]``, ``other_actions`` and ``barred_roles`` of ``service.toml`` as a policy that says the same."""

from __future__ import annotations

from kiosk.model.proof import ACR_MFA, ACR_RANK
from kiosk.service.policy.cedar.facts import ACTIONS, OTHER
from kiosk.service.policy.rules import ActionRule, PolicyRules

NEEDS = {
    "urn:kiosk:mfa": ("two_factors", "two factors", "dos factores", "deux facteurs"),
    "phr": (
        "phishing_resistant",
        "a security key or a smart card",
        "una llave de seguridad o una tarjeta inteligente",
        "une clé de sécurité ou une carte à puce",
    ),
    "phrh": (
        "hardware",
        "a security key or smart card that is known to be hardware",
        "una llave de seguridad o tarjeta inteligente cuyo hardware es conocido",
        "une clé de sécurité ou carte à puce dont le matériel est connu",
    ),
}
"""By assurance: the flag of the schema, and in words (English, Spanish, French)."""


def told(rules: PolicyRules) -> bool:
    """Whether the settings say anything that a policy now says: another table of actions, or other barred roles."""
    usual = PolicyRules()

    def part(rule: ActionRule) -> tuple[object, ...]:
        return (rule.acr, rule.above, rule.acr_above, rule.roles)

    mine = {name: part(rule) for name, rule in rules.actions.items()}
    theirs = {name: part(rule) for name, rule in usual.actions.items()}
    same = mine == theirs and part(rules.other_actions) == part(usual.other_actions)
    return not same or rules.barred_roles != usual.barred_roles


def translated(rules: PolicyRules) -> str:
    """The policy text. Every decision about a step-up is as the tables had it."""
    names = list(rules.actions)
    named = [name for name in names if name not in ACTIONS]
    parts = ["// What [policy.actions], [policy.other_actions] and barred_roles of service.toml say, in Cedar.\n"]
    for number, name in enumerate(names):
        scope = f'action == Action::"{name if name in ACTIONS else OTHER}"'
        where = [] if name in ACTIONS else [f'context.name == "{name}"']
        parts += _rules(f"action-{number + 1}", name, scope, where, rules.actions[name], rules.barred_roles)
    free = [f'Action::"{name}"' for name in sorted((ACTIONS - set(names)) | {OTHER})]
    others = [f"!({_set(named)}.contains(context.name))"] if named else []
    parts += _rules("other", "", f"action in [{', '.join(free)}]", others, rules.other_actions, rules.barred_roles)
    return "\n".join(parts)


def _rules(at: str, name: str, scope: str, where: list[str], rule: ActionRule, barred: tuple[str, ...]) -> list[str]:
    """One rule of the table, as one permit or two."""
    least = max(rule.acr, ACR_MFA, key=ACR_RANK.__getitem__)
    who = [_who(rule, barred)] if _who(rule, barred) else []
    if rule.above is None:
        return [_permit(at, name, scope, [*where, *who], least)]
    more = max(least, rule.acr_above, key=ACR_RANK.__getitem__)
    few, many = f"context.records <= {rule.above}", f"context.records > {rule.above}"
    return [
        _permit(at, name, scope, [*where, *who, few], least),
        _permit(f"{at}-many", name, scope, [*where, *who, many], more),
    ]


def _who(rule: ActionRule, barred: tuple[str, ...]) -> str:
    if rule.roles:
        return "(" + " || ".join(f'principal in Role::"{role}"' for role in rule.roles) + ")"
    return f"(principal.roles.isEmpty() || !{_set(barred)}.containsAll(principal.roles))" if barred else ""


def _set(texts: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"


def _permit(at: str, name: str, scope: str, when: list[str], acr: str) -> str:
    flag, english, spanish, french = NEEDS[acr]
    comment = f"// {name}\n" if name else "// Every other action\n"
    says = (
        f'@says("This needs {english}.")\n@says_es("Para esto se necesita {spanish}.")\n'
        f'@says_fr("Il faut {french} pour cela.")\n'
    )
    held = " &&\n  ".join([*when, f"context.proof.{flag}"])
    return f'{comment}@id("{at}")\n{says}permit (principal, {scope}, resource)\nwhen {{\n  {held}\n}};\n'
