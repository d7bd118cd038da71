# SPDX-License-Identifier: GPL-2.0-or-later
"""`manage.py coverage`, and what `symbol` and `diff` say of packages."""

import io
import json
import sys

import pytest
from django.core.management import call_command

from abidb.errors import UnknownName
from tests.builders import uses

pytestmark = pytest.mark.django_db
ABOUT = (
    "2 of 6 packages of bookworm were built whole; not counted: 1 built in part, "
    "1 known from a search of the source alone, 2 not built"
)


@pytest.fixture(autouse=True)
def packages(db):
    uses.fill_kernels()
    uses.fill_packages()


@pytest.fixture
def listing(tmp_path):
    path = tmp_path / "list"
    path.write_text("alpha module_layout idle")
    return str(path)


@pytest.mark.parametrize("given", [("--release", "woody"), ("--lane", "bookworm"), ("--lane", "a/b/c")])
def test_a_name_that_is_not_there_is_refused(given: tuple[str, str]) -> None:
    with pytest.raises(UnknownName):
        call_command("coverage", *given)


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        call_command("coverage", "/not/there")


def test_a_list_is_told_as_on_the_page(listing: str, capsys) -> None:
    call_command("coverage", listing, "--lane", "bookworm/amd64/amd64")
    assert capsys.readouterr().out.splitlines() == [
        "this list of 3 symbols keeps 1 of 2 packages whole",
        "2 symbols on it are used by none",
        "  ant-dkms is whole",
        "  bee-dkms lacks 2 of 2: beta, gamma",
        ABOUT,
    ]


def test_a_list_may_come_from_standard_input_and_go_to_a_program(capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"beta gamma module_layout")))
    call_command("coverage", "-", "--json")
    assert json.loads(capsys.readouterr().out)["coverage"]["whole"] == ["bee-dkms"]


def test_without_a_list_the_cost_of_a_stable_one_is_told(capsys) -> None:
    call_command("coverage")
    assert [line.split() for line in capsys.readouterr().out.splitlines()[1:4]] == [
        ["symbols", "more", "packages"],
        ["1", "1", "1", "ant-dkms"],
        ["3", "2", "2", "bee-dkms"],
    ]


def test_a_symbol_s_users_follow_its_biography(capsys) -> None:
    call_command("symbol", "gamma")
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "2 of 4 packages that were built use it",
        "  bee-dkms 1.0-1: bee; through its own source; Proprietary",
        "  gnu-dkms 1.0-1: gnu; through its own source; GPL",
        "  elk-dkms 1.0-1: known from a search of its source alone: not counted",
    ]
    call_command("symbol", "gamma", "--json")
    assert json.loads(capsys.readouterr().out)["users"]["packages"] == 4


def test_a_diff_names_the_packages_before_the_exports(capsys) -> None:
    with pytest.raises(SystemExit):
        call_command("diff", "6.1.0-2-amd64", "6.1.0-3-amd64")
    told = " ".join(capsys.readouterr().out.split())  # lines are broken at 80 columns
    assert (
        "packages: the modules of 1 of 3 packages (3 computed) are refused and had to be rebuilt "
        "ant-dkms 1.0-1 refused: alpha has another CRC, 0x00000001 -> 0x0000000b; source not tried"
    ) in told
    assert "bee-dkms 1.0-1 loads; source compiles" in told
    assert "cat-dkms 1.0-1 loads (about cat alone: its other modules did not come out); source not tried" in told
    assert told.index("packages:") < told.index("changes:")
    call_command("diff", "6.1.0-1-amd64", "6.1.0-2-amd64", "--json")
    assert json.loads(capsys.readouterr().out)["packages"]["forced"] == 0
    call_command("diff", "6.1.0-1-amd64", "6.1.0-2-amd64")
    assert "every package survives this step" in " ".join(capsys.readouterr().out.split())
