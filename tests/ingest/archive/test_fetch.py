# SPDX-License-Identifier: GPL-2.0-or-later
import errno
import hashlib
import multiprocessing
import os

import pytest
import requests

from abidb.errors import BadArchive, NotThere, Unavailable
from ingest.archive import fetch as fetching
from ingest.archive.cache import cached, path_of
from ingest.archive.client import Client
from ingest.archive.fetch import fetch
from tests.builders.archive import Fault

DATA = bytes(range(256)) * 4096  # 1 MiB
SHA = hashlib.sha256(DATA).hexdigest()
SHA1 = hashlib.sha1(DATA).hexdigest()
OTHER = b"other" * 1000


@pytest.fixture
def url(server, folder):
    (folder / "deb").write_bytes(DATA)
    return f"{server.address}/deb"


def get(url, client, **changes):
    return fetch(url, **({"size": len(DATA), "digest": SHA, "client": client} | changes))


def check_refuses(url, client, error, message, **changes):
    with pytest.raises(error, match=message):
        get(url, client, **changes)
    assert [path for path in client.cache.rglob("*") if path.is_file()] == []


def ranges(server):
    return [wanted for _, wanted in server.requests]


def begin(client, data):
    part = path_of(client.cache, SHA).with_suffix(".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(data)


def test_file_that_the_server_lacks_is_asked_for_once(server, url, client):
    with pytest.raises(NotThere, match=r"/gone is not there \(HTTP 404\)$"):
        get(f"{server.address}/gone", client)
    assert (len(server.requests), cached(client.cache, SHA)) == (1, None)


def test_wrong_bytes_are_refused_with_both_digests(server, url, client):
    wrong = DATA[:-1] + b"!"
    server.fault("deb", Fault(content=wrong))
    found = hashlib.sha256(wrong).hexdigest()
    check_refuses(url, client, BadArchive, f"has SHA-256 {found}, but is listed with {SHA}")


def test_wrong_bytes_are_refused_by_their_sha1_where_that_is_what_is_known(server, url, client):
    server.fault("deb", Fault(content=DATA[:-1] + b"!"))
    check_refuses(url, client, BadArchive, f"has SHA-1 [0-9a-f]{{40}}, but is listed with {SHA1}", digest=SHA1)


def test_file_of_another_size_is_refused_before_it_is_read(server, url, client):
    server.fault("deb", Fault(content=DATA + b"more"))
    check_refuses(url, client, BadArchive, "has 1,048,580 bytes, but is listed with 1,048,576")


def test_server_that_sends_more_than_listed_is_cut_off(server, url, client):
    server.fault("deb", Fault(content=DATA * 20, no_length=True))
    check_refuses(url, client, BadArchive, "goes on after the 1,048,576 bytes that are listed")


def test_name_that_is_no_digest_touches_no_file(url, client):
    check_refuses(url, client, BadArchive, "'../../etc/passwd' is neither SHA-256 nor SHA-1", digest="../../etc/passwd")


def test_server_that_breaks_off_every_time_is_given_up_and_the_part_kept(server, url, client):
    server.fault("deb", Fault(cut=10, no_length=True), lasting=True)
    with pytest.raises(Unavailable, match="broke off after 40 of 1,048,576 bytes"):
        get(url, client)
    assert (ranges(server), path_of(client.cache, SHA).with_suffix(".part").read_bytes()) == (
        ["", "bytes=10-", "bytes=20-", "bytes=30-"],
        DATA[:40],
    )


def test_full_disk_is_said_and_leaves_no_file(url, client, monkeypatch):
    def full(part, *_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(fetching, "_append", full)
    check_refuses(url, client, Unavailable, "^no space left on the disk of the cache$")


def test_error_of_the_disk_itself_is_not_hidden(url, client, monkeypatch):
    def broken(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fetching, "_digest", broken)
    check_refuses(url, client, OSError, "Input/output error")


def test_cache_that_cannot_be_made_is_said(url, client):
    client.cache.write_bytes(b"a file")
    with pytest.raises(Unavailable, match="^the cache cannot be written: "):
        get(url, client)


def test_fetched_file_is_whole_and_its_progress_told(url, client):
    heard = []
    path = get(url, client, progress=lambda done, total: heard.append((done, total)))
    assert (path.read_bytes(), path, heard[-1], heard == sorted(heard)) == (
        DATA,
        client.cache / SHA[:2] / SHA,
        (len(DATA), len(DATA)),
        True,
    )


def test_file_known_by_its_sha1_is_cached_under_that(url, client):
    path = get(url, client, digest=SHA1)
    assert (path.read_bytes(), path) == (DATA, client.cache / SHA1[:2] / SHA1)


def test_empty_file_is_fetched(server, folder, client):
    (folder / "empty").write_bytes(b"")
    path = fetch(f"{server.address}/empty", size=0, digest=hashlib.sha256().hexdigest(), client=client)
    assert path.read_bytes() == b""


def test_cached_file_is_not_asked_for_again(server, url, client):
    first = get(url, client)
    assert (get(url, client), len(server.requests)) == (first, 1)


def test_cached_file_of_another_size_is_fetched_anew(server, url, client):
    get(url, client).write_bytes(b"damaged")
    assert (get(url, client).read_bytes(), len(server.requests)) == (DATA, 2)


def test_cut_transfer_goes_on_where_it_broke_off(server, url, client, waits):
    server.fault("deb", Fault(cut=300_000), Fault(cut=300_000))
    get(url, client)
    assert (ranges(server), waits) == (["", "bytes=300000-", "bytes=600000-"], [1.0, 2.0])


def test_stalled_transfer_goes_on_where_it_stood(server, url, client):
    server.fault("deb", Fault(stall=2.0))
    assert get(url, client).read_bytes() == DATA
    assert ranges(server) == ["", "bytes=524288-"]


def test_part_of_an_earlier_run_is_completed(server, url, client):
    begin(client, DATA[:1000])
    get(url, client)
    assert ranges(server) == ["bytes=1000-"]


def test_whole_part_of_an_earlier_run_needs_no_request(server, url, client):
    begin(client, DATA)
    assert (get(url, client).read_bytes(), server.requests) == (DATA, [])


def test_part_that_belongs_to_another_file_is_thrown_away_and_all_fetched_anew(server, url, client):
    begin(client, OTHER)
    assert get(url, client).read_bytes() == DATA
    assert ranges(server) == ["bytes=5000-", ""]


def test_part_longer_than_the_file_is_thrown_away(server, url, client):
    begin(client, DATA + OTHER)
    assert get(url, client).read_bytes() == DATA
    assert ranges(server) == [""]


def test_part_longer_than_what_the_server_has_is_a_mismatch(server, url, client):
    begin(client, DATA[:5000])
    server.fault("deb", Fault(content=OTHER), Fault(content=OTHER))
    check_refuses(url, client, BadArchive, "has 5,000 bytes, but is listed with 1,048,576")


@pytest.mark.parametrize("fault", [Fault(ignore_range=True), Fault(wrong_range=True)])
def test_server_that_does_not_skip_is_read_from_the_beginning(server, url, client, fault):
    begin(client, DATA[:1000])
    server.fault("deb", fault)
    assert get(url, client).read_bytes() == DATA


def test_content_encoding_does_not_unpack_the_file(server, url, client):
    server.fault("deb", Fault(headers={"Content-Encoding": "gzip"}))
    assert get(url, client).read_bytes() == DATA


def test_local_archive_is_read_like_any_other(folder, client):
    (folder / "a deb").write_bytes(DATA)
    begin(client, DATA[:1000])
    assert get((folder / "a deb").as_uri(), client).read_bytes() == DATA


def other_process(url, cache, barrier, found):
    with requests.Session() as session:
        barrier.wait()
        found.put(get(url, Client(session, cache)).read_bytes() == DATA)


def test_two_processes_at_once_fetch_a_file_once(server, url, client):
    server.fault("deb", Fault(stall=0.3))
    spawn = multiprocessing.get_context("spawn")
    barrier, found = spawn.Barrier(2), spawn.Queue()
    both = [spawn.Process(target=other_process, args=(url, client.cache, barrier, found)) for _ in range(2)]
    for process in both:
        process.start()
    results = [found.get(timeout=60) for _ in both]
    for process in both:
        process.join()
    assert (results, len(server.requests)) == ([True, True], 1)


def test_file_that_another_finished_while_waiting_is_taken(server, url, client, monkeypatch):
    path = get(url, client)
    answers = iter([None, path])
    monkeypatch.setattr(fetching, "cached", lambda *_: next(answers))
    assert (get(url, client), len(server.requests)) == (path, 1)
