# SPDX-License-Identifier: GPL-2.0-or-later
"""How the names in a kernel build and in its packages are written, as parts of patterns.

They are stored, indexed, put between tabs, into addresses and onto terminals: none may hold a blank, a control
character or anything else that is not ASCII, and all are short enough for a row of an index (2,704 bytes). Readers of
debs and of exports let through the same.
"""

from __future__ import annotations

SYMBOL = rb"[A-Za-z_$.][\w$.]{0,511}"  # KSYM_NAME_LEN (include/linux/kallsyms.h); up to 177 in 7.3, a Rust name
NAMESPACE = rb"[!-~]{1,2047}"  # may list modules, so it is longer than a name
PATH = rb"[!-~]{1,1023}"  # of a module under kernel/, without suffix; up to 73 in 7.3
KIND = rb"EXPORT_(?:SYMBOL(?:_GPL(?:_FUTURE)?)?|UNUSED_SYMBOL(?:_GPL)?)"  # scripts/mod/modpost.c, until 5.11 all five

# Fields of a control file as deb-control(5) and deb-version(7) have them.
PACKAGE = r"[a-z0-9][a-z0-9+.-]{0,199}"
VERSION = r"(?:[0-9]{1,9}:)?[0-9][A-Za-z0-9.+~-]{0,99}(?<!-)"
ARCH = r"[a-z0-9][a-z0-9-]{0,31}"
