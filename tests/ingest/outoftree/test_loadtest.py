# SPDX-License-Identifier: GPL-2.0-or-later
import re
from dataclasses import dataclass, field

import pytest

from abidb.errors import Unavailable, UnknownName
from abidb.outoftree import ACCEPTED, REFUSED, UNTRIED
from ingest.outoftree import loadtest, vm
from ingest.outoftree.intree import OwnModules
from ingest.outoftree.loadtest import Machine, answers_of
from ingest.outoftree.trials import Answer, read
from tests.builders.kernel import make_image_deb, make_module
from tests.builders.outoftree import make_target
from tests.builders.records import make_export

NONE = OwnModules({}, {}, {})
TRIES = re.compile(rb"\ntry (\d+)")
TOKEN = re.compile(rb"abidb ([0-9a-f]{16}) ")


def module(name, *, exports=(), needs=()):
    data = make_module([make_export(symbol, module=name) for symbol in exports], name=name, undefined=needs)
    return read(name, data)


@dataclass
class Emulator:
    """Says what a kernel would, of which `says` tells by a module's name: its words, its status; None: it breaks."""

    says: dict[str, tuple[str, int | None]]
    end: str = vm.OFF
    boots: list[list[str]] = field(default_factory=list)

    def __call__(self, vmlinuz: bytes, initramfs: bytes, limits: vm.Limits) -> vm.Boot:
        token = TOKEN.search(initramfs)[1].decode()
        names = re.findall(rb"\0name=([a-z]+)\0", initramfs)
        lines, tried = [f"abidb {token} ready"], []
        for number in map(int, TRIES.findall(initramfs)):
            name = names[number].decode()
            words, status = self.says.get(name, ("", 0))
            tried.append(name)
            lines += [f"abidb {token} begin {number}", words]
            if status is None:
                break
            lines.append(f"abidb {token} end {number} {status}")
        self.boots.append(tried)
        return vm.Boot("\n".join(lines), self.end, 1.0)


def machine(boot):
    return Machine(b"vmlinuz", NONE, {}, b"busybox", boot=boot)


def test_only_kernels_for_amd64_are_booted():
    with pytest.raises(UnknownName, match="6.1.0-1-arm64 is for arm64: load tests are for amd64 only"):
        loadtest.require(make_target("6.1.0-1-arm64", arch="arm64"))


def test_what_is_missing_is_named_with_what_installs_it(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda tool: None)
    with pytest.raises(Unavailable, match="qemu-system-x86_64 and busybox missing: `make system-tools` installs"):
        loadtest.require(make_target())


def test_a_kernel_that_does_not_come_as_far_as_init_is_told_with_its_last_words():
    def panics(*_):
        return vm.Boot("Linux\nKernel panic - not syncing: no init", vm.OFF, 1.0)

    with pytest.raises(Unavailable, match="as far as init: the kernel broke: Linux / Kernel panic - not syncing"):
        answers_of(machine(panics), [(module("a"),)])


def test_all_sets_are_tried_in_one_boot():
    boot = Emulator({"b": ("b: disagrees about version of symbol kfree", 8)})
    found = answers_of(machine(boot), [(module("a"),), (module("b"),)])
    assert found.answers == {
        "a": Answer(ACCEPTED, (), ()),
        "b": Answer(REFUSED, (("crc", "kfree"),), ("b: disagrees about version of symbol kfree",)),
    }
    assert boot.boots == [["a", "b"]]


def test_what_a_module_breaks_costs_the_others_another_boot():
    boot = Emulator({"a": ("calling  a_init+0x0/0x10 [a] @ 1", None)})
    sets = [(module("a", exports=["x"]), module("b", needs=["x"])), (module("c"),)]
    boot.says["b"] = ("b: Unknown symbol x (err -2)", 2)
    found = answers_of(machine(boot), sets)
    assert {name: one.answer for name, one in found.answers.items()} == {"a": ACCEPTED, "b": UNTRIED, "c": ACCEPTED}
    assert boot.boots == [["a"], ["b", "c"]]


def test_what_needs_a_module_of_another_package_cannot_be_tried_without_it():
    boot = Emulator({"a": ("a: Unknown symbol x (err -2)", 2), "b": ("b: Unknown symbol y (err -2)", 2)})
    found = answers_of(machine(boot), [(module("a", needs=["x"]),), (module("b", needs=["y"]),)], {"x"})
    assert {name: one.answer for name, one in found.answers.items()} == {"a": UNTRIED, "b": REFUSED}


def test_a_kernel_that_breaks_before_the_first_trial_is_not_booted_for_ever():
    def breaks(_vmlinuz, initramfs, _limits):
        return vm.Boot(f"abidb {TOKEN.search(initramfs)[1].decode()} ready", vm.OFF, 1.0)

    found = answers_of(machine(breaks), [(module("a"),), (module("b"),)])
    assert {one.messages for one in found.answers.values()} == {("the kernel ended before it was tried",)}
    assert {one.answer for one in found.answers.values()} == {UNTRIED}


def test_a_module_that_was_cut_short_by_others_is_tried_again():
    boot = Emulator({"b": ("", None)}, end=vm.LATE)
    found = answers_of(machine(boot), [(module("a"),), (module("b"),)])
    assert boot.boots == [["a", "b"], ["b"]]
    assert found.answers["b"] == Answer(UNTRIED, (), ("time was over",))


def test_sets_that_are_too_large_together_come_one_after_another(monkeypatch):
    monkeypatch.setattr(loadtest, "BATCH", 1)
    boot = Emulator({})
    answers_of(machine(boot), [(module("a"),), (module("b"),)])
    assert boot.boots == [["a"], ["b"]]


def test_a_run_reads_the_debs_and_answers_in_the_order_of_the_modules(tmp_path, monkeypatch):
    boot = Emulator({"b": ("b: Unknown symbol gone (err -2)", 2)})
    monkeypatch.setattr(loadtest, "require", lambda kernel: b"busybox")
    monkeypatch.setattr(vm, "boot", boot)
    deb = tmp_path / "image.deb"
    deb.write_bytes(
        make_image_deb(b"image", {"lib/crc": make_module([make_export("crc", module="lib/crc")], name="crc")})
    )
    paths = {}
    for name, needs in (("b", ["gone"]), ("a", ["crc"])):
        paths[name] = tmp_path / f"{name}.ko"
        paths[name].write_bytes(make_module(name=name, undefined=needs))
    kernel = make_target()
    found = loadtest.run(kernel, [[("22", paths["b"]), ("11", paths["a"])]], [deb])
    assert [(one.sha256, one.module, one.kernel, one.answer, one.reasons) for one in found] == [
        ("22", "b", kernel, REFUSED, (("missing", "gone"),)),
        ("11", "a", kernel, ACCEPTED, ()),
    ]
    assert boot.boots == [["b", "crc", "a"]]
