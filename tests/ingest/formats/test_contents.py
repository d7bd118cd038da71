# SPDX-License-Identifier: GPL-2.0-or-later
"""Contents indexes: which packages ship usr/src/*/dkms.conf."""

import pytest

from ingest.formats.contents import LONGEST, dkms_packages

INDEX = b"""\
bin/zsh                                                 shells/zsh
usr/share/doc/dkms/examples/dkms.conf                   kernel/dkms
usr/src/acpi-call-1.2.2/dkms.conf                       kernel/acpi-call-dkms
usr/src/linux/deep/dkms.conf                            kernel/not-this
usr/src/mimic-0.6/dkms.conf	contrib/kernel/mimic-dkms,kernel/mimic-src
usr/src/mimic-0.6/dkms.conf.in                          kernel/not-this-either
usr/src/with blank/dkms.conf                            non-free-firmware/misc/blank-dkms
"""
PACKAGES = frozenset({"acpi-call-dkms", "mimic-dkms", "mimic-src", "blank-dkms"})


def test_nothing_names_no_package():
    assert dkms_packages([]) == frozenset()


def test_package_whose_name_is_none_is_passed_over():
    assert dkms_packages([b"usr/src/x-1/dkms.conf kernel/../X,kernel/x-dkms"]) == {"x-dkms"}


def test_line_that_never_ends_takes_no_memory():
    assert dkms_packages([b"a" * LONGEST, *[b"b" * LONGEST] * 50, b"\n", INDEX]) == PACKAGES


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1 << 20])
def test_packages_are_found_however_the_index_is_cut(size):
    assert dkms_packages(INDEX[at : at + size] for at in range(0, len(INDEX), size)) == PACKAGES


def test_last_line_needs_no_end():
    assert dkms_packages([INDEX.rstrip(b"\n")]) == PACKAGES
