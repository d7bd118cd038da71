# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.machines import architectures


@pytest.mark.parametrize("machine", ["", "62/32/little", "0/64/little", "x"])
def test_a_machine_that_debian_has_no_kernel_for_has_no_architecture(machine):
    assert architectures(machine, "") == ()


@pytest.mark.parametrize(
    ("machine", "vermagic", "archs"),
    [
        ("62/64/little", "", ("amd64",)),
        ("22/64/big", "", ("s390x",)),
        ("8/64/little", "6.1.0-50-octeon SMP mod_unload modversions OCTEON 64BIT ", ("mips64el", "mipsel")),
        ("40/32/little", "6.1.0-50-armmp SMP mod_unload modversions ARMv7 p2v8 ", ("armhf",)),
        ("40/32/little", "6.1.0-50-rpi mod_unload modversions ARMv6 p2v8 ", ("armel",)),
        ("40/32/little", "", ("armhf", "armel")),
    ],
)
def test_a_machine_and_its_vermagic_tell_the_architecture(machine, vermagic, archs):
    assert architectures(machine, vermagic) == archs
