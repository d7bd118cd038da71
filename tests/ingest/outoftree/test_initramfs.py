# SPDX-License-Identifier: GPL-2.0-or-later
import subprocess

import pytest

from ingest.outoftree import initramfs
from ingest.outoftree.initramfs import File, archive


def test_files_larger_than_a_kernel_can_place_are_refused(monkeypatch):
    monkeypatch.setattr(initramfs, "LIMIT", 3)
    with pytest.raises(ValueError, match="files of more than 3 bytes"):
        archive({"a": File(b"12"), "b": File(b"34")})


def test_an_archive_is_headers_names_and_contents_each_filled_up_to_four_bytes():
    header = b"070701" + b"%08X" * 2 + b"00000000" * 2 + b"00000001" + b"00000000" + b"%08X" + b"00000000" * 4 + b"%08X"
    assert archive({"bin/sh": File(b"12345", program=True), "m": File(b"")}) == (
        header % (1, 0o040755, 0, 4) + b"00000000" + b"bin\0\0\0"
        + header % (2, 0o100755, 5, 7) + b"00000000" + b"bin/sh\0\0\0\0" + b"12345\0\0\0"
        + header % (3, 0o100644, 0, 2) + b"00000000" + b"m\0"
        + (header % (0, 0, 0, 11) + b"00000000" + b"TRAILER!!!\0").ljust(124, b"\0")
    )  # fmt: skip


@pytest.mark.tool("busybox")
def test_another_program_reads_the_archive(tmp_path):
    data = archive({"init": File(b"#!", program=True), "m/0.ko": File(b"module")}, ("proc", "sys"))
    done = subprocess.run(["busybox", "cpio", "-i"], input=data, cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "init", "m", "m/0.ko", "proc", "sys"
    ]  # fmt: skip
    assert (tmp_path / "m/0.ko").read_bytes() == b"module"
    assert (tmp_path / "init").stat().st_mode & 0o777 == 0o755
