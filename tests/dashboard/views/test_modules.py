# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import queries
from dashboard.views import modules
from tests.builders import uses
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
LANE = {"line": "bookworm", "arch": "amd64", "flavour": "amd64"}


@pytest.mark.parametrize("name", ["-1", "é", "%25", "9" * 200, "kernel//", "a b", "';--", "..%2f..", "beta/beta"])
def test_a_module_that_there_is_not_is_404(client, record, name: str) -> None:
    assert client.get(f"/module/{name}/").status_code == 404


def test_a_module_that_there_is_not_leads_to_such_as_look_alike(client, record) -> None:
    assert read(client.get("/module/bet/")).to("lib/beta") == ["/module/lib/beta/"]


def test_a_name_longer_than_any_is_404_without_a_question(client, db, monkeypatch) -> None:
    monkeypatch.setattr(queries, "module", None)
    assert client.get(f"/module/{'x' * 10_000}/").status_code == 404


def test_lanes_that_there_are_not_and_nul_are_refused(client, record) -> None:
    told = [client.get("/module/beta/", {"line": text}).status_code for text in ("woody", "é" * 9_000, "-1", "a\0")]
    assert told == [404, 404, 404, 400]


@pytest.mark.parametrize("after", ["x" * 9_000, "-1", "é", "'"])
def test_whatever_page_is_asked_for_is_answered(client, record, after: str) -> None:
    assert client.get("/module/vmlinux/", {"after": after, "gone": after}).status_code == 200


def test_a_module_is_told_with_what_came_and_left(client, record) -> None:
    page = read(client.get("/module/beta/", LANE))
    assert "It exported 1 symbol in 6.1.0-2-amd64 (6.1.2-1), the last build of its lane that has it." in page.text
    steps = next(table for caption, table in page.tables.items() if caption.startswith("Newest first"))
    assert [row[0] for row in steps[1:]] == ["6.1.3-1", "6.1.2-1", "6.1.1-1"]
    assert page.to("1 left") == ["/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/#changes"]
    assert page.to("beta") == ["/symbol/beta/"]


def test_the_exports_of_vmlinux_come_a_page_at_a_time(client, record, monkeypatch) -> None:
    monkeypatch.setattr(modules, "PAGE", 4)
    page = read(client.get("/module/vmlinux/", LANE))
    (further,) = page.to("Further exports")
    assert further == "/module/vmlinux/?line=bookworm&arch=amd64&flavour=amd64&after=epsilon#exports"
    rest = read(client.get(further.partition("#")[0]))
    assert (rest.to("zeta"), rest.to("Further exports"), rest.to("First exports")) == (
        ["/symbol/zeta/"],
        [],
        ["/module/vmlinux/?line=bookworm&arch=amd64&flavour=amd64#exports"],
    )


def test_what_it_exported_before_is_a_link_away(client, record) -> None:
    page = read(client.get("/module/vmlinux/", LANE))
    (before,) = page.to("Exported before, and no more: 1")
    gone = read(client.get(before.partition("#")[0]))
    assert gone.tables["By name; 1 in all"][1:] == [["delta", "EXPORT_SYMBOL", "", "6.1.1-1", "6.1.2-1"]]


def test_packages_that_use_what_it_exports_are_linked(client, db, monkeypatch) -> None:
    uses.fill_kernels()
    uses.fill_packages()
    page = read(client.get("/module/vmlinux/"))
    assert page.to("ant-dkms") == ["/package/ant/"]
    assert "The kernel itself, with all that is built into it." in page.text
    monkeypatch.setattr(modules, "USERS", 1)
    assert "The others" in read(client.get("/module/vmlinux/")).text
