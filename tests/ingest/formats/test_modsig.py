# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.errors import BadFormat
from abidb.records import Signature
from ingest.formats import modsig
from tests.builders import signature
from tests.builders.signature import MARKER, appended, issuer, key_id, make_signature, message, name, value

ELF = b"\x7fELF" + bytes(100)


def check_refuses(text, end):
    with pytest.raises(BadFormat) as raised:
        modsig.read(ELF + end)
    assert raised.value.what == text


def test_a_file_that_is_shorter_than_a_trailer_is_refused():
    with pytest.raises(BadFormat) as raised:
        modsig.read(b"\0" * 11 + MARKER)
    assert raised.value.what == "signature of the module is cut short"


@pytest.mark.parametrize("size", [0, 1 << 17, (1 << 32) - 1])
def test_a_size_that_cannot_be_one_is_refused(size):
    check_refuses(f"signature of the module is said to have {size:,} bytes", appended(message(issuer()), size=size))


def test_a_message_without_signers_is_refused():
    nobody = value(0x30, value(6, signature.SIGNED_DATA), value(0xA0, value(0x30, value(2, b"\1"), value(0x31))))
    check_refuses("signature of the module names no signer", appended(nobody))
    check_refuses("signature of the module names no signer", appended(value(0x30, value(6, b"\1"))))


def test_a_signer_of_two_parts_is_refused():
    signed = value(0x30, value(0x31, value(0x30, value(2, b"\1"), issuer())))
    check_refuses("signer of the module is cut short", appended(value(0x30, value(0xA0, signed))))


def test_a_signer_that_is_neither_a_name_nor_a_key_is_refused():
    check_refuses("signer of the module is told in an unknown way", appended(message(value(0x30, value(2, b"\1")))))


def test_an_empty_message_is_refused():
    check_refuses("signature of the module is empty where it should not be", appended(value(0x30, value(0xA0))))


def test_what_is_no_der_is_refused():
    check_refuses("signature of the module is no DER", appended(b"\x30"))
    check_refuses("signature of the module is no DER", appended(b"\x30\x80\0\0"))


def test_a_value_that_is_longer_than_the_message_is_refused():
    check_refuses("signature of the module is cut short", appended(b"\x30\x10\0"))


def test_a_module_without_the_marker_is_not_signed():
    assert modsig.read(ELF) is None


def test_a_signature_of_an_older_kind_says_nothing_of_its_signer():
    assert modsig.read(ELF + appended(b"old", kind=1)) == Signature("", "", "")


def test_the_issuer_and_the_serial_number_of_the_certificate_are_told():
    assert modsig.read(ELF + make_signature()) == Signature("DKMS module signing key", "5F:0A", "sha256")


def test_a_key_identifier_has_no_name():
    assert modsig.read(ELF + appended(message(key_id()))) == Signature("", "AB:CD", "sha256")


def test_a_digest_that_is_not_known_is_not_told():
    assert modsig.read(ELF + appended(message(key_id(), digest=b"\1\2"))) == Signature("", "AB:CD", "")


def test_an_issuer_may_have_no_common_name():
    who = value(0x30, name((signature.ORGANISATION, "nobody")), value(2, b"\1"))
    assert modsig.read(ELF + appended(message(who))) == Signature("", "01", "sha256")


def test_signs_that_cannot_be_printed_do_not_reach_a_page():
    found = modsig.read(ELF + make_signature("a\x1b[31m\nb"))
    assert found is not None
    assert found.signer == "a\ufffd[31m\ufffdb"
