"""Apache with its configuration as it is handed out, started by nobody but the test."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.fakes.process_table import until
from tests.fakes.service_process import listens

CONF = Path(__file__).parents[2] / "installer" / "proxies" / "apache-openidc.conf"
REFUSED = CONF.with_name("kiosk-refused.html")
NAME = "chart.hospital.example"
PROGRAM = "/usr/sbin/apache2"
MODULES = "/usr/lib/apache2/modules"
_LOADED = (
    *("mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc"),
    *("headers", "proxy", "proxy_http", "rewrite", "ssl", "filter", "mime"),
)


def prelude(folder: Path, port: int, proxy: int) -> str:
    """What Debian's own files say, for one folder and port."""
    loaded = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in _LOADED)
    lines = (
        f"ServerRoot {folder}",
        f"PidFile {folder}/apache.pid",
        f"Mutex file:{folder} default",
        "ServerName localhost",
        f"Listen 127.0.0.1:{port}",
        "User www-data",
        "Group www-data",
        f"ErrorLog {folder}/apache.log",
        "StartServers 1",
        f"OIDCOutgoingProxy 127.0.0.1:{proxy}",
    )
    return f"{loaded}\n" + "\n".join(lines) + "\nTypesConfig /dev/null\n"


@contextmanager
def running(folder: Path, text: str, port: int) -> Iterator[None]:
    """With the whole configuration ``text``, for as long as the block lasts."""
    path = folder / "apache.conf"
    path.write_text(text)
    child = subprocess.Popen([PROGRAM, "-X", "-f", str(path)])
    try:
        until("Apache listens", lambda: listens(port) or child.poll() is not None)
        assert child.poll() is None, (folder / "apache.log").read_text()
        yield
    finally:
        child.terminate()
        child.wait(20)


@dataclass
class FrontBrowser:
    """A browser's requests to Apache at ``port``, with its cookies of that name alone."""

    http: httpx.AsyncClient
    port: int
    jar: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"https://{NAME}:{self.port}"

    async def get(self, where: str, **headers: str) -> httpx.Response:
        """``where``: a path, or a whole address of Apache's."""
        parts = urlsplit(where)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        sent = {"Host": f"{NAME}:{self.port}", **({"Cookie": cookies} if cookies else {}), **headers}
        url, more = f"https://127.0.0.1:{self.port}{path}", {"sni_hostname": NAME}
        answer = await self.http.get(url, headers=sent, extensions=more)
        self.http.cookies.clear()
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.jar.pop(name, None)
            if value and "max-age=0" not in line.lower() and "1970" not in line:
                self.jar[name] = value
        return answer
