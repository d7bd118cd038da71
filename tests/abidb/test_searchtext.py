# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.searchtext import Asked, asked

RELEASE = "6.1.0-56-cloud-amd64"
UNAME = f"Linux host {RELEASE} #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16) x86_64 GNU/Linux"


@pytest.mark.parametrize("text", ["", "   ", "\0", "''", ";"])
def test_nothing_is_asked_for_by_nothing(text: str) -> None:
    assert asked(text) == Asked("")


@pytest.mark.parametrize(
    "text", ["tcp_sendmsg", "nf conntrack", "tcp_*", "%", "a\\", "6.1.0-56", "init_net", "no/such/kind"]
)
def test_a_name_a_part_or_a_pattern_is_taken_as_it_is(text: str) -> None:
    assert asked(f"  {text} ") == Asked(text)


@pytest.mark.parametrize(
    "text",
    [
        *("tcp_sendmsg()", "tcp_sendmsg,", "`tcp_sendmsg`", '"tcp_sendmsg";', "tcp_sendmsg(struct sock *sk)"),
        *("EXPORT_SYMBOL(tcp_sendmsg);", 'EXPORT_SYMBOL_NS_GPL(tcp_sendmsg, "NS");', "EXPORT_SYMBOL_GPL( tcp_sendmsg"),
        "[   12.345678] wireguard: Unknown symbol tcp_sendmsg (err -2)",
        "zfs: disagrees about version of symbol tcp_sendmsg",
        'ERROR: modpost: "tcp_sendmsg" [/var/lib/dkms/x/1/build/x.ko] undefined!',
        " ? tcp_sendmsg+0x2a/0x40 [tcp_bbr]",
        "int tcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);",
    ],
)
def test_a_symbol_is_found_in_what_is_pasted(text: str) -> None:
    assert asked(text) == Asked("tcp_sendmsg")


@pytest.mark.parametrize(
    ("text", "name", "build"),
    [
        (f"/lib/modules/{RELEASE}/kernel/net/netfilter/nf_conntrack.ko.xz", "net/netfilter/nf_conntrack", RELEASE),
        (f"filename: /usr/lib/modules/{RELEASE}/kernel/drivers/net/tun.ko", "drivers/net/tun", RELEASE),
        (f"/lib/modules/{RELEASE}/updates/dkms/zfs.ko.zst", "zfs", RELEASE),
        ("insmod: ERROR: could not insert module ./tun.ko: Invalid module format", "tun", ""),
        ("kernel/drivers/net/tun.ko", "drivers/net/tun", ""),
        ("nf-conntrack.ko", "nf-conntrack", ""),
    ],
)
def test_a_file_of_a_module_names_the_module(text: str, name: str, build: str) -> None:
    assert asked(text) == Asked(name, build)


@pytest.mark.parametrize(
    ("text", "name", "build"),
    [
        (UNAME, RELEASE, f"{RELEASE}=6.1.192-2"),
        (f"/lib/modules/{RELEASE}/", RELEASE, RELEASE),
        (f"/boot/vmlinuz-{RELEASE}", RELEASE, RELEASE),
        (f"linux-image-{RELEASE}-unsigned", RELEASE, RELEASE),
        ("linux-headers-6.1.0-56-common", "6.1.0-56", "6.1.0-56"),
        (f"linux-image-{RELEASE}_6.1.192-2_amd64.deb", RELEASE, f"{RELEASE}=6.1.192-2:amd64"),
        ("linux (6.1.192-2)", "6.1.192-2", ""),
        ("linux-6.12=6.12.117-1~deb12u1", "6.12.117-1~deb12u1", ""),
    ],
)
def test_a_build_is_found_in_what_is_pasted(text: str, name: str, build: str) -> None:
    assert asked(text) == Asked(name, build)


@pytest.mark.parametrize("sign", ["a", "-", "1-", "(", "a(", "linux-image-1.1-", "EXPORT_SYMBOL", " x.ko/"])
def test_of_a_long_text_only_the_beginning_is_read(sign: str) -> None:
    assert len(asked(sign * 100_000).text) <= 600
