# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences about module packages, written once for page, feed, API and terminal."""

from __future__ import annotations

from abidb.outoftree import DIFFERENT, NO_COMPILE, NOT_APPLICABLE, NOT_COMPARED, SAME
from abidb.packageanswers import COMPILES, NOT_TRIED, PARTIAL, Break, Hits, StepTried
from abidb.verdict import UNSAID
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
COMPUTED = "computed: never built on the kernel before; the symbols of its nearest build, the CRCs of that kernel"
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
CODE_SAYS = {
    SAME: "the rebuild gives the same code",
    DIFFERENT: "the rebuild gives other code",
    NOT_COMPARED: "the rebuild’s code could not be compared",
}


def hits_sentence(hits: Hits) -> str:
    """What a step does to packages, without a full stop: `modules of 12 of 33 packages are refused; …`."""
    if not hits.packages:
        return "no package was built on these kernels"
    parts = [forced_sentence(hits)]
    if hits.compared:
        parts.append(same_code_sentence(hits))
    if hits.tried:
        parts.append(survived_sentence(hits.tried, hits.stopped))
    return "; ".join(parts)


def forced_sentence(hits: Hits) -> str:
    """How many packages had to be rebuilt: `the modules of 12 of 33 packages are refused`."""
    judged = [hit for hit in hits.packages if hit.judged]
    unsaid = sum(hit.answer == UNSAID for hit in judged)
    whole, more = plural(len(judged), "package"), f"; of {unsaid:,} it cannot be said" if unsaid else ""
    if not judged:
        return "no package was built whose modules could be loaded"
    if not hits.forced:
        return f"the modules of none of {whole} are refused{more}"
    return f"the modules of {hits.forced:,} of {whole} are refused and had to be rebuilt{more}"


def same_code_sentence(hits: Hits) -> str:
    """Whether rebuilds were needed: `of 93 rebuilds that this update forced, 78 gave the same code`."""
    not_compared = hits.forced - hits.compared
    said = f"of {plural(hits.compared, 'rebuild')} that this update forced, {hits.same_code:,} gave the same code"
    if not not_compared:
        return said
    return f"{said} ({not_compared:,} more {'was' if not_compared == 1 else 'were'} not compared)"


def survived_sentence(tried: int, stopped: int) -> str:
    """Whether sources still compile: `all 31 packages that were tried still compile`."""
    if not tried:
        return "no package was tried"
    if not stopped:
        one = "the one package that was tried still compiles"
        return one if tried == 1 else f"all {tried:,} packages that were tried still compile"
    verb = "does" if stopped == 1 else "do"
    return f"{stopped:,} of {plural(tried, 'package')} that compiled before {verb} not compile any more"


def step_sentence(step: StepTried) -> str:
    """The same of a kernel of a lane."""
    return survived_sentence(step.tried, step.stopped)


def break_sentence(each: Break) -> str:
    """How long a package was broken: `broken from 6.1.0-54 until 2.1.11-1+deb12u1`."""
    return f"broken from {each.kernel.abi_name} {end_sentence(each)}"


def end_sentence(each: Break) -> str:
    """What ended it, or that nothing did."""
    if each.until and each.again:
        return f"until {each.until}, and as it was again on {each.again.abi_name}"
    if each.until:
        return f"until {each.until}"
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
    what = "compiling" if each.compiles == NO_COMPILE else "compiling whole"
    return f"{each.kernel.abi_name} stops {each.package} {each.version} from {what} ({each.lane.line})"


def reporting_sentence(systems: int) -> str:
    """popcon's count: `at least 1,204 reporting systems`."""
    return f"at least {plural(systems, 'reporting system')}"
