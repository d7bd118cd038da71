# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import store
from abidb.queries.presence import Present, at_time, in_release, releases_of, suites_of
from abidb.queries.stock import stock
from tests.builders.outoftree import make_package
from tests.builders.packages import day
from tests.builders.records import make_listing

pytestmark = pytest.mark.django_db
OWN = ("bookworm", "bookworm-security", "bookworm-updates")


def listed(version, suite, *days):
    for n in days:
        listing = make_listing(suite, release_date=day(n))
        store.put_packages([make_package(version=version, listings=(listing,))], False)


def version_at(n):
    known = stock()
    found = at_time(known, in_release(known, "foo-dkms", OWN), OWN, day(n))
    return (found.seen.key.version, found.assumed) if isinstance(found, Present) else found


def test_no_version_is_there_where_none_is_known(db) -> None:
    assert version_at(0) is None


@pytest.fixture
def versions(db):
    """1.0 in the suite to the fourth month, 1.1 since the sixth."""
    listed("1.0-1", "bookworm", 1, 4)
    listed("1.0-1+deb12u1", "bookworm", 6)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (0, ("1.0-1+deb12u1", True)),
        (1, ("1.0-1", False)),
        (3, ("1.0-1", False)),
        (5, ("1.0-1+deb12u1", True)),
        (6, ("1.0-1+deb12u1", False)),
        (60, ("1.0-1+deb12u1", False)),
    ],
    ids=["before all", "its first day", "between", "between two that are not known", "newest", "since then"],
)
def test_the_version_of_a_time_is_that_of_the_release_files_around_it(versions, when, said) -> None:
    assert version_at(when) == said


def test_backports_are_of_those_who_use_its_kernels(db) -> None:
    assert suites_of("bookworm", "bookworm-6.12") == OWN
    assert suites_of("bookworm", "bookworm-backports") == (*OWN, "bookworm-backports")


def test_a_version_is_of_the_releases_whose_own_suites_have_it(db) -> None:
    for suite in ("bookworm-security", "trixie", "bookworm-backports", "forky-proposed-updates"):
        listed("1.0-1", suite, 1)
    (seen,) = stock().versions.values()
    assert releases_of(seen) == ("bookworm", "trixie")
