# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.errors import BadFormat, BuildFailed
from ingest.outoftree import intree
from tests.builders.kernel import make_image_deb, make_module
from tests.builders.records import make_export

LOOP = {
    "lib/crc": make_module([make_export("crc", module="lib/crc")]),
    "net/nf-core": make_module([make_export("nf", module="net/nf-core")], depends=["crc"]),
    "net/nf_nat": make_module([make_export("nat", module="net/nf_nat")], depends=["nf_core", "built_in"]),
}


@pytest.fixture
def debs(tmp_path):
    path = tmp_path / "image.deb"
    path.write_bytes(make_image_deb(b"the image", LOOP))
    return [path]


def test_a_broken_deb_is_named(tmp_path):
    path = tmp_path / "image.deb"
    path.write_bytes(b"no deb")
    with pytest.raises(BadFormat, match=r"image\.deb: "):
        intree.read([path])


def test_debs_without_an_image_hold_no_kernel(tmp_path):
    path = tmp_path / "modules.deb"
    path.write_bytes(make_image_deb(None, LOOP))
    with pytest.raises(BuildFailed, match="the debs hold no kernel image"):
        intree.take([path], [])


def test_debs_of_two_images_are_not_of_one_kernel(debs):
    with pytest.raises(BuildFailed, match="the debs hold 2 kernel images"):
        intree.take([*debs, *debs], [])


def test_modules_are_loaded_behind_all_that_they_need(debs):
    own = intree.read(debs)
    assert own.needed(["nat", "kfree", "crc"]) == ("lib/crc", "net/nf-core", "net/nf_nat")
    assert own.needed(["kfree"]) == ()


def test_modules_that_need_one_another_in_a_circle_come_in_some_order():
    own = intree.OwnModules({"a": "a", "b": "b"}, {"a": ("a",), "b": ("b",)}, {"a": ("b",), "b": ("a",)})
    assert own.needed(["a"]) == ("b", "a")


def test_a_module_that_is_wished_for_by_an_alias_comes_before(tmp_path):
    wishing = make_module([make_export("crc", module="lib/libcrc")], name="libcrc\0softdep=pre: crc32c gone post: late")
    named = make_module(name="crc32c_generic\0alias=crc32c")
    path = tmp_path / "image.deb"
    path.write_bytes(
        make_image_deb(b"", {"lib/libcrc": wishing, "crypto/crc32c_generic": named, "late": make_module()})
    )
    assert intree.read([path]).needed(["crc"]) == ("crypto/crc32c_generic", "lib/libcrc")


def test_the_image_and_the_wanted_modules_are_taken(debs):
    assert intree.take(debs, ["lib/crc"]) == (b"the image", {"lib/crc": LOOP["lib/crc"]})
