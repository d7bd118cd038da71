# SPDX-License-Identifier: GPL-2.0-or-later
"""Signed files: what is signed in them, once gpgv or sqv has verified it against given keys.

A clear-signed file is taken apart here (RFC 9580, 7), and the tool is given the very bytes that are returned: nothing
that stands outside the signature can be taken for signed.
"""

from __future__ import annotations

import base64
import binascii
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from abidb.errors import BadArchive, Unavailable

BEGIN_MESSAGE = b"-----BEGIN PGP SIGNED MESSAGE-----"
BEGIN_SIGNATURE = b"-----BEGIN PGP SIGNATURE-----"
END_SIGNATURE = b"-----END PGP SIGNATURE-----"
ARMOR = re.compile(
    r"-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\n(?:[^\n]+: [^\n]*\n)*\s*\n(?P<body>.*?)^(?:=[^\n]{4}\s*\n)?"
    r"-----END PGP PUBLIC KEY BLOCK-----",
    re.DOTALL | re.MULTILINE,
)
VERDICTS = ("GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG")
WEAK = {"1": "MD5", "2": "SHA-1", "3": "RIPEMD-160"}  # RFC 9580, 9.5
INSTALL = "neither gpgv nor sqv is there to verify the archive's signatures; install one: apt-get install gpgv"


@dataclass(frozen=True, slots=True)
class Trust:
    """Who may sign, and how strictly that is taken."""

    keys: bytes  #: as keyring() makes them
    fingerprints: Collection[str] = ()  #: where given, one of these primary keys must have signed
    ended: bool = False  #: of an archive that nobody signs anew: keys that have expired since and SHA-1 are accepted


@dataclass(frozen=True, slots=True)
class Signed:
    """What is signed, and what of the signature was accepted only because its archive has ended."""

    text: bytes
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Signature:
    """One that fits the text, as gpgv tells of it."""

    word: str  #: GOODSIG, EXPKEYSIG
    primary: str  #: fingerprint of the primary key
    weak: str  #: name of a digest that can be forged; "" for others

    @property
    def remarks(self) -> tuple[str, ...]:
        expired = (f"signed by key {self.primary}, which has expired",) if self.word == "EXPKEYSIG" else ()
        return (*expired, *((f"signed with {self.weak}",) if self.weak else ()))


def signed_text(data: bytes, trust: Trust, what: str) -> Signed:
    """What is signed in the clear-signed `data`.

    Raises BadArchive(`what` and why) where the signature does not hold, Unavailable where no tool can tell.
    """
    text, signature = take_apart(data, what)
    return signed_apart(text, signature, trust, what)


def signed_apart(text: bytes, signature: bytes, trust: Trust, what: str) -> Signed:
    """`text`, of which `signature` is the detached signature; raises as signed_text() does."""
    with tempfile.TemporaryDirectory(prefix="abidb-") as folder:
        for name, content in (("keys.gpg", trust.keys), ("signature", signature), ("text", text)):
            Path(folder, name).write_bytes(content)
        found = _verify(folder, what, trust.ended)
    named = [one for one in found if not trust.fingerprints or one.primary in trust.fingerprints]
    if not named:
        signers = ", ".join(sorted(one.primary for one in found))
        raise BadArchive(f"{what} is signed by {signers}, not by a key that its source names")
    return Signed(text, min((one.remarks for one in named), key=len))


def take_apart(data: bytes, what: str) -> tuple[bytes, bytes]:
    """The signed text and the armored signature of a file that is one clear-signed message and nothing else."""
    lines = [line.rstrip(b" \t\r") for line in data.rstrip(b"\n").split(b"\n")]
    if lines[0] != BEGIN_MESSAGE or lines[-1] != END_SIGNATURE or lines.count(BEGIN_SIGNATURE) != 1 or b"" not in lines:
        raise BadArchive(f"{what} is not one clear-signed message")
    body, end = lines.index(b"") + 1, lines.index(BEGIN_SIGNATURE)
    armor_headers = lines[1 : body - 1]
    text = [line.removeprefix(b"- ") for line in lines[body:end]]
    dashed = any(line.startswith(b"-") and not line.startswith(b"- ") for line in lines[body:end])
    if dashed or body > end or not all(line.startswith(b"Hash: ") for line in armor_headers):
        raise BadArchive(f"{what} is not one clear-signed message")
    return b"\n".join(text), b"\n".join([*lines[end:], b""])


def keyring(sources: Iterable[bytes]) -> bytes:
    """One binary keyring of several keyring files, each binary or armored: what gpgv reads."""
    return b"".join(_dearmored(source) for source in sources)


def _dearmored(source: bytes) -> bytes:
    if b"-----BEGIN PGP PUBLIC KEY BLOCK-----" not in source:
        return source
    text = source.decode("ascii", "replace").replace("\r", "")
    try:
        return b"".join(base64.b64decode(block["body"]) for block in ARMOR.finditer(text))
    except binascii.Error as error:
        raise BadArchive(f"a keyring's armor does not hold: {error}") from None


def _verify(folder: str, what: str, ended: bool) -> list[_Signature]:
    """The signatures that hold; at least one."""
    keys, signature, text = f"{folder}/keys.gpg", f"{folder}/signature", f"{folder}/text"
    if gpgv := shutil.which("gpgv"):
        strict = [] if ended else ["--weak-digest", "SHA1"]
        command = [gpgv, "--status-fd", "1", *strict, "--keyring", keys, signature, text]
        return _gpgv_signatures(_run(command, what), what, ("GOODSIG", "EXPKEYSIG") if ended else ("GOODSIG",))
    if sqv := shutil.which("sqv"):  # knows no leniency: an ended archive needs gpgv
        return _sqv_signatures(_run([sqv, "--keyring", keys, signature, text], what), what)
    raise Unavailable(INSTALL)


def _run(command: list[str], what: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} did not finish with {what}") from None


def _gpgv_signatures(done: subprocess.CompletedProcess[str], what: str, accepted: Collection[str]) -> list[_Signature]:
    """As apt judges (methods/gpgv.cc): one good signature is enough, one that is bad is too much.

    The exit status is no guide: it is a failure as soon as one of several keys is not in the keyring. The words are
    those of GnuPG's doc/DETAILS: VALIDSIG follows the verdict on the same signature.
    """
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("[GNUPG:] ")]
    words = [line[1] for line in lines]
    found, word = [], ""
    for line in lines:
        if line[1] in VERDICTS:
            word = line[1]
        elif line[1] == "VALIDSIG" and word in accepted:
            primary, digest = (line[11], line[9]) if len(line) > 11 else (line[2], "")
            found.append(_Signature(word, primary, WEAK.get(digest, "")))
    if not found or "BADSIG" in words:
        raise BadArchive(f"{what}: {_why(set(words), done)}")
    return found


def _why(words: set[str], done: subprocess.CompletedProcess[str]) -> str:
    reasons = {
        "BADSIG": "the signature does not fit the text",
        "EXPKEYSIG": "the key that signed has expired",
        "REVKEYSIG": "the key that signed was revoked",
        "EXPSIG": "the signature has expired",
        "NO_PUBKEY": "signed by no key of the keyring",
    }
    known = next((reason for word, reason in reasons.items() if word in words), None)
    return known or f"the signature cannot be verified: {done.stderr.strip()[-200:]}"


def _sqv_signatures(done: subprocess.CompletedProcess[str], what: str) -> list[_Signature]:
    """sqv prints the fingerprints of the certificates whose signature holds and fails where there is none."""
    signers = done.stdout.split()
    if done.returncode or not signers:
        raise BadArchive(f"{what}: the signature does not hold: {' '.join(done.stderr.split())[:200]}")
    return [_Signature("GOODSIG", signer, "") for signer in signers]
