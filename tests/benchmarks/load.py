"""One client: sends requests that were made beforehand, each when the last is answered, and notes how long each took.

``python -m tests.benchmarks.load CA PORT PLAN`` connects, prints ``ready``, waits for a line on standard input, sends
the plan (a JSON list of ``{path, headers, body}``), and prints ``{"begun", "ended", "taken": [seconds], "bad"}``.
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import time
from pathlib import Path


def main(ca: str, port: str, plan: str) -> None:
    requests = json.loads(Path(plan).read_text())
    connection = http.client.HTTPSConnection(
        "localhost", int(port), timeout=30, context=ssl.create_default_context(cafile=ca)
    )
    connection.connect()
    print("ready", flush=True)
    sys.stdin.readline()
    taken, bad = [], []
    begun = time.monotonic()
    for request in requests:
        sent = time.monotonic()
        connection.request("POST", request["path"], request["body"], request["headers"])
        response = connection.getresponse()
        answer = response.read()
        taken.append(time.monotonic() - sent)
        if response.status != 200 or (b'"state"' in answer and b'"done"' not in answer):
            bad.append(answer.decode()[:300])
    ended = time.monotonic()
    print(json.dumps({"begun": begun, "ended": ended, "taken": taken, "bad": bad}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
