"""What the page of waiting requests says, in the languages of the house; what it shares, ``phone.page_texts`` says."""

from __future__ import annotations

from kiosk.service.phone import page_texts
from kiosk.service.phone.page_texts import LANGUAGES

_TEXTS: dict[str, tuple[str, str, str]] = {
    "title": ("Waiting requests", "Solicitudes en espera", "Demandes en attente"),
    "start_why": (
        "A system of your hospital may ask you to approve something while you are at no workstation. "
        "Unlock your phone to see what waits for you.",
        "Un sistema de su hospital puede pedirle que apruebe algo mientras no está en ningún puesto. "
        "Desbloquee su teléfono para ver lo que le espera.",
        "Un système de votre hôpital peut vous demander d’approuver quelque chose quand vous n’êtes à aucun poste. "
        "Déverrouillez votre téléphone pour voir ce qui vous attend.",
    ),
    "open": ("Show what waits", "Mostrar lo que espera", "Montrer ce qui attend"),
    "nothing_title": ("Nothing waits for you", "Nada le espera", "Rien ne vous attend"),
    "nothing": (
        "If somebody has just asked you, wait a moment and look again.",
        "Si alguien acaba de preguntarle, espere un momento y vuelva a mirar.",
        "Si l’on vient de vous interroger, attendez un instant et regardez de nouveau.",
    ),
    "at_station_title": ("Look at your workstation", "Mire su puesto", "Regardez votre poste"),
    "at_station": (
        "You are signed in at a workstation. You are asked there.",
        "Usted tiene una sesión en un puesto. Se le pregunta allí.",
        "Vous avez une session sur un poste. C’est là qu’on vous interroge.",
    ),
    "type_title": ("Somebody asks you to approve", "Alguien le pide que apruebe", "On vous demande d’approuver"),
    "asked_by": ("Asked by the server of", "Lo pide el servidor de", "Demandé par le serveur de"),
    "left": ("Minutes left:", "Minutos restantes:", "Minutes restantes :"),
    "number": (
        "The six digits that its screen shows",
        "Las seis cifras que muestra su pantalla",
        "Les six chiffres affichés sur son écran",
    ),
    "wrong": (
        "That is not the number. Look at the screen where this was asked, and try again.",
        "Ese no es el número. Mire la pantalla donde se pidió e inténtelo de nuevo.",
        "Ce n’est pas le numéro. Regardez l’écran où cela a été demandé et réessayez.",
    ),
    "not_me_why": (
        "If you did not ask for this yourself, report it. Never type a number that somebody tells you.",
        "Si usted mismo no lo ha pedido, avise. Nunca escriba un número que alguien le diga.",
        "Si vous ne l’avez pas demandé vous-même, signalez-le. Ne tapez jamais un numéro que l’on vous dicte.",
    ),
    "approved": (
        "Look at the system that asked. You can close this page.",
        "Mire el sistema que lo pidió. Puede cerrar esta página.",
        "Regardez le système qui l’a demandé. Vous pouvez fermer cette page.",
    ),
    "reported": (
        "Nothing was approved. For a day that system does not ask your phone. "
        "If somebody urged you, call the help desk.",
        "No se ha aprobado nada. Durante un día ese sistema no preguntará a su teléfono. "
        "Si alguien le ha presionado, llame al servicio de ayuda.",
        "Rien n’a été approuvé. Pendant un jour, ce système n’interroge plus votre téléphone. "
        "Si l’on vous a pressé, appelez l’assistance.",
    ),
    "not_yours": (
        "It is paired with nobody here, or was stopped. Nothing was approved. Pair it at a workstation, under My keys.",
        "No está vinculado a nadie aquí, o fue bloqueado. No se ha aprobado nada. "
        "Vincúlelo en un puesto, en Mis llaves.",
        "Il n’est associé à personne ici, ou a été arrêté. Rien n’a été approuvé. "
        "Associez-le sur un poste, sous Mes clés.",
    ),
    "over": (
        "It was answered, took too long, or too many numbers were wrong. It may still be asked at a workstation.",
        "Ya se respondió, tardó demasiado o hubo demasiados números equivocados. "
        "Quizá se le pregunte aún en un puesto.",
        "On y a répondu, c’était trop long, ou trop de numéros étaient faux. "
        "Un poste vous interrogera peut-être encore.",
    ),
    "wake_why": (
        "This phone can be woken when something waits. Who makes its browser then learns that, and nothing more.",
        "Este teléfono puede avisarle cuando algo le espere. Quien hace su navegador sabrá eso, y nada más.",
        "Ce téléphone peut vous avertir quand quelque chose attend. L’éditeur de son navigateur l’apprend, sans plus.",
    ),
    "wake": ("Wake this phone", "Avisar en este teléfono", "Avertir sur ce téléphone"),
    "woken": (
        "This phone is woken when something waits.",
        "Este teléfono le avisa cuando algo le espera.",
        "Ce téléphone vous avertit quand quelque chose attend.",
    ),
    "sleep": ("Wake it no more", "No avisar más", "Ne plus avertir"),
    "not_woken": (
        "This phone is not woken: its browser refuses, or its maker is not one that the hospital allows. "
        "You can open this page by yourself.",
        "Este teléfono no avisa: su navegador se niega, o el hospital no permite a quien lo hace. "
        "Puede abrir esta página usted mismo.",
        "Ce téléphone n’avertit pas : son navigateur refuse, ou l’hôpital n’admet pas son éditeur. "
        "Vous pouvez ouvrir cette page vous-même.",
    ),
    "again_open": ("Look again", "Volver a mirar", "Regarder de nouveau"),
}


def text(language: str, name: str) -> str:
    """What is said of ``name``."""
    own = _TEXTS.get(name)
    return page_texts.text(language, name) if own is None else own[LANGUAGES.index(language)]
