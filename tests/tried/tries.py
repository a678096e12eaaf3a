"""What is tried of each program: shell commands inside the workspace, and what has to come of them."""

from __future__ import annotations

from typing import NamedTuple

_GTK = """
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
act = Gtk.PrintOperation(n_pages=1, job_name="gtk-{how}")
settings = Gtk.PrintSettings()
settings.set_printer("ward")
act.set_print_settings(settings)
def draw(_act, context, _page):
    pen = context.get_cairo_context()
    pen.move_to(100, 100)
    pen.show_text("hello")
act.connect("draw-page", draw)
print(act.run(Gtk.PrintOperationAction.{act}, None))
"""
_GTK_IS_HERE = "/usr/lib/x86_64-linux-gnu/girepository-1.0/Gtk-3.0.typelib"
_JAVA = """
import javax.print.*; import java.awt.print.*;
public class Tried { public static void main(String[] words) throws Exception {
  PrinterJob job = PrinterJob.getPrinterJob();
  for (PrintService one : PrintServiceLookup.lookupPrintServices(null, null)) {
    System.out.println(one.getName());
    if (one.getName().equals("ward")) job.setPrintService(one);
  }
  job.setJobName("java"); job.setPrintable((g, form, page) -> {
    if (page > 0) return Printable.NO_SUCH_PAGE;
    g.drawString("hello", 100, 100); return Printable.PAGE_EXISTS; });
  job.print(); System.exit(0); } }
"""
_PAGE = """<!doctype html><title>begun</title><body>Hello<script>
const said = [];
function says(word) { said.push(word); document.title = "tried " + said.join(" "); }
const link = document.createElement("a");
link.href = URL.createObjectURL(new Blob(["downloaded"])); link.download = "sheet.txt"; link.click();
navigator.mediaDevices.getUserMedia({video: true}).then(() => says("camera"), e => says(e.name));
says(window.open("about:blank") ? "popup" : "no-popup");
onbeforeprint = () => says("prints");
setTimeout(() => { document.title = "browser-page"; window.print(); }, 6000);
setTimeout(() => says("over"), 12000);
</script>"""
_TITLED = "for n in $(seq 120); do t=$(xdotool search --name '^tried .*over' getwindowname 2>/dev/null) && break;"
_TITLED += " sleep 0.5; done; echo $t"
_CHROMIUM = "chromium --password-store=basic --no-first-run --kiosk-printing --user-data-dir=$HOME/c"


_SEEN = (
    " timeout 60 xdotool search --sync --onlyvisible --name FreeRDP >/dev/null && echo seen; sleep 6;"
    " n=$(import -window $(xdotool search --onlyvisible --name FreeRDP | head -1) png:- | identify -format %k -);"
    " echo $n colours; [ $n -gt {colours} ] && echo drawn;"
)
"""Its window is there, and more than so many colours are in it: an empty window has one."""


class Try(NamedTuple):
    """``needs``: a path that is there where the program is. ``command``: ends by itself. ``said``: words that it
    prints.

    ``sheet``: part of the title of what comes out of the printer; empty for nothing."""

    program: str
    what: str
    needs: str
    command: str
    said: tuple[str, ...] = ()
    sheet: str = ""


FILES = {
    "print.py": _GTK.format(how="straight", act="PRINT"),
    "dialog.py": _GTK.format(how="dialog", act="PRINT_DIALOG"),
    "Tried.java": _JAVA,
    "page.html": _PAGE,
    "user.js": "\n".join(
        f"user_pref({name}, {value});"
        for name, value in {
            '"print.always_print_silent"': "true",
            '"print.printer_ward.print_to_file"': "false",
            '"print_printer"': '"ward"',
            '"browser.shell.checkDefaultBrowser"': "false",
            '"datareporting.policy.dataSubmissionEnabled"': "false",
            '"browser.aboutwelcome.enabled"': "false",
            '"browser.download.dir"': '"/home/ada/Downloads"',
            '"browser.download.folderList"': "1",
        }.items()
    ),
}
TRIES = (
    Try(
        *("a GTK 3 program", "prints", _GTK_IS_HERE),
        *("/usr/bin/python3 {folder}/print.py 2>&1", ("GTK_PRINT_OPERATION_RESULT_APPLY",), "gtk-straight"),
    ),
    Try(
        *("a GTK 3 program", "its print dialog, by keyboard", _GTK_IS_HERE),
        "/usr/bin/python3 {folder}/dialog.py &"
        " timeout 20 xdotool search --sync --onlyvisible --name '^Print$' >/dev/null;"
        " sleep 3; xdotool key alt+p; wait; echo closed",
        *(("closed",), "gtk-dialog"),
    ),
    Try(
        *("LibreOffice Writer", "prints a text", "/usr/bin/soffice"),
        "echo hello >$HOME/letter.txt; timeout 100 soffice --headless --pt ward $HOME/letter.txt 2>&1; true",
        *((), "letter"),
    ),
    Try(
        *("a Java program", "sees the printers, and prints", "/usr/bin/java"),
        "cd $HOME; timeout 100 java {folder}/Tried.java 2>&1",
        *(("ward",), "java"),
    ),
    Try(
        *("Chromium", "download, camera, popup, print", "/usr/bin/chromium"),
        f"{_CHROMIUM} {{folder}}/page.html >/dev/null 2>&1 & {_TITLED}; ls $HOME/Downloads; kill $!; sleep 1",
        *(("NotFoundError", "no-popup", "sheet.txt"), "tried"),
    ),
    Try(
        *("Firefox ESR", "download, camera, popup, print", "/usr/bin/firefox-esr"),
        "mkdir -p $HOME/f && cp {folder}/user.js $HOME/f/ && firefox-esr --profile $HOME/f {folder}/page.html"
        f" >/dev/null 2>&1 & {_TITLED}; ls $HOME/Downloads; pkill firefox; sleep 1",
        *(("NotFoundError", "no-popup", "sheet.txt"), "tried"),
    ),
    Try(
        *("xfreerdp to xrdp", "over TLS, its page to log in", "/usr/sbin/xrdp"),
        "xfreerdp /v:127.0.0.1:{xrdp} /cert:ignore /sec:tls /size:800x600 >$HOME/xrdp 2>&1 &"
        f"{_SEEN.format(colours=20)} tail -3 $HOME/xrdp; kill $!",
        ("seen", "drawn"),
    ),
    Try(
        *("xfreerdp", "a desktop of FreeRDP's shadow server", "/usr/bin/xfreerdp"),
        "xfreerdp /v:127.0.0.1:{port} /u:ada /p:x /cert:ignore /sec:rdp /size:600x400 >$HOME/rdp 2>&1 &"
        " timeout 60 xdotool search --sync --onlyvisible --name FreeRDP >/dev/null && echo seen; sleep 3;"
        " tail -3 $HOME/rdp; kill $!",
        ("seen",),
    ),
)
