# SPDX-License-Identifier: GPL-2.0-or-later
"""Signatures as scripts/sign-file.c appends them to a module: CMS SignedData in DER, a trailer, a line of text."""

from __future__ import annotations

import struct

SHA256 = bytes.fromhex("608648016503040201")
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
DATA = bytes.fromhex("2a864886f70d010701")
COMMON_NAME = bytes.fromhex("550403")
ORGANISATION = bytes.fromhex("55040a")
MARKER = b"~Module signature appended~\n"


def value(tag: int, *parts: bytes) -> bytes:
    """One value of DER around others."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 + len(length)]) + length + content


def name(*parts: tuple[bytes, str]) -> bytes:
    """A distinguished name."""
    return value(0x30, *(value(0x31, value(0x30, value(6, oid), value(12, text.encode()))) for oid, text in parts))


def issuer(common: str = "DKMS module signing key", serial: bytes = b"\x5f\x0a") -> bytes:
    """IssuerAndSerialNumber."""
    return value(0x30, name((ORGANISATION, "nobody"), (COMMON_NAME, common)), value(2, serial))


def key_id(identifier: bytes = b"\xab\xcd") -> bytes:
    """[0] SubjectKeyIdentifier."""
    return value(0x80, identifier)


def message(who: bytes, digest: bytes = SHA256) -> bytes:
    """A whole message with one signer."""
    algorithm = value(0x30, value(6, digest))
    signer = value(0x30, value(2, b"\x01"), who, algorithm, algorithm, value(4, bytes(256)))
    signed = value(0x30, value(2, b"\x01"), value(0x31, algorithm), value(0x30, value(6, DATA)), value(0x31, signer))
    return value(0x30, value(6, SIGNED_DATA), value(0xA0, signed))


def appended(content: bytes, *, kind: int = 2, size: int | None = None) -> bytes:
    """What follows the ELF file."""
    trailer = struct.pack(">BBBBB3xI", 0, 0, kind, 0, 0, len(content) if size is None else size)
    return content + trailer + MARKER


def make_signature(common: str = "DKMS module signing key", serial: bytes = b"\x5f\x0a") -> bytes:
    """A signature as of a key of the machine's owner."""
    return appended(message(issuer(common, serial)))
