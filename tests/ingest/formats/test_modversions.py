# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.errors import BadFormat
from abidb.records import Import
from ingest.formats import modversions

TEXT = b"0x1ae61fff\tmodule_layout\n0x00000037\tkfree\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "there is no line with a CRC and a symbol"),
        (b"\n \r\n", "there is no line with a CRC and a symbol"),
        (b"root:x:0:0", 'line 1 is not "0x12345678 symbol", as modprobe --dump-modversions prints it'),
        (TEXT + b"0x1 a b", 'line 3 is not "0x12345678 symbol", as modprobe --dump-modversions prints it'),
        (b"0x1\t\xff", 'line 1 is not "0x12345678 symbol", as modprobe --dump-modversions prints it'),
        (b"0x100000000\ta", "CRC of line 1 is more than 32 bits long"),
        (TEXT + b"0x38 kfree", "line 3 gives kfree another CRC than a line before"),
    ],
)
def test_another_text_is_refused(text, message):
    with pytest.raises(BadFormat) as raised:
        modversions.read(text)
    assert str(raised.value) == message


def test_a_text_longer_than_any_module_has_is_refused(monkeypatch):
    monkeypatch.setattr(modversions, "MOST", 1)
    with pytest.raises(BadFormat, match="2 lines, more than the 1 allowed"):
        modversions.read(TEXT)
    monkeypatch.setattr(modversions, "LIMIT", 10)
    with pytest.raises(BadFormat, match="longer than the 10 allowed"):
        modversions.read(TEXT)


def test_the_output_of_modprobe_is_read():
    assert modversions.read(TEXT) == (Import("module_layout", 0x1AE61FFF), Import("kfree", 0x37))


def test_what_passing_through_a_form_does_to_it_does_not_matter():
    pasted = TEXT.replace(b"\n", b"\r\n").replace(b"\t", b"   ") + b"\r\n" + TEXT
    assert modversions.read(pasted) == modversions.read(TEXT)
