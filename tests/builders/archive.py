# SPDX-License-Identifier: GPL-2.0-or-later
"""Small signed Debian archives in a folder, and a web server on loopback that can misbehave."""

from __future__ import annotations

import datetime as dt
import email.utils
import gzip
import hashlib
import lzma
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import zstandard

from tests.builders.keys import Key

DATE = dt.datetime(2026, 11, 21, 9, 15, 44, tzinfo=dt.UTC)
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".xz": lzma.compress,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


@dataclass(frozen=True)
class MadeDeb:
    """A binary package with its stanza's fields; the content may be any bytes."""

    name: str
    version: str
    arch: str = "amd64"
    source: str = "linux"
    depends: str = ""
    content: bytes = b""
    component: str = "main"

    @property
    def filename(self) -> str:
        folder = self.source.partition(" ")[0]
        return f"pool/{self.component}/l/{folder}/{self.name}_{self.version.partition(':')[2] or self.version}_{self.arch}.deb"

    @property
    def data(self) -> bytes:
        return self.content or f"{self.name} {self.version} {self.arch}\n".encode() * 50

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def stanza(self) -> str:
        fields = {
            "Package": self.name,
            "Source": "" if self.source == self.name else self.source,
            "Version": self.version,
            "Architecture": self.arch,
            "Maintainer": "Debian Kernel Team",
            "Depends": self.depends,
            "Description": "a kernel\n of no account",
            "Filename": self.filename,
            "Size": str(len(self.data)),
            "SHA256": self.sha256,
        }
        return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


@dataclass(frozen=True)
class MadeSource:
    """A source package with the one file of it that is of interest; the content may be any bytes."""

    name: str
    version: str
    content: bytes = b""
    suffix: str = ".debian.tar.xz"

    @property
    def folder(self) -> str:
        return f"pool/main/l/{self.name}"

    @property
    def filename(self) -> str:
        return f"{self.name}_{self.version}{self.suffix}"

    @property
    def data(self) -> bytes:
        return self.content or f"{self.name} {self.version}\n".encode() * 50

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def stanza(self) -> str:
        sums = f"\n {'0' * 64} 7 {self.name}_{self.version}.dsc\n {self.sha256} {len(self.data)} {self.filename}"
        return (
            f"Package: {self.name}\nBinary: linux-doc\nVersion: {self.version}\nFormat: 3.0 (quilt)\n"
            f"Directory: {self.folder}\nChecksums-Sha256: {sums}\n"
        )


def sources_file(sources: Iterable[MadeSource]) -> bytes:
    """A Sources index."""
    return "\n".join(source.stanza() for source in sources).encode()


def packages_file(debs: Iterable[MadeDeb]) -> bytes:
    """A Packages index."""
    return "\n".join(deb.stanza() for deb in debs).encode()


def release_text(files: dict[str, bytes], **fields: str) -> str:
    """A Release file that lists `files`; a field given as "" is left out."""
    sums = "".join(f"\n {hashlib.sha256(data).hexdigest()} {len(data):8} {path}" for path, data in files.items())
    named = {
        "Origin": "Debian",
        "Label": "Debian",
        "Suite": "stable",
        "Version": "13.8",
        "Codename": "trixie",
        "Date": email.utils.format_datetime(DATE, usegmt=True),
        "Valid-Until": "",
        "Acquire-By-Hash": "",
        "Architectures": "all amd64 arm64",
        "Components": "main contrib",
        "SHA256": sums,
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    return "".join(f"{name}: {value}\n" for name, value in named.items() if value)


def write_suite(
    root: Path,
    key: Key,
    debs: Iterable[MadeDeb] = (),
    *,
    folder: str = "trixie",
    forms: Iterable[str] = (".xz",),
    sources: Iterable[MadeSource] = (),
    contents: Mapping[str, str] | None = None,
    apart: bool = False,
    digest: str = "SHA512",
    **fields: str,
) -> None:
    """A suite under `root`/dists with the debs in the pool; `fields` overrule those of its Release, as Valid_Until.

    `contents` are Contents indexes by path without suffix, as main/Contents-all.
    `apart`: with Release and Release.gpg in place of InRelease. `digest` is what is signed.
    """
    debs, sources, dists = list(debs), list(sources), root / "dists" / folder
    files: dict[str, bytes] = {}
    for component, arch in sorted({(deb.component, deb.arch) for deb in debs} or {("main", "amd64")}):
        plain = packages_file(deb for deb in debs if (deb.component, deb.arch) == (component, arch))
        path = f"{component}/binary-{arch}/Packages"
        files |= {path + suffix: FORMS[suffix](plain) for suffix in forms}
    files |= {f"{path}.gz": gzip.compress(text.encode()) for path, text in (contents or {}).items()}
    if sources:
        files |= {f"main/source/Sources{suffix}": FORMS[suffix](sources_file(sources)) for suffix in forms}
    for path, data in files.items():
        write(dists / path, data)
        if fields.get("Acquire_By_Hash") == "yes":
            write(dists / path.rpartition("/")[0] / "by-hash/SHA256" / hashlib.sha256(data).hexdigest(), data)
    for deb in debs:
        write(root / deb.filename, deb.data)
    for source in sources:
        write(root / source.folder / source.filename, source.data)
    names = {"Codename": folder} if "Codename" not in fields else {}
    text = release_text(files, **names, **fields)
    if apart:
        write(dists / "Release", text.encode())
        write(dists / "Release.gpg", key.sign_apart(text, digest))
    else:
        write(dists / "InRelease", key.sign(text, digest))


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@dataclass(frozen=True)
class Fault:
    """How a server answers one request other than it should. What is left at its default is as it should be."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None  #: in place of the file's
    cut: int | None = None  #: the connection ends after so many bytes of the body
    ignore_range: bool = False
    wrong_range: bool = False  #: answers a Range with another one
    no_length: bool = False  #: no Content-Length: the end of the connection is the end of the file
    stall: float = 0.0  #: seconds in the middle of the body
    drip: float = 0.0  #: seconds before each byte of the body


class Server(ThreadingHTTPServer):
    """Serves a folder; `faults` are used up one a request for that path, the last one stays if it is repeated."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.requests: list[tuple[str, str]] = []  #: path and Range of each request
        self.headers: list[dict[str, str]] = []
        self.lasting: set[str] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fault(self, path: str, *faults: Fault, lasting: bool = False) -> None:
        """The next requests for `path` (under /, without it) are answered so; the last one for ever if `lasting`."""
        self.faults["/" + path].extend(faults)
        if lasting:
            self.lasting.add("/" + path)

    def next_fault(self, path: str) -> Fault:
        waiting = self.faults[path]
        if len(waiting) == 1 and path in self.lasting:
            return waiting[0]
        return waiting.pop(0) if waiting else Fault()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.requests.append((self.path, wanted))
        self.server.headers.append(dict(self.headers))
        fault = self.server.next_fault(self.path)
        file = self.server.folder / self.path.lstrip("/")
        data = fault.content if fault.content is not None else file.read_bytes() if file.is_file() else None
        if fault.status:
            self._send(fault.status, b"", fault)
        elif data is None:
            self._send(404, b"", fault)
        elif wanted and not fault.ignore_range:
            self._send_rest(data, int(wanted.removeprefix("bytes=").rstrip("-")), fault)
        else:
            self._send(200, data, fault)

    def _send_rest(self, data: bytes, start: int, fault: Fault) -> None:
        if start >= len(data):
            self._send(416, b"", fault)
            return
        said = start + 1 if fault.wrong_range else start
        place = {"Content-Range": f"bytes {said}-{len(data) - 1}/{len(data)}"}
        self._send(206, data[start:], fault, place)

    def _send(self, status: int, body: bytes, fault: Fault, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        length = {} if fault.no_length else {"Content-Length": str(len(body))}
        for name, value in (length | (more or {}) | fault.headers).items():
            self.send_header(name, value)
        self.end_headers()
        while fault.drip and body:
            time.sleep(fault.drip)
            self.wfile.write(body[:1])
            body = body[1:]
        half = len(body) // 2 if fault.stall else 0
        self.wfile.write(body[:half])
        time.sleep(fault.stall)
        self.wfile.write(body[half : fault.cut])
        if fault.cut is not None or fault.no_length:
            self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """A server of `folder` on loopback."""
    server = Server(folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
