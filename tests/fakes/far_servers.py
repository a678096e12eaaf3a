"""Servers of the other side: ``far_servers.py WHAT…``, each ``tcp=ADDRESS/PORT/NAME``, or of another kind.

A connection is told ``NAME``, then from where it came; a datagram is answered likewise. ``drain`` reads
all that comes and answers its length; ``echo`` sends it back. ``ready`` is printed once all of them listen.
"""

from __future__ import annotations

import http.server
import json
import socket
import sys
import threading
from collections.abc import Callable

Serve = Callable[[], None]

PAGE = """<!doctype html><meta charset="utf-8"><title>Records</title><script>
const asked = {method: "POST", headers: {"Content-Type": "application/json"}};
const wish = {action: "record.export", resource: "Patient/1", records: 1};
fetch("http://127.0.0.1:DOOR/step-up", {...asked, body: JSON.stringify(wish)})
  .then(answer => answer.json(), failure => ({failed: failure.name}))
  .then(said => fetch("/said", {method: "POST", body: JSON.stringify(said)}));
</script>"""


def tcp(address: str, port: int, name: str) -> Serve:
    server = _listens(address, port)

    def serve() -> None:
        while True:
            guest, peer = server.accept()
            with guest:
                guest.recv(100)  # what is left unread would reset the connection
                guest.sendall(f"{name} {peer[0]}".encode())

    return serve


def echo(address: str, port: int, name: str) -> Serve:
    server = _listens(address, port)

    def serve() -> None:
        while True:
            guest, _ = server.accept()
            threading.Thread(target=_echo, args=(guest,), daemon=True).start()

    return serve


def _echo(guest: socket.socket) -> None:
    guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with guest:
        while piece := guest.recv(1 << 16):
            guest.sendall(piece)


def drain(address: str, port: int, name: str) -> Serve:
    server = _listens(address, port)

    def serve() -> None:
        while True:
            guest, _ = server.accept()
            with guest:
                left = int(guest.recv(16, socket.MSG_WAITALL))
                buffer = bytearray(1 << 20)
                while left and (count := guest.recv_into(buffer)):
                    left -= count
                guest.sendall(str(left).encode())

    return serve


def page(address: str, port: int, name: str) -> Serve:
    """A page that rings at the doorbell of port ``name``; what its script was answered is printed."""
    html = PAGE.replace("DOOR", name).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(html)

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            print(json.dumps(said), flush=True)
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    return http.server.ThreadingHTTPServer((address, port), Handler).serve_forever


def udp(address: str, port: int, name: str) -> Serve:
    server = socket.socket(_family(address), socket.SOCK_DGRAM)
    server.bind((address, port))

    def serve() -> None:
        while True:
            _, peer = server.recvfrom(1500)
            server.sendto(name.encode(), peer)

    return serve


def _listens(address: str, port: int) -> socket.socket:
    return socket.create_server((address, port), family=_family(address), backlog=1024)


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


KINDS: dict[str, Callable[[str, int, str], Serve]] = {
    "tcp": tcp,
    "udp": udp,
    "drain": drain,
    "echo": echo,
    "page": page,
}


def main(*wanted: str) -> None:
    serving = []
    for what in wanted:
        kind, rest = what.split("=", 1)
        address, port, name = rest.rsplit("/", 2)
        serving.append(KINDS[kind](address, int(port), name))
    for serve in serving[1:]:
        threading.Thread(target=serve, daemon=True).start()
    print("ready", flush=True)
    serving[0]()


main(*sys.argv[1:])
