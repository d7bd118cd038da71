# SPDX-License-Identifier: GPL-2.0-or-later
"""A stranger's file in the site: in memory, in another process, with bounds."""

from __future__ import annotations

import io
import socket
import sys
from threading import BoundedSemaphore

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from abidb.checked import dumped
from abidb.errors import BadFormat
from dashboard import check
from dashboard.check import Busy, TooLarge, TooSlow
from ingest.formats import check as reader
from tests.builders.kernel import make_built

MODULE = make_built({"module_layout": 0x10, "kfree": 0x11})
DUMP = "0x00000010\tmodule_layout\n"


def posted(data, **fields):
    return RequestFactory().post("/check/", data, **fields)


def content(request):
    with check.in_memory() as sink:
        check.receive(request, sink)
        sink.seek(0)
        return sink.read()


def read(data):
    with check.in_memory() as sink:
        sink.write(data)
        return check.read(sink)


def child(monkeypatch, code):
    """Another program in place of the reader."""
    program = sys.executable
    monkeypatch.setattr(check, "sys", type("Sys", (), {"executable": program}))
    popen = check.subprocess.Popen
    monkeypatch.setattr(check.subprocess, "Popen", lambda _command, **given: popen([program, "-c", code], **given))


@pytest.mark.parametrize("length", ["99999999999", "x", "-1"])
def test_a_body_that_says_that_it_is_too_large_is_refused_unread(length):
    request = posted(b"", content_type="application/octet-stream")
    request.META["CONTENT_LENGTH"] = length
    with pytest.raises(TooLarge, match="a file may have 64 MiB"):
        check.refuse_large(request)


@pytest.mark.parametrize("fields", [{}, {"content_type": "application/octet-stream"}])
def test_a_file_that_is_too_large_is_refused_while_it_is_read(monkeypatch, fields):
    monkeypatch.setattr(check, "LIMIT", 1000)
    data = bytes(1001) if fields else {"file": SimpleUploadedFile("a.ko", bytes(1001))}
    with pytest.raises(TooLarge):
        content(posted(data, **fields))


def test_a_form_with_two_files_is_refused():
    files = {"file": SimpleUploadedFile("a.ko", b"a"), "other": SimpleUploadedFile("b.ko", b"b")}
    with pytest.raises(BadFormat, match="a form may bring one file"):
        content(posted(files))


def test_an_upload_that_was_cut_short_is_refused():
    with pytest.raises(BadFormat, match="the upload was cut short"):
        check.Memory(io.BytesIO(), 0.0).upload_interrupted()


@pytest.mark.parametrize("fields", [{}, {"content_type": "application/octet-stream"}])
def test_a_file_that_does_not_come_in_time_is_refused(monkeypatch, fields):
    monkeypatch.setattr(check, "RECEIVE_SECONDS", -1.0)
    data = MODULE if fields else {"file": SimpleUploadedFile("a.ko", MODULE)}
    with pytest.raises(TooSlow, match="the file was not here within"):
        content(posted(data, **fields))


def test_a_connection_that_trickles_is_read_no_longer(monkeypatch):
    monkeypatch.setattr(check, "RECEIVE_SECONDS", 0.2)
    here, there = socket.socketpair()
    with here, there:
        request = posted(b"", content_type="application/octet-stream")
        request.META["gunicorn.socket"] = here
        request._stream = here.makefile("rb")
        there.sendall(b"a")
        with pytest.raises(TooSlow):
            content(request)


def test_no_more_files_are_received_at_a_time_than_leave_a_thread_for_others(monkeypatch):
    monkeypatch.setattr(check, "_receiving", BoundedSemaphore(1))
    with check._receiving, pytest.raises(Busy):
        content(posted({"text": DUMP}))
    assert content(posted({"text": DUMP})) == DUMP.strip().encode()


def test_a_file_is_received_before_it_takes_a_place():
    with check.place(), check.place():
        assert content(posted({"text": DUMP})) == DUMP.strip().encode()


def test_only_the_text_of_a_form_is_what_an_earlier_check_answered():
    carried = dumped(reader.read(MODULE))
    for data, fields, is_carried in (
        ({"text": carried}, {}, True),
        ({"file": SimpleUploadedFile("a", carried.encode())}, {}, False),
        (carried.encode(), {"content_type": "application/octet-stream"}, False),
    ):
        with check.in_memory() as sink:
            assert check.receive(posted(data, **fields), sink) is is_carried
    with check.in_memory() as sink:
        sink.write(carried.encode())
        assert check.read(sink, carried=True) == reader.read(MODULE)
        with pytest.raises(BadFormat, match="neither a module nor a package"):
            check.read(sink)


def test_more_checks_at_a_time_than_there_is_room_for_are_refused():
    with check.place(), check.place(), pytest.raises(Busy), check.place():
        raise AssertionError
    with check.place():
        pass


def test_a_file_of_a_form_its_text_or_the_body_is_taken():
    assert content(posted({"file": SimpleUploadedFile("a.ko", MODULE), "text": "no"})) == MODULE
    assert content(posted({"file": SimpleUploadedFile("a.ko", b""), "text": f" {DUMP} "})) == DUMP.strip().encode()
    assert content(posted({"text": DUMP})) == DUMP.strip().encode()
    assert content(posted("text=0x1%09a", content_type="application/x-www-form-urlencoded")) == b"0x1\ta"
    assert content(posted(MODULE, content_type="application/octet-stream")) == MODULE


def test_what_the_child_refuses_is_told_in_its_words():
    with pytest.raises(BadFormat, match="the file is empty"):
        read(b"")


def test_a_child_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(check, "SECONDS", 0.2)
    child(monkeypatch, "import time; time.sleep(60)")
    with pytest.raises(BadFormat, match="reading it takes too long"):
        read(MODULE)


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "import os; os.abort()"])
def test_a_child_that_breaks_down_has_not_read_it(monkeypatch, code):
    child(monkeypatch, code)
    with pytest.raises(BadFormat, match="it cannot be read"):
        read(MODULE)


@pytest.mark.parametrize("code", ["print('{}')", "print('x' * (17 << 20))", "pass"])
def test_a_child_that_answers_something_else_is_not_believed(monkeypatch, code):
    child(monkeypatch, code)
    with pytest.raises(BadFormat):
        read(MODULE)


def test_the_child_knows_nothing_of_the_site(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "secret")
    child(monkeypatch, "import os, sys; sys.exit(65 if 'DATABASE_URL' not in os.environ else 1)")
    with pytest.raises(BadFormat, match="^$"):
        read(MODULE)


def test_the_child_reads_what_the_reader_reads():
    assert dumped(read(MODULE)) == dumped(reader.read(MODULE))
