# SPDX-License-Identifier: GPL-2.0-or-later
"""What passes between the process that reads a stranger's file and the one that answers."""

import copy
import json

import pytest

from abidb import checked
from abidb.checked import CheckedFile, CheckedModule, dumped, loaded
from abidb.errors import BadFormat
from abidb.records import Signature
from abidb.verdict import Candidate

CANDIDATE = Candidate(
    name="zfs",
    licenses=("CDDL",),
    vermagic="6.1.0-56-amd64 SMP preempt mod_unload modversions ",
    namespaces=("NS", "module:a,b"),
    imports=(("module_layout", 0xFFFFFFFF), ("kfree", None)),
    siblings=frozenset({"spl_init", "avl_add"}),
    btf=True,
    weak=frozenset({"perhaps"}),
)
SIGNATURE = Signature("Ünser Schlüssel", "5F:0A", "sha256")
FILE = CheckedFile(
    "package",
    (
        CheckedModule("lib/modules/x/zfs.ko", "62/64/little", SIGNATURE, CANDIDATE),
        CheckedModule("", "", None, Candidate("", (), "", (), (), dump=True)),
    ),
)


def changed(path, value):
    """The text of FILE with another value in one place."""
    told = json.loads(dumped(FILE))
    at = told
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return json.dumps(told)


FIRST = ("modules", 0)
OF = (*FIRST, "candidate")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"kind": "module"}',
        "[" * 100_000,
        '{"kind": NaN, "modules": []}',
        changed(("kind",), "kernel"),
        changed(("more",), 1),
        changed(("modules",), []),
        changed(("modules",), "zfs"),
        changed((*FIRST, "path"), "a\nb"),
        changed((*FIRST, "signature"), {"signer": "a"}),
        changed((*FIRST, "signature", "key"), "<b>"),
        changed((*OF, "name"), "a b"),
        changed((*OF, "name"), 7),
        changed((*OF, "licenses"), "GPL"),
        changed((*OF, "licenses"), ["\x1b[31m"]),
        changed((*OF, "namespaces"), [""]),
        changed((*OF, "imports"), [["kfree"]]),
        changed((*OF, "imports"), [["k free", 1]]),
        changed((*OF, "imports"), [["kfree", 1 << 32]]),
        changed((*OF, "imports"), [["kfree", -1]]),
        changed((*OF, "imports"), [["kfree", True]]),
        changed((*OF, "imports"), [["kfree", 1.0]]),
        changed((*OF, "btf"), 1),
        changed((*OF, "weak"), [None]),
    ],
)
def test_whatever_the_reader_would_not_have_written_is_refused(text):
    with pytest.raises(BadFormat):
        loaded(text)


def test_a_number_of_a_million_digits_is_not_read():
    with pytest.raises(BadFormat, match="no JSON"):
        loaded('{"kind": ' + "9" * 1_000_000 + "}")


def test_a_text_that_is_too_long_is_not_read(monkeypatch):
    monkeypatch.setattr(checked, "LONGEST", 10)
    with pytest.raises(BadFormat, match="longer than the 10 allowed"):
        loaded(dumped(FILE))


def test_a_list_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(checked, "MOST_NAMES", 1)
    with pytest.raises(BadFormat, match="no list"):
        loaded(dumped(FILE))


def test_a_file_with_more_names_or_symbols_than_one_answer_is_about_is_refused(monkeypatch):
    monkeypatch.setattr(checked, "MOST_SYMBOLS", 1)
    with pytest.raises(BadFormat, match="2 different symbols are more than the 1 of one check"):
        loaded(dumped(FILE))
    monkeypatch.setattr(checked, "MOST_NAMES", 7)
    with pytest.raises(BadFormat, match="8 imports and other names are more than the 7 of one check"):
        loaded(dumped(FILE))


def test_more_modules_than_a_package_may_have_are_refused(monkeypatch):
    monkeypatch.setattr(checked, "MOST_MODULES", 1)
    with pytest.raises(BadFormat, match="not what an earlier check answered"):
        loaded(dumped(FILE))


def test_a_file_comes_back_as_it_was():
    assert loaded(dumped(copy.copy(FILE))) == FILE
    assert loaded(dumped(FILE).encode()) == FILE
