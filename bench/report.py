# SPDX-License-Identifier: GPL-2.0-or-later
"""All measurements, printed; `python -m bench` calls it with a server of its own."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

import django

TOOLS = ("dpkg-deb", "xz", "modprobe", "nm")


def main() -> None:
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        raise SystemExit(f"make bench needs {', '.join(missing)}: `make system-tools` installs them")
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("cache", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("only", nargs="*", help="of ingest, memory, answers")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    from django.core.management import call_command

    from abidb import store
    from bench import answers, ingest
    from bench.debs import PAIR, Archive
    from ingest.kernel import read_kernel

    call_command("migrate", verbosity=0)
    wanted = options.only or ["ingest", "memory", "answers"]
    archive = Archive(options.cache)
    if "ingest" in wanted:
        for build, debs in archive.cloud():
            ingest.report(f"{build.kernel_release} {build.version}", tuple(debs), options.runs)
    if {"memory", "answers"} & set(wanted):
        line = archive.generic_line()
    if "memory" in wanted:
        largest = archive.newest("7.", "amd64")
        for build, debs in [*line[:1], *([largest] if largest else [])]:
            ingest.memory(f"{build.kernel_release} {build.version}", tuple(debs))
    if "answers" in wanted:
        for _, debs in line:
            store.save(read_kernel(tuple(debs), debs))
        names = [build.kernel_release for build, _ in line]
        pair = PAIR if set(PAIR) <= set(names) else (names[1], names[0])
        answers.report(*pair)


if __name__ == "__main__":
    main()
