# SPDX-License-Identifier: GPL-2.0-or-later
"""A real kernel of the configured mirror, booted: it answers to made modules as the verdicts say it would.

Which kernel is booted follows from what the mirror has today.
"""

from __future__ import annotations

import hashlib

import pytest
from django.conf import settings

from abidb.agreement import disagreement
from abidb.errors import Unavailable
from abidb.outoftree import Target
from abidb.verdict import Host, of_file, verdict
from bench.loadtest import donors_of, made
from ingest import configured
from ingest.archive.client import client as make_client
from ingest.build import fetch_build
from ingest.formats import kmod
from ingest.kernel import read_kernel
from ingest.look import look
from ingest.offers import Wish, chosen
from ingest.outoftree import loadtest

pytestmark = [pytest.mark.archive, pytest.mark.tool("qemu-system-x86_64", "busybox")]


@pytest.fixture(scope="module")
def kernel():
    """The newest cloud kernel with CRCs, as read, and its debs."""
    client = make_client(settings.ABIDB_TEST_CACHE, "test", settings.ABIDB_CONTACT)
    try:
        sight = look(configured.roots(), client, ["amd64"])
    except Unavailable as error:
        pytest.skip(f"the archive cannot be reached: {error}")
    builds = chosen(sight.catalogue.builds, Wish(flavours=["cloud-amd64"], newest=1))
    build = next(build for build in builds if build.kernel_release.startswith(("6.1.", "6.12.")))
    debs = tuple(fetch_build(build, sight.roots, client, lambda name: lambda done, total: None).debs)
    return read_kernel(debs), debs


def host_of(kernel):
    exports = {}
    for export in kernel.exports:
        exports.setdefault(export.symbol, []).append(export)
    return Host(
        kernel_release=kernel.kernel_release,
        vermagic=kernel.modules[0].vermagic,
        covers=kernel.covers,
        has_crcs=True,
        apart=False,
        btf_enforced=False,
        exports=lambda symbol: exports.get(symbol, ()),
        force_load=True,
        lax_namespaces=False,
    )


def test_a_real_kernel_answers_to_made_modules_as_the_verdicts_say(kernel, tmp_path):
    read, debs = kernel
    exports = {export.symbol: export for export in read.exports}
    modules = {hashlib.sha256(one.data).hexdigest(): one for one in made(donors_of(debs, exports), exports)}
    packages = []
    for sha256, one in modules.items():
        path = tmp_path / sha256
        path.write_bytes(one.data)
        packages.append([(sha256, path)])
    target = Target(read.source, read.version, read.arch, read.flavour, read.kernel_release)
    host = host_of(read)
    found = {}
    for result in loadtest.run(target, packages, debs):
        ours = verdict(of_file(kmod.read_built(modules[result.sha256].data)), host)
        found[modules[result.sha256].what] = (set(result.reasons), disagreement(result, ours))
    assert found == {one.what: (set(one.reasons), "") for one in modules.values()}
    assert {kind for one in modules.values() for kind, _ in one.reasons} == {
        "module_layout", "vermagic", "missing", "crc", "namespace"
    }  # fmt: skip
