# SPDX-License-Identifier: GPL-2.0-or-later
import json
import random
import subprocess

import pytest

from abidb.errors import BadFormat
from ingest.formats import objcode
from ingest.formats.elf import Elf
from ingest.formats.objcode import DATA, FUNCTION
from tests.builders.elf import Section, Symbol, make_elf

pytestmark = pytest.mark.tool("gcc")
FLAGS = ("-O2", "-g0", "-ffunction-sections", "-fdata-sections", "-mcmodel=kernel", "-fno-pie", "-fcf-protection=none")

SOURCE = """
struct key { long serial; MORE unsigned long payload; int usage; };
int printk(const char *, ...);
static int __key;
static unsigned long reads(struct key *key) { return key->payload; }
unsigned long use(struct key *key) { return reads(key) + __key++; }
int tell(void) { return printk("built for " RELEASE) + printk("again"); }
int apart(int a) { return printk("%d", a); }
struct key first = { .usage = 3 };
int (*table[])(void) = { tell, tell };
"""


def compiled(tmp_path, source=SOURCE, *options):
    """An object file of a C source; names it needs are given with -D."""
    out = tmp_path / "made.o"
    defined = ["-DMORE=", '-DRELEASE="1.0-1"'] if source is SOURCE and not options else list(options)
    subprocess.run(["gcc", *FLAGS, *defined, "-xc", "-", "-c", "-o", out], input=source, text=True, check=True)
    return out.read_bytes()


def differing(old, new):
    before, now = objcode.functions(old), objcode.functions(new)
    return sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))


@pytest.mark.parametrize(
    ("message", "data"),
    [
        ("not a relocatable object (offset 16)", make_elf(type=2)),
        ("relocations of 64-bit MIPS are not understood (offset 18)", make_elf(machine=8)),
        ("no symbol table", make_elf()),
        ("relocations of 5 bytes (offset 64)", make_elf([Section(".rela.text", b"12345", type=4)], [])),
        ("relocation of symbol 9 of 1 (offset 64)", make_elf([Section(".rel", bytes(12) + b"\x09\0\0\0", type=9)], [])),
    ],
)
def test_what_is_not_a_module_with_symbols_and_relocations_is_refused(message, data):
    with pytest.raises(BadFormat) as raised:
        objcode.functions(data)
    assert str(raised.value) == message


def test_functions_that_overlap_many_times_over_are_refused(tmp_path):
    """Else a small file would take hours."""
    body = "\n".join(f".type f{n},@function\n.size f{n},9999\nf{n}: nop" for n in range(2000))
    with pytest.raises(BadFormat) as raised:
        objcode.functions(compiled(tmp_path, f"asm({json.dumps(body)});"))
    assert str(raised.value) == "functions and objects overlap many times over"


def test_mutated_modules_are_read_or_refused(tmp_path):
    good, dice = compiled(tmp_path), random.Random(5)
    for _ in range(300):
        data = bytearray(good)
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            objcode.functions(bytes(data))
        except BadFormat:
            continue


def test_every_function_and_object_is_there_by_its_name(tmp_path):
    assert sorted(objcode.functions(compiled(tmp_path))) == [
        (DATA, "__key"),
        (DATA, "first"),
        (DATA, "table"),
        (FUNCTION, "apart"),
        (FUNCTION, "tell"),
        (FUNCTION, "use"),
    ]


def test_the_same_source_gives_the_same_code(tmp_path):
    assert differing(compiled(tmp_path), compiled(tmp_path)) == []


def test_a_member_that_moved_shows_in_the_functions_and_objects_that_hold_it(tmp_path):
    moved = compiled(tmp_path, SOURCE, "-DMORE=long flags;", '-DRELEASE="1.0-1"')
    assert differing(compiled(tmp_path), moved) == [(DATA, "first"), (FUNCTION, "use")]


def test_a_new_function_does_not_move_what_stands_behind_it(tmp_path):
    more = SOURCE.replace("int tell", 'int more(void) { return printk("new"); }\nint tell')
    with_more = compiled(tmp_path, more, "-DMORE=", '-DRELEASE="1.0-1"')
    assert differing(compiled(tmp_path), with_more) == [(FUNCTION, "more")]


def test_a_text_that_changed_shows_in_the_function_that_uses_it(tmp_path):
    other = SOURCE.replace("again", "and again")
    with_other = compiled(tmp_path, other, "-DMORE=", '-DRELEASE="1.0-1"')
    assert differing(compiled(tmp_path), with_other) == [(FUNCTION, "tell")]


def test_another_function_called_shows_by_its_name(tmp_path):
    other = SOURCE.replace('printk("%d", a)', "usleep(a)").replace(
        "static int __key", "int usleep(int);static int __key"
    )
    with_other = compiled(tmp_path, other, "-DMORE=", '-DRELEASE="1.0-1"')
    assert differing(compiled(tmp_path), with_other) == [(FUNCTION, "apart")]


def test_the_name_of_the_kernel_is_not_a_difference(tmp_path):
    info = 'const char info[] __attribute__((section(".modinfo"))) = "vermagic=" RELEASE " SMP";'
    old = compiled(tmp_path, SOURCE + info, "-DMORE=", '-DRELEASE="1.0-1"')
    new = compiled(tmp_path, SOURCE + info, "-DMORE=", '-DRELEASE="1.0-11"')
    assert differing(old, new) == []


def test_numbers_that_the_compiler_counts_up_are_no_difference(tmp_path):
    source = "int f(void) { UNUSED static int done; return done++; } int __UNIQUE_ID_addressable41 = 4;"
    old = compiled(tmp_path, source, "-DUNUSED=")
    new = compiled(tmp_path, source.replace("41", "57"), "-DUNUSED={ static int done; done++; }")
    assert (FUNCTION, "f") in differing(old, new)  # its code is another one
    assert (DATA, "__UNIQUE_ID_addressable") not in differing(old, new)
    assert [objcode.plain(n) for n in ("done.12", "f.constprop.0", "__UNIQUE_ID_ddebug855.3", "x86_64")] == [
        "done",
        "f.constprop",
        "__UNIQUE_ID_ddebug",
        "x86_64",
    ]


BUG = """
int f(int a) {
  if (a) asm volatile("1: ud2\\n.pushsection __bug_table,\\"aw\\"\\n.long 1b - .\\n.long %c0 - .\\n.word %c1\\n.word FLAGS\\n"
                      ".popsection" : : "i"("file.h"), "i"(LINE));
  return a;
}
"""


def test_the_line_of_a_warning_is_no_difference_but_its_flags_are(tmp_path):
    made = [
        compiled(tmp_path, BUG.replace("FLAGS", flags), f"-DLINE={n}") for flags, n in (("1", 7), ("1", 8), ("2", 7))
    ]
    assert [differing(made[0], other) for other in made[1:]] == [[], [(FUNCTION, "f")]]


ALTERNATIVE = """
int f(int a) {
  asm volatile("1: nop\\n2:\\n.pushsection .altinstructions,\\"a\\"\\n.long 1b - .\\n.long 3f - .\\n.word FEATURE\\n.byte 2b-1b, 4f-3f\\n"
               ".popsection\\n.pushsection .altinstr_replacement,\\"ax\\"\\n3: INSTEAD\\n4:\\n.popsection");
  return a;
}
"""


def test_what_an_alternative_puts_in_and_for_which_feature_belongs_to_the_function(tmp_path):
    source = ALTERNATIVE + ALTERNATIVE.replace("f(int", "g(int").replace("INSTEAD", "nop").replace("FEATURE", "9")
    made = [
        compiled(tmp_path, source.replace("INSTEAD", instead).replace("FEATURE", feature))
        for instead, feature in (("pause", "5"), ("lfence", "5"), ("pause", "6"))
    ]
    assert [differing(made[0], other) for other in made[1:]] == [[(FUNCTION, "f")], [(FUNCTION, "f")]]


def test_a_table_of_places_that_points_nowhere_says_nothing():
    assert objcode.functions(make_elf([Section("__bug_table", bytes(12))], [])) == {}


JUMP = """
extern long key, other;
int f(int a) {
  asm volatile("1: nop\\n2:\\n.pushsection __jump_table,\\"aw\\"\\n.long 1b - .\\n.long 2b - .\\n.quad %c0 - .\\n.popsection" : : "i"(&KEY));
  return a;
}
"""


def test_the_key_of_a_static_branch_belongs_to_the_function(tmp_path):
    assert differing(compiled(tmp_path, JUMP, "-DKEY=key"), compiled(tmp_path, JUMP, "-DKEY=other")) == [
        (FUNCTION, "f")
    ]


MERGED = "SECTIONS { " + " ".join(f".{n} 0 : {{ *(.{n} .{n}.*) }}" for n in ("text", "data", "bss", "rodata")) + " }"
STATICS = """
int printk(const char *, ...);
MORE
static short size = 3; static char flag = 1; static int count = 2, mask = 5; static long other;
int f(void) { return flag == 7 ? (count = 70000, size = 900, other *= 9, mask & 0x10101) : (other |= 1, printk("text")); }
int g(char *a) { flag = a[0]; count += a[1]; size += a[2]; mask |= a[3]; other += a[4]; return printk(a) + printk("more"); }
"""


def test_sections_that_are_merged_as_by_the_module_lds_of_7_3_compare_as_well(tmp_path):
    """Also where a constant follows behind the place in an instruction, so that it is not counted from there."""

    def merged(*options):
        (tmp_path / "apart.o").write_bytes(compiled(tmp_path, STATICS, *options))
        (tmp_path / "merge.lds").write_text(MERGED)
        command = ["ld", "-r", "-T", tmp_path / "merge.lds", "-o", tmp_path / "merged.o", tmp_path / "apart.o"]
        subprocess.run(command, check=True)
        return (tmp_path / "merged.o").read_bytes()

    more = '-DMORE=static char extra = 4, again[7]; int e(void) { again[3]++; return extra++ + printk("a new text"); }'
    assert Elf(merged("-DMORE=")).section(".text.f") is None
    assert differing(merged("-DMORE="), merged(more)) == [(DATA, "again"), (DATA, "extra"), (FUNCTION, "e")]


def test_sections_without_symbols_are_compared_whole(tmp_path):
    source = (
        'asm(".section .init.rodata,\\"a\\"\\n.long NUMBER\\n.section .note.x,\\"a\\"\\n.long NUMBER\\n.text"); int f;'
    )
    made = [compiled(tmp_path, source.replace("NUMBER", number)) for number in "12"]
    assert differing(*made) == [(DATA, "..init.rodata")]


def test_relocations_that_keep_the_addend_in_place_are_followed():
    """As on i386: a pointer to the second of two objects that share a section."""

    def made(pointer):
        sections = [
            Section(".data", b"".join(n.to_bytes(4, "little") for n in (pointer, 7, 8))),
            Section(".rel.data", bytes(4) + b"\x01\x01\0\0", type=9),
        ]
        return make_elf(sections, [Symbol("there", ".data", 0)], bits=32, machine=3)

    assert objcode.functions(made(4)) == objcode.functions(made(4)) == {}


@pytest.mark.parametrize("changed", ["0", "39"])
def test_an_unnamed_constant_counts_whole_also_beside_named_objects(tmp_path, changed):
    source = """
    __attribute__((section(".rodata"))) const long named[2] = { 1, 2 };
    void use(long *);
    void f(void) { long a[40] = { 7, 0, [CHANGED] = VALUE, [38] = 4 }; use(a); }
    void g(void) { long b[40] = { 9, 9, 9, [37] = 4 }; use(b); }
    """.replace("CHANGED", changed)
    made = [compiled(tmp_path, source, f"-DVALUE={value}") for value in (5, 6)]
    assert differing(*made) == [(FUNCTION, "f")]


PIECES = (
    """asm(".section PLACE\\n.quad 1\\none: .quad FIRST\\n.quad 0\\n.quad NEXT\\ntwo: .quad SECOND\\n.text\\n");
__asm__(".set .Lone, one\\n.set .Ltwo, two");
asm(".text\\n.globl f\\n.type f,@function\\nf: mov $.LA, %rax\\nret\\n.size f,.-f\\n"
    ".globl g\\n.type g,@function\\ng: mov $.LB, %rax\\nret\\n.size g,.-g\\n");
""".replace("one:", ".LA:")
    .replace("two:", ".LB:")
    .replace('__asm__(".set .Lone, one\\\\n.set .Ltwo, two");\n', "")
)


@pytest.mark.parametrize("place", ['.rodata.x,\\"a\\"', '.data.x,\\"aw\\"', '.text.x,\\"ax\\"'])
def test_a_place_without_a_name_counts_up_to_the_next_that_is_pointed_at(tmp_path, place):
    def made(first="2", following="there", second="3"):
        fields = {"PLACE": place, "FIRST": first, "NEXT": following, "SECOND": second}
        source = PIECES
        for field, value in fields.items():
            source = source.replace(field, value)
        return compiled(tmp_path, source)

    changed = [made(first="4"), made(following="elsewhere"), made(second="5")]
    assert [differing(made(), other) for other in changed] == [[(FUNCTION, "f")], [(FUNCTION, "f")], [(FUNCTION, "g")]]


def assembled(tmp_path, text, **fields):
    for field, value in fields.items():
        text = text.replace(field, value)
    return compiled(tmp_path, f"asm({json.dumps(text)});")


def test_a_function_without_a_size_runs_to_the_next(tmp_path):
    text = ".type f,@function\nf: mov $FIRST, %eax\nret\n.type g,@function\ng: mov $SECOND, %eax\nret\n"
    made = [assembled(tmp_path, text, FIRST=f, SECOND=s) for f, s in ("12", "32", "13")]
    assert [differing(made[0], other) for other in made[1:]] == [[(FUNCTION, "f")], [(FUNCTION, "g")]]


def test_code_under_a_label_without_a_type_counts(tmp_path):
    text = ".type f,@function\nf: ret\n.size f,.-f\nlabel: mov $VALUE, %eax\nret\n"
    assert differing(*(assembled(tmp_path, text, VALUE=value) for value in "12")) == [(FUNCTION, "label")]


def test_code_and_data_that_nothing_names_or_points_to_count_as_their_section(tmp_path):
    text = (
        ".type f,@function\nf: ret\n.size f,.-f\nmov $CODE, %eax\nret\n"
        ".data\n.type d,@object\nd: .long 1\n.size d,4\n.long DATA\n.text"
    )
    made = [assembled(tmp_path, text, CODE=code, DATA=data) for code, data in ("12", "32", "13")]
    assert [differing(made[0], other) for other in made[1:]] == [[(FUNCTION, "..text")], [(DATA, "..data")]]


def test_what_fills_up_to_the_next_function_is_no_difference(tmp_path):
    text = ".type f,@function\nf: ret\n.size f,.-f\n.balign ALIGN\n.type g,@function\ng: nop\nret\n.size g,.-g\n"
    assert differing(*(assembled(tmp_path, text, ALIGN=align) for align in ("2", "64"))) == []


def test_where_in_a_function_another_name_of_it_stands_counts(tmp_path):
    text = ".type f,@function\nf: nop\nBEFOREentry: nop\nAFTER.size f,.-f\n.globl entry\n"
    made = [assembled(tmp_path, text, BEFORE=b, AFTER=a) for b, a in (("", "nop\n"), ("nop\n", ""))]
    assert differing(*made) == [(FUNCTION, "f")]


def test_which_of_two_objects_of_one_name_is_used_counts(tmp_path):
    source = "int f(void) { static int n = A; return n++; } int g(void) { static int n = B; return n++; }"
    made = [compiled(tmp_path, source, *options) for options in (("-DA=1", "-DB=2"), ("-DA=2", "-DB=1"))]
    assert differing(*made) == [(FUNCTION, "f"), (FUNCTION, "g")]


TWO_BRANCHES = (
    '.type f,@function\nf: nop\nnop\nret\n.size f,.-f\n.section __jump_table,"aw"\n'
    ".long f - .\n.long f + 1 - .\n.quad FIRST - .\n.long f + 1 - .\n.long f + 2 - .\n.quad SECOND - .\n.text"
)


def test_which_key_belongs_to_which_branch_counts(tmp_path):
    made = [assembled(tmp_path, TWO_BRANCHES, FIRST=f, SECOND=s) for f, s in (("one", "two"), ("two", "one"))]
    assert differing(*made) == [(FUNCTION, "f")]


HANDLERS = (
    '.type f,@function\nf: nop\nnop\nret\n.size f,.-f\n.section .fixup,"ax"\n'
    "1: mov $FIRST, %eax\njmp f + 2\n2: mov $SECOND, %eax\njmp f + 2\n"
    '.section __ex_table,"a"\n.long f - .\n.long 1b - .\n.long handler - .\n'
    ".long f + 1 - .\n.long 2b - .\n.long handler - .\n.text"
)


def test_what_is_done_after_a_fault_belongs_to_the_function(tmp_path):
    """As until 5.15, with a section of its own for it and a handler in each entry."""
    made = [assembled(tmp_path, HANDLERS, FIRST=f, SECOND=s) for f, s in ("12", "21", "13")]
    assert [differing(made[0], other) for other in made[1:]] == [[(FUNCTION, "f")]] * 2


def test_a_table_of_an_unknown_shape_counts_as_it_stands(tmp_path):
    text = 'f: ret\n.section __jump_table,"aw"\n.long f - .\n.long VALUE\n.text'
    assert differing(*(assembled(tmp_path, text, VALUE=value) for value in "12")) == [(DATA, ".__jump_table")]


def test_an_entry_that_speaks_of_no_function_counts_as_the_tables(tmp_path):
    text = '.section .static_call_sites,"a"\n.long elsewhere - .\n.long KEY - .\n.text'
    assert differing(*(assembled(tmp_path, text, KEY=key) for key in ("one", "two"))) == [(DATA, "..static_call_sites")]


def test_an_alternative_of_no_instructions_points_nowhere(tmp_path):
    text = (
        '.type f,@function\nf: nop\nret\n.size f,.-f\n.section .altinstr_replacement,"ax"\n1: OTHER\n'
        '.section .altinstructions,"a"\n.long f - .\n.long 1b - .\n.word 5\n.byte 1, 0\n.text'
    )
    assert differing(*(assembled(tmp_path, text, OTHER=other) for other in ("nop", ""))) == []


def test_places_that_point_to_each_other_come_to_an_end(tmp_path):
    text = '.type f,@function\nf: mov $1f, %rax\n.size f,.-f\n.section .rodata.x,"a"\n1: .quad 2f\n2: .quad 1b, VALUE\n.text'
    assert differing(*(assembled(tmp_path, text, VALUE=value) for value in "12")) == [(FUNCTION, "f")]


def test_texts_that_overlap_many_times_over_are_refused(tmp_path):
    text = '.section .rodata.str1.1,"aMS",@progbits,1\n1: .fill 65536,1,65\n.byte 0\n.data\n.set at, 0\n' + (
        ".rept 4096\n.quad 1b + at\n.set at, at + 1\n.endr\n.text"
    )
    with pytest.raises(BadFormat) as raised:
        objcode.functions(assembled(tmp_path, text))
    assert str(raised.value) == "texts overlap many times over"


def test_a_text_of_wide_characters_ends_with_a_whole_zero(tmp_path):
    text = (
        ".type f,@function\nf: mov $1f, %rax\n.size f,.-f\n"
        '.section .rodata.str2.2,"aMS",@progbits,2\n1: .hword 0x100, 0x001, VALUE, 0, 9\n.text'
    )
    assert differing(*(assembled(tmp_path, text, VALUE=value) for value in "12")) == [(FUNCTION, "f")]
