# SPDX-License-Identifier: GPL-2.0-or-later
from ingest.archive.control import paragraphs


def check_reads(text, *expected):
    assert list(paragraphs(text)) == list(expected)


def test_nothing_is_no_paragraph():
    check_reads("")


def test_blank_lines_and_comments_alone_are_no_paragraph():
    check_reads("\n  \n# Types: deb\n\n")


def test_paragraphs_end_at_blank_lines_however_many():
    check_reads("A: 1\n\n\nB: 2", {"a": "1"}, {"b": "2"})


def test_comment_inside_a_folded_value_is_not_part_of_it():
    check_reads("Suites: one\n# two\n three\n", {"suites": "one\nthree"})


def test_folded_value_keeps_its_lines_without_the_first_blank():
    check_reads("Depends:\n a,\n\tb  \n  c\n", {"depends": "\na,\nb\n c"})


def test_value_may_hold_colons_and_names_are_without_case():
    check_reads("URIs: http://a:1/\n", {"uris": "http://a:1/"})
