# SPDX-License-Identifier: GPL-2.0-or-later
"""What is asked here by name is answered from memory, so each test also asks after the record has changed."""

import pytest
from django.db import connection

from abidb import queries, store
from abidb.answers import Found, LaneName, Named, NamedUpload
from abidb.queries import finding, wholerecord
from tests.builders.outoftree import make_package
from tests.builders.records import make_export, make_kernel

pytestmark = pytest.mark.django_db
EXPORTS = (make_export("alpha"), make_export("tcp_sendmsg"), make_export("beta", module="lib/beta"))


@pytest.fixture
def record():
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1", exports=EXPORTS))
    store.save(make_kernel("6.1.0-1-cloud-amd64", "6.1.1-1", exports=EXPORTS))
    store.put_packages([make_package("zfs-dkms")], whole=False)


@pytest.mark.parametrize("text", ["", "  ", "\0", "()", "''"])
def test_an_empty_search_finds_nothing(record, text: str) -> None:
    assert (queries.search(text), queries.equal(text), queries.suggestions(text, 9)) == (Found((), (), ()), (), ())


def test_an_empty_record_has_no_names() -> None:
    assert (queries.search("alpha"), queries.equal("alpha")) == (Found((), (), ()), ())


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("tcp_sendmgs", (Named("symbol", "tcp_sendmsg"),)),
        ("zfs-dksm", (Named("package", "zfs-dkms"),)),
        ("boockworm", (Named("line", "bookworm"),)),
        ("quite_else", ()),
    ],
)
def test_where_nothing_holds_a_text_names_like_it_are_found(record, text: str, near) -> None:
    assert queries.search(text) == Found((), (), (), near=near)


def test_a_text_is_looked_for_among_all_kinds_of_names(record) -> None:
    bookworm = (LaneName("bookworm", "amd64", "amd64"), LaneName("bookworm", "amd64", "cloud-amd64"))
    found = {
        text: queries.search(text) for text in ("TCP_", "beta", "6.1.0-1", "6.1.1", "zfs", "bookworm", "book cloud")
    }
    assert found["TCP_"] == Found(("tcp_sendmsg",), (), ())
    assert found["beta"] == Found(("beta",), ("lib/beta",), ())
    assert [ref.flavour for ref in found["6.1.0-1"].builds] == ["amd64", "cloud-amd64"]
    assert found["6.1.0-1"].abi_names == (NamedUpload("6.1.0-1", "linux", "6.1.1-1"),)
    assert found["6.1.1"].versions == (NamedUpload("6.1.1-1", "linux", "6.1.1-1"),)
    assert len(found["6.1.1"].builds) == 2
    assert found["zfs"] == Found((), (), (), packages=("zfs", "zfs-dkms"))
    assert found["bookworm"].lanes == bookworm
    assert found["book cloud"] == Found((), (), (), lanes=bookworm[1:])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("alph", ()),
        ("ALPHA", (Named("symbol", "alpha"),)),
        ("EXPORT_SYMBOL(alpha);", (Named("symbol", "alpha"),)),
        ("beta", (Named("module", "beta"), Named("symbol", "beta"))),
        ("/lib/modules/6.1.0-1-amd64/kernel/lib/beta.ko.xz", (Named("module", "lib/beta"),)),
        ("6.1.0-1", (Named("abi_name", "6.1.0-1"),)),
        ("6.1.0-1-amd64", (Named("build", "6.1.0-1-amd64"),)),
        ("6.1.1-1", (Named("version", "6.1.1-1"),)),
        ("Bookworm", (Named("line", "bookworm"),)),
    ],
)
def test_what_bears_that_very_name_is_told_with_its_kind(record, text: str, names) -> None:
    assert queries.equal(text) == names


def test_only_names_of_uploads_lead_to_uploads(record) -> None:
    upload = NamedUpload("6.1.0-1", "linux", "6.1.1-1")
    found = [queries.uploads_named(Named(kind, "6.1.0-1")) for kind in ("abi_name", "symbol", "version")]
    assert found == [(upload,), (), ()]


def test_suggestions_begin_with_the_very_name_then_what_begins_with_it(record) -> None:
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", exports=(make_export("alphabet"), make_export("an_alpha"))))
    assert queries.suggestions("alpha", 3) == (
        Named("symbol", "alpha"),
        Named("symbol", "alphabet"),
        Named("symbol", "an_alpha"),
    )
    assert queries.suggestions("6.1.0", 2) == (Named("abi_name", "6.1.0-2"), Named("abi_name", "6.1.0-1"))


def test_names_are_read_again_only_when_the_record_changed(record, monkeypatch) -> None:
    assert queries.search("gamma").symbols == ()
    store.save(make_kernel("6.1.0-3-amd64", "6.1.3-1", exports=(make_export("gamma"),)))
    assert queries.search("gamma").symbols == ("gamma",)
    monkeypatch.setattr(finding, "_read", None)
    assert queries.search("gamma").symbols == ("gamma",)


def test_symbols_are_read_again_only_when_there_are_new_ones(record, monkeypatch) -> None:
    assert queries.search("alpha").symbols == ("alpha",)
    monkeypatch.setattr(finding, "_many", None)
    store.put_packages([make_package("new-dkms")], whole=False)
    assert queries.search("new-d").packages == ("new-dkms",)


def test_while_names_are_read_another_asks_what_was_known_before(record) -> None:
    assert queries.search("gamma").symbols == ()
    store.save(make_kernel("6.1.0-3-amd64", "6.1.3-1", exports=(make_export("gamma"),)))
    with wholerecord._making[connection.settings_dict["NAME"], "all names"]:
        assert queries.search("gamma").symbols == ()
    assert queries.search("gamma").symbols == ("gamma",)


def test_of_names_that_have_an_order_in_time_the_newest_come_first(record) -> None:
    for n in (9, 10, 11):
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=EXPORTS))
    found = queries.search("6.1.")
    newest = ["6.1.11-1", "6.1.10-1", "6.1.9-1", "6.1.1-1"]
    assert [each.version for each in found.abi_names] == newest
    assert [each.name for each in found.versions] == newest
    assert [ref.version for ref in found.builds] == [*newest, "6.1.1-1"]


def test_a_series_is_found_before_a_later_one_that_begins_with_its_number(record) -> None:
    store.save(make_kernel("6.19.1-amd64", "6.19.1-1", exports=EXPORTS))
    assert [each.name for each in queries.search("6.1").versions] == ["6.1.1-1", "6.19.1-1"]
