# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.outoftree import BUILT, HARNESS, NO_COMPILE, NOT_APPLICABLE, PARTLY
from ingest.outoftree.outcome import Left, Outcome, first_error, outcome

BUILD = "/var/lib/dkms/acpi_call/1.2.2/build"
ERROR = f"{BUILD}/acpi_call.c:26:9: error: too few arguments to function ‘f’"
MADE = "make[1]: Entering directory '/usr/src/linux-headers-6.1.0-56-amd64'\n  CC [M]  a.o\n"


def left(status, promised=("a", "b"), came=(), rules=()):
    return Left(status, rules, promised, frozenset(came))


@pytest.mark.parametrize(
    ("found", "log", "expected"),
    [
        ([], "", Outcome(HARNESS, "no dkms.conf was built")),
        ([left(10)], MADE, Outcome(HARNESS, "dkms ended with status 10", ("a", "b"))),
        ([left(0)], MADE, Outcome(HARNESS, "dkms ended with status 0", ("a", "b"))),
        (
            [left(4)],
            "Error! Your kernel headers cannot be found at\n",
            Outcome(HARNESS, "Error! Your kernel headers cannot be found at", ("a", "b")),
        ),
        (
            [left(10)],
            "no driver!\nmake: *** [Makefile:1: x] Error 1\nError! Bad\n",
            Outcome(HARNESS, "no driver!", ("a", "b")),
        ),
        ([left(10)], "sh: 1: autoconf: not found\n", Outcome(HARNESS, "sh: 1: autoconf: not found", ("a", "b"))),
        ([left(1)], ERROR, Outcome(HARNESS, "acpi_call.c:26:9: error: too few arguments to function ‘f’", ("a", "b"))),
    ],
)
def test_what_is_not_understood_is_ours(found, log, expected):
    assert outcome(found, log) == expected


def test_what_make_says_after_a_limit_was_met_means_nothing():
    log = f"--- make.log\nln: x: Read-only file system\n{ERROR}\n"
    assert outcome([left(10)], log) == Outcome(HARNESS, "ln: x: Read-only file system", ("a", "b"))


@pytest.mark.parametrize(
    "line",
    [
        "cp: error writing 'x': No space left on device",
        "/bin/sh: 1: cannot create x: Read-only file system",
        "./configure: line 30: conftest.c: No space left on device",
        "x86_64-linux-gnu-gcc-12: fatal error: Killed signal terminated program cc1",
        "cc1: out of memory allocating 65536 bytes after a total of 0 bytes",
        "virtual memory exhausted: Cannot allocate memory",
        "/usr/bin/ld: final link failed: No space left on device",
        "{standard input}: Fatal error: can't write 134 bytes to section .text of a.o: 'No space left on device'",
        "a.c:90:1: fatal error: error writing to /tmp/c.s: No space left on device",
        "make[2]: fork: Resource temporarily unavailable",
        "scripts/basic/fixdep: error while loading shared libraries: libx.so.1: cannot open shared object file",
    ],
)
def test_a_tool_that_met_a_limit_is_ours(line):
    assert outcome([left(10)], f"--- make.log\n{ERROR}\n{line}\n") == Outcome(HARNESS, line, ("a", "b"))


@pytest.mark.parametrize(
    "quoted",
    [
        '   10 |         pr_err("x: Cannot allocate memory");',
        '      | cp: "No space left on device"',
        'a.c:3:2: warning: #warning "Read-only file system"',
        "/* error while loading shared libraries */",
        "printk(KERN_ERR, out of memory allocating)",
    ],
)
def test_words_of_the_source_that_a_compiler_quotes_are_no_limit(quoted):
    log = f"--- make.log\n{ERROR}\n{quoted}\n"
    assert outcome([left(10)], log).outcome == NO_COMPILE


def test_keys_that_dkms_cannot_make_are_no_matter():
    log = f"openssl not found\nmok.key: Read-only file system\n--- make.log\n{ERROR}\n"
    assert outcome([left(10)], log).outcome == NO_COMPILE


def test_a_rule_that_is_not_met_is_no_failure():
    rules = ('BUILD_EXCLUSIVE_KERNEL="^5"', 'BUILD_EXCLUSIVE_ARCH="arm"')
    assert outcome([left(77, rules=rules)], "") == Outcome(NOT_APPLICABLE, " ".join(rules))


def test_a_rule_of_one_of_two_leaves_the_other_to_be_judged():
    assert outcome([left(77), left(0, ("a",), ("a",))], "") == Outcome(BUILT)


def test_source_that_does_not_compile_names_its_first_error():
    log = MADE + f"{BUILD}/a.c:1:1: warning: unused\n" + ERROR + f"\n{BUILD}/b.c:1:1: error: later\n"
    reason = "acpi_call.c:26:9: error: too few arguments to function ‘f’"
    assert outcome([left(10)], log) == Outcome(NO_COMPILE, reason, ("a", "b"))


def test_some_of_the_modules_are_not_all():
    assert outcome([left(7, came=("a",))], ERROR) == Outcome(
        PARTLY, "acpi_call.c:26:9: error: too few arguments to function ‘f’", ("b",)
    )
    assert outcome([left(0, came=("a",))], "") == Outcome(PARTLY, "dkms ended with status 0", ("b",))


def test_all_modules_that_dkms_does_not_take_are_no_part_of_them():
    whole = left(10, came=("a", "b"))
    assert outcome([whole], ERROR).outcome == NO_COMPILE
    assert outcome([whole], MADE) == Outcome(HARNESS, "dkms ended with status 10")


def test_all_modules_and_no_complaint_are_a_build():
    assert outcome([left(0, came=("a", "b"))], "a test that prints error: nothing") == Outcome(BUILT)


@pytest.mark.parametrize(
    "line",
    [
        "a.c:3:10: fatal error: linux/none.h: No such file or directory",
        "/usr/src/linux-headers-6.1.0-56-common/include/linux/x.h:3:10: error: expected ‘;’",
        "ERROR: modpost: GPL-incompatible module a.ko uses GPL-only symbol 'b'",
        'ERROR: modpost: "b" [/scratch/a.ko] undefined!',
        "FATAL: modpost: GPL-incompatible module a.ko uses GPL-only symbol 'b'",
        'configure: error: *** None of the expected "timer_setup" interfaces were detected.',
        "*** Unable to build an empty module.",
        "make[3]: *** No rule to make target 'b.o', needed by 'a.o'. Stop.",
        "1 out of 3 hunks FAILED -- saving rejects to file a.c.rej",
        "cc1: error: unrecognized argument",
        "ld: a.o: in function `f': undefined reference to `g'",
    ],
)
def test_the_first_error_may_be_of_any_tool(line):
    assert first_error(f"{MADE}{line}\nmake: *** [Makefile:1: a] Error 2\n") == line


def test_no_error_is_made_up():
    assert first_error(f"{MADE}a.c:1:1: warning: no error here\nchecking for error.h... yes\n") == ""


def test_a_reason_is_the_same_on_any_machine_and_not_endless():
    log = "/usr/src/acpi_call-1.2.2/x.c:1:1: error:   " + "y" * 1000
    assert first_error(log) == "x.c:1:1: error: " + "y" * 384
