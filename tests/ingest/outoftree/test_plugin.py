# SPDX-License-Identifier: GPL-2.0-or-later
"""A small module compiled against two made header trees, without and with the compiler plug-in."""

import subprocess
from pathlib import Path

import pytest

from ingest.formats import accesses, objcode
from ingest.formats.objcode import DATA, FUNCTION
from ingest.outoftree.evidence import KCFLAGS, PLUGIN

pytestmark = pytest.mark.tool("gcc", "g++")

HEADER = """
struct list { struct list *next; };
struct payload { long words[2]; };
struct key {
    long serial;
    MORE
    union { struct payload payload; struct { void *name; long data; }; };
    unsigned dead : 1, FEWER used : 1;
    struct list node;
};
struct hook_ops { EARLIER int (*hook)(struct key *); int priority; };
int printk(const char *, ...);
void *allocate(unsigned long);
#define container_of(p, type, member) ({ void *__at = (void *)(p); (type *)(__at - __builtin_offsetof(type, member)); })
static inline int flagged(struct key *key) { return key->serial & FLAG; }
struct unrelated { int a; UNRELATED int b; };
#define UNUSED(x) (x)
"""
SOURCE = """
#include "kernel.h"
struct own { int users; struct hook_ops ops; int last; };
int reads_data(struct key *key) { return key->data; }
int reads_bit(struct key *key) { return key->used; }
int goes_up(struct list *node) { return container_of(node, struct key, node)->serial; }
int asks(struct key *key) { return flagged(key) ? printk("flagged") : 0; }
int holds(int (*take)(struct hook_ops *)) { struct hook_ops ops = { 0 }; return take(&ops); }
struct hook_ops *makes(void) { return allocate(sizeof(struct hook_ops)); }
int has_own(struct own *own) { return own->last; }
int same(int a) { return printk("%d", a); }
struct hook_ops table[2] = { { .hook = asks }, { .priority = 3 } };
"""
PLAIN = {"MORE": "", "FEWER": "", "EARLIER": "", "UNRELATED": "", "FLAG": "1"}


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    """The plug-in, compiled for the gcc of this host."""
    headers = Path(subprocess.check_output(["gcc", "-print-file-name=plugin"], text=True).strip()) / "include"
    if not (headers / "gcc-plugin.h").exists():
        pytest.skip("gcc's plug-in headers missing: `make system-tools` installs what the tests use")
    made = tmp_path_factory.mktemp("plugin") / "accesses.so"
    options = ["-shared", "-fPIC", "-fno-rtti", "-O1", f"-I{headers}"]
    subprocess.run(["g++", *options, PLUGIN / "accesses.cc", "-o", made], check=True)
    return made


def built(folder, plugin=None, **changed):
    """The object file, and the plug-in's log, of the source compiled against a header tree with these changes."""
    tree, source = folder / "linux-headers-1", folder / "module.c"
    tree.mkdir(parents=True)
    (tree / "kernel.h").write_text(HEADER)
    source.write_text(SOURCE)
    log = folder / "accesses.log"
    options = [f"-fplugin={plugin}", f"-fplugin-arg-accesses-log={log}"] if plugin else []
    defined = [f"-D{name}={text}" for name, text in {**PLAIN, **changed}.items()]
    command = ["gcc", "-O2", *KCFLAGS.split(), "-fno-pie", *defined, *options, f"-I{tree}", "-c", source]
    subprocess.run([*command, "-o", folder / "module.o"], check=True)
    return objcode.functions((folder / "module.o").read_bytes()), accesses.read(log.read_bytes()) if plugin else None


def told(tmp_path, plugin=None, **changed):
    """What differs, and why as far as the plug-in says."""
    (old, before), (new, now) = built(tmp_path / "old", plugin), built(tmp_path / "new", plugin, **changed)
    differing = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    if before is None:
        return differing
    return {key: accesses.explain(before, now, key, {name for _, name in old}) for key in differing}


def test_an_unrelated_change_is_not_found(tmp_path):
    assert told(tmp_path, UNRELATED="long c;") == []


def test_one_moved_member_is_found(tmp_path):
    assert told(tmp_path, MORE="long more;") == [
        (FUNCTION, "goes_up"),
        (FUNCTION, "reads_bit"),
        (FUNCTION, "reads_data"),
    ]


def test_the_plugin_changes_nothing_and_sees_nothing_of_an_unrelated_change(tmp_path, plugin):
    assert told(tmp_path, plugin, UNRELATED="long c;") == {}
    assert built(tmp_path / "plain")[0] == built(tmp_path / "seen", plugin)[0]


def test_the_plugin_names_the_member_that_moved_also_in_unions_and_by_container_of(tmp_path, plugin):
    assert told(tmp_path, plugin, MORE="long more;") == {
        (FUNCTION, "goes_up"): ("struct key.node: offset 32 -> 40",),
        (FUNCTION, "reads_bit"): ("struct key.used: offset 24 bit 1 -> 32 bit 1",),
        (FUNCTION, "reads_data"): ("struct key.data: offset 16 -> 24",),
    }


def test_the_plugin_names_types_held_by_value_and_those_that_are_allocated(tmp_path, plugin):
    grown = "struct hook_ops: size 16 -> 24"
    assert told(tmp_path, plugin, EARLIER="long first;") == {
        (DATA, "table"): (grown, "struct hook_ops.hook: offset 0 -> 8", "struct hook_ops.priority: offset 8 -> 16"),
        (FUNCTION, "has_own"): ("struct own.last: offset 24 -> 32",),
        (FUNCTION, "holds"): (grown,),
        (FUNCTION, "makes"): (grown,),
    }


def test_the_plugin_names_an_inline_function_that_changed(tmp_path, plugin):
    """No type and no CRC shows that."""
    assert told(tmp_path, plugin, FLAG="4") == {(FUNCTION, "asks"): ("inline function flagged(): changed",)}
