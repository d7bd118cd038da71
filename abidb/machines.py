# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of Debian's architectures an ELF file is for (include/uapi/linux/elf-em.h)."""

from __future__ import annotations

ARM = "40/32/little"
#: by e_machine, word size and byte order, as abidb.records.ModuleFile.machine has them
ARCHITECTURES = {
    "62/64/little": ("amd64",),
    "183/64/little": ("arm64",),
    "3/32/little": ("i386",),
    ARM: ("armhf", "armel"),
    "21/64/little": ("ppc64el",),
    "243/64/little": ("riscv64",),
    "22/64/big": ("s390x",),
    "258/64/little": ("loong64",),
    "8/64/little": ("mips64el", "mipsel"),  # mipsel has kernels of 64 bits, too
    "8/32/little": ("mipsel",),
    "8/64/big": ("mips",),
    "8/32/big": ("mips",),
    "21/64/big": ("ppc64", "powerpc"),
    "20/32/big": ("powerpc",),
    "22/32/big": ("s390",),
    "36902/64/little": ("alpha",),
    "15/32/big": ("hppa",),
    "15/64/big": ("hppa",),
    "50/64/little": ("ia64",),
    "4/32/big": ("m68k",),
    "42/32/little": ("sh4",),
    "43/64/big": ("sparc64", "sparc"),
}


def architectures(machine: str, vermagic: str) -> tuple[str, ...]:
    """Architectures whose kernels may take a module of this machine, the likeliest first; none where it is unknown."""
    if machine == ARM:  # MODULE_ARCH_VERMAGIC of arch/arm/include/asm/vermagic.h
        words = vermagic.split()
        if any(word.startswith("ARMv7") for word in words):
            return ("armhf",)
        if any(word.startswith("ARMv") for word in words):
            return ("armel",)
    return ARCHITECTURES.get(machine, ())
