# SPDX-License-Identifier: GPL-2.0-or-later
from pathlib import Path

import pytest

from abidb.errors import BadArchive, Unavailable
from ingest.archive.release import fetch_release
from ingest.archive.roots import Root, further_roots, host_roots, keyring_of, roots_from
from tests.builders.archive import write, write_suite

KEYRING = Path("/k/debian.gpg")


@pytest.fixture
def apt(tmp_path):
    """Writes files below an APT configuration folder, and reads the roots of its sources."""

    def roots(**files):
        for name, text in files.items():
            write(tmp_path / "apt" / NAMES.get(name, f"sources.list.d/{name}"), text.encode())
        return host_roots(tmp_path / "apt", tmp_path / "keyrings")

    return roots


NAMES = {"list": "sources.list", "deb822": "sources.list.d/debian.sources", "one_line": "sources.list.d/more.list"}
SOURCE = "Types: deb\nURIs: {uri}\nSuites: trixie\nComponents: main\nSigned-By: /k/debian.gpg\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ftp://a/debian", "'ftp://a/debian'"),
        ("archive", "'archive'"),
        ("http://", "'http://'"),
        ("http://user:secret@[a/debian", r"'http://\[a/debian'"),
        ("ftp://user:secret@a/debian", "'ftp://a/debian'"),
    ],
)
def test_word_that_is_no_address_is_refused_without_showing_a_password(text, shown):
    with pytest.raises(BadArchive, match=rf"^{shown} is not the address of an archive; write http:, https: or file:$"):
        roots_from(text, KEYRING)


def test_keyring_that_is_not_there_is_said():
    with pytest.raises(Unavailable, match="the keyring /k/debian.gpg of http://a/debian cannot be read: No such file"):
        keyring_of(Root("http://a/debian", (KEYRING,)))


def test_root_without_any_keyring_says_what_to_install():
    with pytest.raises(Unavailable, match="apt-get install debian-archive-keyring"):
        keyring_of(Root("http://a/debian", ()))


@pytest.fixture
def further(tmp_path):
    """Reads further roots from a file of this text."""

    def read(text):
        write(tmp_path / "further.sources", text.encode())
        return further_roots(tmp_path / "further.sources", tmp_path / "keyrings")

    return read


FURTHER = "URIs: http://a/archive\nSuites: *\nSigned-By: /k/debian.gpg\n"


@pytest.mark.parametrize(
    "text",
    [
        FURTHER.replace("http:", "ftp:"),
        FURTHER.replace("URIs", "URI"),
        FURTHER.replace("Suites: *\n", ""),
        FURTHER + "Ended: perhaps\n",
        FURTHER + "Label: a b\n",
        FURTHER + "Enabled: no\n",
    ],
)
def test_further_source_that_cannot_be_meant_is_refused(further, text):
    message = "further.sources, source 2: expected URIs of archives .* and Suites, and if at all Label as letters"
    with pytest.raises(BadArchive, match=message):
        further(f"{FURTHER}\n{text}")


@pytest.mark.parametrize(
    "text",
    [
        SOURCE.format(uri="http://a/debian") + "Enabled: no\n",
        SOURCE.format(uri="http://a/debian").replace("deb\n", "deb-src\n"),
        SOURCE.format(uri="http://a/debian").replace("trixie", "./"),
        SOURCE.format(uri="cdrom:[Debian]/"),
        SOURCE.format(uri="http://[a/debian"),
        SOURCE.format(uri="mirror+file:/not/there"),
        "# Types: deb\n",
    ],
)
def test_source_that_cannot_or_shall_not_be_asked_is_left_out(apt, text):
    assert apt(deb822=text) == ()


def test_file_that_apt_ignores_is_ignored(apt):
    assert (
        apt(**{"old.sources.disabled": SOURCE.format(uri="http://a/debian"), "a b.list": "deb http://a/d t main"}) == ()
    )


def test_host_without_sources_has_no_roots(apt):
    assert apt() == ()


def test_addresses_are_given_between_blanks_or_commas():
    text = " http://127.0.0.1:8000/debian/, http://127.0.0.1:8000/debian-security\nfile:///srv/debian file:/srv/debian "
    assert roots_from(text, KEYRING) == (
        Root("http://127.0.0.1:8000/debian", (KEYRING,)),
        Root("http://127.0.0.1:8000/debian-security", (KEYRING,)),
        Root("file:///srv/debian", (KEYRING,)),
        Root("file:/srv/debian", (KEYRING,)),
    )


def test_no_address_is_no_root():
    assert roots_from("  ", KEYRING) == ()


def test_only_an_archive_of_security_updates_is_security():
    found = roots_from("http://a/debian http://a/debian-security", KEYRING)
    assert [root.security for root in found] == [False, True]


def test_password_is_kept_for_asking_and_shown_nowhere():
    (root,) = roots_from("https://user:secret@a/debian", KEYRING)
    assert (root.address, root.name, "secret" in repr(root)) == (
        "https://user:secret@a/debian",
        "https://a/debian",
        False,
    )


def test_deb822_source_gives_a_root_for_each_address(apt):
    text = "Types: deb deb-src\nURIs: http://a/debian/ http://b/debian\nSuites: trixie trixie-updates\nSigned-By: /k/debian.gpg"
    suites = ("trixie", "trixie-updates")
    assert apt(deb822=text) == (
        Root("http://a/debian", (KEYRING,), suites),
        Root("http://b/debian", (KEYRING,), suites),
    )


def test_suites_of_several_sources_of_one_root_are_joined(apt):
    assert apt(
        list="deb [arch=amd64 signed-by=/k/debian.gpg] http://a/debian bookworm main contrib # mine\n"
        "deb-src http://a/debian bookworm main\n# deb http://a/debian sid main\n",
        deb822=SOURCE.format(uri="http://a/debian/"),
        one_line="deb [signed-by=/k/debian.gpg] http://a/debian trixie main\n"
        "deb [ signed-by=/k/other.gpg,/k/debian.gpg ] http://a/debian sid main\n",
    ) == (
        Root("http://a/debian", (KEYRING,), ("bookworm", "trixie")),
        Root("http://a/debian", (Path("/k/other.gpg"), KEYRING), ("sid",)),
    )


def test_source_that_names_no_keyring_trusts_those_of_apt_and_debian(apt, tmp_path):
    for name in ("apt/trusted.gpg.d/b.gpg", "apt/trusted.gpg.d/a.asc", "keyrings/debian-archive-keyring.pgp"):
        write(tmp_path / name, b"")
    (root,) = apt(list="deb http://a/debian trixie main")
    assert root.keyrings == (
        tmp_path / "apt/trusted.gpg.d/b.gpg",
        tmp_path / "apt/trusted.gpg.d/a.asc",
        tmp_path / "keyrings/debian-archive-keyring.pgp",
    )


def test_source_may_name_keys_by_fingerprint(apt):
    (root,) = apt(list=f"deb [signed-by={'ab' * 20}!] http://a/debian trixie main")
    assert (root.fingerprints, root.keyrings) == (("AB" * 20,), ())


def test_list_of_mirrors_gives_its_first_usable_address(apt, tmp_path):
    write(tmp_path / "mirrors.list", b"tor+http://x/debian\nhttp://a/debian\thttp://b/debian\n")
    (root,) = apt(deb822=SOURCE.format(uri=f"mirror+file:{tmp_path}/mirrors.list"))
    assert root == Root("http://a/debian", (KEYRING,), ("trixie",))


def test_key_block_in_the_source_itself_verifies_its_suites(apt, server, folder, key, client):
    write_suite(folder, key)
    block = "".join(f" {line or '.'}\n" for line in key.armored.splitlines())
    (root,) = apt(deb822=f"Types: deb\nURIs: {server.address}\nSuites: trixie\nComponents: main\nSigned-By:\n{block}")
    assert (root.keyrings, fetch_release(root, "trixie", client).suite) == ((), "trixie")


def test_further_roots_say_what_kind_of_archive_they_are(further):
    text = (
        "# what ended\nTypes: deb\nURIs: http://a/debian http://a/debian-security\nSuites: *\nEnded: yes\n"
        "Signed-By: /k/debian.gpg\n /k/removed.gpg\n\n"
        "URIs: http://elts/debian\nSuites: stretch jessie\nLabel: elts\nSigned-By: /k/elts.gpg\n"
    )
    keys = (KEYRING, Path("/k/removed.gpg"))
    assert further(text) == (
        Root("http://a/debian", keys, ended=True, further=True),
        Root("http://a/debian-security", keys, ended=True, further=True),
        Root("http://elts/debian", (Path("/k/elts.gpg"),), ("stretch", "jessie"), label="elts", further=True),
    )


@pytest.mark.parametrize(("ended", "names"), [("no", ["keyring"]), ("yes", ["keyring", "removed-keys"])])
def test_further_root_without_keyring_trusts_debians_keys_and_an_ended_one_the_removed_ones_too(
    further, tmp_path, ended, names
):
    for name in ("keyring", "removed-keys"):
        write(tmp_path / f"keyrings/debian-archive-{name}.gpg", b"")
    (root,) = further(f"URIs: http://a/debian\nSuites: *\nEnded: {ended}\n")
    assert root.keyrings == tuple(tmp_path / f"keyrings/debian-archive-{name}.gpg" for name in names)
