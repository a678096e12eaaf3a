"""What a chart says, in the languages of the screens. Names that policies and programs use stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "es", "fr")
Said = tuple[str, str, str]
"""One text in each of ``LANGUAGES``."""
TEXTS: Mapping[str, Said] = MappingProxyType(
    {
        "title.day": ("Prompts a day", "Solicitudes por día", "Demandes par jour"),
        "title.person_day": (
            "Prompts of a person on a day",
            "Solicitudes por persona y día",
            "Demandes par personne et par jour",
        ),
        "title.action": ("Prompts by action", "Solicitudes por acción", "Demandes par action"),
        "title.action_reason": (
            "Prompts by action and by how they ended",
            "Solicitudes por acción y por cómo terminaron",
            "Demandes par action et selon leur fin",
        ),
        "title.station": ("Prompts by station", "Solicitudes por puesto", "Demandes par poste"),
        "title.on_phone": (
            "Prompts that went to a phone",
            "Solicitudes que llegaron a un teléfono",
            "Demandes envoyées à un téléphone",
        ),
        "title.end": ("How prompts ended", "Cómo terminaron las solicitudes", "Comment les demandes ont pris fin"),
        "title.strength": (
            "What granted prompts were answered with",
            "Con qué se respondieron las solicitudes concedidas",
            "Avec quoi les demandes accordées ont été satisfaites",
        ),
        "title.challenged": (
            "How often people had to prove more",
            "Con qué frecuencia hubo que demostrar más",
            "Combien de fois il a fallu prouver davantage",
        ),
        "title.refused": (
            "Who was refused what, and why",
            "A quién se le denegó qué y por qué",
            "Qui s’est vu refuser quoi, et pourquoi",
        ),
        "title.risk": (
            "Signals of risk, and what came of what was asked then",
            "Señales de riesgo y en qué acabó lo que se pedía",
            "Signaux de risque, et ce qu’est devenue la demande",
        ),
        "granted": ("granted", "concedidas", "accordées"),
        "refused": ("refused by the person", "rechazadas por la persona", "refusées par la personne"),
        "timed_out": ("out of time", "sin respuesta a tiempo", "sans réponse à temps"),
        "other": ("ended otherwise", "terminadas de otro modo", "terminées autrement"),
        "open": ("never answered", "nunca respondidas", "jamais répondues"),
        "times": ("times", "veces", "fois"),
        "sign_in more_than_a_tap": (
            "sign-in: more than a tap",
            "inicio de sesión: más que la tarjeta",
            "connexion : plus que le badge",
        ),
        "sign_in tap_alone": (
            "sign-in: the tap alone",
            "inicio de sesión: solo la tarjeta",
            "connexion : le badge seul",
        ),
        "step_up asked": (
            "request of a program: the person was asked",
            "petición de un programa: se preguntó a la persona",
            "demande d’un programme : la personne a été sollicitée",
        ),
        "step_up refused_at_once": (
            "request of a program: refused at once",
            "petición de un programa: denegada en el acto",
            "demande d’un programme : refusée d’emblée",
        ),
        "not_granted": ("{percent} % not granted", "{percent} % sin conceder", "{percent} % non accordées"),
        "sum": (
            "Beside each bar: how many, in the order of the legend.",
            "Junto a cada barra: cuántas, en el orden de la leyenda.",
            "À côté de chaque barre : combien, dans l’ordre de la légende.",
        ),
        "span": ("{since} to {until} (UTC)", "{since} a {until} (UTC)", "{since} à {until} (UTC)"),
        "left_out": (
            "{shown} of {all} lines are drawn. The table has all.",
            "Se muestran {shown} de {all} líneas. La tabla las tiene todas.",
            "{shown} lignes sur {all} sont dessinées. Le tableau les contient toutes.",
        ),
        "nothing": ("Nothing happened in this time.", "En este tiempo no ocurrió nada.", "Rien n’a eu lieu."),
        "nobody": ("nobody known", "nadie conocido", "personne de connu"),
    }
)
REASONS: Mapping[str, Said] = MappingProxyType(
    {
        "granted": ("granted", "concedida", "accordée"),
        "open": ("never answered", "nunca respondida", "jamais répondue"),
        "refused_by_person": ("refused by the person", "rechazada por la persona", "refusée par la personne"),
        "same_person": ("the same person twice", "la misma persona dos veces", "deux fois la même personne"),
        "second_refused": (
            "refused by the second person",
            "rechazada por la segunda persona",
            "refusée par la seconde personne",
        ),
        "second_withdrawn": (
            "the second person no longer counts",
            "la segunda persona ya no vale",
            "la seconde personne ne compte plus",
        ),
        "second_came_first": (
            "somebody else had agreed",
            "otra persona ya estaba de acuerdo",
            "une autre personne avait déjà donné son accord",
        ),
        "phone_silent": ("the phone did not approve", "el teléfono no aprobó", "le téléphone n'a pas approuvé"),
        "offline_pin_closed": (
            "too many wrong PINs while away",
            "demasiados PIN incorrectos sin servicio",
            "trop de PIN faux hors ligne",
        ),
        "timeout": ("out of time", "sin respuesta a tiempo", "sans réponse à temps"),
        "lifted": ("card lifted", "tarjeta retirada", "carte retirée"),
        "locked": ("station locked", "puesto bloqueado", "poste verrouillé"),
        "withdrawn": ("taken back by the program", "retirada por el programa", "retirée par le programme"),
        "unknown_badge": ("unknown badge", "tarjeta desconocida", "badge inconnu"),
        "unknown_person": ("unknown person", "persona desconocida", "personne inconnue"),
        "suspended": ("suspended", "suspendida", "suspendu"),
        "card_requires_proof": (
            "card must prove itself",
            "la tarjeta debe probarse",
            "la carte doit faire ses preuves",
        ),
        "random_uid": ("badge with changing number", "tarjeta de número cambiante", "badge à numéro changeant"),
        "bad_uid": ("no badge number", "no es un número de tarjeta", "pas un numéro de badge"),
        "untrusted_certificate": ("untrusted certificate", "certificado no fiable", "certificat non fiable"),
        "expired_certificate": ("expired certificate", "certificado caducado", "certificat expiré"),
        "revoked_certificate": ("revoked certificate", "certificado revocado", "certificat révoqué"),
        "stale_crl": ("old revocation list", "lista de revocación antigua", "liste de révocation périmée"),
        "wrong_pin": ("wrong PIN", "PIN incorrecto", "code PIN erroné"),
        "wrong_code": ("wrong code", "código incorrecto", "code erroné"),
        "code_used": ("code used before", "código ya usado", "code déjà utilisé"),
        "key_changed": ("badge with another key", "tarjeta con otra clave", "badge avec une autre clé"),
        "wrong_key": ("another person’s key", "llave de otra persona", "clé d’une autre personne"),
        "bad_signature": ("bad signature", "firma no válida", "signature invalide"),
        "counter_went_back": ("key’s counter went back", "contador de la llave atrasado", "compteur de la clé reculé"),
        "not_verified": ("key did not verify its user", "la llave no verificó a nadie", "clé sans vérification"),
        "expired": ("too late", "demasiado tarde", "trop tard"),
        "locked_out": ("too many tries", "demasiados intentos", "trop d’essais"),
        "too_fast": ("too fast", "demasiado rápido", "trop vite"),
        "no_method": ("nothing enrolled for it", "nada registrado para ello", "aucun moyen enregistré"),
        "policy": ("by policy", "por la política", "par la politique"),
        "not_active": ("session not open", "sesión no abierta", "session non ouverte"),
        "station_revoked": ("workstation revoked", "puesto revocado", "poste révoqué"),
        "busy": ("busy", "ocupado", "occupé"),
        "overloaded": ("service overloaded", "servicio saturado", "service surchargé"),
        "over_budget": ("too much recorded", "demasiado registrado", "trop d’inscriptions"),
        "emergency_action": ("not in an emergency", "no en una emergencia", "pas en urgence"),
        "emergency_records": ("too many in an emergency", "demasiados en una emergencia", "trop en urgence"),
        "emergency_nobody": ("emergency of nobody known", "emergencia de nadie conocido", "urgence sans nom"),
        "audit_failed": ("trail not written", "registro no escrito", "journal non écrit"),
        "integrity": ("record was changed", "registro alterado", "donnée modifiée"),
        "cancelled": ("cancelled", "cancelada", "annulée"),
        "offline": ("service away", "servicio ausente", "service absent"),
        "offline_not_here": ("service away, no ticket", "servicio ausente, sin vale", "service absent, sans ticket"),
    }
)
"""By the reason in the trail, or the end of a prompt that has none."""
SIGNALS: Mapping[str, Said] = MappingProxyType(
    {
        "station_address": ("workstation: another address", "puesto: otra dirección", "poste : autre adresse"),
        "station_zone": ("workstation: another zone", "puesto: otra zona", "poste : autre zone"),
        "station_hardware": ("workstation: another computer", "puesto: otro equipo", "poste : autre ordinateur"),
        "station_system": ("workstation: another system", "puesto: otro sistema", "poste : autre système"),
        "station_version": ("workstation: another version", "puesto: otra versión", "poste : autre version"),
        "station_package": ("workstation: changed files", "puesto: archivos cambiados", "poste : fichiers modifiés"),
        "station_reported": ("workstation: reported", "puesto: con aviso", "poste : signalé"),
        "elsewhere": ("active elsewhere", "en activo en otro sitio", "actif ailleurs"),
        "too_far": ("too far to walk", "demasiado lejos a pie", "trop loin à pied"),
        "unusual_hour": ("unusual hour", "hora inusual", "heure inhabituelle"),
        "export_volume": (
            "more records than usual",
            "más historias que de costumbre",
            "plus de dossiers que d’habitude",
        ),
        "export_rate": (
            "more exports than usual",
            "más exportaciones que de costumbre",
            "plus d’exports que d’habitude",
        ),
        "export_beyond_role": (
            "more records than the role",
            "más historias que su rol",
            "plus de dossiers que le rôle",
        ),
        "strangers": ("patients of other wards", "pacientes de otras unidades", "patients d’autres services"),
        "failed_proofs": ("proofs not accepted", "pruebas no aceptadas", "preuves non acceptées"),
        "badge_lost": ("badge lost lately", "tarjeta perdida hace poco", "badge perdu récemment"),
        "counter_back": ("key’s counter went back", "contador de la llave atrasado", "compteur de la clé reculé"),
        "factor_changed": ("new or reset factor", "factor nuevo o restablecido", "moyen nouveau ou réinitialisé"),
        "prompt_bombing": ("many prompts", "muchas solicitudes", "demandes répétées"),
        "warned_high": ("warned: high risk", "aviso: riesgo alto", "alerte : risque élevé"),
        "warned": ("warned elsewhere", "aviso de otro sistema", "alerte d’ailleurs"),
        "clock_back": ("clock set back", "reloj atrasado", "horloge reculée"),
        "past_unreadable": ("past was changed", "pasado alterado", "passé modifié"),
    }
)
STRENGTHS: Mapping[str, Said] = MappingProxyType(
    {
        "urn:kiosk:identified": ("badge number alone", "solo el número de tarjeta", "numéro de badge seul"),
        "urn:kiosk:pin": ("PIN", "PIN", "code PIN"),
        "urn:kiosk:possession": ("card or key", "tarjeta o llave", "carte ou clé"),
        "urn:kiosk:mfa": ("two factors", "dos factores", "deux facteurs"),
        "phr": ("resists phishing", "resiste al phishing", "résiste à l’hameçonnage"),
        "phrh": ("resists phishing, in hardware", "resiste al phishing, en hardware", "résiste, dans le matériel"),
    }
)


def text(name: str, language: str, texts: Mapping[str, Said] = TEXTS) -> str:
    """What ``name`` is called in ``language``, one of ``LANGUAGES``; a name that has no words is said as it is."""
    said = texts.get(name)
    return name if said is None else said[LANGUAGES.index(language)]
