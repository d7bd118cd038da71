# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from ingest.formats.abiname import Told, names

SILENT, GENERATED = Told("", False), Told("", True)


def check(*uploads):
    """Uploads, oldest first: version, what the entry says, name that follows from it."""
    newest = uploads[::-1]
    assert names([(version, told) for version, told, _ in newest]) == [name for _, _, name in newest]


@pytest.mark.parametrize(
    "version", ["6.1.4-1", "6.1~rc3-1~exp1", "7.3.4-1~bpo13+1", "2-1", "x", "", "6.1.4", "2.6.16+2.6.17-rc3-0"]
)
def test_a_name_that_no_entry_sets_is_unknown(version):
    check((version, SILENT, ""))


def test_a_release_candidate_is_not_named_by_a_number():
    check(("6.1~rc3-1~exp1", Told("trunk", False), ""), ("2.6.39~rc4-1", Told("1", False), ""))


def test_a_name_holds_until_another_is_set():
    check(
        ("6.1.4-1", Told("1", False), "6.1.0-1"),
        ("6.1.4-2", SILENT, "6.1.0-1"),
        ("6.1.7-1", Told("2", False), "6.1.0-2"),
    )


def test_a_name_holds_for_its_series_only():
    check(
        ("6.0.12-1", Told("6", False), "6.0.0-6"),
        ("6.1.1-1~exp1", SILENT, ""),
        ("6.0.13-1", SILENT, "6.0.0-6"),
        ("6.1.4-1", Told("1", False), "6.1.0-1"),
    )


def test_experimental_has_the_name_it_sets():
    check(("5.8.3-1~exp1", Told("trunk", False), "5.8.0-trunk"), ("5.8.7-1", Told("1", False), "5.8.0-1"))


def test_series_of_2_6_have_three_numbers():
    check(("2.6.32-5", Told("3", False), "2.6.32-3"), ("2.6.32-48squeeze6", Told("5", False), "2.6.32-5"))


def test_other_upstream_versions_are_of_their_series():
    check(("3.16.7-ckt11-1", Told("4", False), "3.16.0-4"), ("3.16.7-ckt11-1+deb8u3", SILENT, "3.16.0-4"))


def test_from_3_3_on_names_had_two_numbers_until_3_16_7():
    check(
        ("3.2.1-1", Told("1", False), "3.2.0-1"),
        ("3.8.11-1", Told("1", False), "3.8-1"),
        ("3.16.5-1", Told("3", False), "3.16-3"),
        ("3.16.7-1", Told("4", False), "3.16.0-4"),
        ("3.17-1", Told("1", False), "3.17.0-1"),
    )


def test_backports_have_only_names_that_they_set_since_the_last_change():
    check(
        ("4.19.37-3", Told("5", False), "4.19.0-5"),
        ("4.19.37-3~bpo9+1", SILENT, ""),
        ("4.19.37-4~bpo9+1", Told("0.bpo.5", False), "4.19.0-0.bpo.5"),
        ("4.19.37-5~bpo9+1", SILENT, "4.19.0-0.bpo.5"),
        ("4.19.37-6", SILENT, "4.19.0-5"),
        ("4.19.67-2", Told("6", False), "4.19.0-6"),
        ("4.19.67-2~bpo9+1", SILENT, ""),
    )


def test_where_the_number_is_generated_it_counts_the_uploads():
    check(
        ("6.1.147-1", Told("38", False), "6.1.0-38"),
        ("6.1.148-1", GENERATED, "6.1.0-39"),
        ("6.1.153-1", SILENT, "6.1.0-40"),
        ("6.1.153-1~deb11u1", SILENT, "6.1.0-0.deb11.40"),
        ("6.1.153-1~deb11u2", SILENT, "6.1.0-0.deb11.40.1"),
        ("6.1.158-1", SILENT, "6.1.0-41"),
        ("6.1.158-1~deb11u1", SILENT, "6.1.0-0.deb11.41"),
        ("6.1.158-1~bpo11+1", SILENT, ""),
    )


def test_a_number_that_the_first_generated_entry_names_as_well_counts_once():
    check(("5.10.237-1", Told("35", False), "5.10.0-35"), ("5.10.244-1", Told("36", True), "5.10.0-36"))


def test_what_is_generated_from_an_unknown_number_is_unknown():
    check(("6.1.148-1", GENERATED, ""), ("6.1.153-1", SILENT, ""), ("6.1.153-1~deb11u1", SILENT, ""))
