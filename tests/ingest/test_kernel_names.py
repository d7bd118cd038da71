# SPDX-License-Identifier: GPL-2.0-or-later
"""What the debs of a build call themselves and their files."""

import pytest

from abidb.errors import BadFormat
from ingest.kernel import read_kernel
from tests.builders.deb import make_deb
from tests.builders.kernel import make_image_deb, make_module
from tests.builders.records import make_export
from tests.builders.vmlinux import make_vmlinux

IMAGE = make_vmlinux([make_export(name) for name in ("kfree", "memcpy", "module_layout", "printk")])
GOOD = {"Package": "linux-image-1.0-1-amd64", "Version": "1", "Architecture": "amd64", "Source": "linux"}


@pytest.fixture
def read(tmp_path):
    """Read the build of one deb."""

    def read(data):
        (tmp_path / "a.deb").write_bytes(data)
        return read_kernel([tmp_path / "a.deb"])

    return read


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("Package", v) for v in ("Linux", "-linux", "linux/x", "linux x", "linux\n x", "l\x1b[31m", "ä", "l" * 201)),
        *(("Version", v) for v in ("6.1/2", "v6", "6.1_2", "6 1", "6.1-", "a:6", "1:", "6\n 1", "٣", "6" * 102)),
        *(("Architecture", v) for v in ("amd64/x", "AMD64", "-", "amd64\n x", "a" * 33)),
        *(("Source", v) for v in ("Linux", "linux/x", "(1.0)", "linux\t(1.0)", "l" * 201)),
    ],
)
def test_a_control_field_that_debian_would_not_have_is_refused(read, field, value):
    shown = value.replace("\n ", "\n")[:100]
    with pytest.raises(BadFormat) as raised:
        read(make_deb(GOOD | {field: value}, {}))
    assert str(raised.value) == f"a.deb: control file has a field {field} that cannot be one: {shown!a}"


def test_a_module_on_a_path_that_cannot_be_one_is_refused(read):
    with pytest.raises(BadFormat, match=r"net/a b\.ko: 'net/a b' is no path of a module$"):
        read(make_image_deb(IMAGE, {"net/a b": make_module()}))


@pytest.mark.parametrize("version", ["1:6.1.192-2", "6.10.11+bpo-0.1~rc1", "5.10.223-1", "3.2.0A"])
def test_versions_are_those_that_dpkg_has(read, version):
    assert read(make_image_deb(IMAGE, {}, version=version)).version == version
