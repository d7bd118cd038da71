# SPDX-License-Identifier: GPL-2.0-or-later
"""A filter of system calls for sandboxes: those that get memory which no process need have mapped are not there.

Such memory (files of memfd_create(2), segments of shmget(2), messages) would be held by a run and seen by nobody who
sums up what its processes have. Compilers do without; who asks is told that the kernel has no such call. The same for
calls of another architecture, which have other numbers. The program is classic BPF (seccomp(2), linux/filter.h,
numbers of asm/unistd.h).
"""

from __future__ import annotations

import errno
import struct

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K
NUMBER, ARCH = 0, 4  # offsets in struct seccomp_data
ALLOW, ERROR = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
X32 = 0x40000000  # what numbers of x86_64's second set begin with
# AUDIT_ARCH_* and: shmget, msgget, mq_open, memfd_create, memfd_secret, io_uring_setup
CALLS = {
    "x86_64": (0xC000003E, (29, 68, 240, 319, 447, 425)),
    "aarch64": (0xC00000B7, (194, 186, 180, 279, 447, 425)),
}


def program(machine: str) -> bytes:
    """The filter for a machine as uname(2) names it; nothing where its numbers are not known."""
    if machine not in CALLS:
        return b""
    arch, calls = CALLS[machine]
    steps = [(LOAD, 0, 0, ARCH), (EQUAL, 0, len(calls) + 3, arch), (LOAD, 0, 0, NUMBER)]
    steps += [(AT_LEAST, len(calls) + 1, 0, X32)]
    steps += [(EQUAL, len(calls) - place, 0, call) for place, call in enumerate(calls)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ERROR | errno.ENOSYS)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
