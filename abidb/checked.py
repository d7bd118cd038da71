# SPDX-License-Identifier: GPL-2.0-or-later
"""What a file holds that somebody wants checked: its modules, and the form in which they pass between processes.

The reader of a stranger's file is another process; nothing that it says is taken for more than text that fits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from abidb import naming
from abidb.errors import BadFormat
from abidb.records import Signature
from abidb.verdict import Candidate

MODULE, PACKAGE, DUMP = "module", "package", "dump"
KINDS = (MODULE, PACKAGE, DUMP)
LONGEST = 4 << 20  #: bytes of a whole one as text; 100 modules of 200 symbols have 1 MB
CARRIED = 2 << 20  #: bytes of one that a form brings back
MOST_MODULES = 100  #: of a package; lttng-modules has some 60
MOST_NAMES = 20_000  #: imports, siblings and the like of all modules; 60 modules of lttng have 2,000 imports
MOST_SYMBOLS = 5_000  #: different symbols among the imports; zfs has 900

SYMBOL = re.compile(naming.SYMBOL.decode(), re.ASCII)
NAMESPACE = re.compile(naming.NAMESPACE.decode(), re.ASCII)
WORD = re.compile(r"[!-~]{0,64}")
LINE = re.compile(r"[ -~]{0,256}")
PATH = re.compile(r"[^\x00-\x1f\x7f]{0,4096}")
KEY = re.compile(r"[0-9A-F:]{0,200}")


@dataclass(frozen=True, slots=True)
class CheckedModule:
    """One module of such a file."""

    path: str  #: in its package; "" where the file is the module
    machine: str  #: as ModuleFile.machine; "" where only a dump is known
    signature: Signature | None
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What is known of a whole file."""

    kind: str  #: one of KINDS
    modules: tuple[CheckedModule, ...]  #: at least one, in the order of the file


def dumped(found: CheckedFile) -> str:
    """It as JSON text."""
    return json.dumps({"kind": found.kind, "modules": [_module_json(module) for module in found.modules]})


def _module_json(module: CheckedModule) -> dict[str, Any]:
    said = {name: getattr(module.candidate, name) for name in Candidate.__slots__}
    said["siblings"], said["weak"] = sorted(module.candidate.siblings), sorted(module.candidate.weak)
    signature = None if module.signature is None else asdict(module.signature)
    return {"path": module.path, "machine": module.machine, "signature": signature, "candidate": said}


def loaded(text: str | bytes) -> CheckedFile:
    """It from such text. Raises BadFormat for whatever `dumped` would not have written."""
    if len(text) > LONGEST:
        raise BadFormat(f"text of {len(text):,} bytes is longer than the {LONGEST:,} allowed")
    try:
        told = json.loads(text, parse_int=_number, parse_float=_no_number, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadFormat("not what an earlier check answered: no JSON") from None
    kind, modules = _fields(told, "kind", "modules")
    if kind not in KINDS or not 0 < len(_list(modules)) <= MOST_MODULES:
        raise BadFormat("not what an earlier check answered")
    found = CheckedFile(kind, tuple(map(_module, modules)))
    check_size(found)
    return found


def check_size(found: CheckedFile) -> None:
    """Raises BadFormat where a file has more names than one answer can be about."""
    said = [module.candidate for module in found.modules]
    lists = ((one.imports, one.siblings, one.weak, one.licenses, one.namespaces) for one in said)
    if (names := sum(len(some) for each in lists for some in each)) > MOST_NAMES:
        raise BadFormat(f"{names:,} imports and other names are more than the {MOST_NAMES:,} of one check")
    if (symbols := len({symbol for one in said for symbol, _ in one.imports})) > MOST_SYMBOLS:
        raise BadFormat(f"{symbols:,} different symbols are more than the {MOST_SYMBOLS:,} of one check")


def _number(digits: str) -> int:
    return int(digits) if len(digits) < 12 else _no_number(digits)


def _no_number(text: str) -> int:
    raise ValueError(text)


def _module(told: object) -> CheckedModule:
    path, machine, signature, candidate = _fields(told, "path", "machine", "signature", "candidate")
    who = None
    if signature is not None:
        signer, key, digest = _fields(signature, "signer", "key", "digest")
        who = Signature(_text(signer, PATH), _text(key, KEY), _text(digest, WORD))
    return CheckedModule(_text(path, PATH), _text(machine, WORD), who, _candidate(candidate))


def _candidate(told: object) -> Candidate:
    name, licenses, vermagic, namespaces, imports, siblings, btf, weak, dump = _fields(told, *Candidate.__slots__)
    return Candidate(
        name=_text(name, WORD),
        licenses=_texts(licenses, LINE),
        vermagic=_text(vermagic, LINE),
        namespaces=_texts(namespaces, NAMESPACE),
        imports=tuple(map(_import, _list(imports))),
        siblings=frozenset(_texts(siblings, SYMBOL)),
        btf=_flag(btf),
        weak=frozenset(_texts(weak, SYMBOL)),
        dump=_flag(dump),
    )


def _import(told: object) -> tuple[str, int | None]:
    pair = _list(told)
    if len(pair) != 2:
        raise BadFormat("import is no pair")
    symbol, crc = pair
    if crc is not None and not (type(crc) is int and 0 <= crc < 1 << 32):
        raise BadFormat("CRC is no number of 32 bits")
    return _text(symbol, SYMBOL), crc


def _fields(told: object, *names: str) -> list[Any]:
    if not isinstance(told, dict) or told.keys() != set(names):
        raise BadFormat("not what an earlier check answered: other fields")
    return [told[name] for name in names]


def _list(told: object) -> Sequence[Any]:
    if not isinstance(told, list) or len(told) > MOST_NAMES:
        raise BadFormat("not what an earlier check answered: no list")
    return told


def _texts(told: object, pattern: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(_text(text, pattern) for text in _list(told))


def _text(told: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(told, str) or not pattern.fullmatch(told):
        raise BadFormat("not what an earlier check answered: a text that cannot be one")
    return told


def _flag(told: object) -> bool:
    if not isinstance(told, bool):
        raise BadFormat("not what an earlier check answered: no flag")
    return told
