# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.errors import BadFormat
from ingest.formats import accesses
from ingest.formats.objcode import DATA, FUNCTION


def log(*lines):
    return accesses.read("".join(line.replace(" | ", "\t") + "\n" for line in lines).encode())


OLD = (
    "unit | /build/a.c",
    "function | use | 0 | 11",
    "member | struct key | payload | 1408 | 64 | 0",
    "member | struct own | lock | 64 | 32 | 1",
    "type | struct ops | 40 | value | 0",
    "type | struct net | 100 | cast | 0",
    "call | look",
    "call | apart",
    "function | look | 1 | 22",
    "member | struct task | flags | 3 | 1 | 0",
    "function | apart | 0 | 33",
    "member | struct file | f_op | 0 | 64 | 0",
    "variable | table | struct ops",
    "size | struct ops | 40 | 0",
    "layout | struct ops | hook | 0 | 64 | 0",
    "layout | struct ops | gone | 64 | 64 | 0",
)


def explained(new, name="use", kind=FUNCTION, standing=("use", "apart")):
    return accesses.explain(log(*OLD), log(*new), (kind, name), standing)


def with_lines(*changed):
    """OLD with these lines in place of those that begin alike."""
    found = list(OLD)
    for line in changed:
        start = line.split(" | ")[:2] if not line.startswith(("member", "layout")) else line.split(" | ")[:3]
        found = [line if old.split(" | ")[: len(start)] == start else old for old in found]
    return found


@pytest.mark.parametrize(
    "line", ["unknown\tword", "member\tstruct key\tpayload\tfar\t64\t0", "function\tuse", "call", "size\tx\t1\t0\t0\t0"]
)
def test_a_line_that_is_not_understood_is_refused(line):
    with pytest.raises(BadFormat) as raised:
        accesses.read(b"unit\ta.c\n" + line.encode())
    assert str(raised.value) == f"line 2 of the log of accesses is not understood: {line!r}"


def test_a_log_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(accesses, "MOST_LINES", 3)
    with pytest.raises(BadFormat) as raised:
        accesses.read(b"unit\ta.c\n" * 4)
    assert str(raised.value) == "more than 3 lines"


def test_two_equal_logs_explain_nothing():
    assert explained(OLD) == ()


def test_a_member_that_moved_is_named_with_both_offsets_in_bytes():
    assert explained(with_lines("member | struct key | payload | 1536 | 64 | 0")) == (
        "struct key.payload: offset 176 -> 192",
    )


def test_a_member_that_grew_and_a_bit_that_moved_are_named():
    new = with_lines("member | struct key | payload | 1408 | 128 | 0", "member | struct task | flags | 12 | 1 | 0")
    assert explained(new) == (
        "struct task.flags: offset 0 bit 3 -> 1 bit 4",
        "struct key.payload: size 8 -> 16",
    )


def test_a_type_held_by_value_that_grew_is_named():
    assert explained(with_lines("type | struct ops | 56 | value | 0")) == ("struct ops: size 40 -> 56",)


def test_a_type_that_a_pointer_is_cast_to_is_named_where_nothing_else_is():
    grown = "type | struct net | 108 | cast | 0"
    assert explained(with_lines(grown)) == ("struct net: size 100 -> 108",)
    assert explained(with_lines(grown, "type | struct ops | 56 | value | 0")) == ("struct ops: size 40 -> 56",)


def test_an_inline_function_speaks_for_its_callers_and_one_that_stands_alone_for_itself():
    new = with_lines("member | struct file | f_op | 64 | 64 | 0")
    assert explained(new) == ()
    assert explained(new, "apart") == explained(new, standing=("use",)) == ("struct file.f_op: offset 0 -> 8",)


def test_an_inline_function_whose_text_changed_is_named_with_what_it_uses_now():
    new = [
        *with_lines("function | look | 1 | 23"),
        "function | look | 1 | 23",
        "member | struct task | state | 8 | 8 | 0",
    ]
    assert explained(new) == ("inline function look(): changed", "struct task.state: used now")


def test_what_is_no_longer_used_or_called_and_constants_that_changed_are_named():
    new = [
        line
        for line in with_lines("function | use | 0 | 12")
        if not any(word in line for word in ("look", "task", "payload"))
    ]
    assert explained(new) == (
        "look(): no longer called",
        "macros or constants: changed",
        "struct key.payload: no longer used",
    )


def test_types_of_the_package_itself_are_named_only_where_no_kernel_type_moved():
    own = "member | struct own | lock | 96 | 32 | 1"
    assert explained(with_lines(own)) == ("struct own.lock: offset 8 -> 12",)
    assert explained(with_lines(own, "type | struct ops | 56 | value | 0")) == ("struct ops: size 40 -> 56",)


def test_of_an_object_the_size_of_its_type_and_its_members_are_compared():
    new = with_lines("size | struct ops | 56 | 0", "layout | struct ops | hook | 128 | 64 | 0")
    assert explained(new, "table", DATA) == ("struct ops: size 40 -> 56", "struct ops.hook: offset 0 -> 16")
    assert explained(new, "unknown", DATA) == ()
