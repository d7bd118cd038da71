# SPDX-License-Identifier: GPL-2.0-or-later
"""Who signed a module: the PKCS#7 message that scripts/sign-file.c appends to a .ko.

The file ends with the message, struct module_signature (include/linux/module_signature.h) and a line of text. The
message is a CMS SignedData (RFC 5652, section 5.1) in DER. Nothing here verifies it: only the kernel's keyrings could.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from abidb.errors import BadFormat
from abidb.records import Signature

MARKER = b"~Module signature appended~\n"
TRAILER = struct.Struct(">BBBBB3xI")  # algo, hash, id_type, signer_len, key_id_len, sig_len
PKEY_ID_PKCS7 = 2
LIMIT = 1 << 16  # bytes of a message; 711 in Debian's modules, a few thousand with certificates inside
SEQUENCE, SET, INTEGER, OBJECT, KEY_ID, TAGGED = 0x30, 0x31, 0x02, 0x06, 0x80, 0xA0
COMMON_NAME = bytes.fromhex("550403")  # id-at-commonName, 2.5.4.3
DIGESTS = {
    "2b0e03021a": "sha1",
    "608648016503040204": "sha224",
    "608648016503040201": "sha256",
    "608648016503040202": "sha384",
    "608648016503040203": "sha512",
    "608648016503040208": "sha3-256",
    "608648016503040209": "sha3-384",
    "60864801650304020a": "sha3-512",
}
MOST = 64  # values that one is made of; a signer's name has some 6 parts


class Value(NamedTuple):
    """One value of DER (X.690): its tag and its content."""

    tag: int
    content: bytes


def read(data: bytes) -> Signature | None:
    """Who signed the plain (not compressed) module `data`; None where no signature is appended. Raises BadFormat."""
    if data[-len(MARKER) :] != MARKER:
        return None
    end = len(data) - len(MARKER) - TRAILER.size
    if end < 0:
        raise BadFormat("signature of the module is cut short", len(data))
    _, _, kind, _, _, size = TRAILER.unpack_from(data, end)
    if not 0 < size <= min(end, LIMIT):
        raise BadFormat(f"signature of the module is said to have {size:,} bytes", end)
    if kind != PKEY_ID_PKCS7:  # until v4.3 a signature was kept in other ways
        return Signature("", "", "")
    return _signer(bytes(data[end - size : end]))


def _signer(message: bytes) -> Signature:
    """Of ContentInfo { contentType, [0] SignedData { …, signerInfos } } the first SignerInfo."""
    tagged = [value for value in _values(_first(message).content) if value.tag == TAGGED]
    signed = _values(_first(tagged[0].content).content) if tagged else []
    infos = _values(signed[-1].content) if signed and signed[-1].tag == SET else []
    if not infos:
        raise BadFormat("signature of the module names no signer")
    parts = _values(infos[0].content)
    if len(parts) < 3:
        raise BadFormat("signer of the module is cut short")
    name, key = _identity(parts[1])
    digests = [value.content.hex() for value in _values(parts[2].content) if value.tag == OBJECT]
    return Signature(name, key, DIGESTS.get(digests[0], "") if digests else "")


def _identity(value: Value) -> tuple[str, str]:
    """Name and key of SignerIdentifier: IssuerAndSerialNumber, or [0] SubjectKeyIdentifier, which has no name."""
    if value.tag == KEY_ID:
        return "", _hex(value.content)
    issuer_and_serial = _values(value.content)
    if [part.tag for part in issuer_and_serial] != [SEQUENCE, INTEGER]:
        raise BadFormat("signer of the module is told in an unknown way")
    return _common_name(issuer_and_serial[0].content), _hex(issuer_and_serial[1].content)


def _common_name(name: bytes) -> str:
    """RDNSequence: a SET each of SEQUENCE { type, value }."""
    for part in _values(name):
        for attribute in _values(part.content):
            pair = _values(attribute.content)
            if len(pair) == 2 and pair[0] == Value(OBJECT, COMMON_NAME):
                text = pair[1].content.decode("utf-8", "replace")[:200]
                return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
    return ""


def _hex(number: bytes) -> str:
    return ":".join(f"{byte:02X}" for byte in number[:64])


def _first(data: bytes) -> Value:
    values = _values(data, most=1)
    if not values:
        raise BadFormat("signature of the module is empty where it should not be")
    return values[0]


def _values(data: bytes, most: int = MOST) -> list[Value]:
    """The values that stand side by side in `data`."""
    found, at = list[Value](), 0
    while at < len(data) and len(found) < most:
        tag, start, end = _header(data, at)
        found.append(Value(tag, data[start:end]))
        at = end
    return found


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, start and end of the value at `at`; lengths are definite (X.690, 10.1) and of at most three bytes here."""
    head = data[at : at + 2]
    if len(head) == 2 and head[1] < 0x80:
        start, size = at + 2, head[1]
    elif len(head) == 2 and 0x81 <= head[1] <= 0x83:
        start = at + 2 + (head[1] & 0x7F)
        size = int.from_bytes(data[at + 2 : start])
    else:
        raise BadFormat("signature of the module is no DER", at)
    if start + size > len(data):
        raise BadFormat("signature of the module is cut short", at)
    return head[0], start, start + size
