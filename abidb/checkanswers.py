# SPDX-License-Identifier: GPL-2.0-or-later
"""What all kernels of an architecture answer to the modules of one file. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from abidb import verdictwords
from abidb.answers import BuildRef
from abidb.checked import DUMP, CheckedFile
from abidb.jsonform import build_json
from abidb.verdict import LOADS, REFUSED, UNCHECKED, UNSAID, Verdict
from abidb.words import plural

#: Answers as exit statuses of `manage.py check`; a script must not take a failure for an answer, so 3 is both.
EXIT = {LOADS: 0, UNCHECKED: 1, REFUSED: 2, UNSAID: 3}
_WORST = (REFUSED, UNSAID, UNCHECKED, LOADS)
LISTED = 20  #: reasons of one kernel that JSON lists, by module at least one, unless all are asked for


@dataclass(frozen=True, slots=True)
class KernelAnswer:
    """One kernel and its verdict on each module, in the order of the file."""

    build: BuildRef
    verdicts: tuple[Verdict, ...]

    @property
    def answer(self) -> str:
        """The worst: a package whose modules do not all load does not work."""
        return min((verdict.answer for verdict in self.verdicts), key=_WORST.index)


@dataclass(frozen=True, slots=True)
class LaneAnswer:
    """The kernels of one release line and flavour, newest first; "" is the line of builds that are in none."""

    line: str
    arch: str
    flavour: str
    kernels: tuple[KernelAnswer, ...]
    builds: int  #: that the lane has in all


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a file, and what each kernel answers."""

    file: CheckedFile
    archs: tuple[str, ...]  #: of the kernels
    lanes: tuple[LaneAnswer, ...]

    @property
    def best_first(self) -> tuple[LaneAnswer, ...]:
        """The lanes, such as have a kernel that takes the modules in front, then the one that they were built for."""
        built_for = {module.candidate.vermagic.split(" ")[0] for module in self.file.modules}

        def order(lane: LaneAnswer) -> tuple[int, bool]:
            of_it = any(one.build.kernel_release in built_for for one in lane.kernels)
            return -max(_WORST.index(one.answer) for one in lane.kernels), not of_it

        return tuple(sorted(self.lanes, key=order))

    @property
    def kernels(self) -> tuple[KernelAnswer, ...]:
        """Each kernel once, though it may be in several lanes."""
        return tuple({one.build.id: one for lane in self.lanes for one in lane.kernels}.values())

    @property
    def counts(self) -> Counter[str]:
        """How many kernels answer what."""
        return Counter(one.answer for one in self.kernels)


@dataclass(frozen=True, slots=True)
class Run:
    """Kernels of a lane that stand side by side and answer alike, newest first."""

    sentence: str
    answer: str
    kernels: tuple[KernelAnswer, ...]


def runs(kernels: Sequence[KernelAnswer], names: Sequence[str]) -> Iterator[Run]:
    """A lane's kernels in runs of the same brief answer; `names` are the modules'."""
    for sentence, group in groupby(kernels, key=lambda one: brief(one, names)):
        alike = tuple(group)
        yield Run(sentence, alike[0].answer, alike)


def brief(one: KernelAnswer, names: Sequence[str]) -> str:
    """What a kernel answers, without what differs between kernels that answer alike."""
    if len(one.verdicts) == 1:
        return verdictwords.brief_sentence(one.verdicts[0])
    told = zip(names, one.verdicts, strict=True)
    worst = [(name, verdictwords.brief_sentence(verdict)) for name, verdict in told if verdict.answer == one.answer]
    said, alike = verdictwords.ANSWER_WORDS[one.answer], {sentence for _, sentence in worst}
    if len(worst) < len(one.verdicts):
        return f"{said}: {verdictwords.named([name for name, _ in worst])}"
    return alike.pop() if len(alike) == 1 else said


def full(
    one: KernelAnswer, names: Sequence[str], shown: int = verdictwords.SHOWN, modules: int | None = None
) -> tuple[str, ...]:
    """A sentence for each module, which names `shown` symbols of a kind; of more than `modules` the worst."""
    if len(one.verdicts) == 1:
        return (verdictwords.verdict_sentence(one.verdicts[0], shown),)
    told = list(zip(names, one.verdicts, strict=True))
    rest = 0 if modules is None else max(len(told) - modules, 0)
    if rest:
        told = sorted(told, key=lambda pair: _WORST.index(pair[1].answer))[:modules]
    said = tuple(f"{name}: {verdictwords.verdict_sentence(verdict, shown)}" for name, verdict in told)
    return (*said, f"and {plural(rest, 'other module')}") if rest else said


def names(file: CheckedFile) -> tuple[str, ...]:
    """What each module of the file is called."""
    return tuple(module.candidate.name or module.path.rpartition("/")[2] or "the module" for module in file.modules)


def status(found: Checked, *, every: bool) -> int:
    """Exit status: of the worst answer where `every` kernel was asked for by name, else of the best."""
    answers = [one.answer for one in found.kernels]
    if not answers:
        return EXIT[UNSAID]
    return EXIT[min(answers, key=_WORST.index) if every else max(answers, key=_WORST.index)]


def checked_json(found: Checked, *, everything: bool = False) -> dict[str, Any]:
    """All of it for programs. Of each verdict's reasons the first LISTED, or all."""
    most = None if everything else LISTED
    return {
        "kind": found.file.kind,
        "architectures": list(found.archs),
        "about": verdictwords.ABOUT_ABI,
        "lacks": verdictwords.DUMP_LACKS if found.file.kind == DUMP else "",
        "modules": [_module_json(found.file, number) for number in range(len(found.file.modules))],
        "counts": dict(found.counts),
        "lanes": [
            {
                "line": lane.line,
                "arch": lane.arch,
                "flavour": lane.flavour,
                "builds": lane.builds,
                "kernels": [one.build.name for one in lane.kernels],
            }
            for lane in found.best_first
        ],
        "kernels": _kernels_json(found, most),
    }


def _kernels_json(found: Checked, most: int | None) -> list[dict[str, Any]]:
    """Each kernel; one that says of each module what an earlier one says names that."""
    called, said = names(found.file), dict[tuple[Verdict, ...], str]()
    each = None if most is None else max(most // len(called), 1)
    told = []
    for one in found.kernels:
        same = said.setdefault(one.verdicts, one.build.name)
        if same == one.build.name:
            told.append(_kernel_json(one, called, each))
        else:
            told.append({"build": build_json(one.build), "answer": one.answer, "as": same})
    return told


def _module_json(file: CheckedFile, number: int) -> dict[str, Any]:
    module = file.modules[number]
    said, signature = module.candidate, module.signature
    return {
        "name": said.name,
        "path": module.path,
        "licenses": list(said.licenses),
        "vermagic": said.vermagic,
        "namespaces": list(said.namespaces),
        "symbols": len(said.imports),
        "siblings": sorted(said.siblings),
        "btf": said.btf,
        "signature": signature
        and {"signer": signature.signer, "key": signature.key, "digest": signature.digest, "verified": False},
    }


def _kernel_json(one: KernelAnswer, called: Sequence[str], most: int | None) -> dict[str, Any]:
    return {
        "build": build_json(one.build),
        "answer": one.answer,
        "modules": [
            {
                "name": name,
                "answer": verdict.answer,
                "sentence": verdictwords.verdict_sentence(verdict),
                "reasons": [
                    {"kind": each.kind, "symbol": each.symbol, "detail": each.detail} for each in verdict.reasons[:most]
                ],
                "reasons_total": len(verdict.reasons) + sum(n for kind, n in verdict.more if kind != UNSAID),
                "untold": list(verdict.untold[:most]),
                "untold_total": len(verdict.untold) + dict(verdict.more).get(UNSAID, 0),
            }
            for name, verdict in zip(called, one.verdicts, strict=True)
        ],
    }
