"""What people read of each signal, by language; the empty one is English, and for every language without its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ANY = ""
MAX_TOLD = 2
"""Reasons that a prompt names: it stays a sentence or two."""
ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "station_address": "This workstation has another network address.",
        "station_zone": "This workstation is in another part of the network.",
        "station_hardware": "This workstation is another computer than before.",
        "station_system": "This workstation has another operating system.",
        "station_version": "This workstation's program was exchanged.",
        "station_package": "Files of this workstation's program were changed.",
        "station_reported": "This workstation breaks the rules for devices.",
        "elsewhere": "You are signed in at another workstation.",
        "too_far": "You were just signed in far from here.",
        "unusual_hour": "You are seldom here at this hour.",
        "export_volume": "That is more than you usually take.",
        "export_rate": "You export more often than usual.",
        "export_beyond_role": "That is more than others of your role take.",
        "strangers": "Many of these patients are not from your ward.",
        "failed_proofs": "Several proofs of yours were not accepted.",
        "badge_lost": "A badge or key of yours was lost or given away.",
        "counter_back": "One of your keys may have been copied.",
        "factor_changed": "A badge, key or code of yours is new.",
        "prompt_bombing": "You have been asked very often.",
        "warned_high": "Another system says that your account is at high risk.",
        "warned": "Another system has warned about your account.",
        "clock_back": "The clock was set back.",
        "past_unreadable": "What was known of earlier sign-ins was changed.",
    }
)
SPANISH: Mapping[str, str] = MappingProxyType(
    {
        "station_address": "Este puesto tiene otra dirección de red.",
        "station_zone": "Este puesto está en otra parte de la red.",
        "station_hardware": "Este puesto es un equipo distinto al de antes.",
        "station_system": "Este puesto tiene otro sistema operativo.",
        "station_version": "Se cambió el programa de este puesto.",
        "station_package": "Se cambiaron archivos del programa de este puesto.",
        "station_reported": "Este puesto no cumple las reglas para equipos.",
        "elsewhere": "Tiene la sesión abierta en otro puesto.",
        "too_far": "Hace un momento estaba lejos de aquí.",
        "unusual_hour": "Rara vez está aquí a esta hora.",
        "export_volume": "Es más de lo que suele llevarse.",
        "export_rate": "Exporta más a menudo que de costumbre.",
        "export_beyond_role": "Es más de lo que se llevan otros con su rol.",
        "strangers": "Muchos de estos pacientes no son de su unidad.",
        "failed_proofs": "Varias pruebas suyas no se aceptaron.",
        "badge_lost": "Una tarjeta o llave suya se perdió o pasó a otra persona.",
        "counter_back": "Puede que una de sus llaves se haya copiado.",
        "factor_changed": "Una tarjeta, llave o código suyo es nuevo.",
        "prompt_bombing": "Se le ha preguntado muchas veces.",
        "warned_high": "Otro sistema dice que su cuenta corre un riesgo alto.",
        "warned": "Otro sistema ha avisado sobre su cuenta.",
        "clock_back": "El reloj se atrasó.",
        "past_unreadable": "Se cambió lo que se sabía de sesiones anteriores.",
    }
)
FRENCH: Mapping[str, str] = MappingProxyType(
    {
        "station_address": "Ce poste a une autre adresse réseau.",
        "station_zone": "Ce poste est dans une autre partie du réseau.",
        "station_hardware": "Ce poste est un autre ordinateur qu'avant.",
        "station_system": "Ce poste a un autre système d'exploitation.",
        "station_version": "Le programme de ce poste a été remplacé.",
        "station_package": "Des fichiers du programme de ce poste ont changé.",
        "station_reported": "Ce poste ne respecte pas les règles pour les appareils.",
        "elsewhere": "Votre session est ouverte sur un autre poste.",
        "too_far": "Vous étiez loin d'ici il y a un instant.",
        "unusual_hour": "Vous êtes rarement ici à cette heure.",
        "export_volume": "C'est plus que ce que vous emportez d'habitude.",
        "export_rate": "Vous exportez plus souvent que d'habitude.",
        "export_beyond_role": "C'est plus que ce qu'emportent d'autres de votre rôle.",
        "strangers": "Beaucoup de ces patients ne sont pas de votre service.",
        "failed_proofs": "Plusieurs de vos preuves n'ont pas été acceptées.",
        "badge_lost": "Un badge ou une clé à vous a été perdu ou cédé.",
        "counter_back": "L'une de vos clés a peut-être été copiée.",
        "factor_changed": "Un badge, une clé ou un code à vous est nouveau.",
        "prompt_bombing": "On vous a demandé très souvent.",
        "warned_high": "Un autre système dit que votre compte court un risque élevé.",
        "warned": "Un autre système a donné l'alerte sur votre compte.",
        "clock_back": "L'horloge a été retardée.",
        "past_unreadable": "Ce que l'on savait des sessions précédentes a été changé.",
    }
)
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({ANY: ENGLISH, "es": SPANISH, "fr": FRENCH})
BECAUSE: Mapping[str, str] = MappingProxyType({ANY: "Asked because:", "es": "Motivo:", "fr": "Motif :"})
Says = tuple[tuple[str, str], ...]
"""Languages, each with its text; as a policy's rules say theirs."""


def because(reasons: tuple[str, ...]) -> Says:
    """Why somebody is asked, by language: the heaviest of ``reasons``. Empty where there is none of a known name."""
    told = [reason for reason in reasons if reason in ENGLISH][:MAX_TOLD]
    if not told:
        return ()
    return tuple((lang, " ".join((BECAUSE[lang], *(words[name] for name in told)))) for lang, words in WORDS.items())


def joined(says: Says, reasons: tuple[str, ...]) -> Says:
    """``says``, and why: in each language in which either is there."""
    first, then = dict(says), dict(because(reasons))
    if not then:
        return says
    made = []
    for language in sorted({*first, *then}):
        parts = (first.get(language, first.get(ANY, "")), then.get(language, then[ANY]))
        made.append((language, " ".join(part for part in parts if part)))
    return tuple(made)
