# SPDX-License-Identifier: GPL-2.0-or-later
import io

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ingest.display import Bars, Lines, line_of
from tests.ingest.test_offers import B1, B2


def shown(bars: Progress) -> list[tuple[str, str]]:
    return [(task.description, task.fields["amount"]) for task in bars.tasks]


def test_a_build_is_a_line_with_its_outcome() -> None:
    assert line_of(B1, "new") == "6.1.0-1-amd64  6.1.9-1  amd64  new"


def test_lines_say_how_many_are_done(capsys) -> None:
    lines = Lines()
    lines.begin(2)
    lines.fetching("linux-image")(1, 2)
    lines.finished(B1, "new")
    lines.finished(B2, "why not")
    assert capsys.readouterr().out.splitlines() == [
        "2 builds to ingest",
        "[1/2] 6.1.0-1-amd64  6.1.9-1  amd64  new",
        "[2/2] 6.1.0-2-amd64  6.1.10-1  amd64  why not",
    ]


def test_bars_show_the_builds_and_the_deb_on_its_way() -> None:
    output = io.StringIO()
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}")
    with Progress(*columns, console=Console(file=output, force_terminal=True)) as progress:
        bars = Bars(progress)
        assert shown(progress) == [("reading the archive's indexes", "")]
        bars.begin(2)
        old = bars.fetching("linux-image-1")
        watch = bars.fetching("linux-image-2")
        old(1, 2)  # of a deb that is not shown any more
        watch(1_000, 2_000)
        assert shown(progress) == [("builds", "0 of 2"), ("linux-image-2", "1.0 kB of 2.0 kB")]
        bars.finished(B1, "new")
        bars.finished(B2, "[why] not")
        assert shown(progress) == [("builds", "2 of 2")]
    assert "6.1.0-2-amd64  6.1.10-1  amd64  [why] not" in output.getvalue()
