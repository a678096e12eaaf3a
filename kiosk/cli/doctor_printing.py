"""``kiosk doctor --home`` on the printers of workspaces: each queue is asked whether it is there and takes jobs."""

from __future__ import annotations

import socket

from kiosk.cli.doctor_check import Check
from kiosk.settings import AgentSettings, PrinterSettings
from kiosk.stage.printing import ipp
from kiosk.stage.printing.upstream import NoServerError, Server, question

PATIENCE = 5.0
STOPPED = 5
"""Of ``printer-state`` (RFC 8011, section 5.4.11)."""
_WANTED = ("printer-state", "printer-state-message", "printer-is-accepting-jobs")
_PORT = 631


def workspaces(settings: AgentSettings) -> list[Check]:
    """Nothing for a station whose workspaces do not print."""
    if settings.stage != "nested" or not settings.printer:
        return []
    server = Server(settings.print_server, PATIENCE)
    checks = [_check(server, printer) for printer in settings.printer]
    return checks + (_bypass() if settings.workspace_network == "host" else [])


def _check(server: Server, printer: PrinterSettings) -> Check:
    name = f"printer {printer.name}"
    wanted = tuple((ipp.KEYWORD, word.encode()) for word in _WANTED)
    try:
        answer = server.ask(question(printer.name, wanted), f"/printers/{printer.name}")
    except NoServerError as error:
        return Check(name, False, f"It does not answer: {error}.", "systemctl status cups, or mend “print_server”.")
    state = answer.find(ipp.PRINTER, "printer-state")
    accepting = answer.find(ipp.PRINTER, "printer-is-accepting-jobs")
    if state is None:
        return Check(name, False, "CUPS has no queue of that name.", "lpstat -e lists those it has; mend [[printer]].")
    if accepting is not None and accepting.values[0][1] == b"\0":
        return Check(name, False, "It takes no jobs.", f"cupsaccept {printer.name}")
    if state.number == STOPPED:
        said = answer.find(ipp.PRINTER, "printer-state-message")
        why = "".join(c for c in said.text if c.isprintable()) if said is not None else ""
        return Check(name, False, f"It is stopped{': ' + why if why else ''}.", f"cupsenable {printer.name}")
    kind = ", and gets what programs send as it is" if printer.raw else ""
    return Check(name, True, f"It takes jobs{kind}.")


def _bypass() -> list[Check]:
    """Programs with the machine's network reach a print server there without the gate."""
    try:
        socket.create_connection(("127.0.0.1", _PORT), PATIENCE).close()
    except OSError:
        return []
    said = (
        f"Programs share the machine's network, and CUPS listens at port {_PORT} there: they see every queue and job."
    )
    return [
        Check("printing", False, said, "Take “Listen localhost:631” out of /etc/cups/cupsd.conf; its socket is enough.")
    ]
