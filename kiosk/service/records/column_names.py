"""What personnel systems, directories and inventories call the columns that are wanted: what to propose for ``--map``.

Nothing is taken by it: a column's name says what somebody meant once, so whoever brings the list says which is which.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

_USUAL = {
    "login": "username,user name,user,userid,user id,userlogin,samaccountname,userprincipalname,upn,account,"
    "account name,loginname,login name,benutzername,"
    "benutzer,anmeldename,kennung,kürzel,usuario,nombre de usuario,cuenta,"
    "utilisateur,nom d'utilisateur,identifiant,compte",
    "name": "full name,fullname,displayname,display name,employee name,staff name,anzeigename,vollständiger name,"
    "nombre completo,nombre y apellidos,nom complet,nom et prénom",
    "roles": "role,job,job title,jobtitle,position,profession,function,rolle,rollen,funktion,beruf,tätigkeit,rol,cargo,"
    "puesto,función,profesión,rôle,rôles,fonction,métier,poste",
    "uid": "badge,badge number,badge no,badge id,badgeid,badgenumber,card,card number,card no,card id,cardid,"
    "cardnumber,"
    "csn,rfid,nfc,ausweis,ausweisnummer,kartennummer,karte,badgenummer,tarjeta,número de tarjeta,"
    "numero de tarjeta,carte,"
    "numéro de carte,numéro de badge,card uid,badge uid",
    "place": "location,ward,department,dept,unit,site,room,station,abteilung,ort,standort,bereich,raum,lugar,ubicación,"
    "departamento,unidad,sala,lieu,service,département,unité,salle,emplacement",
    "contact": "mail,e-mail,email,e-mail address,email address,mail address,emailaddress,e-mail-adresse,kontakt,correo,"
    "correo electrónico,courriel,adresse e-mail,adresse mail",
    "exempt": "excepted,exception,ausgenommen,exento,exenta,exempté",
}
_FIRST = "first name,firstname,first,given name,givenname,vorname,nombre,prénom"
_LAST = "last name,lastname,last,surname,sn,family name,nachname,familienname,apellido,apellidos,nom,nom de famille"
_OF_A_STATION = "hostname,host,computer,computer name,computername,workstation,device,rechner,rechnername,gerät,equipo,"
_OF_A_STATION += "ordenador,poste,ordinateur,nom du poste"


def proposed(names: Sequence[str], shown: Sequence[str], ours: Sequence[str]) -> dict[str, str]:
    """Which of a list's columns seems to be which of ``ours``; several with ``+`` between.

    ``names``: as they are compared. ``shown``: as the list writes them.
    """
    found: dict[str, str] = {}
    for our in ours:
        at = _first(names, _USUAL.get(our, "") if our != "name" or "login" in ours else _OF_A_STATION)
        if our in names:
            continue
        if at is not None:
            found[our] = shown[at]
        elif our == "name" and "login" in ours:
            parts = [place for usual in (_FIRST, _LAST) if (place := _first(names, usual)) is not None]
            if parts:
                found[our] = "+".join(shown[place] for place in parts)
    return found


def as_options(columns: dict[str, str]) -> str:
    """``columns`` as it is typed in a shell."""
    return " ".join(f"--map {shlex.quote(f'{ours}={theirs}')}" for ours, theirs in columns.items())


def _first(names: Sequence[str], usual: str) -> int | None:
    known = usual.split(",")
    return next((at for at, name in enumerate(names) if name in known), None)
