# SPDX-License-Identifier: GPL-2.0-or-later
import io
import os
import pty

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ingest.display import Bars, Lines, display

ONE, TWO = "6.1.0-1-amd64=6.1.9-1:amd64", "6.1.0-2-amd64=6.1.10-1:amd64"


def shown(bars: Progress) -> list[tuple[str, str]]:
    return [(task.description, task.fields["amount"]) for task in bars.tasks if task.visible]


def test_lines_say_how_many_are_done(capsys) -> None:
    lines = Lines()
    lines.begin(2)
    lines.working([ONE, TWO], False)
    lines.finished(ONE, "new")
    lines.finished(TWO, "why not")
    assert capsys.readouterr().out.splitlines() == [
        "2 builds to ingest",
        f"[1/2] {ONE}  new",
        f"[2/2] {TWO}  why not",
    ]


def test_lines_say_once_that_work_is_paused(capsys) -> None:
    lines = Lines()
    for paused in (False, True, True, False, True):
        lines.working([], paused)
    assert capsys.readouterr().out.count("work is paused") == 2


def test_bars_show_how_many_are_done_and_what_is_worked_on() -> None:
    output = io.StringIO()
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}")
    with Progress(*columns, console=Console(file=output, force_terminal=True, width=200)) as progress:
        bars = Bars(progress)
        assert shown(progress) == [("reading the archive's indexes", "")]
        bars.begin(2)
        bars.working([ONE, TWO], False)
        assert shown(progress) == [("builds", "0 of 2"), (f"{ONE}, {TWO}", "")]
        bars.working([], True)
        assert shown(progress) == [("builds", "0 of 2"), ("paused; `manage.py resume` lets it go on", "")]
        bars.finished(ONE, "new")
        bars.finished(TWO, "[why] not")
        bars.working([], False)
        assert shown(progress) == [("builds", "2 of 2")]
    assert f"{TWO}  [why] not" in output.getvalue()


def test_bars_are_for_terminals(monkeypatch) -> None:
    with display() as elsewhere:
        assert isinstance(elsewhere, Lines)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        with display() as on_a_terminal:
            assert isinstance(on_a_terminal, Bars)
    os.close(ours)
