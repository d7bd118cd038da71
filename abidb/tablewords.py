# SPDX-License-Identifier: GPL-2.0-or-later
"""What a row of each published table is, and what its columns hold."""

from __future__ import annotations

_UPLOAD = {"source": "source package of the kernel", "version": "its version"}
_KEY = {**_UPLOAD, "arch": "Debian’s architecture", "flavour": "flavour, with its featureset: cloud-amd64, rt-amd64"}
_LANE = {"line": "release line", "arch": _KEY["arch"], "flavour": _KEY["flavour"]}
_SPAN = {
    "first": "version of the first build that has it so",
    "last": "version of the last build that has it so, with none between them that has it otherwise",
    "first_place": "`place` of the first build in its lane, as in `lanes`",
    "last_place": "`place` of the last one",
}
_SETS = {
    "export_set": "digest of its exports: builds with the same export the same",
    "config_set": "digest of its configuration; empty where that is not known",
    "module_set": "digest of its modules’ licenses; empty where those are not known",
}
_PACKAGE = {
    "package": "package that brings the source of modules",
    "package_version": "its version",
    "kernel_source": "source package of the kernel",
    "kernel_version": "its version",
    "arch": _KEY["arch"],
    "flavour": _KEY["flavour"],
    "kernel_release": "`uname -r`",
}
_VERSION_KEY = {"version_key": "sorts by code points as dpkg sorts versions"}
_COUNTS = {
    "added": "exports that only the new one has",
    "removed": "exports that only the old one has",
    "crc_changed": "exports with another CRC; empty: not measurable. A changed CRC overstates",
    "moved": "exports that moved to another module",
    "gpl_tightened": "exports that became GPL-only",
    "namespace_changed": "exports whose namespace was added or changed",
    "common": "exports that both have",
}
#: By name: what a row is, and the columns.
TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "builds": (
        "A build: one kernel of one upload.",
        {
            **_UPLOAD,
            **_VERSION_KEY,
            "arch": _KEY["arch"],
            "flavour": _KEY["flavour"],
            "kernel_release": "`uname -r`",
            "abi_name": "ABI name of its packages",
            "date": "of the upload’s changelog entry",
            "distribution": "where that aims it",
            "status": "`good`, or `apart` where a check failed",
            "covers": "`all`, or `vmlinux` where the archive has lost its modules",
            "signed": "whether its image is signed for Secure Boot",
            "extractor": "version of the program part that read it",
            "vermagic": "of its modules",
            "imports_checked": "CRCs that its own modules import, each compared with what it exports",
            "symvers_lines": "lines of its headers’ Module.symvers that were compared; empty: no headers",
            **_SETS,
        },
    ),
    "lanes": (
        "A build in a lane: a release line on one architecture and flavour. Only good builds, oldest first.",
        {**_LANE, "place": "counts the lane’s builds from 0", **_UPLOAD, "kernel_release": "`uname -r`"},
    ),
    "export_spans": (
        "An export of a lane’s builds, from the first to the last build that has it just so. A build whose modules the "
        "archive has lost neither begins nor ends a span of theirs.",
        {
            **_LANE,
            "symbol": "exported symbol",
            "module": "path of the module that exports it, `vmlinux` for the kernel itself",
            "kind": "export type, as Module.symvers has it",
            "namespace": "symbol namespace, empty for none",
            "crc": "CRC; empty where there is none",
            **_SPAN,
        },
    ),
    "config_spans": (
        "An option of the kernel configuration in a lane, from the first to the last build that sets it so.",
        {**_LANE, "name": "option", "value": "as in a .config", **_SPAN},
    ),
    "module_spans": (
        "A module that a lane’s builds ship, from the first to the last build with this license.",
        {**_LANE, "module": "path in the kernel’s tree", "license": "as the module states", **_SPAN},
    ),
    "changes": (
        "What changed between the exports of two builds that are neighbours in a lane.",
        {"old": "`export_set` of the older", "new": "`export_set` of the newer", **_COUNTS},
    ),
    "uploads": (
        "An upload of a kernel’s source package, also where no build of it is on record.",
        {
            **_UPLOAD,
            **_VERSION_KEY,
            "date": "of its changelog entry",
            "distribution": "where that aims it",
            "urgency": "as it states",
            "abi_name": "as a changelog names it",
            "told_by": "version of the upload whose changelog tells this",
            "policy_read": "whether the ABI changes that it ignores are known",
        },
    ),
    "facts": (
        "What an upload says of the ABI, or fixes.",
        {
            **_UPLOAD,
            "kind": "`cve`, `bug`, `abi`, `ignore`, `ignore-remark`",
            "arch": "architecture that it is about, empty for all",
            "text": "CVE, number of the bug, ABI name, pattern or remark",
        },
    ),
    "debs": (
        "A package file that a build was read from.",
        {
            **_KEY,
            "deb": "name of the binary package",
            "deb_version": "its version",
            "deb_arch": "its architecture",
            "deb_source": "its source package",
            "size": "bytes",
            "sha256": "of the file",
        },
    ),
    "seen": (
        "A suite that held a build, by the dates of its signed Release files.",
        {**_KEY, "suite": "suite", "first": "date of the first such file", "last": "date of the last"},
    ),
    "attempts": (
        "An attempt to build a package of out-of-tree modules against a kernel.",
        {
            **_PACKAGE,
            "headers": "kernel release whose headers were used",
            "root": "Debian release whose compiler was used",
            "outcome": "what became of it",
            "reason": "what stood in the way; empty where it was built",
            "at": "when",
        },
    ),
    "uses": (
        "A symbol of the kernel that a module uses which came out of an attempt.",
        {
            **_PACKAGE,
            "module": "name of the module",
            "symbol": "symbol of the kernel",
            "crc": "that the module was built with; empty where the kernel has none",
            "named": "whether the package’s own source has the name",
            "weak": "whether the symbol may be missing",
        },
    ),
}
