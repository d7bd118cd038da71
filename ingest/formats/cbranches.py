# SPDX-License-Identifier: GPL-2.0-or-later
"""Conditionals of a C source (ISO/IEC 9899:2018, 6.10.1), evaluated as far as what is defined is known.

A branch that surely is not taken goes; where a condition depends on what is not known, all its branches stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

Value = int | None  # None: not known
COMMENT = re.compile(rb"""/\*.*?(?:\*/|\Z)|//(?:\\\r?\n|[^\n])*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
SPLICE = re.compile(rb"\\\r?\n")
DIRECTIVE = re.compile(rb"[ \t]*#[ \t]*(ifdef|ifndef|if|elifdef|elifndef|elif|else|endif)\b[ \t]*(.*)")
TOKEN = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*|([A-Za-z_]\w*)|(&&|\|\||[=!<>]=|<<|>>|[-+*/%<>!()?:,&|^~]))"
)
ENABLED = ("IS_ENABLED", "IS_BUILTIN", "IS_MODULE", "IS_REACHABLE")
FOREIGN = (
    "RHEL_",
    "SLE_",
    "UTS_UBUNTU_",
    "CONFIG_SUSE_",
    "OPENSUSE_",
)  #: prefixes of what other vendors' kernels define
LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"))
OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
}
DEEPEST = 200  #: conditionals in each other, and parentheses


@dataclass(frozen=True, slots=True)
class Kernel:
    """What is known to be defined while a module is built."""

    version: tuple[int, int, int]
    options: Collection[str]  #: CONFIG_… that are set, those that are modules with "_MODULE" behind
    defined: Collection[str] = ("__KERNEL__", "MODULE", "__linux__", "__GNUC__", "LINUX_VERSION_CODE", "KERNEL_VERSION")
    undefined: Collection[str] = ("__cplusplus", "__ASSEMBLY__", "__CHECKER__", "__GENKSYMS__", "__FreeBSD__", "_WIN32")

    @property
    def code(self) -> int:
        """LINUX_VERSION_CODE (the kernel's Makefile)."""
        return version_code(*self.version)

    def has(self, name: str) -> Value:
        """Whether a macro is defined."""
        if name.startswith("CONFIG_") and not name.startswith(FOREIGN):
            return int(name in self.options)
        if name in self.defined:
            return 1
        return 0 if name in self.undefined or name.startswith(FOREIGN) else None


def version_code(a: int, b: int, c: int) -> int:
    """KERNEL_VERSION(a, b, c)."""
    return (a << 16) + (b << 8) + min(c, 255)


def taken(text: bytes, kernel: Kernel) -> bytes:
    """`text` without comments, contents of literals, and branches that are surely not taken."""
    plain = SPLICE.sub(b"", COMMENT.sub(_blank, text))
    return b"\n".join(_lines(plain.splitlines(), kernel))


def _blank(match: re.Match[bytes]) -> bytes:
    """An empty literal, or a blank for a comment; what is included keeps its name."""
    begin = match[0][:1]
    if begin == b'"':
        line = match.string[match.string.rfind(b"\n", 0, match.start()) + 1 : match.start()]
        return match[0] if line.lstrip()[:1] == b"#" else b'""'
    return b"''" if begin == b"'" else b" "


def _lines(lines: list[bytes], kernel: Kernel) -> Iterator[bytes]:
    """The lines outside of what is not taken; directives of conditionals go."""
    stack: list[tuple[bool, Value]] = []  # of each open conditional: whether this branch stays; whether one was taken
    for line in lines:
        match = DIRECTIVE.match(line)
        if not match:
            if all(stays for stays, _ in stack[-1:]):
                yield line
            continue
        word, rest = match[1].decode(), match[2].decode("utf-8", "replace").strip()
        outer = all(stays for stays, _ in (stack[:-1] if word.startswith("e") else stack)[-1:])
        if word == "endif":
            del stack[-1:]
        elif not word.startswith("e"):
            value = _condition(word, rest, kernel)
            stack.append((outer and value != 0, value))
        elif stack:
            before = stack[-1][1]
            value = 1 if word == "else" else _condition(word.removeprefix("el"), rest, kernel)
            stack[-1] = outer and before != 1 and value != 0, _either(before, value)
        if len(stack) > DEEPEST:
            return


def _condition(word: str, rest: str, kernel: Kernel) -> Value:
    if word == "if":
        return evaluate(rest, kernel)
    value = kernel.has(rest.split(maxsplit=1)[0]) if rest else None
    return value if word == "ifdef" or value is None else 1 - value


def _either(a: Value, b: Value) -> Value:
    if a == 1 or b == 1:
        return 1
    return None if a is None or b is None else 0


def evaluate(expression: str, kernel: Kernel) -> Value:
    """1 or 0 for whether a condition of #if holds; None where that is not known, or the condition not understood."""
    try:
        parser = _Parser(expression, kernel)
        value = parser.level(0)
        return None if value is None or parser.tokens else int(value != 0)
    except (IndexError, ValueError, RecursionError):
        return None


class _Parser:
    """Recursive descent; IndexError or ValueError for what is not understood."""

    def __init__(self, text: str, kernel: Kernel) -> None:
        found = list(TOKEN.finditer(text))
        if "".join(match[0] for match in found).strip() != text.strip() or len(found) > 20 * DEEPEST:
            raise ValueError(text)
        self.tokens = [match[match.lastindex or 0] for match in found][::-1]
        self.kernel = kernel

    def level(self, number: int) -> Value:
        if number == len(LEVELS):
            return self.unary()
        value = self.level(number + 1)
        while self.tokens and self.tokens[-1] in LEVELS[number]:
            operator = self.tokens.pop()
            value = _apply(operator, value, self.level(number + 1))
        return value

    def unary(self) -> Value:
        word = self.tokens.pop()
        if word == "!":
            value = self.unary()
            return None if value is None else int(not value)
        if word == "(":
            value = self.level(0)
            self.expect(")")
            return value
        if word[0].isdigit():
            return int(word, 0) if word[:2].lower() == "0x" else int(word)
        if not (word[0].isalpha() or word[0] == "_"):
            raise ValueError(word)
        return self.name(word)

    def name(self, word: str) -> Value:
        if word == "defined":
            closing = self.tokens[-1] == "("
            name = [self.tokens.pop() for _ in range(1 + closing)][-1]
            if closing:
                self.expect(")")
            return self.kernel.has(name)
        if self.tokens and self.tokens[-1] == "(":
            return self.call(word)
        if word == "LINUX_VERSION_CODE":
            return self.kernel.code
        return 0 if word.startswith("CONFIG_") and not self.kernel.has(word) else None

    def call(self, word: str) -> Value:
        self.tokens.pop()
        words, depth = list[str](), 1
        while depth:
            words.append(self.tokens.pop())
            depth += {"(": 1, ")": -1}.get(words[-1], 0)
        if word == "KERNEL_VERSION":
            a, b, c = (int(word) for word in "".join(words[:-1]).split(","))
            return version_code(a, b, c)
        if word in ENABLED:
            return int(any(self.kernel.has(words[0] + end) for end in ENDS[word]))
        return 0 if word.startswith(FOREIGN) else None

    def expect(self, word: str) -> None:
        if self.tokens.pop() != word:
            raise ValueError(word)


ENDS = {"IS_ENABLED": ("", "_MODULE"), "IS_BUILTIN": ("",), "IS_MODULE": ("_MODULE",), "IS_REACHABLE": ("", "_MODULE")}


def _apply(operator: str, a: Value, b: Value) -> Value:
    if operator == "||":
        return _either(None if a is None else int(a != 0), None if b is None else int(b != 0))
    if operator == "&&":
        if a == 0 or b == 0:
            return 0
        return None if a is None or b is None else 1
    return None if a is None or b is None else int(OPERATIONS[operator](a, b))
