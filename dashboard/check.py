# SPDX-License-Identifier: GPL-2.0-or-later
"""A stranger's file: taken into memory, read by another process, forgotten.

No byte of it is parsed here. The child (`python -m ingest.formats.check`) sets itself limits of CPU, memory and
output before it reads; here it gets a time limit, an empty environment, and files in memory as its standard streams.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Timer
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from abidb.checked import LONGEST, CheckedFile, loaded
from abidb.errors import AbidbError, BadFormat

LIMIT = 64 << 20  #: bytes of a file
FORM = 64 << 10  #: bytes that a form may have besides
AT_ONCE = 2  #: checks of one process; the others of its threads are for the rest of the site
RECEIVING = 3  #: files that one process receives at a time, however slowly they come
RECEIVE_SECONDS = 60.0  #: in which all of a file must be here; with a proxy that holds requests back it is at once
SECONDS = 30  #: of waiting for the child
COMPLAINT = 2000  #: bytes of what the child says against a file
EX_DATAERR = 65
MULTIPART = frozenset(("multipart/form-data",))
FORMS = MULTIPART | {"application/x-www-form-urlencoded"}
_PIECE = 1 << 20
_places, _receiving = BoundedSemaphore(AT_ONCE), BoundedSemaphore(RECEIVING)


class TooLarge(AbidbError):
    """The file has more than LIMIT bytes."""

    def __init__(self) -> None:
        super().__init__(f"a file may have {LIMIT >> 20} MiB")


class TooSlow(AbidbError):
    """The file did not come in time."""

    def __init__(self) -> None:
        super().__init__(f"the file was not here within {RECEIVE_SECONDS:.0f} seconds")


class Busy(AbidbError):
    """As many files are being checked as this process takes at a time."""

    def __init__(self) -> None:
        super().__init__("as many files are being checked as can be; try again in some seconds")


class Memory(FileUploadHandler):
    """Writes an uploaded file to a file in memory, and no more than LIMIT bytes of it."""

    def __init__(self, sink: BinaryIO, end: float) -> None:
        super().__init__()
        self._sink, self._end = sink, end
        self._files = 0

    def new_file(self, *args: object, **kwargs: object) -> None:
        self._files += 1
        if self._files > 1:
            raise BadFormat("a form may bring one file")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > LIMIT:
            raise TooLarge
        _in_time(self._end)
        self._sink.write(raw_data)

    def file_complete(self, file_size: int) -> None:
        return None

    def upload_interrupted(self) -> None:
        raise BadFormat("the upload was cut short")


@contextmanager
def place() -> Iterator[None]:
    """Room for one check of a file that is here; raises Busy where there is none."""
    with _one_of(_places):
        yield


@contextmanager
def _one_of(places: BoundedSemaphore) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        places.release()


def in_memory() -> BinaryIO:
    """A file that has no place on any disk."""
    return os.fdopen(os.memfd_create("check"), "w+b")


def refuse_large(request: HttpRequest) -> None:
    """Raises TooLarge before anything is read of a body that says that it is, BadFormat for one that does not say."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise BadFormat("the request does not say how long it is (Content-Length)")
    if not length.isdigit() or int(length) > LIMIT + FORM:
        raise TooLarge


def receive(request: HttpRequest, sink: BinaryIO, forms: frozenset[str] = FORMS) -> bool:
    """Take the file of a request: of a form the file or the text in it, else, or of other `forms`, the body itself.

    Tells whether it is what an earlier check answered, which only a form's text may be. Raises Busy, TooLarge, TooSlow,
    BadFormat, and what Django raises for a form that is none.
    """
    with _one_of(_receiving), _until_end(request) as end:
        try:
            carried = request.content_type in forms and _receive_form(request, sink, end)
            if request.content_type not in forms:
                _receive_body(request, sink, end)
        finally:
            _in_time(end)
    return carried


def _receive_form(request: HttpRequest, sink: BinaryIO, end: float) -> bool:
    request.upload_handlers = [Memory(sink, end)]
    text = request.POST.get("text", "").strip()  # which reads it all
    if sink.tell():
        return False
    sink.write(text.encode(errors="replace"))
    return text.startswith("{")


def _receive_body(request: HttpRequest, sink: BinaryIO, end: float) -> None:
    while piece := request.read(_PIECE):
        if sink.tell() + len(piece) > LIMIT:
            raise TooLarge
        _in_time(end)
        sink.write(piece)


def _in_time(end: float) -> None:
    if time.monotonic() > end:
        raise TooSlow


@contextmanager
def _until_end(request: HttpRequest) -> Iterator[float]:
    """When all must be here, by time.monotonic(). gunicorn reads until it has what it was asked for, byte by byte if
    the visitor likes: so nothing more is read of the connection then.
    """
    connection = request.META.get("gunicorn.socket")
    timer = Timer(RECEIVE_SECONDS, _hang_up, [connection])
    timer.daemon = True
    end = time.monotonic() + RECEIVE_SECONDS
    if connection is not None:
        timer.start()
    try:
        yield end
    finally:
        timer.cancel()


def _hang_up(connection: Any) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


def read(file: BinaryIO, *, carried: bool = False) -> CheckedFile:
    """What the child reads in a file, or in what an earlier check answered. Raises BadFormat where it cannot."""
    with in_memory() as answer, in_memory() as complaint:
        status = _status(file, answer, complaint, *["--carried"] * carried)
        if status == 0:
            return loaded(_content(answer, LONGEST + 1))
        if status == EX_DATAERR:
            raise BadFormat(_content(complaint, COMPLAINT).decode(errors="replace").strip())
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        raise BadFormat("reading it takes too long")
    raise BadFormat("it cannot be read")


def _content(file: BinaryIO, most: int) -> bytes:
    file.seek(0)
    return file.read(most)


def _status(file: BinaryIO, answer: BinaryIO, complaint: BinaryIO, *arguments: str) -> int:
    """Let the child read; its exit status, or the signal that ended it with a minus."""
    file.flush()
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    command = [sys.executable, "-s", "-B", "-m", "ingest.formats.check", *arguments]
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=file, stdout=answer, stderr=complaint, cwd=settings.BASE_DIR, env=environment
    ) as child:
        try:
            return child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()
