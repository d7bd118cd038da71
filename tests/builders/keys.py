# SPDX-License-Identifier: GPL-2.0-or-later
"""Throw-away keys that sign archives, today's and those of ended releases."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Key:
    """A throw-away key that signs archives."""

    home: Path
    fingerprint: str
    public: Path  #: its keyring, as gpgv reads it
    armored: str
    then: tuple[str, ...] = ()  #: options of gpg that make it the time at which the key was good

    def sign(self, text: str, digest: str = "SHA512") -> bytes:
        """`text`, clear-signed."""
        return self._gpg("--digest-algo", digest, "--clearsign", given=text.encode())

    def sign_apart(self, text: str, digest: str = "SHA512") -> bytes:
        """A signature of `text`, as Release.gpg holds it."""
        return self._gpg("--digest-algo", digest, "--armor", "--detach-sign", given=text.encode())

    def _gpg(self, *arguments: str, given: bytes = b"") -> bytes:
        return gpg(self.home, *self.then, "--local-user", self.fingerprint, *arguments, given=given)


def gpg(home: Path, *arguments: str, given: bytes = b"") -> bytes:
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    return subprocess.run([*command, *arguments], input=given, capture_output=True, check=True).stdout


@contextmanager
def made_key(home: Path, name: str, *, algorithm: str = "ed25519", year: int | None = None) -> Iterator[Key]:
    """A new key in folder `home`, whose agent is stopped afterwards; of `year`, it expired a year later."""
    home.mkdir(mode=0o700, parents=True)
    born = ("--faked-system-time", f"{year}0101T000000") if year else ()
    then = ("--faked-system-time", f"{year}0601T000000") if year else ()
    expires = "1y" if year else "never"
    try:
        gpg(home, *born, "--quick-generate-key", f"{name} <{name}@example.invalid>", algorithm, "sign", expires)
        listing = gpg(home, "--with-colons", "--list-keys").decode()
        public = home / "public.gpg"
        public.write_bytes(gpg(home, "--export"))
        fingerprint = re.search(r"^fpr:+([0-9A-F]{40}):", listing, re.MULTILINE)[1]
        yield Key(home, fingerprint, public, gpg(home, "--export", "--armor").decode(), then)
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
