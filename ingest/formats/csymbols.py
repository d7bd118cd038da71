# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of a kernel's exported symbols a source of modules seems to use: by its names, without a compiler.

Comments and branches that are surely not taken are left out; of headers that the source includes, and those include,
the bodies of inline functions and macros that it names are followed. It errs both ways: a name may be something else
here, and what the compiler adds is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from ingest.formats.cbranches import Kernel, taken
from ingest.formats.cinlines import bodies, included, reached
from ingest.formats.csource import identifiers

PARAMETER = re.compile(rb"\bmodule_param(?:_named|_array)?\s*\(\s*\w+\s*,(?:\s*\w+\s*,)?\s*(\w+)\s*,")
SUFFIXES = (".c", ".h", ".S", ".inc", ".cpp", ".cc", ".hpp")
ALWAYS = ("linux/module.h", "linux/kconfig.h", "linux/export-internal.h", "linux/vermagic.h")  #: what kbuild includes
REFUSALS = ("__write_overflow", "__read_overflow")  #: what the compiler would call where it refuses to compile
IMPLICIT = (
    "module_layout",
    "__fentry__",
    "__stack_chk_fail",
    "__x86_return_thunk",
    "__x86_indirect_thunk_rax",
)  #: what kbuild and the compiler add


class Headers:
    """A kernel's headers, each read once, when something includes it."""

    def __init__(self, files: Mapping[str, bytes], folders: Iterable[str], kernel: Kernel) -> None:
        """`files` by their path; `folders` are where includes are looked for, in order, each with a slash behind."""
        self._files, self._folders, self._kernel = files, tuple(folders), kernel
        self._read: dict[str, tuple[Mapping[str, frozenset[str]], tuple[str, ...]]] = {}

    def below(self, names: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """The bodies of all inline functions and macros in these headers and those that they include."""
        found: dict[str, frozenset[str]] = {}
        waiting, seen = list(names), set[str]()
        while waiting:
            path = self._resolve(waiting.pop())
            if path and path not in seen:
                seen.add(path)
                inlines, others = self._at(path)
                for name, body in inlines.items():
                    found[name] = found.get(name, frozenset()) | body
                folder = path.rpartition("/")[0]
                waiting += [*others, *(f"{folder}/{other}" for other in others)]
        return found

    def _resolve(self, name: str) -> str:
        places = (name, *(folder + name for folder in self._folders))
        return next((place for place in places if place in self._files), "")

    def _at(self, path: str) -> tuple[Mapping[str, frozenset[str]], tuple[str, ...]]:
        if path not in self._read:
            text = taken(self._files[path], self._kernel)
            self._read[path] = bodies(text), included(text)
        return self._read[path]


def symbols(sources: Mapping[str, bytes], headers: Headers, kernel: Kernel, exports: Collection[str]) -> frozenset[str]:
    """Those of the `exports` that C `sources`, by path, seem to use."""
    texts = [taken(text, kernel) for path, text in sources.items() if path.endswith(SUFFIXES)]
    names = frozenset[str]().union(*map(identifiers, texts))
    includes = [name for text in texts for name in included(text)]
    found = reached(names, headers.below((*ALWAYS, *includes)))
    types = (PARAMETER.findall(text) for text in texts)
    operations = {f"param_ops_{name.decode()}" for names in types for name in names}  # pasted together by a macro
    used = (found | operations | frozenset(IMPLICIT)).intersection(exports)
    return frozenset(name for name in used if not name.startswith(REFUSALS))
