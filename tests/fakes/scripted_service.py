"""A service that answers each request with the bytes that the test gives, whole, cut, late or twice. Plain HTTP."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

TOKEN = b'{"access_token":"at","token_type":"DPoP","expires_in":600}'


@dataclass(frozen=True, slots=True)
class Answer:
    """``data``: everything that is sent. ``end``: hang up after it. ``late``: wait for the client to hang up first."""

    data: bytes
    end: bool = False
    late: bool = False


def whole(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """An HTTP/1.1 answer."""
    return b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        status.encode(),
        kind.encode(),
        len(body),
        body,
    )


class ScriptedService:
    """``asked``: method and path of each request, in order. Requests for a token are answered well unless told."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = {"/oauth/token": Answer(whole(TOKEN)), **answers}
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def times(self, path: str) -> int:
        """How often ``path`` was asked for."""
        return sum(line.split(" ")[1] == path for line in self.asked)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, suppress(ConnectionError):
            while line := lines.readline():
                length = 0
                while (header := lines.readline()) not in (b"\r\n", b""):
                    if header.lower().startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                lines.read(length)
                self.asked.append(line.decode().strip())
                if not self._answer(connection, self.answers[line.decode().split(" ")[1]]):
                    return

    def _answer(self, connection: socket.socket, answer: Answer) -> bool:
        try:
            connection.sendall(answer.data)
            if answer.late:
                connection.recv(1)
        except OSError:
            return False
        return not (answer.end or answer.late)


def faults(good: bytes) -> dict[str, Answer]:
    """What may come in place of ``good``, the JSON of an answer, by a name for the test."""
    full = whole(good)
    body = full.index(b"\r\n\r\n") + 4
    wrong: Callable[[bytes], Answer] = lambda data: Answer(data, end=True)  # noqa: E731  # one word for many rows
    return {
        "nothing at all": wrong(b""),
        "cut in the status": wrong(full[:9]),
        "cut in a header": wrong(full[: body - 10]),
        "cut before the body": wrong(full[:body]),
        "cut in the body": wrong(full[: body + len(good) // 2]),
        "cut before the last byte": wrong(full[:-1]),
        "late": Answer(full[: body + 1], late=True),
        "no HTTP": wrong(b"\x00\xff SSH-2.0-OpenSSH\r\n\r\n"),
        "no JSON": wrong(whole(b"<html>proxy</html>", kind="text/html")),
        "no UTF-8": wrong(whole(b'{"code":"\xff\xfe"}')),
        "another shape": wrong(whole(b'{"id":1,"state":[]}')),
        "another type": wrong(whole(b"[]")),
        "empty": wrong(whole(b"")),
        "half of the JSON, as long as said": wrong(whole(good[: len(good) // 2])),
        "twice in one body": wrong(whole(good + good)),
        "too long": wrong(whole(json.dumps({"x": "y" * (1 << 20)}).encode())),
        "an error of a proxy": wrong(whole(b"<h1>Bad Gateway</h1>", "502 Bad Gateway", "text/html")),
        "an error that is no UTF-8": wrong(whole(b'{"code":"\xff","detail":""}', "500 Internal Server Error")),
        "an error of another shape": wrong(whole(b'{"code":7}', "500 Internal Server Error")),
        "a redirection": wrong(whole(b"", "302 Found\r\nLocation: http://127.0.0.1:1/")),
    }
