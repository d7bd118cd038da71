# SPDX-License-Identifier: GPL-2.0-or-later
import itertools
import random
import struct
from dataclasses import replace

import pytest

from abidb.errors import BadFormat
from ingest.formats import rawimage
from tests.builders.records import make_export
from tests.builders.vmlinux import CODE, make_vmlinux

SHAPES = list(itertools.product((32, 64), (True, False), (True, False)))
SYLLABLES = ["alloc", "dev", "free", "get", "irq", "kobj", "map", "net", "page", "put", "queue", "rcu", "skb", "tty"]


def make_exports(number=60, seed=1, **fields):
    """Exports with names as the kernel's are: of all lengths, some ending others."""
    chance = random.Random(seed)
    names = {"_".join(chance.choices(SYLLABLES, k=chance.randint(1, 5))) for _ in range(2 * number)}
    return {
        make_export(
            name,
            **{
                "crc": chance.randrange(1, 1 << 32),
                "kind": chance.choice(["EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL"]),
                "namespace": chance.choice([""] * 9 + ["BOOT"]),
                **fields,
            },
        )
        for name in chance.sample(sorted(names), number)
    }


def check_reads(expected, data):
    found = rawimage.exports(data)
    assert (set(found), len(found)) == (set(expected), len(expected))


def check_refuses(data):
    with pytest.raises(BadFormat) as raised:
        rawimage.exports(data)
    assert str(raised.value) == "no table of exports is found"


def raw(exports, **shape):
    return make_vmlinux(exports, sections=False, **shape)


@pytest.mark.parametrize(
    "data", [b"", b"\0", bytes(100), bytes(1 << 16), b"\xff" * 4096, CODE, random.Random(3).randbytes(1 << 16)]
)
def test_an_image_without_a_table_is_refused(data):
    check_refuses(data)


def test_three_exports_are_too_few_to_be_told_from_chance():
    check_refuses(raw(make_exports(3, namespace="")))


@pytest.mark.parametrize("relative", [True, False])
def test_a_string_that_is_no_entrys_shows_that_the_table_is_not_whole(relative):
    exports = make_exports() | {make_export("kmalloc_node_track")}
    data = raw(exports, relative=relative)
    check_reads(exports, data)
    check_refuses(data.replace(b"kmalloc_node_track\0", b"kmalloc_node\0track\0"))


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("flags", [True, False])
def test_names_out_of_order_are_no_table(relative, flags):
    exports = make_exports(kind="EXPORT_SYMBOL") | {make_export("kmalloc_a"), make_export("rcu_a")}
    data = raw(exports, relative=relative, flags=flags)
    check_reads(exports, data)
    check_refuses(data.replace(b"kmalloc_a\0", b"zmalloc_a\0").replace(b"rcu_a\0", b"zcu_a\0"))


def test_the_tables_until_v2_6_38_whose_names_are_in_no_order_are_refused():
    exports = sorted(make_exports(namespace=""), key=lambda export: export.crc)
    check_refuses(raw(exports, namespaces=False, relative=False, in_order=False))


def test_more_than_two_tables_as_until_v5_11_are_refused():
    kinds = ("EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL", "EXPORT_UNUSED_SYMBOL")
    exports = [replace(e, kind=kinds[at % 3]) for at, e in enumerate(sorted(make_exports(), key=lambda e: e.symbol))]
    check_refuses(raw(exports, namespaces=False))


@pytest.mark.parametrize("name", [b"a_first_one", b"the_last_one"])
def test_a_name_that_no_symbol_can_have_is_no_table(name):
    data = raw(make_exports() | {make_export(name.decode())})
    check_refuses(data.replace(name, b" " * len(name)))


@pytest.mark.parametrize(("bits", "little_endian", "relative"), SHAPES)
@pytest.mark.parametrize("crcs", [True, False])
@pytest.mark.parametrize("flags", [True, False])
def test_every_kernel_that_has_namespaces_is_read(bits, little_endian, relative, crcs, flags):
    exports = make_exports(**{} if crcs else {"crc": None})
    shape = {"bits": bits, "little_endian": little_endian, "relative": relative}
    check_reads(exports, raw(exports, crcs=crcs, flags=flags, **shape))


@pytest.mark.parametrize(("bits", "little_endian", "relative"), SHAPES)
@pytest.mark.parametrize("crcs", [True, False])
def test_a_namespace_of_zero_means_none(bits, little_endian, relative, crcs):
    exports = make_exports(**{} if crcs else {"crc": None})
    shape = {"bits": bits, "little_endian": little_endian, "relative": relative}
    check_reads(exports, raw(exports, crcs=crcs, namespaces="zero", **shape))


@pytest.mark.parametrize(("bits", "little_endian", "relative"), SHAPES)
@pytest.mark.parametrize("crcs", [True, False])
def test_entries_of_two_words_have_no_namespace(bits, little_endian, relative, crcs):
    exports = make_exports(namespace="", **{} if crcs else {"crc": None})
    shape = {"bits": bits, "little_endian": little_endian, "relative": relative}
    check_reads(exports, raw(exports, crcs=crcs, namespaces=False, **shape))


@pytest.mark.parametrize("little_endian", [True, False])
def test_crcs_may_be_longs(little_endian):
    exports = make_exports(namespace="")
    check_reads(exports, raw(exports, relative=False, little_endian=little_endian, crcs="long", namespaces=False))


@pytest.mark.parametrize(("bits", "little_endian", "relative"), SHAPES)
@pytest.mark.parametrize("namespaces", [True, False])
def test_crcs_may_be_distances_to_where_they_are(bits, little_endian, relative, namespaces):
    exports = make_exports(100, namespace="")
    shape = {"bits": bits, "little_endian": little_endian, "relative": relative, "namespaces": namespaces}
    check_reads(exports, raw(exports, crcs="distance", **shape))


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_the_strings_does_not_matter(seed):
    exports = make_exports(random.Random(seed).randint(8, 300), seed)
    check_reads(exports, raw(exports, relative=bool(seed % 2)))


def test_the_one_drop_in_the_order_of_the_names_is_where_gpl_begins():
    exports = {make_export(name) for name in ("kfree", "krealloc_array", "memcpy", "printk")}
    exports |= {make_export(name, kind="EXPORT_SYMBOL_GPL") for name in ("add_timer_on", "klist_next", "mmput")}
    check_reads(exports, raw(exports))


def test_exact_repeats_count_once():
    exports = make_exports(kind="EXPORT_SYMBOL")
    check_reads(exports, raw([*exports, *sorted(exports, key=lambda export: export.symbol)[10:16]]))


def test_flags_that_look_like_entries_are_not_read_as_such():
    """Two bytes of flags in a row, 0 and 1, are a distance of 64 KiB: into the strings of so many exports."""
    exports = sorted(make_exports(4000), key=lambda export: export.symbol)
    exports = [replace(export, kind="EXPORT_SYMBOL") for export in exports]
    exports[6] = replace(exports[6], kind="EXPORT_SYMBOL_GPL")
    exports[18] = replace(exports[18], kind="EXPORT_SYMBOL_GPL")
    check_reads(exports, raw(exports, flags=True))


@pytest.mark.parametrize("relative", [True, False])
def test_entries_before_the_table_whose_strings_are_near_do_not_belong_to_it(relative):
    exports = make_exports()
    word = "<i" if relative else "<Q"
    near = 400 if relative else 0xFFFFFFFF81000400
    code = CODE + struct.pack(word, near) * 6
    check_reads(exports, raw(exports, relative=relative, code=code))


def test_a_longer_row_of_relocations_is_passed_over():
    """Elf64_Rela has three words as well, of which the second is always R_RISCV_RELATIVE."""
    relocations = b"".join(
        struct.pack("<QQQ", 0xFFFFFFFF81000000 + 8 * i, 3, 0xFFFFFFFF81200000 - 64 * i) for i in range(500)
    )
    exports = make_exports()
    check_reads(exports, raw(exports, relative=False, code=relocations))


def test_a_longer_row_of_distances_to_one_place_is_passed_over():
    """__bug_table (include/linux/bug.h) has three words too, of which one is the distance to the file's name."""
    bugs = b"".join(struct.pack("<iiI", -9000 - 5 * i, 20000 - 12 * i, i) for i in range(500))
    exports = make_exports()
    check_reads(exports, raw(exports, code=bugs))


def test_an_image_whose_length_no_word_divides_is_read():
    exports = make_exports()
    check_reads(exports, raw(exports) + b"odd")
