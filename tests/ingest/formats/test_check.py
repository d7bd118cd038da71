# SPDX-License-Identifier: GPL-2.0-or-later
"""A stranger's file, read by a process of its own."""

from __future__ import annotations

import io
import resource
import subprocess
import sys

import pytest
from django.conf import settings

from abidb.checked import CheckedFile, CheckedModule, dumped, loaded
from abidb.errors import BadFormat
from abidb.records import Signature
from abidb.verdict import Candidate
from ingest.formats import check
from tests.builders.compress import compress
from tests.builders.deb import make_deb
from tests.builders.kernel import VERMAGIC, make_built, make_module
from tests.builders.records import make_export
from tests.builders.signature import make_signature

IMPORTS = {"module_layout": 0x10, "kfree": 0x11, "new": None}
MODULE = make_built(IMPORTS, name="tun", signature=make_signature())
CANDIDATE = Candidate("tun", ("GPL",), VERMAGIC, (), (("module_layout", 0x10), ("kfree", 0x11), ("new", None)))
SIGNATURE = Signature("DKMS module signing key", "5F:0A", "sha256")
READ = CheckedFile("module", (CheckedModule("", "62/64/little", SIGNATURE, CANDIDATE),))


def package(files, **fields):
    return make_deb({"Package": "zfs-modules", "Version": "1", "Architecture": "amd64"}, files, **fields)


def check_refuses(message, data):
    with pytest.raises(BadFormat) as raised:
        check.read(data)
    assert str(raised.value) == message


def run(data: bytes) -> subprocess.CompletedProcess[bytes]:
    """The process that the site starts."""
    command = [sys.executable, "-m", "ingest.formats.check"]
    return subprocess.run(command, input=data, capture_output=True, cwd=settings.BASE_DIR, check=False)


def test_an_empty_file_is_refused():
    check_refuses("the file is empty", b"")


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(check, "LIMIT", 10)
    check_refuses("file of 11 bytes is larger than the 10 allowed", b"\x7fELF" + bytes(7))


def test_a_package_of_sources_is_refused_and_told_what_to_do():
    said = "the package has no .ko file: a package of sources must be built first (dkms mkbmdeb)"
    check_refuses(said, package({"./usr/src/zfs-2.1/dkms.conf": b"", "./usr/src/zfs-2.1/a.ko.c": b""}))


def test_a_bad_module_of_a_package_is_named():
    bad = package({"./lib/modules/x/a.ko": MODULE, "./lib/modules/x/b.ko": b"MZ"})
    check_refuses("lib/modules/x/b.ko: not an ELF file (offset 0)", bad)


def test_a_package_of_too_many_modules_is_refused(monkeypatch):
    monkeypatch.setattr(check, "MOST_MODULES", 1)
    with pytest.raises(BadFormat, match="package of more than 1 modules"):
        check.read(package({"./a.ko": MODULE, "./b.ko": MODULE}))


def test_a_package_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(check, "UNPACKED", 1000)
    with pytest.raises(BadFormat, match="or 1,000 bytes of them"):
        check.read(package({"./a.ko": MODULE + bytes(1000)}))


def test_text_that_is_no_dump_is_refused():
    check_refuses(
        'neither a module nor a package, and as text: line 1 is not "0x12345678 symbol", as modprobe --dump-modversions prints it',
        b"root:x:0:0\n",
    )


@pytest.mark.parametrize("compression", ["", "xz", "gzip", "zstd"])
def test_a_module_is_read_whatever_it_is_packed_with(compression):
    assert check.read(compress(compression, MODULE) if compression else MODULE) == READ


def test_a_package_is_read_and_what_its_modules_take_from_each_other_is_told():
    spl = make_module([make_export("spl_init", module="spl", crc=7)], name="spl", extended_versions=False)
    zfs = make_built({"module_layout": 0x10, "spl_init": 7, "kfree": 0x11}, name="zfs")
    root = "./lib/modules/6.1.0-56-amd64/updates/dkms"
    found = check.read(package({f"{root}/spl.ko": spl, f"{root}/zfs.ko.xz": compress("xz", zfs), "./README": b"x"}))
    assert [(module.path, module.candidate.name, module.candidate.siblings) for module in found.modules] == [
        ("lib/modules/6.1.0-56-amd64/updates/dkms/spl.ko", "spl", frozenset()),
        ("lib/modules/6.1.0-56-amd64/updates/dkms/zfs.ko.xz", "zfs", frozenset({"spl_init"})),
    ]


def test_a_dump_is_read():
    found = check.read(b"0x00000010\tmodule_layout\n0x00000011\tkfree\n")
    imports = (("module_layout", 0x10), ("kfree", 0x11))
    assert found == CheckedFile("dump", (CheckedModule("", "", None, Candidate("", (), "", (), imports, dump=True)),))


def test_what_an_earlier_check_answered_is_read_again():
    assert check.read_carried(dumped(READ).encode()) == READ
    with pytest.raises(BadFormat, match="longer than the 2,097,152 allowed"):
        check.read_carried(b"{" * (2 << 20) + b"{")


def test_the_process_answers_on_its_output():
    ended = run(MODULE)
    assert (ended.returncode, loaded(ended.stdout), ended.stderr) == (0, READ, b"")


def test_the_process_refuses_with_one_line_and_a_status():
    ended = run(b"MZ" + bytes(100))
    said = b'neither a module nor a package, and as text: line 1 is not "0x12345678 symbol", as modprobe --dump-modversions prints it\n'
    assert (ended.returncode, ended.stdout, ended.stderr) == (65, b"", said)


def test_memory_that_does_not_suffice_is_a_refusal(monkeypatch):
    def devour(_data):
        raise MemoryError

    monkeypatch.setattr(check, "read", devour)
    complaint = io.StringIO()
    assert check.main(io.BytesIO(b"x"), io.StringIO(), complaint) == 65
    assert complaint.getvalue() == "reading it takes more than 1,024 MiB of memory\n"


def test_the_process_answers_in_this_one_alike():
    answer, complaint = io.StringIO(), io.StringIO()
    assert check.main(io.BytesIO(MODULE), answer, complaint) == 0
    assert (loaded(answer.getvalue()), complaint.getvalue()) == (READ, "")
    assert check.main(io.BytesIO(b""), answer, complaint) == 65
    assert complaint.getvalue() == "the file is empty\n"


def test_limits_are_set_and_never_above_those_that_hold_already(monkeypatch):
    given = {}
    monkeypatch.setattr(resource, "getrlimit", lambda what: (5, 5 if what == resource.RLIMIT_CPU else -1))
    monkeypatch.setattr(resource, "setrlimit", given.__setitem__)
    check.limit_process()
    assert given[resource.RLIMIT_CPU] == (5, 5)
    assert given[resource.RLIMIT_AS] == (check.MEMORY, check.MEMORY)
    assert given[resource.RLIMIT_CORE] == (0, 0)
