# SPDX-License-Identifier: GPL-2.0-or-later
"""Which exported symbols a source seems to use."""

from ingest.formats.cbranches import Kernel
from ingest.formats.csymbols import Headers, symbols

KERNEL = Kernel((6, 1, 0), {"CONFIG_PM"})
HEADERS = {
    "include/linux/slab.h": b"#include <linux/gfp.h>\nstatic inline void *kzalloc(int n) { return __kmalloc(n); }",
    "include/linux/gfp.h": b'#include "near.h"\n#define free_page(p) free_pages(p, 0)',
    "include/linux/near.h": b"#define near() nearest()",
    "include/linux/other.h": b"static inline void kzalloc(void) { never(); }",
    "arch/x86/include/asm/io.h": b"#ifdef CONFIG_PM\n#define outl(v) __outl(v)\n#else\n#define outl(v) no_outl(v)\n#endif",
}
EXPORTS = frozenset(
    ("__kmalloc", "free_pages", "nearest", "never", "__outl", "no_outl", "param_ops_int", "param_ops_bool", "kfree")
    + ("module_layout", "__write_overflow_field", "pci_enable", "printk")
)


def used(*texts, headers=HEADERS):
    tree = Headers(headers, ("arch/x86/include/", "include/"), KERNEL)
    sources = {f"foo-1/{n}.c": text for n, text in enumerate(texts)}
    return sorted(symbols(sources, tree, KERNEL, EXPORTS))


def test_source_that_names_nothing_uses_what_every_module_does():
    assert used() == ["module_layout"]


def test_names_in_comments_literals_and_branches_not_taken_do_not_count():
    assert used(b'/* kfree */ "kfree"\n#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 0, 0)\nkfree(x);\n#endif\n') == [
        "module_layout"
    ]


def test_file_that_is_no_c_source_does_not_count():
    tree = Headers({}, (), KERNEL)
    assert symbols({"README": b"kfree"}, tree, KERNEL, EXPORTS) == {"module_layout"}


def test_inlines_and_macros_of_included_headers_are_followed_and_of_others_not():
    text = b"#include <linux/slab.h>\n#include <asm/io.h>\n#include <missing.h>\nkzalloc(1); free_page(p); near(); outl(2);"
    assert used(text) == ["__kmalloc", "__outl", "free_pages", "module_layout", "nearest"]


def test_symbols_that_macros_paste_together_for_parameters_count():
    text = b"module_param(a, int, 0644); module_param_named(b, c, bool, 0);"
    assert used(text) == ["module_layout", "param_ops_bool", "param_ops_int"]


def test_what_the_compiler_calls_only_where_it_refuses_does_not_count():
    assert used(b"__write_overflow_field();") == ["module_layout"]
