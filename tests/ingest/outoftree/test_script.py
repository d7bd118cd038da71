# SPDX-License-Identifier: GPL-2.0-or-later
from io import BytesIO

import pytest

from abidb.errors import BadFormat
from ingest.outoftree import script
from ingest.outoftree.outcome import Left, Needed
from tests.builders.deb import make_tar

CONF = b"name\0a\0version\x001\0rule\0BUILD_X=1\0built\0x\0module\0m\0"


def read(**files):
    return script.read(BytesIO(make_tar({name.replace("__", "/"): data for name, data in files.items()})))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"1.conf": CONF}, "build left no exit status of dkms"),
        ({"1.conf": CONF, "1.status": b"10; x"}, "build left no exit status of dkms"),
        ({str(number): b"" for number in range(1025)}, "build left more than the 1,024 files that are allowed"),
    ],
)
def test_what_a_build_cannot_have_left_is_refused(files, message):
    with pytest.raises(BadFormat) as caught:
        read(**files)
    assert caught.value.what == message


def test_output_that_is_no_tar_is_refused():
    with pytest.raises(BadFormat):
        script.read(BytesIO(b"nothing of the kind"))


def test_all_that_a_build_left_is_told():
    files = {
        "./1.conf": CONF,
        "./1.status": b"7\n",
        "./2.conf": CONF,
        "./2.status": b"0\n",
        "./log": b"make\0\xff",
        "./tools": b"dkms-3.0.10\nx86_64-linux-gnu-gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0\n",
        "./modules/1/empty.ko": b"",
        "./modules/2/m.ko": b"ELF",
        "./outputs/work/log": b"seen",
        "./lacking": b"c\nc\nd\n",
        "./needed/3.conf": CONF,
        "./needed/3.status": b"0\n",
        "./needed/3.log": b"before\n",
        "./needed/3.exports": b"given\nother\n",
        "./needed/10.conf": CONF,
        "./needed/10.status": b"10\n",
    }
    rules = ("BUILD_X=1",)
    assert read(**files) == script.Result(
        left=(Left(7, rules, ("m",), frozenset()), Left(0, rules, ("m",), frozenset({"m"}))),
        needed=(
            Needed("a", Left(0, rules, ("m",), ("m",)), "before\n"),
            Needed("a", Left(10, rules, ("m",), ()), ""),
        ),
        lacking=("c", "d"),
        beside=frozenset({"given", "other"}),
        modules={"1/empty.ko": b"", "2/m.ko": b"ELF"},
        outputs={"work/log": b"seen"},
        log="make\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}",
        tools="dkms 3.0.10, x86_64-linux-gnu-gcc-12 12.2.0-14+deb12u1",
    )


def test_what_was_built_before_comes_first_in_the_log():
    found = read(
        **{
            "2.conf": CONF,
            "needed__2.conf": CONF,
            "needed__2.status": b"0",
            "needed__2.log": b"b\n",
            "log": b"o\n",
            "2.status": b"0",
        }
    )
    assert found.whole_log == "b\no\n"


def test_tools_that_do_not_say_who_they_are_are_not_named():
    assert read(**{"tools": b"bash: dkms: command not found\n"}).tools == ""
