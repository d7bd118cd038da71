# SPDX-License-Identifier: GPL-2.0-or-later
"""Try modules on real kernels in an emulator, and compare what the kernel answers with what abidb does.

    manage.py loadtest 6.1.0-55-cloud-amd64 foo.ko bar.ko.xz
    manage.py loadtest 6.1.0-54-cloud-amd64 6.12.117+deb13-cloud-amd64 --package zfs-dkms
    manage.py loadtest 6.1.0-54-cloud-amd64 --built-on 6.1.0-53-cloud-amd64

Without files it takes the modules that the record has from building packages: of the named ones, else of all; as built
on the kernel --built-on, else as built last. Their answers are stored and shown beside the verdicts.
Kernels are for amd64, and run without KVM and without a network. `make system-tools` installs what it takes.
Exit status: 0 both agree wherever both answer, 1 they disagree, 3 it could not be tried.
"""

from __future__ import annotations

import hashlib
import json
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from abidb import queries, store
from abidb.agreement import disagreement
from abidb.answers import BuildRef
from abidb.errors import UnknownName
from abidb.outoftree import LoadResult, Target
from abidb.queries.hosts import hosts_of
from abidb.terminal import said
from abidb.verdict import Candidate, Verdict, of_built, of_file, verdict
from abidb.verdictwords import verdict_sentence
from abidb.versions import version_key
from ingest.formats import compress, kmod
from ingest.outoftree import files, kerneldebs, loadtest

SUFFIXES = (".ko", ".ko.xz", ".ko.zst", ".ko.gz")
FAILED = 3
Module = tuple[str, Path, Candidate]  # SHA-256, file, what we judge
Pair = tuple[LoadResult, Verdict, str | None]


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
            pairs = list(_tried(**{name: options[name] for name in ("names", "package", "built_on")}))
        except Exception as error:  # noqa: BLE001  # a script must not take a failure for 1, "they disagree"
            if (line := said(error)) is None:
                traceback.print_exc()
            self.stderr.write(f"abidb: {line or 'it could not be tried'}")
            raise SystemExit(FAILED) from None
        self.stdout.write(json.dumps([_json(*pair) for pair in pairs], indent=1) if options["json"] else _text(pairs))
        if any(differs for _, _, differs in pairs):
            raise SystemExit(1)


def _refuse_usage(message: str) -> NoReturn:
    print(f"manage.py loadtest: {message}", file=sys.stderr)
    raise SystemExit(FAILED)


def _tried(names: Sequence[str], package: Sequence[str], built_on: str | None) -> Iterator[Pair]:
    paths = [Path(name) for name in names if name.endswith(SUFFIXES)]
    kernels = [queries.one_build(name) for name in names if not name.endswith(SUFFIXES)]
    if not kernels:
        raise UnknownName("no kernel is named")
    for ref in kernels:
        loadtest.require(_target(ref))
    packages = [_from_files(paths)] if paths else list(_from_record(package, built_on))
    for ref in kernels:
        yield from pairs_on(ref, packages, keep=not paths)


def pairs_on(ref: BuildRef, packages: Sequence[Sequence[Module]], *, keep: bool) -> Iterator[Pair]:
    """What a kernel of the record answers to the modules of packages, and we. `keep` its answers. Raises as run()."""
    target = _target(ref)
    given = [[(sha256, path) for sha256, path, _ in modules] for modules in packages]
    results = loadtest.run(target, given, kerneldebs.debs_of(ref))
    if keep:
        store.save_load_results(results)
    candidates = {sha256: candidate for modules in packages for sha256, _, candidate in modules}
    symbols = {symbol for candidate in candidates.values() for symbol, _ in candidate.imports}
    _, host = hosts_of([ref.id], symbols)[ref.id]
    for result in results:
        ours = verdict(candidates[result.sha256], host)
        yield result, ours, disagreement(result, ours)


def _target(ref: BuildRef) -> Target:
    return Target(ref.source, ref.version, ref.arch, ref.flavour, ref.kernel_release)


def _from_files(paths: Sequence[Path]) -> list[Module]:
    """Files as modules of one package."""
    data = [compress.decompress_if_compressed(path.read_bytes(), limit=kmod.LIMIT, what=path.name) for path in paths]
    read = [kmod.read_built(each) for each in data]
    exported = frozenset(export.symbol for one in read for export in one.exports)
    digests = [hashlib.sha256(each).hexdigest() for each in data]
    return [(digest, path, of_file(one, exported)) for digest, path, one in zip(digests, paths, read, strict=True)]


def _from_record(packages: Sequence[str], built_on: str | None) -> Iterator[list[Module]]:
    """The modules of packages, of which there are files. Raises UnknownName where there is none."""
    found = [row for row in queries.dkms_attempts() if not packages or row.key.package in packages]
    if built_on:
        found = [row for row in found if row.target.kernel_release == built_on]
    ids = {row.id for row in found}
    modules: dict[int, list[Module]] = {}
    for row in queries.modules_of(ids):
        if path := files.find(row.module.sha256):
            modules.setdefault(row.attempt_id, []).append((row.module.sha256, path, of_built(row.module)))
    built = [row for row in found if row.id in modules]
    if not built:
        raise UnknownName("no built modules of that kind are here: `manage.py outoftree` builds them")
    if built_on:
        yield from (modules[row.id] for row in built)
        return
    last = {row.key: row for row in sorted(built, key=lambda row: version_key(row.target.version))}
    yield from (modules[row.id] for row in last.values())


def _text(pairs: Sequence[Pair]) -> str:
    """A line for each pair, and how many of each kind there are."""
    return "\n".join([*(line for pair in pairs for line in _lines(*pair)), *summary(pairs)])


def _lines(result: LoadResult, ours: Verdict, differs: str | None) -> list[str]:
    mark = "DISAGREE" if differs else "-" if differs is None else "agree"
    theirs = ", ".join(dict.fromkeys(kind for kind, _ in result.reasons))
    head = (
        f"{mark:9}{result.module} on {result.kernel.kernel_release}: {result.answer}{f' ({theirs})' if theirs else ''}"
    )
    more = [f"         {differs}"] if differs else []
    if result.answer not in ("accepted", "refused"):
        more += [f"         {message}" for message in result.messages[-2:]]
    return [f"{head}; abidb: {verdict_sentence(ours)}", *more]


def summary(pairs: Sequence[Pair]) -> list[str]:
    """How many pairs agree, and how many there are of each reason."""
    states = Counter("disagree" if differs else "agree" if differs == "" else "not compared" for *_, differs in pairs)
    reasons = Counter(kind for result, ours, _ in pairs for kind in kinds(result, ours))
    counts = ", ".join(f"{word} {n:,}" for word, n in reasons.most_common())
    return [f"{len(pairs):,} pairs: " + ", ".join(f"{n:,} {word}" for word, n in states.most_common()), counts]


def kinds(result: LoadResult, ours: Verdict) -> list[str]:
    """What a pair counts as: the kernel's answer, or each kind of reason; ours tells missing and GPL-only apart."""
    gpl = {reason.symbol for reason in ours.reasons if reason.kind == "gpl"}
    told = (
        "gpl" if symbol in gpl else "struct module" if (kind, symbol) == ("module_layout", "") else kind
        for kind, symbol in result.reasons
    )
    return list(dict.fromkeys(told)) or [result.answer]


def _json(result: LoadResult, ours: Verdict, differs: str | None) -> dict[str, Any]:
    kernel = asdict(result)
    return {
        "module": result.module,
        "sha256": result.sha256,
        "kernel": f"{result.kernel.kernel_release}={result.kernel.version}:{result.kernel.arch}",
        "answer": result.answer,
        "reasons": kernel["reasons"],
        "messages": kernel["messages"],
        "verdict": ours.answer,
        "verdict_reasons": [asdict(reason) for reason in ours.reasons],
        "untold": ours.untold,
        "agree": None if differs is None else not differs,
        "difference": differs or "",
    }
