"""What the phone's page says, in the languages of the house."""

from __future__ import annotations

import re

LANGUAGES = ("en", "es", "fr")
MAX_HEADER = 200
_TEXTS: dict[str, tuple[str, str, str]] = {
    "title": ("Approve on your phone", "Aprobar en su teléfono", "Approuver sur votre téléphone"),
    "working": ("One moment", "Un momento", "Un instant"),
    "wait": ("Your workstation is being asked.", "Se pregunta a su puesto.", "Votre poste est interrogé."),
    "pair_title": ("Pair this phone", "Vincular este teléfono", "Associer ce téléphone"),
    "pair_for": ("For", "Para", "Pour"),
    "pair_at": ("At", "En", "À"),
    "pair_only": (
        "Go on only if this is your own phone and you stand at that workstation.",
        "Continúe solo si este es su propio teléfono y usted está en ese puesto.",
        "Continuez seulement si ce téléphone est le vôtre et si vous êtes devant ce poste.",
    ),
    "pair": ("Pair", "Vincular", "Associer"),
    "confirm_title": ("Try it once", "Pruébelo una vez", "Essayez une fois"),
    "confirm_why": (
        "Unlock your phone once more, as you will when you approve something.",
        "Desbloquee su teléfono otra vez, como hará cuando apruebe algo.",
        "Déverrouillez votre téléphone encore une fois, comme pour approuver.",
    ),
    "confirm": ("Try", "Probar", "Essayer"),
    "paired_title": (
        "Type this number at the workstation",
        "Escriba este número en el puesto",
        "Tapez ce numéro sur le poste",
    ),
    "paired_then": (
        "Then this phone is yours to approve with. You can close this page.",
        "Entonces podrá aprobar con este teléfono. Puede cerrar esta página.",
        "Ensuite, vous pourrez approuver avec ce téléphone. Vous pouvez fermer cette page.",
    ),
    "type_title": (
        "Type the number that the workstation shows",
        "Escriba el número que muestra el puesto",
        "Tapez le numéro affiché par le poste",
    ),
    "number": ("Six digits", "Seis cifras", "Six chiffres"),
    "go_on": ("Go on", "Continuar", "Continuer"),
    "wrong": (
        "That is not the number. Look at the workstation’s screen and try again.",
        "Ese no es el número. Mire la pantalla del puesto e inténtelo de nuevo.",
        "Ce n’est pas le numéro. Regardez l’écran du poste et réessayez.",
    ),
    "wrong_last": (
        "That is not the number. One try is left.",
        "Ese no es el número. Queda un intento.",
        "Ce n’est pas le numéro. Il reste un essai.",
    ),
    "not_me": ("Not me: report", "No soy yo: avisar", "Ce n’est pas moi : signaler"),
    "not_me_why": (
        "If you did not ask for this, report it. Never type a number that somebody tells you.",
        "Si usted no lo ha pedido, avise. Nunca escriba un número que alguien le diga.",
        "Si vous ne l’avez pas demandé, signalez-le. Ne tapez jamais un numéro que l’on vous dicte.",
    ),
    "ask_title": ("Do you approve this?", "¿Lo aprueba?", "Approuvez-vous cela ?"),
    "approve": ("Approve", "Aprobar", "Approuver"),
    "refuse": ("Refuse", "Rechazar", "Refuser"),
    "approved_title": ("Approved", "Aprobado", "Approuvé"),
    "approved": (
        "Look at the workstation. You can close this page.",
        "Mire el puesto. Puede cerrar esta página.",
        "Regardez le poste. Vous pouvez fermer cette page.",
    ),
    "refused_title": ("Refused", "Rechazado", "Refusé"),
    "refused": (
        "Nothing was approved. You can close this page.",
        "No se ha aprobado nada. Puede cerrar esta página.",
        "Rien n’a été approuvé. Vous pouvez fermer cette page.",
    ),
    "reported_title": ("Reported", "Avisado", "Signalé"),
    "reported": (
        "Nothing was approved. For a day that workstation does not ask your phone. "
        "If somebody urged you, call the help desk.",
        "No se ha aprobado nada. Durante un día ese puesto no preguntará a su teléfono. "
        "Si alguien le ha presionado, llame al servicio de ayuda.",
        "Rien n’a été approuvé. Pendant un jour, ce poste n’interroge plus votre téléphone. "
        "Si l’on vous a pressé, appelez l’assistance.",
    ),
    "not_yours_title": (
        "This phone cannot answer",
        "Este teléfono no puede responder",
        "Ce téléphone ne peut répondre",
    ),
    "not_yours": (
        "It is not paired with whoever is asked, or was stopped. Nothing was approved. Take another way at the "
        "workstation.",
        "No está vinculado a quien se pregunta, o fue bloqueado. No se ha aprobado nada. "
        "Elija otra forma en el puesto.",
        "Il n’est pas associé à la personne demandée, ou a été arrêté. Rien n’a été approuvé. "
        "Choisissez un autre moyen sur le poste.",
    ),
    "over_title": ("This is over", "Esto ha terminado", "C’est terminé"),
    "over": (
        "It was answered, took too long, or too many numbers were wrong. Have the workstation show a new code.",
        "Ya se respondió, tardó demasiado o hubo demasiados números equivocados. Pida un código nuevo en el puesto.",
        "On y a répondu, c’était trop long, ou trop de numéros étaient faux. Affichez un nouveau code sur le poste.",
    ),
    "unable_title": ("This browser cannot do it", "Este navegador no puede", "Ce navigateur ne le peut pas"),
    "unable": (
        "It knows no passkeys. Open the code with the phone’s own browser.",
        "No conoce las llaves de acceso. Abra el código con el navegador propio del teléfono.",
        "Il ne connaît pas les clés d’accès. Ouvrez le code avec le navigateur du téléphone.",
    ),
    "failed_title": ("The service cannot be reached", "No se llega al servicio", "Le service est injoignable"),
    "failed": (
        "Check that this phone is on the right network, then load this page again.",
        "Compruebe que este teléfono esté en la red correcta y vuelva a cargar la página.",
        "Vérifiez que ce téléphone est sur le bon réseau, puis rechargez la page.",
    ),
    "try_again": (
        "That did not work. Try again.",
        "No ha funcionado. Inténtelo de nuevo.",
        "Cela n’a pas marché. Réessayez.",
    ),
    "script": (
        "This page needs scripts. Allow them for this address.",
        "Esta página necesita scripts. Permítalos para esta dirección.",
        "Cette page a besoin de scripts. Autorisez-les pour cette adresse.",
    ),
}
ENDS = ("approved", "refused", "reported", "not_yours", "over", "unable", "failed")
"""Parts after which nothing follows."""
_LABELS: dict[str, tuple[str, str, str]] = {
    "action": ("What", "Qué", "Quoi"),
    "program": ("Asked by", "Lo pide", "Demandé par"),
    "path": ("Its file", "Su archivo", "Son fichier"),
    "unregistered": (
        "Asked by a program that is not registered",
        "Lo pide un programa que no está registrado",
        "Demandé par un programme qui n’est pas enregistré",
    ),
    "origin": ("Web page of", "Página web de", "Page web de"),
    "server": ("Asked by the server of", "Lo pide el servidor de", "Demandé par le serveur de"),
    "agent": (
        "Asked by a program that acts by itself",
        "Lo pide un programa que actúa solo",
        "Demandé par un programme qui agit seul",
    ),
    "message": ("It shows", "Muestra", "Il affiche"),
    "records": ("How many", "Cuántos", "Combien"),
    "lasts": ("In parts, for at most", "En partes, durante un máximo de", "En plusieurs fois, pendant au plus"),
    "words": ("In words", "En palabras", "En clair"),
    "resource": ("About", "Sobre", "Sur"),
    "lost": ("Reported lost", "Declarado perdido", "Déclaré perdu"),
    "purpose": ("Purpose", "Motivo", "Motif"),
    "audience": ("Token for", "Token para", "Jeton pour"),
    "who": ("Approved by, at", "Lo aprueba, en", "Approuvé par, à"),
    "signer": (
        "Approved by, on their phone",
        "Lo aprueba, en su teléfono",
        "Approuvé par, sur son téléphone",
    ),
    "patient": ("Patient", "Paciente", "Patient"),
    "emergency": ("Emergency access, because", "Acceso de emergencia, porque", "Accès d’urgence, parce que"),
}
"""Of the lines of what is asked (``consent.lines``)."""
_ACTIONS: dict[str, tuple[str, str, str]] = {
    "record.export": ("Export patient records", "Exportar historias clínicas", "Exporter des dossiers"),
    "record.view": ("Look at patient records", "Ver historias clínicas", "Consulter des dossiers"),
    "record.print": ("Print patient records", "Imprimir historias clínicas", "Imprimer des dossiers"),
    "deidentified.export": (
        "Export a de-identified data set",
        "Exportar un conjunto de datos anonimizados",
        "Exporter des données désidentifiées",
    ),
    "bulk.print": (
        "Print patient records in bulk",
        "Imprimir muchas historias clínicas",
        "Imprimer des dossiers en nombre",
    ),
    "prescription.sign": ("Sign a prescription", "Firmar una receta", "Signer une ordonnance"),
    "app.sign_in": ("Sign in to an application", "Iniciar sesión en una aplicación", "Se connecter à une application"),
}
"""As the workstation's own screen names them; any other is shown as it is."""


def language_of(header: str) -> str:
    """The first language of an ``Accept-Language`` header (RFC 9110 section 12.5.4) that there is; English else."""
    for part in header[:MAX_HEADER].lower().split(","):
        word = re.split("[-;]", part.strip(), maxsplit=1)[0]
        if word in LANGUAGES:
            return word
    return LANGUAGES[0]


def text(language: str, name: str) -> str:
    """What is said of ``name``."""
    return _TEXTS[name][LANGUAGES.index(language)]


def labelled(language: str, key: str, value: str) -> tuple[str, str]:
    """Label and value of one line of what is asked."""
    at = LANGUAGES.index(language)
    named = _ACTIONS.get(value) if key == "action" else None
    if key == "lasts":
        return _LABELS[key][at], f"{-(-int(value) // 60)} min"
    return _LABELS[key][at], value if named is None else f"{named[at]} ({value})"
