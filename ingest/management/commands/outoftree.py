# SPDX-License-Identifier: GPL-2.0-or-later
"""Build the archives' packages of kernel modules against kernels of the record, as their users do.

    manage.py outoftree --plan
    manage.py outoftree --suite bookworm --newest

Without options: all that the plan has. What is to be built is queued, then worked off by the workers that run, else by
one for each core. Exit status 1: some of it failed by us.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from abidb.outoftree import HARNESS
from ingest import queue, workers
from ingest.management.commands.sync import positive
from ingest.outoftree import able, jobs, popcon, rebuilds, run, scan
from ingest.outoftree.plan import FLAVOURS, Pair, Wish

ARCH = "amd64"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--plan", action="store_true", help="only say what would be built, why, and what it costs")
        parser.add_argument("--pairs", action="store_true", help="with --plan: each package and kernel, too")
        parser.add_argument("--suite", action="append", default=[], help="packages of a suite; repeatable")
        parser.add_argument("--package", action="append", default=[], help="a package, such as zfs-dkms; repeatable")
        parser.add_argument("--kernel", action="append", default=[], metavar="RELEASE", help="a kernel; repeatable")
        parser.add_argument("--arch", default=ARCH, help="a Debian architecture (amd64)")
        parser.add_argument("--flavour", action="append", default=[], help="a flavour (amd64, cloud-amd64); repeatable")
        parser.add_argument("--newest", action="store_true", help="only the newest kernel of each release")
        parser.add_argument(
            "--retry", action="store_true", help="also what failed by us, lacked something or was compared"
        )
        parser.add_argument("--limit", type=positive, help="at most so many builds")
        parser.add_argument("--queue", action="store_true", help="only queue what is needed, for workers that run")
        parser.add_argument("--processes", type=positive, help="so many workers (one for each core)")
        parser.add_argument("--rebuilds", nargs=2, metavar=("OLD", "NEW"), help="compare code built on two kernels")
        parser.add_argument("--scan", action="store_true", help="read the sources of what does not build")
        parser.add_argument("--popcon", type=Path, metavar="FILE", help="take over numbers of installations (by_inst)")

    def handle(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        if options["popcon"]:
            self.stdout.write(f"{popcon.take_over(options['popcon'])} packages with numbers of installations")
            return
        size = options["processes"] or workers.processors()
        here = not (options["plan"] or options["queue"] or options["scan"])
        if here and (obstacle := able.obstacle(options["arch"])) and not queue.builders(options["arch"]):
            self.stderr.write(f"abidb: {obstacle}")
            raise SystemExit(1)
        if options["rebuilds"]:
            self._compare(options, size)
        elif options["scan"]:
            self.stdout.write(f"{scan.scan_all(options['package'], self.stdout.write)} sources read")
        else:
            self._build(options, size)

    def _compare(self, options: dict[str, Any], size: int) -> None:
        (old, new), packages, again = options["rebuilds"], options["package"], options["retry"]
        if options["queue"]:
            self.stdout.write(f"{rebuilds.queue_all(old, new, packages, again=again)} queued")
            return
        ended = rebuilds.compare_all(old, new, packages, size, self.stdout.write, again=again)
        self._end(ended, rebuilds.table(ended))

    def _build(self, options: dict[str, Any], size: int) -> None:
        flavours = tuple(options["flavour"]) or FLAVOURS
        asked = {"suites": options["suite"], "packages": options["package"], "kernels": options["kernel"]}
        wish = Wish(**asked, flavours=flavours, newest=options["newest"], retry=options["retry"])
        arch = options["arch"]
        packages = run.look(arch, self.stderr.write)
        if options["plan"] or options["queue"]:
            found = run.plan(packages, arch, wish)[: options["limit"]]
            self._tell(found, size, options["pairs"])
            if options["queue"]:
                self.stdout.write(f"{len(jobs.defer(found))} queued")
            return
        ended = run.rounds(lambda: run.plan(packages, arch, wish), arch, size, self.stdout.write, options["limit"])
        self._end([(run.name_of(pair), *outcome) for pair, outcome in ended.items()], run.table(ended))

    def _tell(self, found: list[Pair], cores: int, each: bool) -> None:
        costs = run.costs(found, cores)
        self._table(
            [
                ("builds", "minutes", "why"),
                *((str(number), f"{took:.0f}", why) for why, number, took in costs),
                (str(len(found)), f"{sum(took for *_, took in costs):.0f}", f"in all, on {cores} cores"),
            ]
        )
        for pair in found if each else ():
            self.stdout.write(f"{run.name_of(pair)}  in {pair.root}, {pair.seconds:.0f} s: {pair.why}")

    def _end(self, ended: list[tuple[str, str, str]], rows: list[tuple[str, ...]]) -> None:
        self._table(rows)
        failed = [one for one in ended if one[1] == HARNESS]
        for name, outcome, reason in failed:
            self.stdout.write(f"{name}  {outcome}: {reason}")
        if failed:
            raise SystemExit(1)

    def _table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
