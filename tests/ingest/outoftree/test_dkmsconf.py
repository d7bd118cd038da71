# SPDX-License-Identifier: GPL-2.0-or-later
import os
import subprocess

import pytest

from abidb.errors import BadFormat
from ingest.outoftree.dkmsconf import DESCRIBE, DkmsConf, parse


def described(tmp_path, text):
    """What bash says of a dkms.conf."""
    (tmp_path / "dkms.conf").write_text(text)
    script = DESCRIBE + 'describe "$1"'
    environment = {"PATH": os.environ["PATH"], "KERNEL": "6.1.0-56-amd64"}
    return subprocess.run(["bash", "-uc", script, "bash", tmp_path], capture_output=True, env=environment).stdout


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "dkms.conf cannot be read by bash, or lists too many modules"),
        (b"name\0a\0name\0b\0version\x001\0", "dkms.conf cannot be read by bash, or lists too many modules"),
        (
            b"name\0a\0version\x001\0" + b"module\0m\0" * 257,
            "dkms.conf cannot be read by bash, or lists too many modules",
        ),
        (b"name\0a\0version\0", "dkms.conf was not read to its end"),
        (b"nonsense\0a\0", "'nonsense' is nothing that a dkms.conf was asked for"),
    ],
)
def test_what_bash_did_not_say_in_full_is_refused(data, message):
    with pytest.raises(BadFormat) as caught:
        parse(data)
    assert caught.value.what == message


def test_a_dkms_conf_that_is_no_shell_script_has_no_name(tmp_path):
    assert parse(described(tmp_path, "if then")) == DkmsConf("", "", (), ())


def test_one_module_is_named_after_its_package(tmp_path):
    text = 'PACKAGE_NAME="bbswitch"\nPACKAGE_VERSION=0.8\nDEST_MODULE_LOCATION="/extra"\necho chatter\n'
    assert parse(described(tmp_path, text)) == DkmsConf("bbswitch", "0.8", (), ("bbswitch",))


def test_names_rules_and_conditions_are_those_for_the_kernel(tmp_path):
    text = """
        PACKAGE_NAME=jool PACKAGE_VERSION=4.1
        BUILD_EXCLUSIVE_KERNEL="^(5|6)\\." BUILD_EXCLUSIVE_CONFIG="CONFIG_NETFILTER !CONFIG_X"
        BUILT_MODULE_NAME[0]=jool_common DEST_MODULE_LOCATION[0]=/updates
        BUILT_MODULE_NAME[1]=jool DEST_MODULE_NAME[1]=jool-new DEST_MODULE_LOCATION[1]=/updates
        case $kernelver in 6.1.*) BUILT_MODULE_NAME[10]=old DEST_MODULE_LOCATION[10]=/updates ;; esac
        false
    """
    rules = ('BUILD_EXCLUSIVE_KERNEL="^(5|6)\\."', 'BUILD_EXCLUSIVE_CONFIG="CONFIG_NETFILTER !CONFIG_X"')
    assert parse(described(tmp_path, text)) == DkmsConf("jool", "4.1", rules, ("jool_common", "jool-new", "old"))


def test_what_it_is_built_upon_is_told_by_name(tmp_path):
    text = "PACKAGE_NAME=fs PACKAGE_VERSION=1 BUILD_DEPENDS[0]='nvidia-current *' BUILD_DEPENDS[2]=nvidia-current"
    assert parse(described(tmp_path, text)).needs == ("nvidia-current", "*")
