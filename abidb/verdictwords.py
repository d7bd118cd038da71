# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences of verdicts about modules, written once for page, API and terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from abidb import verdict as v
from abidb.records import Signature
from abidb.verdict import Reason, Verdict
from abidb.words import plural

SHOWN = 3  # symbols that a sentence names

ANSWER_WORDS = {v.LOADS: "loads", v.REFUSED: "refused", v.UNCHECKED: "accepted unchecked", v.UNSAID: "cannot be said"}
ANSWER_MEANS = {
    v.LOADS: "the kernel finds every symbol that the module uses, with the same CRC",
    v.REFUSED: "the kernel refuses the module",
    v.UNCHECKED: "the kernel accepts the module, but nothing has compared the types that it was built with",
    v.UNSAID: "the record does not know enough of the module or of the kernel",
}
KIND_WORDS = {
    v.LAYOUT: "module_layout",
    v.VERMAGIC: "vermagic",
    v.MISSING: "missing symbol",
    v.GPL: "GPL-only symbol",
    v.CRC: "CRC",
    v.NAMESPACE: "namespace",
    v.BTF: "BTF",
}
UNTOLD_WORDS = {
    v.APART: "the build failed a check of its ingest",
    v.NO_VERMAGIC: "the vermagic of one side is not known",
    v.NO_LICENSE: "the module's license is not known, and it uses GPL-only symbols",
    v.NO_NAMESPACES: "the namespaces that the module imports are not known, and it uses symbols of some",
    v.NO_BTF: "the module has BTF of another build, and this kernel refuses BTF that does not fit its own",
}
ABOUT_ABI = (
    "These answers are about the ABI alone. Under Secure Boot Debian’s kernels refuse a module that is not signed, "
    "or whose key is not enrolled, whatever its ABI."
)
DUMP_LACKS = (
    "A dump holds CRCs alone: license, vermagic and namespaces are not in it, and answers go as far as the CRCs do. "
    "The module file tells more."
)
BTF_LIMIT = (
    "The module carries BTF. A kernel that insists on BTF that fits its own may refuse one that was made for another "
    "build; whether it does is not computed here, so “refused for BTF” is never an answer: it says “cannot be said”."
)
SIBLINGS = "Symbols that come from other modules of the same package are not looked up."


def verdict_sentence(found: Verdict, shown: int = SHOWN) -> str:
    """The answer and why, in one line without a full stop: `refused: module_layout 0x12345678 -> 0x9abcdef0`."""
    said = ANSWER_WORDS[found.answer]
    why = reasons_sentence(found.reasons, shown, dict(found.more)) or untold_sentence(
        found.untold, shown, dict(found.more).get(v.UNSAID, 0)
    )
    if found.answer == v.LOADS and found.untold:
        return f"{said} as far as its CRCs tell"
    return f"{said}: {why}" if why else said


def brief_sentence(found: Verdict) -> str:
    """The answer and what the kernel says first, without numbers that differ between kernels that answer alike."""
    said = ANSWER_WORDS[found.answer]
    if not found.reasons:
        return verdict_sentence(found)
    first = found.reasons[0].kind
    if first == v.LAYOUT and found.reasons[0].detail == v.NO_CRCS:
        return f"{said}: the module has no CRCs"
    if first in {v.LAYOUT, v.VERMAGIC, v.BTF}:
        return f"{said}: {KIND_WORDS[first]} differs"
    kinds = dict.fromkeys(reason.kind for reason in found.reasons)
    more = dict(found.more)
    parts = (_brief([one for one in found.reasons if one.kind == kind], more.get(kind, 0)) for kind in kinds)
    return f"{said}: {'; '.join(parts)}"


def _brief(reasons: Sequence[Reason], more: int) -> str:
    symbols = named([reason.symbol for reason in reasons], more=more)
    ends = {
        v.MISSING: "not exported",
        v.GPL: "for GPL-compatible modules only",
        v.CRC: "with another CRC",
        v.NAMESPACE: "in a namespace that is not imported",
    }
    return f"{symbols} {ends[reasons[0].kind]}"


def reasons_sentence(
    reasons: Sequence[Reason], shown: int = SHOWN, more: Mapping[str, int] = MappingProxyType({})
) -> str:
    """Everything that the kernel refuses, by kind, the kernel's first first; "" for none. `more` were left out."""
    kinds = dict.fromkeys(reason.kind for reason in reasons)
    return "; ".join(_kind([one for one in reasons if one.kind == kind], shown, more.get(kind, 0)) for kind in kinds)


def _kind(reasons: Sequence[Reason], shown: int, more: int) -> str:
    n = len(reasons) + more
    if n == 1:
        return reason_sentence(reasons[0])
    said = {
        v.MISSING: f"{plural(n, 'symbol')} not exported",
        v.GPL: f"{plural(n, 'symbol')} for GPL-compatible modules only",
        v.CRC: f"{plural(n, 'symbol')} with another CRC",
        v.NAMESPACE: f"{plural(n, 'symbol')} in namespaces that the module does not import",
    }
    head = said.get(reasons[0].kind, KIND_WORDS[reasons[0].kind])
    return f"{head} ({named([reason.symbol for reason in reasons], shown, more)})"


def reason_sentence(reason: Reason) -> str:
    """One thing that the kernel refuses: `tty_register has another CRC, 0x12345678 -> 0x9abcdef0`."""
    said = {
        v.LAYOUT: f"module_layout has another CRC, {reason.detail} (the kernel stops here)",
        v.VERMAGIC: f"vermagic differs, {reason.detail}",
        v.MISSING: f"{reason.symbol} is not exported",
        v.GPL: f"{reason.symbol} is for GPL-compatible modules only, the license is {reason.detail!r}",
        v.CRC: f"{reason.symbol} has another CRC, {reason.detail}",
        v.NAMESPACE: f"{reason.symbol} is in namespace {reason.detail}, which the module does not import",
        v.BTF: "its BTF does not fit",
    }
    if reason.kind == v.LAYOUT and reason.detail == v.NO_CRCS:
        return "the module has no CRCs, and this kernel takes no module without (it stops here)"
    if reason.kind in {v.LAYOUT, v.CRC} and reason.detail.startswith(v.NONE):
        return f"the module has no CRC of {reason.symbol}, the kernel has {reason.detail.removeprefix(v.NONE)}"
    if reason.kind == v.VERMAGIC and reason.detail == v.NO_MAGIC:
        return "the module has no vermagic, and this kernel takes no module without"
    if reason.kind == v.NAMESPACE and reason.detail.startswith(v.FOR_MODULES):
        return f"{reason.symbol} is only for {reason.detail.removeprefix(v.FOR_MODULES)}"
    return said[reason.kind]


def untold_sentence(untold: Sequence[str], shown: int = SHOWN, more: int = 0) -> str:
    """What could not be told; "" for nothing. `more` symbols were left out."""
    words = [UNTOLD_WORDS[one] for one in untold if one in UNTOLD_WORDS]
    symbols = [one for one in untold if one not in UNTOLD_WORDS]
    if symbols:
        words.append(f"{plural(len(symbols) + more, 'symbol')} cannot be compared ({named(symbols, shown, more)})")
    return "; ".join(words)


def named(names: Sequence[str], shown: int = SHOWN, more: int = 0) -> str:
    """Some names in order, and how many there are besides: the others, and `more` whose names are not here."""
    rest = max(len(names) - shown, 0) + more
    return ", ".join(sorted(names)[:shown]) + (f" and {rest:,} more" if rest else "")


def signature_sentence(signature: Signature | None) -> str:
    """Whether a module is signed, and by whom as it says; nobody has verified that."""
    if signature is None:
        return "not signed"
    if not signature.signer and not signature.key:
        return "signed, in a way that does not tell by whom"
    who = signature.signer or "a certificate without name"
    key = f", key {signature.key}" if signature.key else ""
    return f"signed by {who}{key}, as it says (not verified)"


def answers_sentence(counts: dict[str, int]) -> str:
    """How many kernels answer what: `loads on 12 kernels, refused by 200, cannot be said of 3`."""
    parts = (
        (v.LOADS, "loads on {}"),
        (v.UNCHECKED, "accepted unchecked by {}"),
        (v.REFUSED, "refused by {}"),
        (v.UNSAID, "cannot be said of {}"),
    )
    said = [(text, counts.get(answer, 0)) for answer, text in parts if counts.get(answer, 0)]
    if not said:
        return "the record has no kernel to compare with"
    text, n = said[0]
    return ", ".join([text.format(plural(n, "kernel")), *(text.format(f"{n:,}") for text, n in said[1:])])
