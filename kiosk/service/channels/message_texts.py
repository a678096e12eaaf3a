"""What a message says, for hospitals whose program hands it on as it is. Plain, short, without any link or secret."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "es", "fr")
_END = {
    "en": "If you do not know of this, call the help desk at once.",
    "es": "Si usted no sabe nada de esto, llame enseguida al servicio de ayuda.",
    "fr": "Si vous n’en savez rien, appelez tout de suite l’assistance.",
}
_TEXTS: dict[str, tuple[str, str, str]] = {
    "reset_begun": (
        "{name}: the help desk has begun to reset your sign-in.",
        "{name}: el servicio de ayuda ha empezado a restablecer su acceso.",
        "{name} : l’assistance a commencé à réinitialiser votre connexion.",
    ),
    "reset_approved": (
        "{name}: a second person has agreed to the reset of your sign-in.",
        "{name}: una segunda persona ha autorizado restablecer su acceso.",
        "{name} : une deuxième personne a accepté la réinitialisation de votre connexion.",
    ),
    "code_issued": (
        "{name}: a start code for your sign-in was given out.",
        "{name}: se ha entregado un código de inicio para su acceso.",
        "{name} : un code de départ pour votre connexion a été remis.",
    ),
    "code_used": (
        "{name}: your start code was used.",
        "{name}: se ha usado su código de inicio.",
        "{name} : votre code de départ a été utilisé.",
    ),
    "factor_added": (
        "{name}: something new was added to your sign-in.",
        "{name}: se ha añadido algo nuevo a su acceso.",
        "{name} : un nouveau moyen a été ajouté à votre connexion.",
    ),
    "factor_lost": (
        "{name}: something you sign in with was reported lost or stopped.",
        "{name}: algo con lo que usted accede se ha dado por perdido o se ha bloqueado.",
        "{name} : un de vos moyens de connexion a été déclaré perdu ou arrêté.",
    ),
    "phone_reported": (
        "{name}: you reported a question on your phone as not yours.",
        "{name}: usted avisó de que una pregunta en su teléfono no era suya.",
        "{name} : vous avez signalé qu’une question sur votre téléphone n’était pas la vôtre.",
    ),
    "contact_changed": (
        "{name}: from now on, news of your sign-in goes to another address.",
        "{name}: a partir de ahora, los avisos sobre su acceso van a otra dirección.",
        "{name} : désormais, les nouvelles de votre connexion vont à une autre adresse.",
    ),
    "emergency_opened": (
        "{name}: emergency access was opened.",
        "{name}: se ha abierto un acceso de emergencia.",
        "{name} : un accès d’urgence a été ouvert.",
    ),
    "emergency_more": (
        "{name}: emergency access is opened again and again in your name, and you are not told of each.",
        "{name}: se abre una y otra vez un acceso de emergencia a su nombre, y no se le avisa de cada uno.",
        "{name} : un accès d’urgence est ouvert encore et encore à votre nom, et chacun ne vous est plus signalé.",
    ),
    "emergency_many": (
        "{name}: emergency access is opened again and again at one workstation, and you are not told of each.",
        "{name}: se abre una y otra vez un acceso de emergencia en un mismo puesto, y no se le avisa de cada uno.",
        "{name} : un accès d’urgence est ouvert encore et encore au même poste, et chacun ne vous est plus signalé.",
    ),
    "emergency_step_up": (
        "{name}: something was approved during an emergency access.",
        "{name}: se ha aprobado algo durante un acceso de emergencia.",
        "{name} : quelque chose a été approuvé pendant un accès d’urgence.",
    ),
    "review_opened": (
        "{name}: case {case} waits for your review.",
        "{name}: el caso {case} espera su revisión.",
        "{name} : le cas {case} attend votre examen.",
    ),
    "review_reminder": (
        "{name}: case {case} still waits for your review.",
        "{name}: el caso {case} sigue esperando su revisión.",
        "{name} : le cas {case} attend toujours votre examen.",
    ),
    "review_overdue": (
        "{name}: the review of case {case} is overdue.",
        "{name}: la revisión del caso {case} está atrasada.",
        "{name} : l’examen du cas {case} est en retard.",
    ),
    "text_owed": (
        "{name}: a text about an emergency access is still owed. It is asked for at your next sign-in.",
        "{name}: falta todavía un texto sobre un acceso de emergencia. Se le pedirá al entrar.",
        "{name} : un texte sur un accès d’urgence manque encore. Il vous sera demandé à la prochaine connexion.",
    ),
    "text_overdue": (
        "{name}: nobody has written about the emergency access of case {case}, and the time is over.",
        "{name}: nadie ha escrito sobre el acceso de emergencia del caso {case}, y el plazo ha pasado.",
        "{name} : personne n’a écrit sur l’accès d’urgence du cas {case}, et le délai est passé.",
    ),
    "rehearsal": (
        "{name}: this is a rehearsal of a downtime. There is nothing to do.",
        "{name}: esto es un ensayo de una interrupción. No hay nada que hacer.",
        "{name} : ceci est un exercice de panne. Il n’y a rien à faire.",
    ),
    "recovery_used": (
        "{name}: one of your recovery codes was used.",
        "{name}: se ha usado uno de sus códigos de recuperación.",
        "{name} : un de vos codes de secours a été utilisé.",
    ),
}


_OWN_END = frozenset({"review_opened", "review_reminder", "review_overdue", "text_overdue", "rehearsal"})
"""What is told to whoever works with it: there is nothing to object to."""


def text(language: str, kind: str, facts: Mapping[str, object]) -> str:
    """What is said of ``kind`` in ``language``, one of ``LANGUAGES``. ``facts``: with the person's ``name``."""
    said = _TEXTS[kind][LANGUAGES.index(language)].replace("{case}", str(facts.get("case")))
    said = said.replace("{name}", str(facts["name"]))
    where = f" ({facts['at']})" if facts.get("at") else ""
    end = "" if kind in _OWN_END else f" {_END[language]}"
    return f"{said[:-1]}{where}.{end}"


def subject(said: str) -> str:
    """Of a whole text what is new in it, as the subject of a mail: without its last sentence and full stop."""
    for end in _END.values():
        said = said.removesuffix(f" {end}")
    return said.removesuffix(".")
