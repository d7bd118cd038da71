# SPDX-License-Identifier: GPL-2.0-or-later
"""`manage.py uploads` and `manage.py diff --config`: what is known beside the exports, at a terminal."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.management import call_command

from abidb import store
from abidb.errors import UnknownName
from abidb.lifecycle import DebianRelease
from abidb.records import ChangelogEntry, UploadFact
from ingest.management.commands import uploads
from tests.builders.records import make_kernel

pytestmark = pytest.mark.django_db
ONE, TWO = "6.1.0-1-amd64", "6.1.0-2-amd64"
FACTS = (
    UploadFact("abi", "", "1"),
    UploadFact("ignore-remark", "", "[amd64] Ignore ABI changes for kvm"),
    UploadFact("cve", "", "CVE-2026-1"),
    UploadFact("bug", "", "1154101"),
    UploadFact("bug", "", "1154102"),
)


def entry(version: str, abi_name: str, *facts: UploadFact, date: dt.datetime | None = None) -> ChangelogEntry:
    return ChangelogEntry("linux", version, "bookworm", "medium", date, abi_name, facts)


@pytest.fixture
def line() -> None:
    """6.1.1-1 with a build; 6.1.0-1 that only its changelog tells of."""
    release = DebianRelease("bookworm", "12", dt.date(2021, 8, 14), dt.date(2023, 6, 10), None, None)
    store.put_releases([release], {"bookworm": "oldstable"})
    day = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    changelog = (entry("6.1.1-1", "6.1.0-1", *FACTS, date=day), entry("6.1.0-1", "6.1.0-0"))
    store.save(make_kernel(ONE, "6.1.1-1", changelog=changelog))
    store.put_policy("linux", "6.1.1-1", [("amd64", "kvm_*")])


def test_uploads_of_a_line_that_is_not_known_are_refused_with_those_that_are(line) -> None:
    with pytest.raises(UnknownName, match="there is no release line 'woody'") as caught:
        call_command("uploads", "woody")
    assert caught.value.candidates == ("bookworm",)


def test_uploads_are_told_with_what_they_ignore_and_fix(line, capsys) -> None:
    call_command("uploads", "bookworm")
    assert capsys.readouterr().out.splitlines() == [
        "linux 6.1.1-1  2026-11-01  bookworm  ABI name 6.1.0-1  1 build  1 CVE, 2 bugs",
        "    ignores amd64: kvm_*",
        "    remark: [amd64] Ignore ABI changes for kvm",
        "linux 6.1.0-1  date unknown  bookworm  ABI name 6.1.0-0 (as the changelog says)  no build in the record"
        "  0 CVEs, 0 bugs",
    ]


@pytest.mark.parametrize(("arguments", "versions"), [((), ["6.1.1-1"]), (("--all",), ["6.1.1-1", "6.1.0-1"])])
def test_uploads_as_json_are_the_newest_or_all(line, capsys, monkeypatch, arguments, versions: list[str]) -> None:
    monkeypatch.setattr(uploads, "SHOWN", 1)
    call_command("uploads", "bookworm", "--json", *arguments)
    found = json.loads(capsys.readouterr().out)
    assert [upload["version"] for upload in found] == versions
    assert [upload["ignored"] for upload in found] == [["amd64: kvm_*"], None][: len(found)]


def saved(release: str, version: str, config: str) -> None:
    store.save(make_kernel(release, version, config=config))


def test_diff_of_a_file_has_no_configuration_to_compare(tmp_path, capsys) -> None:
    saved(ONE, "6.1.1-1", "CONFIG_A=y\n")
    (tmp_path / "Module.symvers").write_text("0x00000001\tkfree\tvmlinux\tEXPORT_SYMBOL\t\n")
    with pytest.raises(SystemExit, match="3"):
        call_command("diff", ONE, str(tmp_path / "Module.symvers"), "--config")
    assert "--config compares two builds of the record" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("CONFIG_A=y\n", "CONFIG_A=y\n", ["configuration: no option differs"]),
        (
            "CONFIG_A=y\nCONFIG_B=m\n",
            "CONFIG_A=m\nCONFIG_C=8\n",
            [
                "configuration: 3 options differ",
                "  CONFIG_A  y -> m",
                "  CONFIG_B  m -> not set",
                "  CONFIG_C  not set -> 8",
            ],
        ),
        (
            "",
            "CONFIG_A=m\n",
            ["configuration: not compared: the configuration of one of the builds is in none of its packages"],
        ),
    ],
)
def test_diff_tells_options_and_its_status_is_still_that_of_the_exports(old, new, said, capsys) -> None:
    saved(ONE, "6.1.1-1", old)
    saved(TWO, "6.1.2-1", new)
    call_command("diff", ONE, TWO, "--config")
    told = " ".join(capsys.readouterr().out.split())  # lines are broken at 80 columns
    assert " ".join(" ".join(said).split()) + " changes:" in told


def test_diff_as_json_has_the_configuration_on_request(capsys) -> None:
    saved(ONE, "6.1.1-1", "CONFIG_A=y\n")
    saved(TWO, "6.1.2-1", "CONFIG_A=m\n")
    call_command("diff", ONE, TWO, "--config", "--json")
    changes = [{"name": "CONFIG_A", "old": "y", "new": "m"}]
    assert json.loads(capsys.readouterr().out)["config"] == {"measured": True, "changes": changes}
