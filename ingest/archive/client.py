# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of an archive by http, https or file: asked for politely, a few times where asking again may help.

Addresses may hold credentials; no message shows them.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
import urllib3

from abidb.errors import BadArchive, NotThere, Unavailable

T = TypeVar("T")

CHUNK = 256 << 10
LEAST = 1000  # bytes a second: a server that sends less holds up whoever waits for it
LONGEST_WAIT = 60.0  # seconds: a server that wants to be left alone for longer is tried by the next run
PASSING = (408, 429, 500, 502, 503, 504)
NUMBER = re.compile(r"[0-9]{1,18}")  # longer ones are refused or not understood by what they are handed to
CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]+/([0-9]{1,18}|\*)")  # RFC 9110, 14.4


def unpaced(url: str) -> None:
    """Ask at once."""


def uncounted(size: int) -> None:
    """Nobody counts what is downloaded."""


@dataclass(frozen=True, slots=True)
class Client:
    """How archives are asked, and where what they sent is kept."""

    session: requests.Session
    cache: Path
    tries: int = 4
    timeout: tuple[float, float] = (10.0, 60.0)  #: seconds: to connect, and between two pieces of an answer
    pause: Callable[[float], None] = time.sleep
    arrived: Callable[[int], None] = uncounted  #: told of the bytes of each piece that came over the network
    before: Callable[[str], None] = unpaced  #: called with each address before it is asked; it may wait


@dataclass(frozen=True, slots=True)
class Answer:
    """A file on its way: where in the file the pieces begin, and how long the whole is where the server says so."""

    start: int
    size: int | None
    pieces: Iterator[bytes]


class Passing(Unavailable):
    """A failure that may be over in `wait` seconds (None: the server did not say)."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


def client(
    cache: Path,
    version: str,
    contact: str = "",
    arrived: Callable[[int], None] = uncounted,
    before: Callable[[str], None] = unpaced,
) -> Client:
    """A client that says who it is; `contact` is an address or URL for the mirror's operator."""
    session = requests.Session()
    session.headers["User-Agent"] = f"abidb/{version} (+{contact})" if contact else f"abidb/{version}"
    session.headers["Accept-Encoding"] = "identity"  # the checksums are those of the files as they lie there
    return Client(session, cache, arrived=arrived, before=before)


def shown(url: str) -> str:
    """`url` as it may be shown: without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def read(url: str, *, limit: int, client: Client) -> bytes:
    """All of a small file, at most `limit` bytes; raises NotThere, Unavailable, BadArchive."""

    def whole() -> bytes:
        data = bytearray()
        with answer(url, client) as got:
            for piece in got.pieces:
                data += piece
                if len(data) > limit:
                    raise BadArchive(f"{shown(url)} is larger than {limit:,} bytes")
        return bytes(data)

    return patiently(whole, client)


def patiently(attempt: Callable[[], T], client: Client) -> T:
    """What `attempt` returns, repeated with growing pauses while it raises Passing."""
    for tried in range(1, client.tries):
        try:
            return attempt()
        except Passing as failure:
            wait = 2.0 ** (tried - 1) if failure.wait is None else failure.wait
            if wait > LONGEST_WAIT:
                raise
            client.pause(wait)
    return attempt()


@contextmanager
def answer(url: str, client: Client, start: int = 0) -> Iterator[Answer]:
    """The file at `url` from byte `start` on, or from its beginning where the server will not skip.

    Raises NotThere, Passing, Unavailable; so do the pieces while they are read.
    """
    if url.startswith("file:"):
        with _local(url, start) as got:
            yield got
        return
    with _ask(url, client, start) as response:
        begin, size = _extent(response)
        if begin in (0, start):
            yield Answer(begin, size, _pieces(url, response, client))
            return
    with _ask(url, client, 0) as response:
        yield Answer(0, _extent(response)[1], _pieces(url, response, client))


@contextmanager
def _local(url: str, start: int) -> Iterator[Answer]:
    try:
        file = Path(unquote(urlsplit(url).path)).open("rb")  # noqa: SIM115 (the body's errors are not ours)
    except (FileNotFoundError, NotADirectoryError):
        raise NotThere(f"{url} is not there") from None
    except OSError as error:
        raise Unavailable(f"{url} cannot be read: {error.strerror}") from None
    with file:
        size = file.seek(0, 2)
        begin = file.seek(start if start <= size else 0)
        yield Answer(begin, size, iter(lambda: file.read(CHUNK), b""))


@contextmanager
def _ask(url: str, client: Client, start: int) -> Iterator[requests.Response]:
    headers = {"Range": f"bytes={start}-"} if start else {}
    client.before(url)
    try:
        response = client.session.get(url, headers=headers, stream=True, timeout=client.timeout)
    except requests.Timeout:
        raise Passing(f"{shown(url)}: no answer in time") from None
    except requests.exceptions.SSLError as error:
        raise Unavailable(f"{shown(url)}: no trusted connection: {error}") from None
    except requests.ConnectionError:
        raise Passing(f"{shown(url)}: the server cannot be reached") from None
    except (requests.RequestException, ValueError) as error:  # the latter for some addresses one is sent on to
        raise Unavailable(f"{shown(url)} cannot be asked for: {type(error).__name__}") from None
    with response:
        if not (response.status_code == 416 and start):
            _check_status(url, response)
        yield response


def _check_status(url: str, response: requests.Response) -> None:
    status = response.status_code
    if status in (404, 410):
        raise NotThere(f"{shown(url)} is not there (HTTP {status})")
    if status in PASSING:
        raise Passing(f"{shown(url)}: HTTP {status} {response.reason}", _retry_after(response))
    if status not in (200, 206):
        raise Unavailable(f"{shown(url)}: HTTP {status} {response.reason}")


def _retry_after(response: requests.Response) -> float | None:
    """Seconds of the Retry-After field (RFC 9110, 10.2.3): a number, or a date."""
    text = response.headers.get("Retry-After", "").strip()
    if NUMBER.fullmatch(text):
        return float(text)
    when = moment(text)
    return None if when is None else max(0.0, (when - dt.datetime.now(dt.UTC)).total_seconds())


def moment(text: str) -> dt.datetime | None:
    """The time that a field states as RFC 5322, 3.3 writes it, in UTC; None where it states none."""
    try:
        when = email.utils.parsedate_to_datetime(text)
        return when.replace(tzinfo=dt.UTC) if when.tzinfo is None else when.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _extent(response: requests.Response) -> tuple[int, int | None]:
    """Where in the file an answer begins (-1: not to be used), and the whole file's size where it is said."""
    if response.status_code == 200:
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if NUMBER.fullmatch(length) else None
    match = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status_code == 416 or not match:
        return -1, None
    return int(match[1]), None if match[2] == "*" else int(match[2])


def _pieces(url: str, response: requests.Response, client: Client) -> Iterator[bytes]:
    """The body as it was sent: some servers declare a .gz file as encoded, and requests would unpack it."""
    try:
        for piece in _brisk(url, response, client.timeout[1]):
            client.arrived(len(piece))
            yield piece
    except urllib3.exceptions.ReadTimeoutError:
        raise Passing(f"{shown(url)}: the server stopped sending") from None
    except (urllib3.exceptions.HTTPError, OSError):
        raise Passing(f"{shown(url)}: the connection broke off") from None


def _brisk(url: str, response: requests.Response, window: float) -> Iterator[bytes]:
    """Pieces as they come, as long as LEAST bytes a second come in each `window` seconds of waiting for them."""
    spent, came = 0.0, 0
    while True:
        begin = time.monotonic()
        piece = response.raw.read1(CHUNK, decode_content=False)
        spent, came = spent + time.monotonic() - begin, came + len(piece)
        if not piece:
            return
        yield piece
        if spent > window:
            if came < LEAST * window:
                raise Passing(f"{shown(url)}: the server sends less than {LEAST:,} bytes a second")
            spent, came = 0.0, 0
