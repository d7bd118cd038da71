# SPDX-License-Identifier: GPL-2.0-or-later
"""What many kernels answer to one module: as each answers alone, however alike they are."""

import dataclasses
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abidb.records import VMLINUX, Export
from abidb.verdict import UNSAID, Candidate, Host, Reason, Verdict, verdict
from abidb.verdicts import Table, columns_of, verdicts

FLAGS = "SMP preempt mod_unload modversions "
SYMBOLS = ("module_layout", "kfree", "tun_get", "spaced", "for_kvm", "nowhere")
KINDS = ("EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL")
CRCS = (0, 1, 2)  # 0 stands for none


def of_sets(*sets):
    """A table whose rows are these sets."""
    met = {Export(e.symbol, e.module, None, e.kind, e.namespace) for exports in sets for e in exports}
    declared = sorted(met, key=dataclasses.astuple)
    there = np.zeros((len(sets), len(declared)), dtype=bool)
    crcs = np.zeros(there.shape, dtype=np.uint32)
    for row, exports in enumerate(sets):
        for e in exports:
            column = declared.index(Export(e.symbol, e.module, None, e.kind, e.namespace))
            there[row, column], crcs[row, column] = True, e.crc or 0
    return Table(tuple(declared), there, crcs, columns_of(declared))


@st.composite
def tables(draw):
    places = st.tuples(st.sampled_from(SYMBOLS[:-1]), st.sampled_from((VMLINUX, "a", "b")))
    shape = st.tuples(st.sampled_from(KINDS), st.sampled_from(("", "NS", "module:kvm")), st.sampled_from(CRCS))
    sets = draw(st.lists(st.dictionaries(places, shape, max_size=9), min_size=1, max_size=4))
    return of_sets(
        *([Export(symbol, module, crc or None, *how) for (symbol, module), (*how, crc) in one.items()] for one in sets)
    )


modules = st.builds(
    Candidate,
    name=st.sampled_from(("made", "kvm", "lve")),
    licenses=st.sampled_from(((), ("GPL",), ("Proprietary",))),
    vermagic=st.sampled_from(("", f"6.1.0-1-amd64 {FLAGS}")),
    namespaces=st.sampled_from(((), ("NS",))),
    imports=st.lists(
        st.tuples(st.sampled_from(SYMBOLS), st.sampled_from((None, 1, 2))), unique_by=lambda pair: pair[0]
    ).map(tuple),
    siblings=st.sampled_from((frozenset(), frozenset({"tun_get"}))),
    btf=st.booleans(),
    weak=st.sampled_from((frozenset(), frozenset({"nowhere", "kfree"}))),
    dump=st.booleans(),
)


def kernel(table, row, **fields):
    known = {"kernel_release": "6.1.0-1-amd64", "vermagic": f"6.1.0-1-amd64 {FLAGS}", "covers": "all"}
    flags = {"has_crcs": True, "apart": False, "btf_enforced": None, "exports": partial(table.exports, row)}
    return Host(**known | flags | fields)


kernels = st.fixed_dictionaries(
    {
        "covers": st.sampled_from(("all", "vmlinux")),
        "has_crcs": st.booleans(),
        "apart": st.booleans(),
        "lax_namespaces": st.sampled_from((None, True)),
        "force_load": st.sampled_from((None, True, False)),
    }
)


@given(table=tables(), module=modules, given_kernels=st.lists(kernels, min_size=1, max_size=5), data=st.data())
def test_many_kernels_are_answered_as_each_alone(table, module, given_kernels, data):
    rows = [data.draw(st.integers(0, len(table.there) - 1)) for _ in given_kernels]
    hosts = [kernel(table, row, **fields) for row, fields in zip(rows, given_kernels, strict=True)]
    alone = [verdict(module, host) for host in hosts]
    assert list(verdicts(module, hosts, rows, table)) == alone
    for few, whole in zip(verdicts(module, hosts, rows, table, most=1), alone, strict=True):
        assert (dataclasses.replace(few, more=()), dict(few.more)) == shortened(whole, 1)


def shortened(found, most):
    """A verdict with so many reasons of a kind, and so much of what is untold; how many of each are not there."""
    kinds = {}
    for reason in found.reasons:
        kinds.setdefault(reason.kind, []).append(reason)
    more = {kind: len(some) - most for kind, some in kinds.items() if len(some) > most}
    if len(found.untold) > most:
        more[UNSAID] = len(found.untold) - most
    kept = tuple(reason for some in kinds.values() for reason in some[:most])
    return Verdict(found.answer, kept, found.untold[:most]), more


def test_a_table_tells_what_a_set_exports_of_a_symbol():
    tun, other = Export("tun", "net/tun", 1, KINDS[1], "NS"), Export("tun", "lib/tun", None, KINDS[0], "")
    table = of_sets([tun, Export("kfree", VMLINUX, 2, KINDS[0], "")], [tun, other])
    assert [table.exports(row, "tun") for row in (0, 1)] == [(tun,), (other, tun)]
    assert table.exports(1, "kfree") == table.exports(1, "nowhere") == ()


def test_a_module_that_imports_nothing_that_is_on_record_is_answered():
    module = Candidate("m", ("GPL",), f"6.1.0-1-amd64 {FLAGS}", (), (("new", 1),))
    table = of_sets([], [])
    hosts = [kernel(table, row) for row in (0, 1)]
    (one, other) = verdicts(module, hosts, [0, 1], table)
    assert one == other == Verdict("refused", (Reason("missing", "new"),), ("module_layout",))


@pytest.mark.parametrize(("most", "names", "more"), [(1, ["a"], {"missing": 2}), (3, ["a", "b", "c"], {})])
def test_of_many_reasons_the_first_of_each_kind_are_kept_and_the_others_counted(most, names, more):
    imports = (("module_layout", 1), ("a", 1), ("kfree", 9), ("b", 1), ("c", 1))
    module = Candidate("m", ("GPL",), f"6.1.0-1-amd64 {FLAGS}", (), imports)
    table = of_sets([Export(name, VMLINUX, 1, KINDS[0], "") for name in ("module_layout", "kfree")])
    (found,) = verdicts(module, [kernel(table, 0)], [0], table, most)
    assert [one.symbol for one in found.reasons if one.kind == "missing"] == names
    assert (found.answer, dict(found.more)) == ("refused", more)
