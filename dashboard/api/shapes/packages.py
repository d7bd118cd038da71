# SPDX-License-Identifier: GPL-2.0-or-later
"""Module packages: what builds, what loads, what broke."""

from __future__ import annotations

from ninja import Schema

from dashboard.api.shapes.builds import Suite
from dashboard.api.shapes.common import Build, Paged, said


class Outcome(Schema):
    """What the newest attempt in a release said of a package's source."""

    release: str = said("Codename", "bookworm")
    kernel_release: str = said("", "6.1.0-56-amd64")
    source: str = said("Of the source: “compiles”, “partly”, “does not compile”, ...", "compiles")


class ListedPackage(Schema):
    """A source package that brings modules."""

    source: str = said("", "zfs-linux")
    packages: list[str] = said("Its binary packages", ["zfs-dkms"])
    components: list[str] = said("", ["contrib"])
    releases: dict[str, str] = said("Newest version by codename", {"bookworm": "2.1.11-1+deb12u1"})
    symbols: int | None = said("That its newest build imports; null: nothing of it was built", 402)
    outcomes: list[Outcome]
    scanned: bool = said("Known from a scan of its source alone", False)
    reporting: int | None = said("Systems that report to popcon; null: not known", 2931)


class Packages(Paged):
    """A page of source packages, by name."""

    total: int = said("That fit", 65)
    packages: list[ListedPackage]


class Reason(Schema):
    """One thing that a kernel refuses."""

    kind: str = said("module_layout, vermagic, missing, gpl, crc, namespace or btf", "crc")
    symbol: str = said("“” where it has none", "kfree")
    detail: str = said("", "0x1234abcd -> 0x9876fedc")


class Loading(Schema):
    """What a kernel itself answered to modules of one build."""

    modules: int = said("Of the build", 2)
    agreeing: int = said("Loaded, with the same answer as here, symbol by symbol", 2)
    otherwise: list[str] = said("The others, and where both differ", [])


class Loads(Schema):
    """Whether a module that was built for the kernel before loads."""

    answer: str = said("loads, refused, unchecked, cannot be said", "refused")
    first_reason: Reason | None = said("The one that the kernel names")
    reasons: int = said("", 178)
    computed: bool = said("Not built on the kernel before, but worked out", True)
    confirmed: bool | None = said("Whether loading showed the same; null: no kernel was asked", None)
    loading: Loading | None
    about: list[str] = said("Modules that this is about where others did not come out", [])
    code: str | None = said("Of the rebuild: “same”, “different”, “not compared”; null: nobody looked", None)


class Compiles(Schema):
    """Whether the source compiles for the kernel."""

    answer: str = said("compiles, partly, does not compile, not applicable, not tried", "compiles")
    why: str = said("First line of what stands in the way", "")
    log: int | None = said("The attempt: /package/SOURCE/log/NUMBER/", 131)
    headers: str | None = said("Release whose headers stood in, null where they were the kernel's own", None)


class Cell(Schema):
    """Two answers that are never merged."""

    module: Loads | None = said("Null where nothing is known of it")
    source: Compiles


class Verdict(Cell):
    """One version of a package on one kernel."""

    kernel: Build
    before: Build | None = said("The kernel before, for which the module was built")


class Verdicts(Paged):
    """One version of a package on the kernels of a lane, newest first."""

    source: str = said("", "zfs-linux")
    package: str = said("Binary package", "zfs-dkms")
    version: str = said("", "2.3.9-0+deb13u1")
    lane: str = said("", "trixie/amd64/amd64")
    lanes: list[str] = said("That can be asked for", ["trixie/amd64/amd64", "bookworm/amd64/amd64"])
    total: int = said("Kernels of the lane", 15)
    verdicts: list[Verdict]


class Row(Schema):
    """One kernel of a lane with a cell for each version."""

    kernel: Build
    before: Build | None
    cells: list[Cell] = said("In the order of `versions`")


class PackageVersion(Schema):
    """One version of a binary package."""

    version: str = said("", "2.1.11-1+deb12u1")
    arch: str = said("Of the deb", "all")
    component: str = said("", "contrib")
    suites: list[Suite]


class Use(Schema):
    """A symbol that a package uses, and how it behaved in the lane."""

    symbol: str = said("", "kfree")
    broke: int = said("Steps of the lane in which modules that use it broke", 3)
    gpl_only: bool
    namespace: str = said("“” for none", "")
    named: bool = said("In the package's own source; else it comes through a header or the compiler", True)
    modules: list[str] = said("Of the package, that use it", ["zfs"])
    exported: bool = said("By the newest kernel of the lane", True)


class Target(Schema):
    """The kernel that something was built against."""

    source: str = said("", "linux")
    version: str = said("", "6.12.117-1")
    arch: str = said("", "amd64")
    flavour: str = said("", "amd64")
    kernel_release: str = said("", "6.12.117+deb13-amd64")


class Break(Schema):
    """A kernel update that stopped a package's source from compiling."""

    lane: str = said("", "bookworm/amd64/amd64")
    source: str = said("", "foo")
    package: str = said("", "foo-dkms")
    version: str = said("That was in the suite at that time", "1.0-1")
    version_assumed: bool = said("That is not known: of those known, the first that was seen there", False)
    before: Build = said("The last kernel on which it compiled")
    kernel: Build = said("The first on which it does not")
    kernels_between_not_tried: int = said("", 0)
    answer_before: str = said("compiles, or partly", "compiles")
    answer: str = said("does not compile, or partly", "does not compile")
    why: str = said("First line of the error", "foo.c:7:9: error: too few arguments to function 'alpha'")
    log: int = said("The attempt: /package/SOURCE/log/NUMBER/", 131)
    until_version: str | None = said("First newer version that compiles there", "1.0-1+deb12u1")
    until_seen_on: Build | None = said("The later kernel on which that was seen; null: on this very one")
    again: Build | None = said("First later kernel on which the same version compiles again")
    reporting_at_least: int | None = said("Systems that report the package to popcon", 1204)
    summary: str = said("In words")


class StepTried(Schema):
    """A kernel on which packages were tried that had compiled on one before it."""

    lane: str = said("", "bookworm/amd64/amd64")
    kernel: Build
    tried: int = said("Packages that compiled before", 30)
    stopped: int = said("Of those: they do not compile any more", 1)
    partly: int = said("Of those: only a part compiles", 0)
    only_partly_since: int = said("As `partly`", 0)
    nothing_left_of_parts: int = said("Others, of which only a part compiled before: now nothing does", 0)
    summary: str = said("In words")


class Breaks(Paged):
    """A page of updates that stopped packages from compiling, newest first, and of how many each update stopped."""

    total: int = said("Breaks", 3)
    breaks: list[Break]
    steps: list[StepTried] = said("The newest")
    notes: list[str] = said("What else there is to know")


class BinaryPackage(Schema):
    """One binary package of a source in a lane's release."""

    package: str = said("", "zfs-dkms")
    versions: list[PackageVersion] = said("The newest, newest first")
    uses: list[Use] = said("Symbols that its newest build uses, the first 500 by name")
    uses_total: int = said("", 402)
    used_version: str = said("Whose build that is", "2.3.9-0+deb13u1")
    used_on: Target | None = said("And on which kernel")
    scanned: bool = said("Nothing was built: symbols are from a scan of the source", False)
    matrix: list[Row] = said("Kernels of the lane, newest first")
    breaks: list[Break]


class Package(Paged):
    """One source package in one lane."""

    source: str = said("", "zfs-linux")
    lane: str = said("", "trixie/amd64/amd64")
    lanes: list[str] = said("That can be asked for", ["trixie/amd64/amd64"])
    kernels: int = said("Of the lane, also those that are not told here", 15)
    reporting_at_least: dict[str, int] = said("Systems by binary package", {"zfs-dkms": 2931})
    packages: list[BinaryPackage]


class Difference(Schema):
    """One function or object whose code or content is not the same in two builds of one source."""

    module: str = said("", "zfs")
    name: str = said("", "zpl_aops")
    what: str = said("function or data", "function")
    members: list[str] = said("As the compiler plug-in saw them", ["struct key.payload: offset 176 -> 192"])


class Hit(Schema):
    """What a step from one kernel to another does to one package. Lists hold the first 20."""

    source: str = said("", "zfs-linux")
    package: str = said("", "zfs-dkms")
    version: str = said("", "2.3.9-0+deb13u1")
    answer: str | None = said("Of the new kernel, to a module built for the old one; null: there is none", "refused")
    reasons: list[Reason] = said("In the kernel's order")
    reasons_total: int = said("", 178)
    compiles: str = said("The source on the new kernel", "compiles")
    compiled: str = said("The source on the old kernel", "compiles")
    code: str | None = said("Of the rebuild: “same”, “different”, “not compared”; null: nobody looked", "same")
    built_on: Target = said("Whose symbols this is about")
    loading: Loading | None
    confirmed: bool | None = said("Whether loading showed the same", None)
    computed: bool = said("Not built on the old kernel, but worked out", False)
    assumed: bool = said("Which version was in the suite then is not known", False)
    why: str = said("What stands in the way where the source does not compile", "")
    untold: list[str] = said("What could not be told", [])
    untold_total: int = said("", 0)
    differing: list[Difference] = said("Of a rebuild that gave other code")
    differing_total: int = said("", 0)
    about: list[str] = said("Modules that this is about where others did not come out", [])
    headers: str | None = said("Release whose headers stood in", None)
    stops_compiling: bool = said("It compiled on the old kernel and does not on the new one", False)
    compiles_in_part_since: bool = said("It compiled on the old kernel and does so only in part on the new one", False)
    summary: str = said("In words")


class Hits(Paged):
    """What a step from one kernel to another does to the module packages of a release, the gravest first."""

    release: str = said("Whose packages; “” where neither build is in a lane", "bookworm")
    update: bool = said("From an older to a newer kernel of one flavour", True)
    refused: int = said("Packages whose modules the new kernel refuses", 31)
    forced: int = said("The same; 0 where this is no update", 31)
    compared: int = said("Of those: rebuilds whose code was compared", 20)
    same_code: int = said("Of those: the same code", 18)
    stopped: int = said("Packages that compile no more", 1)
    partly: int = said("Packages that compile only in part since", 0)
    survived: int = said("Packages that compile on both", 29)
    tried: int = said("Packages tried on both, of which it compiled on the old one", 30)
    summary: str = said("In words", "31 of 33 packages must be rebuilt")
    total: int = said("Packages that are told of", 33)
    packages: list[Hit]
