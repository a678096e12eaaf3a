"""What the sign-in page says, in the languages of the house."""

from __future__ import annotations

import re

LANGUAGES = ("en", "es", "fr", "de")
MAX_HEADER = 200
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "title": (
        "Sign in to {app}",
        "Iniciar sesión en {app}",
        "Connexion à {app}",
        "Anmelden bei {app}",
    ),
    "working": (
        "You are being signed in with your session at this workstation.",
        "Se inicia sesión con la suya en este puesto.",
        "Vous êtes connecté avec votre session sur ce poste.",
        "Sie werden mit Ihrer Sitzung an diesem Arbeitsplatz angemeldet.",
    ),
    "step_up": (
        "{app} asks for more. Follow what the workstation’s own screen says.",
        "{app} pide más. Siga lo que dice la pantalla propia del puesto.",
        "{app} demande davantage. Suivez ce que dit l’écran du poste.",
        "{app} verlangt mehr. Folgen Sie dem Bildschirm des Arbeitsplatzes.",
    ),
    "unheard": (
        "This page signs you in at a workstation where you have tapped in. Here nothing answers. Open {app} there.",
        "Esta página inicia sesión en un puesto en el que usted se ha identificado. Aquí nada responde. "
        "Abra {app} allí.",
        "Cette page vous connecte sur un poste où vous vous êtes identifié. Ici, rien ne répond. Ouvrez {app} là-bas.",
        "Diese Seite meldet Sie an einem Arbeitsplatz an, an dem Sie sich ausgewiesen haben. Hier antwortet nichts. "
        "Öffnen Sie {app} dort.",
    ),
    "not_active": (
        "Your session at this workstation is not open. Tap in, then try again.",
        "Su sesión en este puesto no está abierta. Identifíquese e inténtelo de nuevo.",
        "Votre session sur ce poste n’est pas ouverte. Identifiez-vous, puis réessayez.",
        "Ihre Sitzung an diesem Arbeitsplatz ist nicht offen. Weisen Sie sich aus und versuchen Sie es noch einmal.",
    ),
    "not_a_browser": (
        "This browser is not one that the hospital has registered. Call the help desk.",
        "Este navegador no está registrado por el hospital. Llame al servicio de ayuda.",
        "Ce navigateur n’est pas enregistré par l’hôpital. Appelez l’assistance.",
        "Dieser Browser ist vom Krankenhaus nicht eingetragen. Rufen Sie den Helpdesk an.",
    ),
    "unreachable": (
        "The workstation cannot reach the sign-in service now. Try again in a moment.",
        "El puesto no puede contactar ahora con el servicio de acceso. Inténtelo dentro de un momento.",
        "Le poste ne peut pas joindre le service de connexion. Réessayez dans un instant.",
        "Der Arbeitsplatz erreicht den Anmeldedienst gerade nicht. Versuchen Sie es gleich noch einmal.",
    ),
    "over": (
        "This page cannot be used any more. Go back to {app} and begin again.",
        "Esta página ya no se puede usar. Vuelva a {app} y empiece de nuevo.",
        "Cette page ne peut plus servir. Retournez à {app} et recommencez.",
        "Diese Seite gilt nicht mehr. Gehen Sie zurück zu {app} und beginnen Sie von vorn.",
    ),
    "again": ("Try again", "Intentar de nuevo", "Réessayer", "Noch einmal versuchen"),
    "back": ("Back to {app}", "Volver a {app}", "Retour à {app}", "Zurück zu {app}"),
    "elsewhere": (
        "Sign in with {app}",
        "Iniciar sesión con {app}",
        "Se connecter avec {app}",
        "Mit {app} anmelden",
    ),
    "upstream_away": (
        "The sign-in of {app} cannot be reached now. Try again in a moment.",
        "El acceso de {app} no responde ahora. Inténtelo dentro de un momento.",
        "La connexion de {app} est injoignable. Réessayez dans un instant.",
        "Die Anmeldung von {app} ist gerade nicht erreichbar. Versuchen Sie es gleich noch einmal.",
    ),
    "upstream_failed": (
        "Your sign-in with {app} cannot be used. Begin again in the application, or tell the help desk this:",
        "Su inicio de sesión con {app} no se puede usar. Empiece de nuevo en la aplicación o diga esto al servicio "
        "de ayuda:",
        "Votre connexion avec {app} ne peut être utilisée. Recommencez dans l’application, ou dites ceci à "
        "l’assistance :",
        "Ihre Anmeldung mit {app} ist nicht brauchbar. Beginnen Sie in der Anwendung von vorn, oder sagen Sie dem "
        "Helpdesk dies:",
    ),
    "upstream_unknown": (
        "Your account with {app} opens nothing here. Call the help desk.",
        "Su cuenta de {app} no abre nada aquí. Llame al servicio de ayuda.",
        "Votre compte de {app} n’ouvre rien ici. Appelez l’assistance.",
        "Ihr Konto bei {app} öffnet hier nichts. Rufen Sie den Helpdesk an.",
    ),
    "script": (
        "This page needs scripts. Allow them for this address.",
        "Esta página necesita scripts. Permítalos para esta dirección.",
        "Cette page a besoin de scripts. Autorisez-les pour cette adresse.",
        "Diese Seite braucht Skripte. Erlauben Sie sie für diese Adresse.",
    ),
    "wrong": (
        "The application sent a request that cannot be answered. Tell its support this:",
        "La aplicación ha enviado una petición que no se puede responder. Dígaselo a su soporte:",
        "L’application a envoyé une demande à laquelle on ne peut répondre. Dites-le à son support :",
        "Die Anwendung hat eine Anfrage gesendet, die nicht beantwortet werden kann. Sagen Sie es ihrem Support:",
    ),
    "signed_out": (
        "You are signed out of this application. Your session at the workstation goes on.",
        "Ha salido de esta aplicación. Su sesión en el puesto continúa.",
        "Vous êtes déconnecté de cette application. Votre session sur le poste continue.",
        "Sie sind von dieser Anwendung abgemeldet. Ihre Sitzung am Arbeitsplatz geht weiter.",
    ),
}
SAID = ("working", "step_up", "unheard", "not_active", "not_a_browser", "unreachable", "over", "upstream_away")
"""Sentences of which the page shows one at a time."""
OF_OTHER = ("elsewhere", "upstream_away")
"""Those that name the hospital whose own provider there is, and not the application."""


def language_of(header: str) -> str:
    """The first language of an ``Accept-Language`` header (RFC 9110 section 12.5.4) that there is; English else."""
    for part in header[:MAX_HEADER].lower().split(","):
        word = re.split("[-;]", part.strip(), maxsplit=1)[0]
        if word in LANGUAGES:
            return word
    return LANGUAGES[0]


def text(language: str, name: str, app: str = "") -> str:
    """What is said of ``name``; ``app``: the application's title."""
    return _TEXTS[name][LANGUAGES.index(language)].replace("{app}", app)
