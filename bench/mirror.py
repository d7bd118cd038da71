# SPDX-License-Identifier: GPL-2.0-or-later
"""A mirror on loopback that stands before real ones, and misbehaves as often as it is told to."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

STALL = 3.0  # seconds in the middle of a body
FAULTS = ("404", "503", "cut", "wrong", "stall")


class Mirror(ThreadingHTTPServer):
    """`roots` are below /0, /1, …; what it was asked for once, or finds in `files`, it has."""

    daemon_threads = True

    def __init__(self, roots: list[str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.roots = roots
        self.files: dict[str, Path] = {}  #: in a cache, by path below their root
        self.memory: dict[str, tuple[int, bytes]] = {}
        self.faults = 0.0  #: how many of the requests go wrong
        self.chance = random.Random(1)
        self.done: Counter[str] = Counter()

    @property
    def addresses(self) -> str:
        return " ".join(f"http://127.0.0.1:{self.server_port}/{n}" for n in range(len(self.roots)))

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: who asks is killed now and then."""

    def fault(self) -> str:
        """What goes wrong with this request; "" for nothing."""
        found = self.chance.choice(FAULTS) if self.chance.random() < self.faults else ""
        self.done[found] += 1
        return found

    def content(self, path: str) -> tuple[int, bytes]:
        _, number, below = path.split("/", 2)
        if file := self.files.get(below):
            return 200, file.read_bytes()
        if path not in self.memory:
            answer = requests.get(f"{self.roots[int(number)]}/{below}", timeout=60)
            self.memory[path] = answer.status_code, answer.content if answer.status_code == 200 else b""
        return self.memory[path]


class Handler(BaseHTTPRequestHandler):
    server: Mirror
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        fault, (status, body) = self.server.fault(), self.server.content(self.path)
        start = self._start(len(body)) if status == 200 else 0
        if fault in ("404", "503"):
            status, body, start = int(fault), b"", 0
        if fault == "wrong" and body:
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        self.send_response(206 if start else status)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if fault == "503":
            self.send_header("Retry-After", "1")
        body = body[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._send(body, fault)

    def _start(self, size: int) -> int:
        start = int(self.headers.get("Range", "bytes=0-")[6:].rstrip("-"))
        return start if start < size else 0

    def _send(self, body: bytes, fault: str) -> None:
        half = len(body) // 2
        try:
            self.wfile.write(body[:half])
            if fault == "cut":
                self.close_connection = True
                return
            if fault == "stall":
                time.sleep(STALL)
            self.wfile.write(body[half:])
        except OSError:  # who asked is gone
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what matters is counted."""


@contextmanager
def mirror(roots: list[str]) -> Iterator[Mirror]:
    """A mirror that answers as long as the context lasts."""
    with Mirror(roots) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        try:
            yield made
        finally:
            made.shutdown()


def environment_for(made: Mirror, keyring: Path, data: Path) -> dict[str, str]:
    """For commands of abidb that are to use this mirror alone."""
    given = {"ABIDB_DATA": data, "ABIDB_MIRROR": made.addresses, "ABIDB_KEYRING": keyring, "ABIDB_LOOK_HOURS": 0}
    return {**os.environ, **{name: str(value) for name, value in given.items()}}
