# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines of docs/api.md work as they stand there."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from abidb import store
from dashboard.api.openapi import document
from tests.builders.kernel import make_built
from tests.builders.records import make_export, make_kernel

TEXT = (Path(settings.BASE_DIR) / "docs/api.md").read_text()
LINES = re.findall(r"^    (curl .*)$", TEXT, re.MULTILINE)
BASE = "http://127.0.0.1:8000"


@pytest.fixture
def record(transactional_db):
    for n in (54, 56):
        exports = (make_export("register_netdev", crc=n), make_export("kfree", crc=1))
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=exports))


@pytest.mark.tool("curl")
@pytest.mark.parametrize("line", LINES)
def test_each_line_works(record, live_server, tmp_path, line) -> None:
    (tmp_path / "tun.ko").write_bytes(make_built({"kfree": 1}))
    command = shlex.split(line.replace(BASE, live_server.url).replace("curl ", "curl -f ", 1))
    answer = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    written = [path.read_text() for path in (tmp_path / "changes.csv", tmp_path / "lanes.json") if path.exists()]
    if "/api/v1/" in line:
        assert json.loads(answer or written[0])
    else:
        assert "register_netdev" in (answer or written[0])


def test_there_are_the_lines_that_people_ask_for() -> None:
    assert len(LINES) == 7


def test_every_call_is_told() -> None:
    told = set(re.findall(r"`(?:POST )?(…?/[^`]*)`", TEXT))
    kinds = {"line": "LINE", "arch": "ARCH", "flavour": "FLAVOUR", "old": "OLD", "new": "NEW", "source": "SOURCE"}
    kinds |= {"version": "VERSION"}
    for path in document()["paths"]:
        whole = path.replace("/builds/{name}", "/builds/BUILD").replace("{name}", "NAME")
        whole = re.sub(r"\{(\w+)\}", lambda found: kinds[found[1]], whole)
        assert {whole, "…/" + whole.rpartition("/")[2]} & told, whole
