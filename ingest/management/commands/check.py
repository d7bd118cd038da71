# SPDX-License-Identifier: GPL-2.0-or-later
"""Which kernels of the record take a module that you have, and why the others refuse it.

    manage.py check nf_nat_rtsp.ko
    manage.py check zfs-modules_2.1.11_amd64.deb --kernel 6.1.0-56-amd64
    modprobe --dump-modversions tun.ko | manage.py check - --arch arm64

FILE is a module (.ko, .ko.xz, .ko.zst, .ko.gz), a .deb with modules in it, or the output of `modprobe
--dump-modversions`; - is standard input. The answers are about the ABI alone.
Exit status: with --kernel that of the worst answer, without the best: 0 loads, 1 accepted unchecked, 2 refused,
3 cannot be said: also where a kernel is not known or the file cannot be read.

Without a file it is Django's own check of the project, with its options; `manage.py check LABEL...` too, where each
LABEL is one of its apps.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import CommandParser
from django.core.management.commands.check import Command as SystemCheck

from abidb import checkanswers, queries, verdictwords
from abidb.checkanswers import Checked, LaneAnswer
from abidb.checked import DUMP, CheckedFile
from abidb.errors import UnknownName
from abidb.terminal import said
from abidb.verdict import UNSAID
from abidb.words import plural
from ingest.formats import check

EVERY = 1 << 16  # symbols that a sentence names at most
FAILED = checkanswers.EXIT[UNSAID]


class Command(SystemCheck):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        ours = parser.add_argument_group("of a module")
        ours.add_argument("--kernel", action="append", default=[], metavar="RELEASE", help="only this; may be repeated")
        ours.add_argument("--arch", default="", help=f"of a dump, which does not say ({queries.DEFAULT_ARCH})")
        ours.add_argument("--json", action="store_true", help="everything, for programs")
        ours.add_argument("--all", action="store_true", help="each kernel by itself, with every reason")

    def handle(self, *app_labels: Any, **options: Any) -> None:
        if is_of_project(app_labels):
            super().handle(*app_labels, **options)
            return
        try:
            found = checked(app_labels, options["kernel"], options["arch"])
        except Exception as error:  # noqa: BLE001  # a script must not take a failure for an answer
            if (line := said(error)) is None:
                traceback.print_exc()
            self.stderr.write(f"abidb: {line or 'cannot be told'}")
            raise SystemExit(FAILED) from None
        if options["json"]:
            self.stdout.write(json.dumps(checkanswers.checked_json(found, everything=options["all"]), indent=1))
        else:
            self.stdout.write("\n".join(text(found, everything=options["all"] or bool(options["kernel"]))))
        if status := checkanswers.status(found, every=bool(options["kernel"])):
            raise SystemExit(status)


def is_of_project(names: tuple[Any, ...]) -> bool:
    """Whether the arguments are of Django's check: none, or labels of apps."""
    labels = {config.label for config in apps.get_app_configs()}
    return all(name in labels for name in names)


def checked(names: tuple[Any, ...], kernels: list[str], arch: str) -> Checked:
    """The answers to one file of the kernels asked for, or of all."""
    if len(names) != 1:
        raise UnknownName("one file is checked at a time")
    file = read(names[0])
    if not kernels:
        return queries.check(file, arch=arch)
    parts = [queries.check(file, arch=arch, release=kernel) for kernel in kernels]
    return Checked(file, parts[0].archs, tuple(lane for part in parts for lane in part.lanes))


def read(name: str) -> CheckedFile:
    """What the file, or standard input, holds."""
    if name == "-":
        return check.read(sys.stdin.buffer.read(check.LIMIT + 1))
    path = Path(name)
    if not path.is_file():
        raise UnknownName(f"no file {name}")
    with path.open("rb") as file:
        return check.read(file.read(check.LIMIT + 1))


def text(found: Checked, *, everything: bool) -> list[str]:
    """The answers in lines for a terminal."""
    names = checkanswers.names(found.file)
    lines = []
    for name, module in zip(names, found.file.modules, strict=True):
        built = module.candidate.vermagic.rstrip()
        signature = verdictwords.signature_sentence(module.signature)
        lines.append(f"{name}: {f'built for {built}; {signature}' if built else 'CRCs alone'}")
    for lane in found.best_first:
        lines += ["", f"{lane.line or 'in no release'} {lane.arch} {lane.flavour}", *_lane(lane, names, everything)]
    lines += ["", verdictwords.answers_sentence(found.counts), verdictwords.ABOUT_ABI]
    lines += [verdictwords.BTF_LIMIT] * any(module.candidate.btf for module in found.file.modules)
    return lines + [verdictwords.DUMP_LACKS] * (found.file.kind == DUMP)


def _lane(lane: LaneAnswer, names: tuple[str, ...], everything: bool) -> list[str]:
    if everything:
        told = [(one.build.name, sentence) for one in lane.kernels for sentence in checkanswers.full(one, names, EVERY)]
        return [f"  {name:44} {sentence}" for name, sentence in told]
    lines = []
    for run in checkanswers.runs(lane.kernels, names):
        newest, oldest = run.kernels[0].build.kernel_release, run.kernels[-1].build.kernel_release
        name = newest if len(run.kernels) == 1 else f"{newest} to {oldest} ({len(run.kernels)})"
        lines.append(f"  {name:64} {run.sentence}")
    rest = lane.builds - len(lane.kernels)
    return lines + [f"  ... and {plural(rest, 'older kernel')} not looked at"] * (rest > 0)
