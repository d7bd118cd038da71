# SPDX-License-Identifier: GPL-2.0-or-later
import shutil
import subprocess

import pytest

from abidb.errors import BadArchive, Unavailable
from ingest.archive import signature
from ingest.archive.signature import Signed, Trust, keyring, signed_apart, signed_text, take_apart
from tests.builders.keys import gpg

TEXT = "Suite: stable\n- dashed\n\ntrailing blanks  \nDate: today\n"
SIGNED = b"Suite: stable\n- dashed\n\ntrailing blanks\nDate: today"


@pytest.fixture(params=["gpgv", "sqv"])
def tool(request, monkeypatch):
    """Only this tool is there."""
    found = shutil.which(request.param)
    if not found:
        pytest.skip(f"{request.param} is missing: `make system-tools` installs it (package {request.param})")
    monkeypatch.setattr(signature.shutil, "which", lambda name: found if name == request.param else None)
    return request.param


def check_refuses(data, keys, message, **more):
    with pytest.raises(BadArchive, match=message):
        signed_text(data, Trust(keys, **more), "InRelease")


def keys_of(*keys):
    return keyring(key.public.read_bytes() for key in keys)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: TEXT.encode(),
        lambda data: b"",
        lambda data: b"Suite: other\n\n" + data,
        lambda data: data + b"Suite: other\n",
        lambda data: data + data,
        lambda data: data.replace(b"-----BEGIN PGP SIGNATURE-----", b""),
        lambda data: data.replace(b"-----END PGP SIGNATURE-----", b""),
        lambda data: data.replace(b"Hash: ", b"Charset: "),
        lambda data: data.replace(b"Hash: SHA512\n\n", b"Hash: SHA512\n").replace(b"\n\n", b"\n"),
        lambda data: data.replace(b"- - dashed", b"-dashed"),
    ],
)
def test_file_that_is_not_one_signed_message_and_nothing_else_is_refused(key, change):
    with pytest.raises(BadArchive, match="InRelease is not one clear-signed message"):
        take_apart(change(key.sign(TEXT)), "InRelease")


def test_changed_text_is_refused(key, tool):
    check_refuses(key.sign(TEXT).replace(b"today", b"later"), keys_of(key), "InRelease: the signature does not")


def test_strangers_signature_is_refused(key, stranger, tool):
    messages = {"gpgv": "InRelease: signed by no key of the keyring", "sqv": "InRelease: the signature does not hold: "}
    check_refuses(stranger.sign(TEXT), keys_of(key), messages[tool])


def test_empty_keyring_trusts_nobody(key, tool):
    check_refuses(key.sign(TEXT), b"", "InRelease: ")


def test_signature_that_is_no_signature_is_refused(key, tool):
    data = key.sign(TEXT)
    start = data.index(b"-----BEGIN PGP SIGNATURE-----\n\n") + 31
    broken = data[:start] + b"AAAA\n" + data[data.index(b"-----END") :]
    check_refuses(broken, keys_of(key), "InRelease: the signature ")


def test_key_of_the_keyring_that_the_source_does_not_name_is_refused(key, tool):
    message = f"InRelease is signed by {key.fingerprint}, not by a key that its source names"
    check_refuses(key.sign(TEXT), keys_of(key), message, fingerprints=("A" * 40,))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("EXPKEYSIG 0123\n[GNUPG:] VALIDSIG 0123", "the key that signed has expired"),
        ("REVKEYSIG 0123\n[GNUPG:] VALIDSIG 0123", "the key that signed was revoked"),
        ("EXPSIG 0123\n[GNUPG:] VALIDSIG 0123", "the signature has expired"),
        ("GOODSIG 0123\n[GNUPG:] VALIDSIG 0123\n[GNUPG:] BADSIG 4567", "the signature does not fit the text"),
        ("NODATA", "the signature cannot be verified: gpgv: alas"),
    ],
)
def test_signature_that_gpgv_does_not_call_good_is_refused(key, tmp_path, monkeypatch, lines, message):
    program = tmp_path / "gpgv"
    program.write_text(f"#!/bin/sh\necho '[GNUPG:] {lines}'\necho gpgv: alas >&2\n")
    program.chmod(0o700)
    data = key.sign(TEXT)
    monkeypatch.setattr(signature.shutil, "which", lambda name: str(program))
    check_refuses(data, keys_of(key), f"InRelease: {message}")


def test_key_that_has_expired_is_refused_of_a_release_that_lives(old_key):
    check_refuses(old_key.sign(TEXT), keys_of(old_key), "InRelease: the key that signed has expired")


def test_signature_of_a_digest_that_can_be_forged_is_refused_of_a_release_that_lives(key, old_key):
    check_refuses(old_key.sign(TEXT, "SHA1"), keys_of(old_key), "InRelease: the signature cannot be verified")


def test_changed_text_is_refused_of_an_ended_release_too(old_key):
    data = old_key.sign(TEXT).replace(b"today", b"later")
    check_refuses(data, keys_of(old_key), "InRelease: the signature does not fit the text", ended=True)


def test_stranger_is_refused_of_an_ended_release_too(old_key, stranger):
    check_refuses(stranger.sign(TEXT), keys_of(old_key), "InRelease: signed by no key of the keyring", ended=True)


def test_signature_that_stands_apart_is_refused_for_another_text(key, tool):
    with pytest.raises(BadArchive, match="Release: the signature does not"):
        signed_apart(b"other", key.sign_apart(TEXT), Trust(keys_of(key)), "Release")


def test_keyring_with_a_broken_armor_is_refused(key):
    with pytest.raises(BadArchive, match="a keyring's armor does not hold"):
        keyring([key.armored.replace("=\n", "\n").replace("\n\n", "\n\nA", 1).encode()])


def test_without_a_tool_it_is_said_what_to_install(key, monkeypatch):
    monkeypatch.setattr(signature.shutil, "which", lambda name: None)
    with pytest.raises(Unavailable, match="neither gpgv nor sqv .* apt-get install gpgv"):
        signed_text(key.sign(TEXT), Trust(keys_of(key)), "InRelease")


def test_tool_that_hangs_is_ended(key, tool, monkeypatch):
    data = key.sign(TEXT)

    def run(command, **_):
        raise subprocess.TimeoutExpired(command, 60)

    monkeypatch.setattr(signature.subprocess, "run", run)
    with pytest.raises(Unavailable, match=f"{tool} did not finish with InRelease"):
        signed_text(data, Trust(keys_of(key)), "InRelease")


def test_signed_text_is_returned_as_it_was_verified(key, tool):
    assert signed_text(key.sign(TEXT), Trust(keys_of(key)), "InRelease") == Signed(SIGNED)


def test_text_with_other_line_ends_is_the_same_text(key, tool):
    data = key.sign(TEXT).replace(b"\n", b"\r\n")
    assert signed_text(data, Trust(keys_of(key)), "InRelease") == Signed(SIGNED)


def test_any_key_of_an_armored_and_a_binary_keyring_may_sign(key, stranger, tool):
    keys = keyring([stranger.public.read_bytes(), key.armored.encode()])
    data = key.sign(TEXT)
    assert signed_text(data, Trust(keys, (key.fingerprint,)), "InRelease") == Signed(SIGNED)


def test_one_good_signature_is_enough_where_another_key_is_not_at_hand(key, stranger, tool, tmp_path):
    gpg(key.home, "--import", given=gpg(stranger.home, "--export-secret-keys"))
    both = ("--local-user", key.fingerprint, "--local-user", stranger.fingerprint)
    data = gpg(key.home, *both, "--clearsign", given=TEXT.encode())
    assert signed_text(data, Trust(keys_of(stranger)), "InRelease") == Signed(SIGNED)


def test_signature_that_stands_apart_vouches_for_every_byte_of_its_text(key, tool):
    signed = signed_apart(TEXT.encode(), key.sign_apart(TEXT), Trust(keys_of(key)), "Release")
    assert signed == Signed(TEXT.encode())


@pytest.mark.parametrize(("digest", "more"), [("SHA512", ()), ("SHA1", ("signed with SHA-1",))])
def test_expired_key_and_old_digest_of_an_ended_release_are_accepted_and_said(old_key, digest, more):
    signed = signed_text(old_key.sign(TEXT, digest), Trust(keys_of(old_key), ended=True), "InRelease")
    remark = f"signed by key {old_key.fingerprint}, which has expired"
    assert signed == Signed(SIGNED, (remark, *more))


def test_nothing_is_said_of_an_ended_release_that_a_good_key_signed_too(key, old_key):
    both = b"".join(
        gpg(one.home, *one.then, "--local-user", one.fingerprint, "--detach-sign", given=SIGNED)
        for one in (old_key, key)
    )
    trust = Trust(keys_of(key, old_key), ended=True)
    assert signed_apart(SIGNED, both, trust, "Release") == Signed(SIGNED)
