# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences about module packages, written once for page, feed, API and terminal."""

from __future__ import annotations

from collections.abc import Sequence

from abidb.outoftree import DIFFERENT, NO_COMPILE, NOT_APPLICABLE, NOT_COMPARED, SAME
from abidb.packageanswers import COMPILES, NOT_TRIED, PARTIAL, Break, Hits, Loading, StepTried
from abidb.verdict import REFUSED, UNSAID
from abidb.words import plural

POSTINST = (
    "DKMS builds a package’s modules in the postinst of the kernel package. Where the source does not compile, that "
    "postinst fails, and dpkg leaves the new kernel and what depends on it half-configured until the package is "
    "mended or removed."
)
NO_HEADERS = (
    "Without the headers package of the new kernel nothing is built at all: the upgrade succeeds, and the modules are "
    "missing after the next boot."
)
TWO_ANSWERS = (
    "Two answers that are never merged: whether a kernel takes the module that was built for the kernel before it, and "
    "whether the package’s source compiles for it."
)
SCANNED = "source scan: nothing of it was built"
SCAN_MEANS = (
    "Nothing of this package was built, so its symbols were looked for in the text of its source. That misses some and "
    "names some that it does not use; no count has them in it."
)
ASSUMED = "which version was in the suite at that time is not known: the newest known one is taken"
BREAK_ASSUMED = (
    "which version was in the suite at that time is not known: of those that are known, the first that was seen there"
)
COMPUTED = (
    "computed: not built with the headers of the kernel before; "
    "the symbols of its nearest build, the CRCs of that kernel"
)
SAME_CODE = (
    "The kernel refuses by CRC all the same, and equal code says nothing about what the functions that it calls do."
)
COMPILE_SAYS = {
    COMPILES: "compiles",
    PARTIAL: "compiles in part",
    NO_COMPILE: "does not compile",
    NOT_APPLICABLE: "not applicable",
    NOT_TRIED: "not tried",
}
COMPILE_MEANS = {
    PARTIAL: "some of the modules that it promises did not come out",
    NOT_APPLICABLE: "its dkms.conf excludes this kernel (BUILD_EXCLUSIVE)",
}
SHOWN = 8  #: modules in one sentence
CODE_SAYS = {
    SAME: "the rebuild gives the same code",
    DIFFERENT: "the rebuild gives other code",
    NOT_COMPARED: "the rebuild’s code could not be compared",
}


def hits_sentence(hits: Hits) -> str:
    """What a step does to packages, without a full stop: `modules of 12 of 33 packages are refused; …`."""
    if not hits.packages:
        return hits.reason or "no package was built on these kernels"
    parts = [forced_sentence(hits)]
    if hits.compared:
        parts.append(same_code_sentence(hits))
    if hits.tried:
        parts.append(survived_sentence(hits.tried, hits.stopped, hits.partly, update=hits.update))
    return "; ".join(parts)


def forced_sentence(hits: Hits) -> str:
    """How many packages are refused: `the modules of 12 of 33 packages (3 computed) are refused and had to be rebuilt`.

    Where the step is none that a machine goes through nothing had to be rebuilt: they `would be refused`.
    """
    judged = [hit for hit in hits.packages if hit.judged]
    if not judged:
        return "no package was built whose modules could be loaded"
    unsaid, computed = (sum(found) for found in zip(*((h.answer == UNSAID, h.computed) for h in judged), strict=True))
    whole = plural(len(judged), "package") + (f" ({computed:,} computed)" if computed else "")
    more = f"; of {unsaid:,} it cannot be said" if unsaid else ""
    verb = "are refused" if hits.update else "would be refused"
    if not hits.refused:
        return f"the modules of none of {whole} {verb}{more}"
    return f"the modules of {hits.refused:,} of {whole} {verb}{_rebuilt(hits)}{more}"


def _rebuilt(hits: Hits) -> str:
    """That what is refused had to be rebuilt, as far as it can be."""
    lost = sum(hit.answer == REFUSED and hit.compiles == NO_COMPILE for hit in hits.packages)
    if not hits.update or lost == hits.refused:
        return ""
    if not lost:
        return " and had to be rebuilt"
    source, verb = ("source", "does") if lost == 1 else ("sources", "do")
    return f": {hits.refused - lost:,} had to be rebuilt, the {source} of {lost:,} {verb} not compile"


def same_code_sentence(hits: Hits) -> str:
    """Whether rebuilds were needed: `of 93 rebuilds that this update forced, 78 gave the same code`."""
    not_compared = hits.forced - hits.compared
    said = f"of {plural(hits.compared, 'rebuild')} that this update forced, {hits.same_code:,} gave the same code"
    if not not_compared:
        return said
    return f"{said} ({not_compared:,} more {'was' if not_compared == 1 else 'were'} not compared)"


def survived_sentence(tried: int, stopped: int, partly: int = 0, *, update: bool = True) -> str:
    """Whether sources still compile: `all 31 packages that were tried still compile`."""
    if not tried:
        return "no package was tried"
    still, before, after = (
        ("still ", "compiled before", "any more") if update else ("", "compile on the old kernel", "on the new one")
    )
    on = "" if update else " on both kernels"
    if not stopped and not partly:
        one = f"the one package that was tried {still}compiles{on}"
        return one if tried == 1 else f"all {tried:,} packages that were tried {still}compile{on}"
    verb, parts = "does" if stopped == 1 else "do", "compiles" if partly == 1 else "compile"
    said = [f"{verb} not compile {after}"] * bool(stopped)
    said += [f"{parts} only in part"] * bool(partly)
    if tried == 1:
        return f"the one package that was tried {said[0]}"
    counts = [f"{n:,}" for n in (stopped, partly) if n]
    first = f"{counts[0]} of {plural(tried, 'package')} that {before} {said[0]}"
    return first if len(said) == 1 else f"{first}, {counts[1]} {said[1]}"


def step_sentence(step: StepTried) -> str:
    """The same of a kernel of a lane; what builds only in part is told apart."""
    if not step.worse:
        return survived_sentence(step.tried, 0)
    stopped = survived_sentence(step.tried, step.stopped) if step.stopped else ""
    told = "" if stopped else f"of {plural(step.tried, 'package')} that compiled before, "
    if not step.partly:
        told = "" if stopped else f"{survived_sentence(step.tried, 0)}; " if step.tried else ""
    return "; ".join(said for said in (stopped, told + apart_sentence(step)) if said)


def apart_sentence(step: StepTried) -> str:
    """Of how many packages it cost a part: `1 only partly builds since`. "" of none."""
    partly = f"{step.partly:,} only partly {'builds' if step.partly == 1 else 'build'} since" if step.partly else ""
    lost = f"of {step.lost:,} that only partly built before nothing compiles any more" if step.lost else ""
    return "; ".join(said for said in (partly, lost) if said)


def break_sentence(each: Break) -> str:
    """How long a package was broken: `broken from 6.1.0-54 until 2.1.11-1+deb12u1`."""
    said = span_sentence(each)
    return f"broken {said}" if each.compiled != PARTIAL != each.compiles else said


def span_sentence(each: Break) -> str:
    """The same without the word, where that goes without saying: `from 6.1.0-54 until 2.1.11-1+deb12u1`."""
    span = f"from {each.kernel.abi_name} {end_sentence(each)}"
    if each.compiles == PARTIAL:
        return f"only partly builds {span}"
    return f"only partly built before, not at all {span}" if each.compiled == PARTIAL else span


def end_sentence(each: Break) -> str:
    """What ended it, or that nothing did."""
    if each.until:
        seen = f", seen to compile on {each.until_on.abi_name}" if each.until_on else ""
        again = f", and as it was again on {each.again.abi_name}" if each.again else ""
        return f"until {each.until}{seen}{again}"
    if each.again:
        return f"until {each.again.abi_name}, on which the same version compiles again"
    return "on; no version of this release that compiles is known"


def begin_sentence(each: Break) -> str:
    """How sure it is which kernel began it; "" where its neighbours were both tried."""
    if not each.between:
        return ""
    return (
        f"{plural(each.between, 'kernel')} between {each.before.abi_name}, the last on which it is known to compile, "
        f"and {each.kernel.abi_name} {'was' if each.between == 1 else 'were'} not tried"
    )


def title_of_break(each: Break) -> str:
    """For a feed: `linux 6.1.0-54 stops zfs-dkms 2.1.11-1 from compiling (bookworm)`."""
    what = f"{each.package} {each.version} from compiling"
    if each.compiles == PARTIAL:
        what += " whole"
    elif each.compiled == PARTIAL:
        what = f"what compiled of {what}"
    return f"{each.kernel.abi_name} stops {what} ({each.lane.line})"


def loading_sentence(loading: Loading | None) -> str:
    """What kernels answered to single modules: `3 of 60 modules confirmed by loading`; "" where none was asked."""
    if loading is None:
        return ""
    of = plural(loading.modules, "module")
    if not loading.otherwise:
        return f"{loading.agreeing:,} of {of} confirmed by loading"
    said = f"a kernel answered otherwise to {len(loading.otherwise):,} of {of}"
    return f"{said}; {loading.agreeing:,} confirmed by loading" if loading.agreeing else said


def about_sentence(about: Sequence[str]) -> str:
    """Which modules an answer is about where others did not come out; "" where it is about all."""
    if not about:
        return ""
    more = len(about) - SHOWN
    named = ", ".join(about[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
    return f"about {named} alone: its other modules did not come out"


def reporting_sentence(systems: int) -> str:
    """popcon's count: `at least 1,204 reporting systems`."""
    return f"at least {plural(systems, 'reporting system')}"
