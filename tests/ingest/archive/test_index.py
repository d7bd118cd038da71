# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import hashlib
import lzma

import pytest

from abidb.errors import BadArchive, NotThere
from abidb.records import Listing
from ingest.archive.index import Package, address_of, fetch_index, find_package, kernel_packages, kernel_stanzas
from ingest.archive.release import fetch_release
from ingest.archive.roots import Root
from tests.builders.archive import DATE, FORMS, Fault, MadeDeb, packages_file, write_suite

INDEX = "main/binary-amd64/Packages"
LISTING = Listing("http://a/debian", "trixie", INDEX, "ab" * 32, DATE)
IMAGE = MadeDeb("linux-image-6.12.1+deb13-amd64", "6.12.1-1")
PLAIN = packages_file([IMAGE])


def kernels(*debs):
    return tuple(kernel_packages(kernel_stanzas(packages_file(debs)), LISTING))


def names(*debs):
    return [package.name for package in kernels(*debs)]


@pytest.fixture
def suite(server, folder, key, client):
    """Writes a suite and returns its index as it is fetched."""
    root = Root(server.address, (key.public,))

    def fetched(change=lambda: None, **fields):
        write_suite(folder, key, [IMAGE], **fields)
        release = fetch_release(root, "trixie", client)
        change()
        return fetch_index(root, release, INDEX, client)

    return fetched


def asked(server):
    return [path.removeprefix("/dists/trixie/") for path, _ in server.requests[1:]]


def test_index_with_other_bytes_is_refused_with_both_digests(suite, folder):
    path = folder / "dists/trixie" / f"{INDEX}.xz"
    listed = hashlib.sha256(FORMS[".xz"](PLAIN)).hexdigest()
    with pytest.raises(BadArchive, match=f"Packages.xz has SHA-256 [0-9a-f]{{64}}, but is listed with {listed}"):
        suite(lambda: path.write_bytes(path.read_bytes()[:-1] + b"!"))


def test_index_of_another_size_is_refused_with_both_sizes(suite, folder):
    path = folder / "dists/trixie" / f"{INDEX}.xz"
    size = len(FORMS[".xz"](PLAIN))
    with pytest.raises(BadArchive, match=f"has {size + 4} bytes, but is listed with {size}"):
        suite(lambda: path.write_bytes(path.read_bytes() + b"more"))


def test_index_that_is_listed_but_not_there_is_said(suite, folder):
    with pytest.raises(NotThere, match=r"trixie/main/binary-amd64/Packages.xz is not there"):
        suite((folder / "dists/trixie" / f"{INDEX}.xz").unlink)


def test_index_that_does_not_unpack_is_refused(suite, monkeypatch):
    monkeypatch.setitem(FORMS, ".gz", lambda data: b"\x1f\x8bnonsense")
    with pytest.raises(BadArchive, match="/dists/trixie/main/binary-amd64/Packages.gz is not valid gzip"):
        suite(forms=[".gz"])


def test_index_that_unpacks_to_more_than_listed_is_refused(suite, monkeypatch):
    monkeypatch.setitem(FORMS, ".xz", lambda data: lzma.compress(bytes(len(data) + 1)))
    with pytest.raises(BadArchive, match="Packages.xz holds more than the"):
        suite(forms=["", ".xz"])


@pytest.mark.parametrize("forms", [[""], [".gz"], [".zst"], [".xz"]])
def test_index_is_read_in_any_form(suite, forms):
    assert suite(forms=forms) == PLAIN


def test_smallest_form_is_fetched(suite, server):
    suite(forms=["", ".gz", ".xz", ".zst"])
    sizes = {suffix: len(pack(PLAIN)) for suffix, pack in FORMS.items()}
    assert asked(server) == [INDEX + min(sizes, key=sizes.get)]


def test_index_is_asked_for_by_its_hash_where_the_release_says_so(suite, server):
    suite(Acquire_By_Hash="yes")
    assert asked(server) == [f"main/binary-amd64/by-hash/SHA256/{hashlib.sha256(FORMS['.xz'](PLAIN)).hexdigest()}"]


@pytest.mark.parametrize("fault", [Fault(status=404), Fault(content=b"old")])
def test_index_that_is_not_there_or_wrong_by_hash_is_asked_for_by_name(suite, server, fault):
    path = f"main/binary-amd64/by-hash/SHA256/{hashlib.sha256(FORMS['.xz'](PLAIN)).hexdigest()}"
    server.fault(f"dists/trixie/{path}", fault)
    assert (suite(Acquire_By_Hash="yes"), asked(server)) == (PLAIN, [path, f"{INDEX}.xz"])


def test_unchanged_index_is_not_fetched_again(suite, server):
    suite()
    suite()
    assert [path for path, _ in server.requests].count(f"/dists/trixie/{INDEX}.xz") == 1


def test_index_that_the_release_does_not_list_is_empty(server, folder, key, client):
    write_suite(folder, key, [IMAGE])
    root = Root(server.address, (key.public,))
    release = fetch_release(root, "trixie", client)
    assert fetch_index(root, release, "main/binary-s390x/Packages", client) == b""


def test_empty_index_needs_no_file(server, folder, key, client):
    write_suite(folder, key, forms=["", ".xz"])
    for suffix in ("", ".xz"):
        (folder / "dists/trixie" / (INDEX + suffix)).unlink()
    root = Root(server.address, (key.public,))
    assert fetch_index(root, fetch_release(root, "trixie", client), INDEX, client) == b""


@pytest.mark.parametrize("field", ["Version", "Architecture", "Filename", "Size", "SHA256"])
def test_stanza_of_a_kernel_that_lacks_a_field_is_refused(field):
    lines = [line for line in PLAIN.decode().splitlines() if not line.startswith(f"{field}:")]
    with pytest.raises(
        BadArchive, match=f"Packages of trixie: linux-image-6.12.1.deb13-amd64 has no usable .*'{field.lower()}'"
    ):
        list(kernel_packages(kernel_stanzas("\n".join(lines).encode()), LISTING))


def test_size_that_is_no_number_is_refused():
    data = PLAIN.replace(b"\nSize: ", b"\nSize: about ")
    with pytest.raises(BadArchive, match="has no usable field invalid literal"):
        list(kernel_packages(kernel_stanzas(data), LISTING))


@pytest.mark.parametrize(
    "deb",
    [
        MadeDeb("bash", "5", source="bash"),
        MadeDeb("linux-image-amd64", "6.12.1-1", depends="linux-image-6.12.1+deb13-amd64 (= 6.12.1-1)"),
        MadeDeb(
            "linux-image-6.12-cloud-amd64", "6.12.1-1", depends="linux-image-6.12.1+deb12-cloud-amd64 (= 6.12.1-1)"
        ),
        MadeDeb("linux-image-6.12.1+deb13-amd64-dbg", "6.12.1-1"),
        MadeDeb("linux-image-6.12-amd64-signed-template", "6.12.1-1"),
        MadeDeb("linux-headers-6.12.1+deb13-common", "6.12.1-1", arch="all"),
        MadeDeb("linux-image-6.12.1+deb13", "6.12.1-1"),
        MadeDeb("linux-image-6.12.1-liquorix-amd64", "6.12.1-1", source="linux-liquorix"),
        MadeDeb("linux-kbuild-6.12.1+deb13", "6.12.1-1"),
        MadeDeb("linux-base", "4.12"),
        MadeDeb("kernel-image-6.12.1-di", "6.12.1-1"),
    ],
)
def test_package_that_is_no_part_of_a_kernel_is_left_out(deb):
    assert names(deb, IMAGE) == [IMAGE.name]


def test_index_of_nothing_has_no_kernels():
    assert kernels() == ()


def test_kernel_that_only_looks_like_a_meta_package_is_kept():
    deb = MadeDeb(
        "linux-image-7.3-cloud-amd64", "7.3~rc7-1~exp1", depends="linux-binary-7.3-cloud-amd64 (= 7.3~rc7-1~exp1)"
    )
    assert names(deb) == [deb.name]


def test_package_is_read_from_its_stanza():
    deb = MadeDeb(
        "linux-image-6.1.0-56-cloud-amd64",
        "6.1.192-2",
        source="linux-signed-amd64 (6.1.192+2)",
        depends="kmod, initramfs-tools (>= 0.120+deb8u2) | linux-initramfs-tool",
    )
    assert kernels(deb) == (
        Package(
            name="linux-image-6.1.0-56-cloud-amd64",
            version="6.1.192-2",
            arch="amd64",
            role="image",
            kernel_release="6.1.0-56-cloud-amd64",
            unsigned=False,
            source="linux-signed-amd64",
            source_version="6.1.192+2",
            depends="kmod, initramfs-tools (>= 0.120+deb8u2) | linux-initramfs-tool",
            filename="pool/main/l/linux-signed-amd64/linux-image-6.1.0-56-cloud-amd64_6.1.192-2_amd64.deb",
            size=len(deb.data),
            sha256=deb.sha256,
            listing=LISTING,
        ),
    )


@pytest.mark.parametrize(
    ("name", "role", "kernel_release", "unsigned"),
    [
        ("linux-image-5.10.0-46-686-pae-unsigned", "image", "5.10.0-46-686-pae", True),
        ("linux-binary-7.3.4+deb13-amd64", "binary", "7.3.4+deb13-amd64", False),
        ("linux-binary-unsigned-7.3.4+deb13-amd64", "binary", "7.3.4+deb13-amd64", True),
        ("linux-modules-7.3.4+deb13-amd64", "modules", "7.3.4+deb13-amd64", False),
        ("linux-base-7.3.4+deb13-amd64", "base", "7.3.4+deb13-amd64", False),
        ("linux-headers-7.3.4+deb13-amd64", "headers", "7.3.4+deb13-amd64", False),
    ],
)
def test_name_says_what_part_of_which_kernel_it_is(name, role, kernel_release, unsigned):
    (found,) = kernels(MadeDeb(name, "1"))
    assert (found.role, found.kernel_release, found.unsigned) == (role, kernel_release, unsigned)


@pytest.mark.parametrize(
    "source", ["linux", "linux-6.12", "linux-signed-amd64 (6.12+1)", "linux-signed-6.12-amd64", "linux-signed"]
)
def test_kernels_of_every_source_package_of_debian_are_found(source):
    assert names(MadeDeb(IMAGE.name, "1", source=source)) == [IMAGE.name]


def test_package_is_found_by_its_name_wherever_it_stands():
    data = packages_file([MadeDeb("a", "1"), MadeDeb("distro-info-data-extra", "2"), MadeDeb("distro-info-data", "3")])
    found = [find_package(data, name) for name in ("a", "distro-info-data", "b")]
    assert [fields and fields["version"] for fields in found] == ["1", "3", None]


def test_address_of_a_listed_file_is_quoted():
    root = Root("http://a/debian", ())
    assert address_of(root, "pool/l/x_6.1~rc1+b1%_amd64.deb") == "http://a/debian/pool/l/x_6.1~rc1+b1%25_amd64.deb"


def test_listing_is_that_of_the_release():
    assert kernels(IMAGE)[0].listing.release_date == dt.datetime(2026, 11, 21, 9, 15, 44, tzinfo=dt.UTC)
