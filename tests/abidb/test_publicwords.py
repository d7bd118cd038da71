# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abidb.publicwords import without_places


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "Failed to fetch http://me:secret@mirror.invalid/debian/pool/main/x/x_1.deb  404  Not Found [IP: 10.0.0.1 80]",
            "Failed to fetch the archive's pool/main/x/x_1.deb  404  Not Found",
        ),
        (
            "file:/srv/mirror/dists/bookworm/InRelease is not there",
            "the archive's dists/bookworm/InRelease is not there",
        ),
        ("copy:/srv/mirror: gone; https://mirror.invalid: HTTP 503", "the archive gone; the archive HTTP 503"),
        (
            "Could not connect to mirror.invalid:3142 (10.0.0.1), timed out",
            "Could not connect to the archive, timed out",
        ),
        ("Temporary failure resolving 'mirror.invalid'", "Temporary failure resolving the archive"),
        ("Could not resolve 'mirror.invalid'", "Could not resolve the archive"),
        ("cp: cannot stat '/var/lib/abidb/roots/bookworm-amd64/work-x1/root'", "cp: cannot stat 'root'"),
        ("E: /home/me/abidb/data/cache/ab/0123: full", "E: 0123: full"),
        ("in /tmp/mmdebstrap.x1: no", "in mmdebstrap.x1: no"),
        (
            "/usr/src/linux-headers-6.1.0-56-common/include/linux/x.h:3:10: error: no",
            "/usr/src/linux-headers-6.1.0-56-common/include/linux/x.h:3:10: error: no",
        ),
        ("dpkg-deb: /debs/0001.deb: no; a/b/c.c:1: error: x/y", "dpkg-deb: /debs/0001.deb: no; a/b/c.c:1: error: x/y"),
        ('BUILD_EXCLUSIVE_KERNEL="^(5|6)\\."', 'BUILD_EXCLUSIVE_KERNEL="^(5|6)\\."'),
    ],
)
def test_what_is_of_one_machine_alone_is_not_shown(said, shown):
    assert without_places(said) == shown


@given(st.text(st.sampled_from("ab/:.' ;-[]IPhtp")) | st.text())
def test_what_was_shown_once_stays_as_it_is(text):
    once = without_places(text)
    assert without_places(once) == once
