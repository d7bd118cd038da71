# SPDX-License-Identifier: GPL-2.0-or-later
"""What the made-up history is made of: symbols in modules, options, and which line has which of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from abidb.transfer.content import CONFIG, EXPORTS, MODULES

SEED = 20261123
DECLARED, MODULES_KNOWN, OPTIONS = 100_000, 4_500, 12_000
GENERIC, CLOUD = 24_700, 15_000
TURNOVER = 9_000  #: exports that come into a line in the course of it
LINES = 12


@cache
def declarations() -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int32]]:
    """Every declaration as the line of a set, in order, and the rank by which lines take them up."""
    random = np.random.default_rng([SEED, 2])
    modules = module_paths()
    own = random.integers(0, len(modules), size=DECLARED)
    names: set[str] = set()
    lines = []
    for n in range(DECLARED):
        module = modules[int(own[n])]
        in_vmlinux = n % 5 < 2
        subsystem = module.rsplit("/", 1)[-1]
        name = f"{subsystem}_{_WORDS[n % len(_WORDS)]}_{_WORDS[n * 7919 // 64 % len(_WORDS)]}"
        name = name if name not in names else f"{name}_{n:x}"
        names.add(name)
        kind = "EXPORT_SYMBOL" if n % 3 == 0 else "EXPORT_SYMBOL_GPL"
        namespace = subsystem.upper() if own[n] % 7 == 0 and not in_vmlinux else ""
        lines.append(f"{name}\t{'vmlinux' if in_vmlinux else module}\t{kind}\t{namespace}\t".encode())
    lines.sort()
    subsystems = [line.split(b"_", 1)[0] for line in lines]
    turn = {name: n for n, name in enumerate(random.permutation(sorted(set(subsystems))).tolist())}
    # Subsystems come one after another; one symbol of ten comes when it will.
    wanted = np.array([turn[name] for name in subsystems]) / len(turn)
    wanted = np.where(random.random(DECLARED) < 0.1, random.random(DECLARED), wanted)
    return np.array(lines, dtype=object), np.argsort(np.argsort(wanted)).astype(np.int32)


_WORDS = (
    *("register", "unregister", "alloc", "free", "get", "put", "init", "exit", "read", "write"),
    *("lock", "unlock", "start", "stop", "add", "remove", "create", "destroy", "enable", "disable"),
    *("set", "clear", "find", "lookup", "insert", "delete", "map", "unmap", "attach", "detach"),
    *("open", "close", "device", "driver", "bus", "class", "queue", "buffer", "page", "inode"),
    *("dentry", "super", "block", "request", "bio", "skb", "sock", "netdev", "link", "port"),
    *("host", "ctrl", "node", "table", "entry"),
)


@cache
def module_paths() -> tuple[str, ...]:
    """The modules that there are."""
    folders = ("drivers/net", "drivers/gpu/drm", "sound/pci", "fs", "net/netfilter", "drivers/usb", "crypto", "net")
    return tuple(f"{folders[n % 8]}/{_WORDS[n % 61 % len(_WORDS)]}{n:x}" for n in range(MODULES_KNOWN))


def members(line: int) -> dict[str, list[bytes]]:
    """Every member that a set of this line may have, in order."""
    declared, rank = declarations()
    here = np.flatnonzero((rank >= first_rank(line)) & (rank < first_rank(line) + GENERIC + TURNOVER))
    options = [option(n, value) for n in range(OPTIONS) for value in (b"y", b"m")]
    return {EXPORTS: declared[here].tolist(), MODULES: module_facts(MODULES_KNOWN), CONFIG: sorted(options)}


def module_facts(count: int) -> list[bytes]:
    return sorted(b"%s\tGPL" % path.encode() for path in module_paths()[:count])


def first_rank(line: int) -> int:
    return line * (DECLARED - GENERIC - TURNOVER) // (LINES - 1)


def option(n: int, value: bytes) -> bytes:
    return b"CONFIG_OPTION_%05d\t%s" % (n, value)


def runs(random: np.random.Generator, part: float) -> npt.NDArray[np.bool_]:
    """A mask that holds for that part of the declarations, in runs of 20 on average."""
    lengths = random.geometric(1 / 20, size=DECLARED // 5)
    changes = random.random(lengths.size) < part
    return np.repeat(changes, lengths)[:DECLARED]
