# SPDX-License-Identifier: GPL-2.0-or-later
"""How far a sync is: bars on a terminal, a plain line a build elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from ingest.archive.builds import ListedBuild
from ingest.archive.fetch import Progress as Watch
from ingest.archive.fetch import unheard


def line_of(build: ListedBuild, outcome: str) -> str:
    """`6.1.0-56-cloud-amd64  6.1.192-2  amd64  new`."""
    return f"{build.kernel_release}  {build.version}  {build.arch}  {outcome}"


class Lines:
    """A line when something is done."""

    def __init__(self) -> None:
        self._total = self._done = 0

    def begin(self, total: int) -> None:
        self._total = total
        print(f"{total} builds to ingest", flush=True)

    def fetching(self, name: str) -> Watch:
        return unheard

    def finished(self, build: ListedBuild, outcome: str) -> None:
        self._done += 1
        print(f"[{self._done}/{self._total}] {line_of(build, outcome)}", flush=True)


class Bars:
    """One bar for the builds, one for the deb on its way; a line for each build that is done."""

    def __init__(self, bars: Progress) -> None:
        self._bars, self._lock = bars, Lock()
        self._all = bars.add_task("reading the archive's indexes", total=None, amount="")
        self._deb: TaskID | None = None
        self._total = self._done = 0

    def begin(self, total: int) -> None:
        self._total = total
        self._bars.update(self._all, description="builds", total=total, amount=f"0 of {total}")

    def fetching(self, name: str) -> Watch:
        self._forget_deb()
        with self._lock:
            self._deb = task = self._bars.add_task(name, total=None, amount="")

        def watch(done: int, total: int) -> None:
            with self._lock:
                if task == self._deb:
                    amount = f"{decimal(done)} of {decimal(total)}"
                    self._bars.update(task, completed=done, total=total, amount=amount)

        return watch

    def finished(self, build: ListedBuild, outcome: str) -> None:
        self._done += 1
        self._bars.console.print(line_of(build, outcome), highlight=False, markup=False)
        self._bars.update(self._all, completed=self._done, amount=f"{self._done} of {self._total}")
        if self._done == self._total:
            self._forget_deb()

    def _forget_deb(self) -> None:
        with self._lock:
            if self._deb is not None:
                self._bars.remove_task(self._deb)
            self._deb = None


@contextmanager
def display() -> Iterator[Lines | Bars]:
    """Bars where standard output is a terminal, else lines."""
    if not sys.stdout.isatty():
        yield Lines()
        return
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}")
    with Progress(*columns, console=Console()) as bars:
        yield Bars(bars)
