# SPDX-License-Identifier: GPL-2.0-or-later
"""Try modules on real kernels in an emulator, and compare what the kernel answers with what abidb does.

    manage.py loadtest 6.1.0-55-cloud-amd64 foo.ko bar.ko.xz
    manage.py loadtest 6.1.0-54-cloud-amd64 6.12.117+deb13-cloud-amd64 --package zfs-dkms
    manage.py loadtest 6.1.0-54-cloud-amd64 --built-on 6.1.0-53-cloud-amd64

Without files it takes the modules that the record has from building packages: of the named ones, else of all; as built
on the kernel --built-on, else as built last. The answers to those are stored and shown beside the verdicts.
Kernels are for amd64, and run without KVM and without a network. `make system-tools` installs what it takes.
Exit status: 0 both agree wherever both answer, 1 they disagree, 3 it could not be tried.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from abidb import queries
from abidb.errors import UnknownName
from abidb.outoftree import UNTRIED
from abidb.terminal import said
from abidb.verdictwords import verdict_sentence
from ingest.outoftree import loadtest
from ingest.outoftree.pairs import Pair, from_files, from_record, pairs_on, target_of

SUFFIXES = (".ko", ".ko.xz", ".ko.zst", ".ko.gz")
FAILED = 3


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="+", metavar="KERNEL|FILE.ko", help="RELEASE[=VERSION][:ARCH], or a module")
        parser.add_argument("--package", action="append", default=[], help="modules of this package, from the record")
        parser.add_argument("--built-on", metavar="RELEASE", help="as built on this kernel")
        parser.add_argument("--json", action="store_true", help="each pair as JSON")
        parser.error = _refuse_usage  # type: ignore[method-assign]  # argparse's own status is another

    def handle(self, **options: Any) -> None:
        try:
            pairs = list(_pairs(options["names"], options["package"], options["built_on"]))
        except Exception as error:  # noqa: BLE001  # a script must not take a failure for 1, "they disagree"
            if (line := said(error)) is None:
                traceback.print_exc()
            self.stderr.write(f"abidb: {line or 'it could not be tried'}")
            raise SystemExit(FAILED) from None
        self.stdout.write(json.dumps([_json(pair) for pair in pairs], indent=1) if options["json"] else text(pairs))
        if any(pair.difference for pair in pairs):
            raise SystemExit(1)


def _refuse_usage(message: str) -> NoReturn:
    print(f"manage.py loadtest: {message}", file=sys.stderr)
    raise SystemExit(FAILED)


def _pairs(names: Sequence[str], packages: Sequence[str], built_on: str | None) -> Iterator[Pair]:
    paths = [Path(name) for name in names if name.endswith(SUFFIXES)]
    kernels = [queries.one_build(name) for name in names if not name.endswith(SUFFIXES)]
    if not kernels:
        raise UnknownName("no kernel is named")
    for ref in kernels:
        loadtest.require(target_of(ref))
    modules = [from_files(paths)] if paths else from_record(packages, built_on)
    for ref in kernels:
        yield from pairs_on(ref, modules, keep=not paths)


def text(pairs: Sequence[Pair]) -> str:
    """A line for each pair, and how many of each kind there are."""
    return "\n".join([*(line for pair in pairs for line in _lines(pair)), *summary(pairs)])


def _lines(pair: Pair) -> list[str]:
    mark = "DISAGREE" if pair.difference else "-" if pair.difference is None else "agree"
    found = pair.result
    why = f" ({', '.join(dict.fromkeys(kind for kind, _ in found.reasons))})" if found.reasons else ""
    head = f"{mark:9}{found.module} on {found.kernel.kernel_release}: {found.answer}{why}"
    more = [pair.difference or "", *(found.messages[-2:] if found.answer == UNTRIED else ())]
    return [f"{head}; abidb: {verdict_sentence(pair.ours)}", *(f"{'':9}{line}" for line in more if line)]


def summary(pairs: Sequence[Pair]) -> list[str]:
    """How many pairs agree, and how many there are of each reason."""
    states = Counter(
        "not compared" if pair.difference is None else "disagree" if pair.difference else "agree" for pair in pairs
    )
    reasons = Counter(kind for pair in pairs for kind in pair.kinds)
    return [
        f"{len(pairs):,} pairs: " + ", ".join(f"{n:,} {word}" for word, n in states.most_common()),
        ", ".join(f"{word} {n:,}" for word, n in reasons.most_common()),
    ]


def _json(pair: Pair) -> dict[str, Any]:
    found = pair.result
    return {
        "module": found.module,
        "sha256": found.sha256,
        "kernel": f"{found.kernel.kernel_release}={found.kernel.version}:{found.kernel.arch}",
        "answer": found.answer,
        "reasons": [list(reason) for reason in found.reasons],
        "messages": list(found.messages),
        "verdict": pair.ours.answer,
        "verdict_reasons": [asdict(reason) for reason in pair.ours.reasons],
        "untold": list(pair.ours.untold),
        "agree": None if pair.difference is None else not pair.difference,
        "difference": pair.difference or "",
    }
