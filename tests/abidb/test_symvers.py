# SPDX-License-Identifier: GPL-2.0-or-later
from abidb.records import Export
from abidb.symvers import lines


def test_lines_are_those_of_modpost() -> None:
    exports = [
        Export("tun_get", "drivers/net/tun", 0x0C0FFEE0, "EXPORT_SYMBOL_GPL", "TUN"),
        Export("printk", "vmlinux", None, "EXPORT_SYMBOL", ""),
        Export("kfree", "vmlinux", 0x037A0CBA, "EXPORT_SYMBOL", ""),
    ]
    assert lines(exports) == (
        b"0x037a0cba\tkfree\tvmlinux\tEXPORT_SYMBOL\t\n"
        b"0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"
        b"0x0c0ffee0\ttun_get\tdrivers/net/tun\tEXPORT_SYMBOL_GPL\tTUN\n"
    )
