# SPDX-License-Identifier: GPL-2.0-or-later
"""A replica of Debian's snapshot service on loopback, as its source (file API, web application) says it answers.

Answers are as those of the service: a `_comment`, hashes beside names, the fileinfo only on request, an address
without its last slash moved to the one with it, a timestamp moved to the newest run that is not later, 404 for what it
does not know, Range and a length for files. It can misbehave as tests.builders.archive.Server can.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tests.builders.archive import Fault, MadeDeb

SEEN = "20091224T221904Z"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


class Replica(ThreadingHTTPServer):
    """What the service knows, and how it was asked."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder  #: FOLDER/NAME/TIMESTAMP is the archive NAME as it was then
        self.sources: dict[str, dict[str, list[str]]] = defaultdict(dict)  #: name → version → hashes
        self.binaries: dict[tuple[str, str], list[tuple[MadeDeb, str]]] = defaultdict(list)  #: deb and hash
        self.seen: dict[str, list[dict[str, object]]] = defaultdict(list)
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.requests: list[tuple[str, str]] = []  #: path with query, and Range, of each request

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def add(
        self,
        source: str,
        version: str,
        debs: Iterable[MadeDeb] = (),
        sources: Mapping[str, bytes] | None = None,
        first_seen: str = SEEN,
        archive: str = "debian",
    ) -> None:
        """A version of a source package: its binary packages, and its files by name."""
        hashes = self.sources[source].setdefault(version, [])
        for name, data in (sources or {}).items():
            hashes.append(self.see(name, data, f"/pool/main/l/{source}", first_seen, archive))
        for deb in debs:
            folder, _, name = deb.filename.rpartition("/")
            self.binaries[source, version].append((deb, self.see(name, deb.data, f"/{folder}", first_seen, archive)))

    def see(self, name: str, data: bytes, path: str, first_seen: str = SEEN, archive: str = "debian") -> str:
        """A file that the service saw in an archive; its hash."""
        digest = sha1(data)
        self.files[digest] = data
        self.seen[digest].append({
            "name": name, "archive_name": archive, "path": path, "first_seen": first_seen, "size": len(data)
        })  # fmt: skip
        return digest

    def fault(self, path: str, *faults: Fault) -> None:
        """The next requests for `path` (under /, without it, with its query) are answered so."""
        self.faults["/" + path].extend(faults)

    def asked(self, prefix: str = "/") -> list[str]:
        """The paths that were asked for so far, those that begin so."""
        return [path for path, _ in self.requests if path.startswith(prefix)]

    def answer(self, target: str) -> Answer:
        parts = urlsplit(target)
        words = [unquote(word) for word in parts.path.split("/")[1:]]
        match words:
            case ["mr", "package"] | ["mr", "package" | "binary", _] if words[-1]:
                return Answer(301, headers={"Location": f"{self.address}{parts.path}/"})
            case ["file", digest] if digest in self.files:
                return Answer(200, self.files[digest], {"Accept-Ranges": "bytes", "ETag": f'"{digest}"'})
            case ["archive", name, stamp, *path]:
                return self._archive(name, stamp, "/".join(path))
            case ["mr", *rest]:
                found = self._record(rest)
                return _json(found, "1" in parse_qs(parts.query).get("fileinfo", []), self.seen) if found else _absent()
        return _absent()

    def _record(self, words: list[str]) -> dict[str, object] | None:
        """What the machine-readable interface has at an address; None where it answers 404."""
        match words:
            case ["package", ""]:
                return {"result": [{"package": name} for name in sorted(self.sources)]}
            case ["package", name, ""] if name in self.sources:
                versions = sorted(self.sources[name], reverse=True)
                return {"package": name, "result": [{"version": version} for version in versions]}
            case ["package", name, version, what] if version in self.sources.get(name, {}):
                return {"package": name, "version": version, "result": self._version(name, version, what)}
            case ["binary", name, ""]:
                return {"binary": name, "result": self._binary(name)}
            case ["binary", name, version, "binfiles"]:
                return {"binary": name, "binary_version": version, "result": self._binfiles(name, version)}
            case ["file", digest, "info"] if digest in self.seen:
                return {"hash": digest, "result": self.seen[digest]}
        return None

    def _version(self, source: str, version: str, what: str) -> object:
        own = [{"hash": digest} for digest in self.sources[source][version]]
        names: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
        for deb, digest in self.binaries[source, version]:
            names[deb.name, deb.version].append({"architecture": deb.arch, "hash": digest})
        packages = [{"name": name, "version": its} for name, its in names]
        binaries = [{"name": name, "version": its, "files": files} for (name, its), files in names.items()]
        return {
            "srcfiles": own, "binpackages": packages, "allfiles": {"source": own, "binaries": binaries}
        }[what]  # fmt: skip

    def _binary(self, name: str) -> list[dict[str, str]]:
        return [
            {"name": name, "binary_version": deb.version, "source": source, "version": version}
            for (source, version), debs in self.binaries.items()
            for deb, _ in debs
            if deb.name == name
        ]

    def _binfiles(self, name: str, version: str) -> list[dict[str, str]]:
        debs = [found for several in self.binaries.values() for found in several]
        wanted = [(deb, digest) for deb, digest in debs if (deb.name, deb.version) == (name, version)]
        return [{"architecture": deb.arch, "hash": digest} for deb, digest in wanted]

    def _archive(self, name: str, stamp: str, path: str) -> Answer:
        runs = sorted(run.name for run in (self.folder / name).glob("*") if run.name <= stamp)
        if not runs:
            return _absent()
        if runs[-1] != stamp:
            return Answer(302, headers={"Location": f"/archive/{name}/{runs[-1]}/{path}"})
        file = self.folder / name / stamp / path
        return Answer(200, file.read_bytes()) if file.is_file() else _absent()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


def _json(found: dict[str, object], with_info: bool, seen: Mapping[str, object]) -> Answer:
    text = json.dumps(found)
    info = {"fileinfo": {digest: seen[digest] for digest in seen if digest in text}} if with_info else {}
    return Answer(200, json.dumps({"_comment": "foo", **found, **info}).encode(), {"Content-Type": "application/json"})


def _absent() -> Answer:
    return Answer(404, b"<!DOCTYPE html><title>404 Not Found</title>", {"Content-Type": "text/html"})


class _Handler(BaseHTTPRequestHandler):
    server: Replica
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.requests.append((self.path, wanted))
        waiting = self.server.faults[self.path]
        fault = waiting.pop(0) if waiting else Fault()
        found = self.server.answer(self.path)
        body = found.body if fault.content is None else fault.content
        if fault.status:
            self._send(Answer(fault.status), fault)
        elif wanted and found.status == 200 and not fault.ignore_range:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            place = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
            self._send(Answer(206, body[start:], {**found.headers, **place}), fault)
        else:
            self._send(Answer(found.status, body, found.headers), fault)

    def _send(self, answer: Answer, fault: Fault) -> None:
        self.send_response(answer.status)
        for name, value in ({"Content-Length": str(len(answer.body))} | dict(answer.headers) | fault.headers).items():
            self.send_header(name, value)
        self.end_headers()
        half = len(answer.body) // 2 if fault.stall else 0
        self.wfile.write(answer.body[:half])
        time.sleep(fault.stall)
        self.wfile.write(answer.body[half : fault.cut])
        if fault.cut is not None:
            self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@contextmanager
def replica(folder: Path) -> Iterator[Replica]:
    """The service on loopback; `folder` holds its archives."""
    server = Replica(folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
