# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.errors import BadFormat
from abidb.records import ChangelogEntry, UploadFact
from ingest.kernel import read_kernel
from tests.builders.deb import make_deb
from tests.builders.kernel import RELEASE, make_image_deb, make_module
from tests.builders.records import make_export
from tests.builders.vmlinux import make_vmlinux

IMAGE = make_vmlinux([make_export()])
MODULES = {"drivers/net/tap": make_module()}


def test_a_changelog_that_unpacks_to_too_much_is_refused(files, monkeypatch):
    monkeypatch.setattr("ingest.kernel.CHANGELOG_LIMIT", 100)
    with pytest.raises(BadFormat) as raised:
        read_kernel(files({"a.deb": make_image_deb(IMAGE, MODULES, changelog=bytes(101))}))
    assert str(raised.value) == (
        f"a.deb: data.tar.xz: usr/share/doc/linux-image-{RELEASE}/changelog.gz: "
        "changelog holds more than the 100 bytes that are allowed"
    )


@pytest.mark.parametrize("source", ["linux", "linux-signed-amd64 (6.1.192+2)"])
def test_the_changelog_of_the_image_is_read(files, source):
    text = b"linux (6.1.192-2) bookworm; urgency=high\n\n  * Bump ABI to 56\n"
    kernel = read_kernel(files({"a.deb": make_image_deb(IMAGE, MODULES, source=source, changelog=text)}))
    fact = UploadFact("abi", "", "56")
    assert kernel.changelog == (ChangelogEntry("linux", "6.1.192-2", "bookworm", "high", None, "6.1.0-56", (fact,)),)


def test_a_changelog_of_another_package_or_of_the_headers_is_passed_over(files):
    def deb(name, doc):
        control = {"Package": name, "Version": "1-1", "Architecture": "amd64", "Source": "linux"}
        return make_deb(
            control, {f"./usr/share/doc/{doc}/changelog.Debian.gz": b"", f"./boot/vmlinuz-{RELEASE}": IMAGE}
        )

    control = {"Package": f"linux-headers-{RELEASE}", "Version": "1-1", "Architecture": "amd64", "Source": "linux"}
    headers = make_deb(control, {f"./usr/share/doc/linux-headers-{RELEASE}/changelog.Debian.gz": b""})
    debs = {"a.deb": deb(f"linux-image-{RELEASE}", "linux-base"), "h.deb": headers}
    assert read_kernel(files(debs)).changelog == ()
