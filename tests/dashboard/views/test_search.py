# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import queries, store
from tests.builders import uses
from tests.builders.records import make_export, make_kernel
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db


def suggested(client, text: str) -> list[tuple[str, str, str]]:
    return [tuple(offer.values()) for offer in client.get("/search/suggest", {"q": text}).json()["suggestions"]]


def test_no_question_explains_what_can_be_asked(client) -> None:
    assert "Write the name of a symbol (tcp_sendmsg)" in read(client.get("/search/")).text


def test_nothing_found_is_said_with_what_the_record_holds(client, record) -> None:
    response = client.get("/search/", {"q": "no_such_thing"})
    page = read(response)
    assert (response.status_code, "Nothing in the record has no_such_thing in its name." in page.text) == (200, True)
    assert "Names most like it" not in page.text


@pytest.mark.parametrize(
    ("question", "name", "address"),
    [("ephsilon", "epsilon", "/symbol/epsilon/"), ("6.1.0-1-amd46", "6.1.0-1-amd64", "/build/6.1.0-1-amd64/")],
)
def test_a_small_error_finds_the_names_most_like_it(client, record, question: str, name: str, address: str) -> None:
    page = read(client.get("/search/", {"q": question}))
    assert ("Names most like it" in page.text, page.to(name)) == (True, [address])


@pytest.mark.parametrize(
    "question",
    ["alpha", " alpha ", "alpha()", "ALPHA", "EXPORT_SYMBOL_GPL(alpha);", "x: Unknown symbol alpha (err -2)"],
)
def test_a_symbol_of_that_name_is_gone_to_at_once(client, record, question: str) -> None:
    assert client.get("/search/", {"q": question})["Location"] == "/symbol/alpha/"


@pytest.mark.parametrize(
    "question",
    [
        *("6.1.0-1-amd64", "6.1.0-1-amd64=6.1.1-1", "6.1.0-1-amd64:amd64", "/lib/modules/6.1.0-1-amd64/build"),
        "Linux host 6.1.0-1-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.1-1 (2026-11-01) x86_64 GNU/Linux",
        "linux-image-6.1.0-1-amd64-unsigned",
    ],
)
def test_a_build_of_that_name_is_gone_to_at_once(client, record, question: str) -> None:
    assert client.get("/search/", {"q": question})["Location"] == "/build/6.1.0-1-amd64=6.1.1-1:amd64/"


@pytest.mark.parametrize(
    ("question", "address"),
    [
        ("bookworm", "/bookworm/"),
        ("6.1.0-2", "/upload/linux/6.1.2-1/"),
        ("6.1.2-1", "/upload/linux/6.1.2-1/"),
        ("7.3+deb13-amd64", "/build/7.3+deb13-amd64/"),
        ("/lib/modules/6.1.0-1-amd64/kernel/lib/beta.ko.xz", "/module/lib/beta/"),
        ("ant-dkms", "/package/ant-dkms/"),
    ],
)
def test_what_alone_has_that_name_is_gone_to_at_once(client, record, question: str, address: str) -> None:
    uses.fill_packages()
    assert client.get("/search/", {"q": question})["Location"] == address


def test_of_several_things_of_that_name_all_are_listed(client, record) -> None:
    page = read(client.get("/search/", {"q": "beta"}))
    assert (page.to("beta"), page.to("lib/beta")) == (["/symbol/beta/"], ["/module/lib/beta/"])


def test_a_part_of_names_finds_all_that_hold_it(client, record) -> None:
    uses.fill_packages()
    page = read(client.get("/search/", {"q": "ET"}))
    assert (page.to("beta"), page.to("lib/beta")) == (["/symbol/beta/"], ["/module/lib/beta/"])
    builds = read(client.get("/search/", {"q": "6.1.0-"}))
    assert len([link for link in builds.links if link[1].startswith("/build/")]) == 5
    assert builds.to("6.1.0-2") == ["/upload/linux/6.1.2-1/"]
    assert read(client.get("/search/", {"q": "dkms"})).to("bee-dkms") == ["/package/bee-dkms/"]
    lanes = read(client.get("/search/", {"q": "bookworm cloud"}))
    assert lanes.to("bookworm cloud-amd64") == ["/bookworm/amd64/cloud-amd64/"]


def test_a_pattern_is_of_whole_names(client, record) -> None:
    page = read(client.get("/search/", {"q": "*ta"}))
    assert [said for said, there in page.links if there.startswith("/symbol/")] == ["beta", "zeta", "delta"]


def test_of_a_long_question_only_the_beginning_is_looked_up(client, record, monkeypatch) -> None:
    asked = []
    for name in ("search", "equal"):
        question = getattr(queries, name)
        monkeypatch.setattr(queries, name, lambda text, ask=question: asked.append(text) or ask(text))
    response = client.get("/search/", {"q": "x" * 4_000})
    assert f"Nothing in the record has {'x' * 600} in its name." in read(response).text
    assert (response.status_code, asked, "x" * 601 in response.content.decode()) == (200, ["x" * 600] * 2, False)


def test_a_symbol_with_a_long_name_is_gone_to_at_once(client) -> None:
    """Those of Rust may be longer than most texts."""
    name = "_RNv" + "x" * 300
    store.save(make_kernel(exports=(make_export(name),)))
    assert client.get("/search/", {"q": name})["Location"] == f"/symbol/{name}/"


def test_what_is_asked_is_shown_escaped(client, record) -> None:
    content = client.get("/search/", {"q": "<b>x</b>"}).content.decode()
    assert "<b>x</b>" not in content
    assert "&lt;b&gt;x&lt;/b&gt;" in content


def test_a_name_that_makes_no_address_is_listed_without_a_link(client) -> None:
    store.save(make_kernel(exports=(make_export("."), make_export(".a"))))
    page = read(client.get("/search/", {"q": "."}))
    assert ([each for each in page.to(".") if each], page.to(".a"), suggested(client, ".")) == (
        [],
        ["/symbol/.a/"],
        [(".a", "symbol", "/symbol/.a/")],
    )


def test_while_one_writes_names_are_offered_with_their_kind_and_address(client, record) -> None:
    uses.fill_packages()
    assert suggested(client, "BET") == [("beta", "module", "/module/beta/"), ("beta", "symbol", "/symbol/beta/")]
    assert suggested(client, "6.1.0-1") == [
        ("6.1.0-1", "ABI name", "/search/?q=6.1.0-1"),
        ("6.1.0-1-amd64", "kernel", "/build/6.1.0-1-amd64/"),
    ]
    assert suggested(client, "ant-") == [("ant-dkms", "module package", "/package/ant-dkms/")]
    assert suggested(client, "trixie") == [("trixie-backports", "release line", "/trixie-backports/")]
    assert suggested(client, "6.1.3-") == [("6.1.3-1", "source version", "/search/?q=6.1.3-1")]


@pytest.mark.parametrize("text", ["", "no_such", "x" * 10_000, "*", "ß", "'; --"])
def test_nothing_is_offered_for_what_no_name_holds(client, record, text: str) -> None:
    response = client.get("/search/suggest", {"q": text})
    assert (response.status_code, response.json()) == (200, {"suggestions": []})


def test_at_most_ten_names_are_offered(client) -> None:
    store.save(make_kernel(exports=tuple(make_export(f"name_{n}") for n in range(30))))
    assert len(suggested(client, "name")) == 10
