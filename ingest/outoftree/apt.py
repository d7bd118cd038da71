# SPDX-License-Identifier: GPL-2.0-or-later
"""APT for a root that is not the host's: its sources, its lists, its packages; the host's way to the network.

The host's own configuration is read first (proxies, certificates, passwords), what is said here stands over it.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from abidb.errors import NotThere, Unavailable
from ingest.archive.roots import Root, keyring_of
from ingest.outoftree import processes

COMPONENTS = "main contrib non-free non-free-firmware"
POCKETS = ("-updates", "-backports", "-proposed-updates")  #: of the archive; -security is an archive of its own
WITHOUT_POCKETS = ("sid", "unstable", "experimental")
INST = re.compile(r"^Inst (\S+) (?:\[[^]]*\] )?\((\S+) .*?\[(\S+)\]\)", re.MULTILINE)
WORDS = re.compile(r"^(?:E|W|Error|Warning): *(.*)$", re.MULTILINE)
UNMET = re.compile(r"^ (\S+) : (.*(?:\n {4,}.*)*)", re.MULTILINE)
# What APT says of packages that do not go together, whatever the network does (apt-private/private-install.cc,
# private-cacheset.cc); a suite may lack what is preferred of it.
UNSOLVABLE = re.compile(
    r"Unable to locate package|Version .* for .* was not found|has no installation candidate|held broken packages"
    r"|Unable to satisfy dependencies|and -y was used without|is invalid for APT::Default-Release"
)
GONE = re.compile(r"Failed to fetch \S+ +(?:404|410)\b|Failed to fetch (?:copy|file):\S+ .*No such file")
FAILED = re.compile(r"^(?:E|W|Error|Warning): Failed to fetch \S+/dists/([^/\s]+)/\S* +(.*)$", re.MULTILINE)
ERRORS = re.compile(r"^(?:E|Error): *(.*)$", re.MULTILINE)
FOLLOWING = ("Failed to fetch", "Some index files failed")  #: what FAILED tells apart, and its consequence
SKEW = re.compile(r"File has unexpected size|Hash Sum mismatch|Hashsum mismatch")
NO_MATTER = ("Skipping acquire of configured file",)  # not every suite has every component
ENVIRONMENT = ("env", "-u", "APT_CONFIG", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive")
NOT_FOUND = 127  #: of env: there is no such program
TIMEOUT = 1800.0  #: seconds: an archive may be slow, and some packages are large
CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
#clear APT::Architectures;
#clear APT::Default-Release;
#clear Acquire::IndexTargets;
#clear Dir::Etc;
#clear Dir::Ignore-Files-Silently;
APT::Architecture "{arch}";
APT::Architectures {{ "{arch}"; }};
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Sandbox::User "root";
APT::Get::Assume-Yes "true";
APT::Get::AllowUnauthenticated "false";
Debug::NoLocking "true";
Acquire::Check-Valid-Until "false";
Acquire::GzipIndexes "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::IndexTargets::deb::Packages {{
    MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";
    ShortDescription "Packages";
    Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages";
}};
Dir::State "{folder}/state";
Dir::State::lists "{folder}/lists";
Dir::State::status "{status}";
Dir::Cache "{folder}/cache";
Dir::Cache::archives "{folder}/archives";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Etc "{folder}/etc";
Dir::Etc::sourcelist "{folder}/etc/root.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::trusted "/dev/null";
Dir::Etc::trustedparts "/dev/null";
Dir::Etc::netrc "/etc/apt/auth.conf";
Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
"""


class Unsolvable(NotThere):
    """The packages cannot be had together, and asking again is of no use; the message is what APT says of it."""


class Gone(Unavailable):
    """The archive has lost a deb that the lists at hand name: newer lists may do without it."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A package that APT would install."""

    name: str
    version: str
    arch: str

    @property
    def file(self) -> str:
        """Its name among the archives (apt-pkg/acquire-item.cc, pkgAcqArchive, which quotes these)."""
        return f"{self.name}_{self.version.replace(':', '%3a')}_{self.arch}.deb"


@dataclass(frozen=True, slots=True)
class Solution:
    """What has to be installed for what is wanted."""

    wanted: tuple[str, ...]
    suite: str  #: that is preferred; "" none
    picked: tuple[Picked, ...]

    @property
    def exactly(self) -> list[str]:
        """The packages with their versions, as they can be wanted."""
        return [f"{one.name}={one.version}" for one in self.picked]

    def without(self, other: Solution) -> Solution:
        """The same, but for what another solution has installed already."""
        return replace(self, picked=tuple(one for one in self.picked if one not in other.picked))


@dataclass(frozen=True, slots=True)
class Apt:
    """APT with the files of one root."""

    folder: Path
    arch: str

    @property
    def configuration(self) -> Path:
        return self.folder / "etc" / "root.conf"

    @property
    def sources(self) -> Path:
        return self.folder / "etc" / "root.sources"

    @property
    def archives(self) -> Path:
        return self.folder / "archives"

    def configure(self, status: Path, sources: str | None = None) -> None:
        """Write the configuration; `status` is dpkg's of what is installed already. Its caller sees to locks."""
        for name in ("state", "lists/partial", "cache", "archives/partial", "etc"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "state" / "extended_states").touch()
        if sources is not None:
            _write(self.sources, sources)  # addresses may hold credentials
        _write(self.configuration, CONFIGURATION.format(arch=self.arch, folder=self.folder, status=status))

    def moved(self) -> bool:
        """Whether the sources were written for another place: their keys lie beside them, under absolute paths."""
        return not self.sources.exists() or f"Signed-By: {self.sources.parent}/" not in self.sources.read_text()

    def update(self, settled: Collection[str] = ()) -> tuple[str, ...]:
        """Fetch the lists; what APT has to say of suites that it leaves as they were.

        Raises Unavailable where not all came: what is chosen from a part of the lists is not what users have. Only
        lists of `settled` suites, whose Release is old, may disagree with it: waiting would not mend that.
        """
        done = self._run("apt-get", "update", "-q")
        words = _said(done.stderr)
        failed = FAILED.findall(done.stderr)
        other = [line for line in ERRORS.findall(done.stderr) if not line.startswith(FOLLOWING)]
        lasting = failed and not other and all(suite in settled and SKEW.search(why) for suite, why in failed)
        came = any(self.folder.glob("lists/*Packages*"))
        if not came or ((done.returncode or failed) and not lasting):
            raise Unavailable(f"apt-get update: {words or 'no list came'}")
        return (words,) if failed else ()

    def solve(self, wanted: Sequence[str], suite: str = "") -> Solution:
        """What has to be installed for `wanted` (NAME, NAME=VERSION, paths of debs).

        Raises Unsolvable where APT says that it cannot be, Unavailable where APT fails otherwise.
        """
        done = self._run("apt-get", "install", "--simulate", "-q", *_from(suite), "--", *wanted)
        if done.returncode:
            unmet = _unmet(done.stdout)
            known = unmet or UNSOLVABLE.search(done.stderr)
            raise (Unsolvable if known else Unavailable)(unmet or _said(done.stderr) or _status(done))
        return Solution(tuple(wanted), suite, tuple(Picked(*found) for found in INST.findall(done.stdout)))

    def fetch(self, solution: Solution) -> tuple[Path, ...]:
        """The debs of a solution, fetched and verified, files that were given apart; raises Gone, Unavailable."""
        done = self._run("apt-get", "install", "--download-only", "-q", *_from(solution.suite), "--", *solution.wanted)
        if done.returncode:
            raise (Gone if GONE.search(done.stderr) else Unavailable)(f"apt-get: {_said(done.stderr) or _status(done)}")
        given = {Path(word).stem for word in solution.wanted if word.startswith("/")}
        found = [self.archives / one.file for one in solution.picked if one.name not in given]
        if lacking := [path.name for path in found if not path.exists()]:
            raise Unavailable(f"apt-get did not fetch {', '.join(lacking)}")
        return tuple(found)

    def versions(self, prefix: str) -> dict[str, tuple[str, ...]]:
        """All packages whose names begin with `prefix`, and the versions that the lists have; raises Unavailable."""
        names = self._told("pkgnames", prefix).split()
        found: dict[str, list[str]] = {name: [] for name in names}
        if names:
            for line in self._told("madison", *names).splitlines():
                name, version, place = (part.strip() for part in line.split("|", 2))
                if place.endswith("Packages"):
                    found.setdefault(name, []).append(version)
        return {name: tuple(dict.fromkeys(versions)) for name, versions in found.items() if versions}

    def _told(self, *arguments: str) -> str:
        done = self._run("apt-cache", *arguments)
        if done.returncode:
            raise Unavailable(f"apt-cache {arguments[0]}: {_said(done.stderr) or _status(done)}")
        return done.stdout

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = processes.mortal([*ENVIRONMENT, program, "-c", str(self.configuration), *arguments])
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{program} {arguments[0]} did not end in {TIMEOUT:,.0f} seconds") from None
        if done.returncode == NOT_FOUND:
            raise Unavailable(f"{program} missing: builds need a host with APT")
        return done


def _write(path: Path, text: str) -> None:
    """Put a file in the place of another, which may have links elsewhere; for its owner's eyes."""
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    Path(part).rename(path)


def _from(suite: str) -> list[str]:
    return ["--target-release", suite] if suite else []


def _status(done: subprocess.CompletedProcess[str]) -> str:
    return f"ended with status {done.returncode}"


def _said(errors: str) -> str:
    words = dict.fromkeys(line.strip() for line in WORDS.findall(errors))
    return "; ".join(line for line in words if not line.startswith(NO_MATTER))


def _unmet(output: str) -> str:
    """What of "The following packages have unmet dependencies" names a reason."""
    found = [f"{name}: {' '.join(reason.split())}" for name, reason in UNMET.findall(output.partition("unmet dep")[2])]
    return "; ".join(found)


def candidates(root: Root, codename: str) -> tuple[str, ...]:
    """The suites of a release that an archive may have, its own first."""
    if root.security:
        found: tuple[str, ...] = (f"{codename}-security",)
    elif codename in WITHOUT_POCKETS:
        found = ("sid", "experimental")
    else:
        found = (codename, *(codename + pocket for pocket in POCKETS))
    return tuple(suite for suite in found if suite in root.suites) if root.further else found


def source(root: Root, suites: Collection[str], keys: Path) -> str:
    """A paragraph of sources.list(5); the keys of `root` are written to `keys`."""
    keys.parent.mkdir(parents=True, exist_ok=True)
    keys.unlink(missing_ok=True)  # it may have links elsewhere
    keys.write_bytes(keyring_of(root))
    address = f"copy:{root.address.removeprefix('file:')}" if root.address.startswith("file:") else root.address
    fields = {"Types": "deb", "URIs": address, "Suites": " ".join(suites), "Components": COMPONENTS, "Signed-By": keys}
    return "".join(f"{name}: {value}\n" for name, value in fields.items())
