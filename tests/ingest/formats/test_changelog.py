# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
from pathlib import Path

import pytest

from abidb.errors import BadFormat
from abidb.records import ChangelogEntry, UploadFact
from ingest.formats import changelog

REAL = Path(__file__).parent / "real_changelogs"  # its README says where they are from
TRAILER = " -- Ben Hutchings <benh@debian.org>  Sun, 05 Jul 2026 20:26:27 +0200\n"
DATE = dt.datetime(2026, 7, 5, 18, 26, 27, tzinfo=dt.UTC)


def entry(text="", version="6.1.1-1", source="linux", distribution="unstable", options="urgency=medium"):
    return f"{source} ({version}) {distribution}; {options}\n\n{text}\n{TRAILER}\n"


def read(*texts):
    return changelog.entries("".join(texts).encode())


def facts_of(*lines, version="6.1.1-1"):
    (found,) = read(entry("".join(f"{line}\n" for line in lines), version))
    return found.facts


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\0" * 100,
        b"# Older entries have been removed from this changelog.\n",
        b"linux (6.1) unstable\n\n  * no urgency\n",
        b"linux 6.1-1 unstable; urgency=low\n",
        b" linux (6.1-1) unstable; urgency=low\n",
        b"linux (6.1-1) unstable; urgency=low",
        b"\xff (6.1-1) unstable; urgency=low\n",
        b"linux (6.1 1) unstable; urgency=low\n",
        b"linux (6.1-1); urgency=low\n",
    ],
)
def test_what_is_no_entry_tells_nothing(text):
    assert changelog.entries(text) == ()


def test_more_entries_than_any_changelog_has_are_refused(monkeypatch):
    monkeypatch.setattr(changelog, "MOST_ENTRIES", 1)
    with pytest.raises(BadFormat) as raised:
        read(entry(), entry())
    assert str(raised.value) == f"changelog has more than 1 entries (offset {len(entry())})"


def test_more_facts_than_any_entry_has_are_refused(monkeypatch):
    monkeypatch.setattr(changelog, "MOST_FACTS", 1)
    with pytest.raises(BadFormat, match=r"^changelog's entry of 6\.1\.1-7 has more than 1 facts$"):
        facts_of("  * Closes: #1, #2", version="6.1.1-7")


@pytest.mark.parametrize(
    "trailer",
    ["", " -- Nobody <a@b>\n", " -- A <a@b>  yesterday at noon\n", " -- A <a@b>  Mon, 99 Nov 2026 11:17:40 +0100\n",
     " -- A <a@b>  Fri, 31 Dec 9999 23:00:00 -2300\n"],
)  # fmt: skip
def test_a_date_that_is_none_is_unknown(trailer):
    (found,) = changelog.entries(entry().replace(TRAILER, trailer).encode())
    assert (found.version, found.date) == ("6.1.1-1", None)


def test_uploads_are_told_newest_first_with_all_that_their_head_says():
    text = entry(
        "  * New upstream release", "6.1.2-1~bpo11+1", "linux-6.1", "bullseye-backports unstable", "URGENCY=High, x=y"
    )
    assert read(text, entry()) == (
        ChangelogEntry("linux-6.1", "6.1.2-1~bpo11+1", "bullseye-backports unstable", "high", DATE, ""),
        ChangelogEntry("linux", "6.1.1-1", "unstable", "medium", DATE, ""),
    )


def test_lines_between_entries_belong_to_none():
    (found,) = read(entry(), "# Older entries: Closes: #1\n  * Closes: #2\n")
    assert found.facts == ()


def test_an_entry_without_urgency_has_none():
    assert read(entry(options="binary-only=yes"))[0].urgency == ""


@pytest.mark.parametrize(
    ("source", "version", "text", "expected"),
    [
        ("linux-signed-amd64", "6.1.192+2", "  * Sign kernel from linux 6.1.192-2", ("linux", "6.1.192-2")),
        ("linux-signed-6.1-arm64", "6.1.9+1~deb11u1", "  * Sign kernel from linux-6.1 6.1.9-1~deb11u1", ("linux-6.1", "6.1.9-1~deb11u1")),
        ("linux-signed-amd64", "4.19.37+5+deb10u1", "  * Rebuild", ("linux", "4.19.37-5+deb10u1")),
        ("linux-signed-i386", "6.1+1", "  * Sign kernel from elsewhere 6.1-2", ("linux", "6.1-1")),
        ("linux-signed", "3.4", "  * Update to linux 4.9.13-1", ("linux", "4.9.13-1")),
        ("linux-signed", "3.3", "  * Rebuild", ("linux-signed", "3.3")),
        ("linux-2.6", "2.6.32-48squeeze6", "", ("linux-2.6", "2.6.32-48squeeze6")),
        ("linux-latest", "105", "", ("linux-latest", "105")),
    ],
)  # fmt: skip
def test_a_signed_entry_is_that_of_the_kernel_it_signs(source, version, text, expected):
    (found,) = read(entry(text, version, source))
    assert (found.source, found.version) == expected


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("  * Bump ABI to 20", "20"),
        ("  * Bump ABI to 2.", "2"),
        ("  *  Bump ABI to 23", "23"),
        ("  * Bump ABI to 3 (Fixes FTBFS on arm64 and armhf) (Closes: #1023298)", "3"),
        ("  * Bump ABI to 5, apply:", "5"),
        ("  * Bump abiname to 2. (closes: #366291)", "2"),
        ("  * Set ABI to trunk", "trunk"),
        ("  * Set ABI name to 0.bpo.2.", "0.bpo.2"),
        ("  * Change ABI number to 0.deb8.5", "0.deb8.5"),
        ("  - bump the abi\n    number to 4", "4"),
    ],
)
def test_the_abi_that_an_upload_sets_is_a_fact(line, text):
    facts = facts_of(line)
    assert [fact for fact in facts if fact.kind == "abi"] == [UploadFact("abi", "", text)]


@pytest.mark.parametrize(
    "line",
    [
        "  * module: Avoid ABI changes when debug info is disabled",
        "  * Fix build where ABI is bumped",
        '  * Revert "libata: Ignore spurious PHY event" to avoid ABI change',
        "  * drm: set ABI version",
        "  * Ignore a possible error in the abicus",
        "    - KVM: ignore the Xen ABI's changes to 5".replace("ignore", "obey"),
    ],
)
def test_other_words_on_the_abi_are_no_fact(line):
    assert facts_of(line) == ()


def test_remarks_on_ignored_changes_are_kept_on_one_line_for_each_architecture():
    facts = facts_of(
        "  [ Salvatore Bonaccorso ]",
        "  * Ignore ABI changes for ahci_fill_cmd_slot,\tphylink_create and",
        "    phylink\x07",
        "  * [arm64,powerpc*]: KVM: Add more exports to ABI ignore list",
        "",
        "    not this",
        "  * nvme: Ignoring ABI changes " + "x" * 500,
    )
    assert facts == (
        UploadFact("ignore-remark", "", "Ignore ABI changes for ahci_fill_cmd_slot, phylink_create and phylink\ufffd"),
        UploadFact("ignore-remark", "arm64", "KVM: Add more exports to ABI ignore list"),
        UploadFact("ignore-remark", "powerpc*", "KVM: Add more exports to ABI ignore list"),
        UploadFact("ignore-remark", "", "nvme: Ignoring ABI changes " + "x" * 473),
    )


def test_cves_and_bugs_are_told_once_in_their_order():
    facts = facts_of(
        "  * io_uring: a (CVE-2026-99228, cve-2026-1234)",
        "    - again CVE-2026-99228 and CVE-202-1, XCVE-2026-0001",
        "  * Enable it (Closes: #933228, #1,",
        "    #0002) closes:#7 Closes: bug#8,bug 9 CLOSES: 10 See #11",
    )
    assert facts == (
        *(UploadFact("cve", "", name) for name in ("CVE-2026-99228", "CVE-2026-1234")),
        *(UploadFact("bug", "", number) for number in ("933228", "1", "2", "7", "8", "9", "10")),
    )


def test_text_that_is_not_utf_8_is_read_with_marks_in_place_of_it():
    (found,) = changelog.entries(entry("  * Ignore ABI of \xe4").encode("latin-1"))
    assert [fact.text for fact in found.facts] == ["Ignore ABI of \ufffd"]


def test_an_abi_that_one_architecture_sets_names_no_upload():
    (found,) = read(entry("  * [armhf] Bump ABI to 1a, as enabling Xen changes it", "3.11.6-2"))
    assert (found.facts, found.abi_name) == ((UploadFact("abi", "armhf", "1a"),), "")


def test_the_same_entry_is_parsed_once_and_the_memory_of_entries_is_bounded(monkeypatch):
    monkeypatch.setattr(changelog, "KNOWN", 2)
    texts = [entry(version=f"6.{number}-1") for number in range(5)]
    assert read(*texts) == read(*texts)
    assert len(changelog._known) <= 2
    first, again = (read(texts[0])[0].facts for _ in range(2))
    assert first is again


@pytest.mark.parametrize("name", ["6.1.192-2", "5.10.262-1", "4.19.37-5"])
def test_abi_names_that_real_changelogs_tell_are_those_of_the_packages(name):
    """Each line of the table is an upload whose package was in the archive, of the last file a release's kernel."""
    told = {entry.version: entry.abi_name for entry in changelog.entries((REAL / f"{name}.changelog").read_bytes())}
    packages = dict(line.split("\t") for line in (REAL / f"{name}.abinames").read_text().splitlines())
    assert {version: told[version] for version in packages} == packages
