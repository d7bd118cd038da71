# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed in the module ABI between two builds.

    manage.py diff 6.1.0-55-cloud-amd64 6.1.0-56-cloud-amd64
    manage.py diff 6.1.0-56-amd64 linux-image-6.1.0-57-amd64_6.1.193-1_amd64.deb
    manage.py diff 6.1.0-56-amd64 Module.symvers
    manage.py diff --config 6.1.0-55-cloud-amd64 6.1.0-56-cloud-amd64

Of two builds of the record it is also told what the step does to the module packages of the release.
The second side may be the debs of an unpublished build, or a Module.symvers; they are compared and not stored.
With --config the kernels' configurations are compared too, of two builds of the record; the exit status is still that
of the exports.
Exit status: 0 nothing that a module could notice, 1 compatible changes only, 2 breaks, 3 cannot be told: also where
a name is not known or a file cannot be read.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from abidb import difftext, queries
from abidb.answers import BuildRef, ConfigDiff, Diff
from abidb.changes import by_module
from abidb.compat import Outcome
from abidb.errors import UnknownName
from abidb.jsonform import changelog_json, diff_json
from abidb.records import Kernel
from abidb.terminal import said
from abidb.usejson import hits_json
from abidb.versions import split_release
from ingest.formats import symvers
from ingest.kernel import read_kernel

SHOWN = 40  # changes in the text form, unless all are asked for


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("old", help="RELEASE[=VERSION][:ARCH]")
        parser.add_argument("new", nargs="+", help="the same, or FILE.deb..., or a Module.symvers")
        parser.add_argument("--config", action="store_true", help="also which options of the configuration differ")
        parser.add_argument("--json", action="store_true", help="counts and all changes as JSON")
        parser.error = _refuse_usage  # type: ignore[method-assign]  # argparse's own status means "breaks" here
        parser.add_argument("--all", action="store_true", help=f"list every change, not only the first {SHOWN}")

    def handle(self, **options: Any) -> None:
        try:
            found = compared(options["old"], options["new"])
            config = configured(found) if options["config"] else None
            written = as_json(found, config) if options["json"] else text(found, config, every=options["all"])
        except Exception as error:  # noqa: BLE001  # a script must not take a failure for 1, "compatible changes only"
            if (line := said(error)) is None:
                traceback.print_exc()
            self.stderr.write(f"abidb: {line or 'cannot be told'}")
            raise SystemExit(int(Outcome.UNKNOWN)) from None
        self.stdout.write(written)
        if found.outcome:
            raise SystemExit(int(found.outcome))


def _refuse_usage(message: str) -> NoReturn:
    print(f"manage.py diff: {message}", file=sys.stderr)
    raise SystemExit(int(Outcome.UNKNOWN))


def compared(old: str, new: list[str]) -> Diff:
    """The comparison that the arguments ask for, with all changes."""
    before = queries.one_build(old)
    paths = [Path(name) for name in new]
    if not any(path.is_file() for path in paths) and len(new) == 1:
        return queries.diff(before.id, queries.one_build(new[0]).id, limit=None)
    for path in paths:
        if not path.is_file():
            raise UnknownName(f"no file {path}")
    if len(paths) == 1 and paths[0].suffix != ".deb":
        return _with_symvers(before, paths[0])
    return _with_kernel(before, read_kernel(paths))


def configured(found: Diff) -> ConfigDiff:
    """How the configurations of both sides differ; raises UnknownName where a side is no build of the record."""
    if not found.new.id:
        raise UnknownName("--config compares two builds of the record: files are not stored")
    return queries.config_diff(found.old.id, found.new.id)


def as_json(found: Diff, config: ConfigDiff | None) -> str:
    """The comparison for programs."""
    told = diff_json(found, config)
    if found.new.id:
        told["changelog"] = changelog_json(queries.changelog(found.old, found.new))
        told["packages"] = hits_json(queries.hits(found.old.id, found.new.id))
    return json.dumps(told, indent=1)


def text(found: Diff, config: ConfigDiff | None, *, every: bool) -> str:
    """The comparison in lines for a terminal."""
    ordered, groups = by_module(found.changes)
    parts = [difftext.head(found)]
    if found.new.id:
        parts.append(difftext.packages(queries.hits(found.old.id, found.new.id)))
        parts.append(difftext.changelog(queries.changelog(found.old, found.new)))
    if config:
        parts.append(difftext.configuration(config))
    parts.append(difftext.changes(ordered if every else ordered[:SHOWN], groups, len(ordered)))
    return "\n".join(difftext.lines(*parts))


def _with_symvers(before: BuildRef, path: Path) -> Diff:
    """As a build without name: of that file nothing but exports is known."""
    exports = symvers.read(path.read_bytes())
    nameless = BuildRef(0, str(path), "", "", before.arch, before.flavour, "", "all", "good", None)
    return queries.diff_with_exports(before.id, nameless, exports, "")


def _with_kernel(before: BuildRef, kernel: Kernel) -> Diff:
    abi = split_release(kernel.kernel_release)[0]
    ref = BuildRef(
        id=0,
        kernel_release=kernel.kernel_release,
        source=kernel.source,
        version=kernel.version,
        arch=kernel.arch,
        flavour=kernel.flavour,
        abi_name=abi,
        covers=kernel.covers,
        status="apart" if kernel.check.mismatches else "good",
        date=None,
    )
    vermagic = kernel.modules[0].vermagic if kernel.modules else ""
    return queries.diff_with_exports(before.id, ref, kernel.exports, vermagic)
