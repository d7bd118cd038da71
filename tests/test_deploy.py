# SPDX-License-Identifier: GPL-2.0-or-later
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
UNITS = sorted([*(ROOT / "deploy").glob("*.service"), *(ROOT / "deploy").glob("*.timer")])


def test_gunicorn_takes_the_configuration_and_finds_the_site(tmp_path) -> None:
    command = [sys.executable, "-m", "gunicorn", "--check-config", "--config", "deploy/gunicorn.conf.py", "abidb.wsgi"]
    environment = {**os.environ, "ABIDB_DATA": str(tmp_path), "ABIDB_ROLE": "web"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_what_there_is(unit) -> None:
    text = unit.read_text()
    named = re.findall(r"(?:deploy/\S+\.py|manage\.py (\w+))", text)
    there = {path.stem for path in ROOT.glob("*/management/commands/*.py")} | {"migrate", "collectstatic"}
    assert {command for command in named if command} <= there
    if unit.suffix == ".timer":
        assert unit.with_suffix(".service").exists()


@pytest.mark.tool("systemd-analyze")
def test_systemd_understands_every_unit(tmp_path) -> None:
    for unit in UNITS:
        text = re.sub(r"/opt/abidb/\.venv/bin/\S+", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(map(str, tmp_path.iterdir()))], capture_output=True, text=True
    )
    assert done.stderr == ""
