# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds whose code can be compared, function by function, with that of another kernel; what came of them is kept.

Their flags are not those that users build with: no attempt comes of them. What is kept of a build is a digest of each
function and the log of the compiler plug-in, so that three kernels in a row cost three builds.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from abidb.errors import BadFormat
from abidb.outoftree import BUILT, HARNESS, NO_COMPILE, PARTLY, DkmsPackage, PackageKey, Target
from abidb.verdict import Candidate, of_built
from ingest.formats import accesses, objcode
from ingest.formats.objcode import Key
from ingest.outoftree.attempt import Built, Flags, attempt
from ingest.outoftree.plan import AGAIN

FORM = 4  # raise it when the same build yields other digests or another file than before
PLUGIN = Path(__file__).parent / "plugin"
LOG, COMPILED = "accesses.log", "accesses.so"
KCFLAGS = "-g0 -ffunction-sections -fdata-sections"
PLUGINS_FAULT = re.compile(r"internal compiler error|accesses\.(so|cc|log)")
Words = Sequence[str]
KEPT, KEPT_PLUGINS = 512, 16  #: builds, some 100 KB each, and plug-ins
LOG_LIMIT = 256 << 20  #: bytes of a log; 2 MB seen


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one build gives for comparison."""

    headers: str  #: kernel release whose headers were used
    tools: str  #: versions of dkms and of the compiler
    outcome: str  #: as an attempt's
    reason: str
    modules: Mapping[str, Mapping[Key, str]] = field(repr=False)  #: by name: digest of each function and object
    candidates: tuple[Candidate, ...] = field(repr=False)  #: the modules as other kernels look at them
    log: bytes = field(repr=False)  #: of the plug-in; empty where it could not look


def evidence(package: DkmsPackage, target: Target, root: str, *, anew: bool = False) -> Evidence:
    """That of an earlier build, else (or `anew`) of one that is made now. Raises Unavailable as attempt() does."""
    path = settings.ABIDB_DATA / "evidence" / _name(package.key, target, root)
    with suppress(FileNotFoundError, BadFormat):
        if not anew:
            found = load(path.read_bytes())
            os.utime(path)
            return found
    found = _of(_built(package, target, root))
    if found.outcome not in AGAIN:  # these may end otherwise another time
        _keep(path, dump(found))
    return found


def flags(plugin: bytes | None, *, make: bool = False) -> Flags:
    """What an evidence build does besides: use a compiled plug-in, or `make` one and use it, or neither."""
    prepare = (PLUGIN / "prepare").read_text()
    if make:
        source = (PLUGIN / "accesses.cc").read_bytes()
        return Flags(KCFLAGS, ("g++", "gcc-N-plugin-dev"), (("accesses.cc", source),), prepare, (LOG, COMPILED))
    if plugin:
        return Flags(KCFLAGS, (), ((COMPILED, plugin),), prepare, (LOG,))
    return Flags(KCFLAGS, prepare=prepare)


def _built(package: DkmsPackage, target: Target, root: str) -> Built:
    """With the plug-in; without, where its compiler's headers cannot be had or it may be why the build failed."""
    kept = settings.ABIDB_DATA / "evidence" / f"{COMPILED}_{root}_{target.arch}_{_tool()}"
    if kept.exists():
        built = attempt(package, target, root=root, flags=flags(kept.read_bytes()))
        if built.outputs.get(LOG) or (built.attempt.outcome not in (BUILT, HARNESS) and not _plugins_fault(built)):
            return built  # else the compiler is no longer the one that it was made for
    built = attempt(package, target, root=root, flags=flags(None, make=True))
    if compiled := built.outputs.get(COMPILED):
        _keep(kept, compiled)
    if built.attempt.outcome in AGAIN or _plugins_fault(built):
        return attempt(package, target, root=root, flags=flags(None))
    return built


def _plugins_fault(built: Built) -> bool:
    """Whether the plug-in may be why it did not compile."""
    return built.attempt.outcome in (NO_COMPILE, PARTLY) and bool(PLUGINS_FAULT.search(built.attempt.log))


def _of(built: Built) -> Evidence:
    one = built.attempt
    modules: dict[str, dict[Key, str]] = {}
    if one.outcome in (BUILT, PARTLY):
        for module in one.modules:
            try:
                digests = objcode.functions(built.contents[module.sha256])
            except BadFormat as error:
                return Evidence(one.headers, one.tools, HARNESS, f"{module.name}: {error}", {}, (), b"")
            modules[module.name] = {key: digest.hex()[:32] for key, digest in digests.items()}
    candidates = tuple(of_built(module) for module in one.modules)
    log = built.outputs.get(LOG, b"")
    return Evidence(one.headers, one.tools, one.outcome, one.reason, modules, candidates, log)


@cache
def _tool() -> str:
    """What all evidence has in common: flags, plug-in and the form it is kept in."""
    whole = repr((FORM, KCFLAGS, (PLUGIN / "accesses.cc").read_bytes(), (PLUGIN / "prepare").read_bytes()))
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def _name(package: PackageKey, target: Target, root: str) -> str:
    words = (package.package, package.version, package.arch, target.kernel_release, target.version, target.arch, root)
    return re.sub(r"[^A-Za-z0-9.+~_-]", "%", "_".join((*words, _tool())))


def dump(found: Evidence) -> bytes:
    """As it is kept: JSON with the log, deflated."""
    modules = {name: [[*key, digest] for key, digest in of.items()] for name, of in found.modules.items()}
    candidates = [
        [c.name, c.licenses, c.vermagic, c.namespaces, c.imports, sorted(c.siblings), c.btf] for c in found.candidates
    ]
    facts = [found.headers, found.tools, found.outcome, found.reason]
    whole = [*facts, modules, candidates, found.log.decode(errors="replace")]
    return zlib.compress(json.dumps(whole).encode(), 3)


def load(data: bytes) -> Evidence:
    """The other way; raises BadFormat."""
    try:
        inflated = zlib.decompressobj().decompress(data, LOG_LIMIT)
        *facts, modules, candidates, log = json.loads(inflated)
        read = {name: {(kind, key): digest for kind, key, digest in of} for name, of in modules.items()}
        headers, tools, outcome, reason = facts
        seen = tuple(_candidate(*one) for one in candidates)
        return Evidence(headers, tools, outcome, reason, read, seen, log.encode())
    except (zlib.error, ValueError, TypeError, AttributeError):
        raise BadFormat("kept evidence is not understood") from None


def _candidate(name: str, licenses: Words, vermagic: str, namespaces: Words, *rest: Any) -> Candidate:
    imports, siblings, btf = rest
    pairs = tuple((symbol, crc) for symbol, crc in imports)
    return Candidate(name, tuple(licenses), vermagic, tuple(namespaces), pairs, frozenset(siblings), btf)


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as part:
        part.write(data)
    Path(part.name).replace(path)
    everything = set(path.parent.glob("[!.]*"))
    plugins = {one for one in everything if one.name.startswith(COMPILED)}
    for those, most in ((everything - plugins, KEPT), (plugins, KEPT_PLUGINS)):
        for old in sorted(those, key=_used)[:-most]:
            old.unlink(missing_ok=True)


def _used(path: Path) -> float:
    """When it was last of use; what another worker has just removed comes first."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def read_log(found: Evidence) -> accesses.Log | None:
    """What the plug-in saw; None where it saw nothing or its log is not understood."""
    with suppress(BadFormat):
        log = accesses.read(found.log)
        return log if log.functions else None
    return None
