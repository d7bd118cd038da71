# SPDX-License-Identifier: GPL-2.0-or-later
import base64
import datetime as dt
import email.utils
from dataclasses import replace

import pytest
import requests

from abidb.errors import BadArchive, NotThere, Unavailable
from ingest.archive import client as clients
from ingest.archive.client import Passing, answer, read, shown
from tests.builders.archive import Fault


@pytest.fixture
def url(server, folder):
    (folder / "file").write_bytes(b"content")
    return f"{server.address}/file"


def check_refuses(url, client, error, message):
    with pytest.raises(error, match=message) as caught:
        read(url, limit=1000, client=client)
    return caught.value


@pytest.mark.parametrize("status", [404, 410])
def test_missing_file_is_asked_for_once(server, url, client, status):
    server.fault("file", Fault(status=status))
    check_refuses(url, client, NotThere, rf"/file is not there \(HTTP {status}\)")
    assert len(server.requests) == 1


def test_forbidden_file_is_asked_for_once(server, url, client):
    server.fault("file", Fault(status=403))
    check_refuses(url, client, Unavailable, "/file: HTTP 403 Forbidden")
    assert len(server.requests) == 1


def test_file_larger_than_it_may_be_is_refused(server, url, client):
    server.fault("file", Fault(content=b"x" * 2000))
    check_refuses(url, client, BadArchive, "/file is larger than 1,000 bytes")


def test_server_that_stays_broken_is_given_up_after_growing_waits(server, url, client, waits):
    server.fault("file", Fault(status=503), lasting=True)
    check_refuses(url, client, Unavailable, "/file: HTTP 503 Service Unavailable")
    assert (len(server.requests), waits) == (4, [1.0, 2.0, 4.0])


def test_server_that_wants_hours_of_peace_gets_them(server, url, client, waits):
    server.fault("file", Fault(status=429, headers={"Retry-After": "7200"}))
    assert check_refuses(url, client, Passing, "HTTP 429").wait == 7200
    assert (len(server.requests), waits) == (1, [])


def test_server_that_does_not_answer_is_given_up(server, url, client):
    server.fault("file", Fault(stall=1.0, content=b"xx"), lasting=True)
    check_refuses(url, client, Unavailable, "/file: the server stopped sending")


@pytest.mark.parametrize("chunked", [False, True])
def test_server_that_sends_a_byte_now_and_then_is_given_up(server, url, client, chunked):
    body = b"".join(b"1\r\nx\r\n" for _ in range(100)) if chunked else b"x" * 700
    headers = {"Transfer-Encoding": "chunked"} if chunked else {}
    server.fault("file", Fault(content=body, drip=0.01, headers=headers, no_length=chunked), lasting=True)
    check_refuses(url, client, Unavailable, "/file: the server sends less than 1,000 bytes a second")


def test_server_that_does_not_even_begin_is_given_up(client, monkeypatch):
    def get(*_, **__):
        raise requests.ReadTimeout

    monkeypatch.setattr(client.session, "get", get)
    check_refuses("http://archive.invalid/x", client, Unavailable, "^http://archive.invalid/x: no answer in time$")


def test_connection_that_breaks_every_time_is_given_up(server, url, client):
    server.fault("file", Fault(cut=3), lasting=True)
    check_refuses(url, client, Unavailable, "/file: the connection broke off")


def test_server_that_is_not_there_is_said(server, url, client):
    server.shutdown()
    server.server_close()
    check_refuses(url, client, Unavailable, "/file: the server cannot be reached")


def test_certificate_that_is_not_trusted_is_said_at_once(client, waits, monkeypatch):
    def get(*_, **__):
        raise requests.exceptions.SSLError("certificate verify failed")

    monkeypatch.setattr(client.session, "get", get)
    check_refuses("https://archive.invalid/x", client, Unavailable, "no trusted connection: certificate verify failed")
    assert waits == []


def test_redirect_in_circles_is_refused(server, url, client):
    server.fault("file", Fault(status=302, headers={"Location": url}), lasting=True)
    check_refuses(url, client, Unavailable, "/file cannot be asked for: TooManyRedirects")


def test_redirect_to_the_disk_is_refused(server, url, client):
    server.fault("file", Fault(status=302, headers={"Location": "file:///etc/passwd"}))
    check_refuses(url, client, Unavailable, "/file cannot be asked for: InvalidSchema")


def test_redirect_to_what_is_no_address_is_refused(client, monkeypatch):
    def get(*_, **__):
        raise ValueError("Invalid IPv6 URL")  # what requests lets out for `Location: http://[`

    monkeypatch.setattr(client.session, "get", get)
    check_refuses("http://archive.invalid/x", client, Unavailable, "^http://archive.invalid/x cannot be asked for")


@pytest.mark.parametrize(("name", "message"), [("none", "none is not there"), ("file/below", "below is not there")])
def test_local_file_that_is_not_there_is_said(folder, client, name, message):
    (folder / "file").write_bytes(b"")
    check_refuses(f"file://{folder}/{name}", client, NotThere, message)


def test_local_folder_is_no_file(folder, client):
    check_refuses(folder.as_uri(), client, Unavailable, "cannot be read: Is a directory")


def test_redirect_is_followed(server, url, client, folder):
    (folder / "new").write_bytes(b"there")
    server.fault("file", Fault(status=301, headers={"Location": "/new"}))
    assert read(url, limit=1000, client=client) == b"there"


def test_server_that_recovers_is_asked_again(server, url, client, waits):
    server.fault("file", Fault(status=503), Fault(status=503, headers={"Retry-After": "7"}), Fault(cut=2))
    assert (read(url, limit=1000, client=client), waits) == (b"content", [1.0, 7.0, 4.0])


def test_wait_may_be_given_as_a_date(server, url, client, waits):
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30)
    server.fault("file", Fault(status=503, headers={"Retry-After": email.utils.format_datetime(soon, usegmt=True)}))
    read(url, limit=1000, client=client)
    assert 20 < waits[0] <= 30


@pytest.mark.parametrize("text", ["", "soon", "-1", "9" * 400, "\xb2", "Fri, 31 Dec 9999 23:59:00 -2359"])
def test_wait_that_cannot_be_one_counts_as_none(server, url, client, waits, text):
    server.fault("file", Fault(status=503, headers={"Retry-After": text}))
    read(url, limit=1000, client=client)
    assert waits == [1.0]


@pytest.mark.parametrize("length", ["9" * 5000, "\xb2", "-1", "7,7", "seven"])
def test_length_that_cannot_be_one_counts_as_none(server, url, client, length):
    server.fault("file", Fault(headers={"Content-Length": length}, no_length=True))
    with answer(url, client) as got:
        assert got.size is None


@pytest.mark.parametrize("extent", ["bytes 3-6/" + "9" * 5000, "bytes " + "9" * 5000 + "-6/7", "bytes \xb2-6/7", ""])
def test_part_that_cannot_be_one_is_not_used(server, url, client, extent):
    server.fault("file", Fault(status=206, headers={"Content-Range": extent}))
    with answer(url, client, start=3) as got:
        assert (got.start, got.size) == (0, 7)


def test_password_is_used_but_not_shown(server, url, client):
    secret = url.replace("http://", "http://user:pass%40word@")
    assert read(secret, limit=1000, client=client) == b"content"
    token = server.headers[0]["Authorization"].removeprefix("Basic ")
    server.fault("file", Fault(status=404))
    error = check_refuses(secret, client, NotThere, "not there")
    assert (base64.b64decode(token), str(error), shown(secret)) == (
        b"user:pass@word",
        f"{url} is not there (HTTP 404)",
        url,
    )


@pytest.mark.parametrize(
    ("contact", "expected"), [("", "abidb/1.0"), ("https://abidb.example", "abidb/1.0 (+https://abidb.example)")]
)
def test_client_says_who_it_is_and_wants_files_as_they_are(server, url, tmp_path, contact, expected):
    made = clients.client(tmp_path, "1.0", contact)
    with made.session:
        read(url, limit=1000, client=made)
    assert (server.headers[0]["User-Agent"], server.headers[0]["Accept-Encoding"]) == (expected, "identity")


def test_each_request_may_have_to_wait_for_its_turn(server, url, client, folder):
    asked = []
    server.fault("file", Fault(status=503))
    paced = replace(client, before=asked.append)
    read(url, limit=1000, client=paced)
    read((folder / "file").as_uri(), limit=1000, client=paced)
    assert asked == [url, url]


def test_bytes_that_come_over_the_network_are_counted(server, url, client, folder):
    came = []
    counting = replace(client, arrived=came.append)
    server.fault("file", Fault(cut=3))
    read(url, limit=1000, client=counting)
    read((folder / "file").as_uri(), limit=1000, client=counting)
    assert came == [3, 7]
