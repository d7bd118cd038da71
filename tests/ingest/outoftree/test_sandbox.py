# SPDX-License-Identifier: GPL-2.0-or-later
import errno
import os
import shutil
import socket
import time
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from abidb.errors import Unavailable
from ingest.outoftree import processes, sandbox, seccomp
from ingest.outoftree.sandbox import Cell, Emptied, Limits
from tests.builders.root import made_root

pytestmark = [pytest.mark.tool("bwrap"), pytest.mark.tool("prlimit"), pytest.mark.tool("ldd")]
SMALL = Limits(
    seconds=60, memory=1 << 30, scratch=4 << 20, temporary=1 << 20, file=8 << 20, processes=60, output=1 << 20
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return made_root(tmp_path_factory.mktemp("sandbox") / "root", "perl")


def ran(root, script, limits=SMALL, **cell):
    with sandbox.run(Cell(root, **cell), ["bash", "-c", script], limits) as found:
        return found.status, found.broke, found.output.read().decode(errors="replace")


def of_marker(marker):
    """Processes of the machine that were started with a word on their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if marker.encode() in words and int(folder.name) != os.getpid():
            found.append(folder)
    return found


def test_without_bubblewrap_it_says_what_to_install(root, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "bwrap" else f"/bin/{name}")
    with pytest.raises(Unavailable, match=r"^bwrap missing: `make system-tools` installs what builds need$"):
        ran(root, "true")


def test_processes_that_will_not_end_are_said(root, monkeypatch):
    monkeypatch.setattr(sandbox, "MOURNING", 0.0)
    monkeypatch.setattr(sandbox.signal, "pidfd_send_signal", lambda *given: None)
    monkeypatch.setattr(sandbox.os, "killpg", lambda *given: None)
    with pytest.raises(Unavailable, match=r"^sandbox: its processes did not end$"):
        ran(root, "sleep 2", Limits(seconds=0.5))


def test_a_root_that_is_not_there_is_said(tmp_path):
    with pytest.raises(Unavailable, match=r"^bubblewrap cannot work here: "):
        ran(tmp_path / "nothing", "true")


def test_folders_of_the_host_are_not_shown_to_those_who_gave_up_root(root, tmp_path):
    if os.geteuid():
        pytest.skip("only root has a right to give up")
    with pytest.raises(ValueError, match="folders of the host may be read only where root is kept"):
        ran(root, "true", readable={"/debs": tmp_path})


def test_a_run_that_ended_well_counts_though_bubblewrap_said_nothing(root, monkeypatch):
    monkeypatch.setattr(sandbox, "_init", lambda told, patience: None)
    assert ran(root, "echo out") == (0, "", "out\n")


def test_output_and_exit_status_come_back(root):
    assert ran(root, "echo out; echo err >&2; exit 3") == (3, "", "out\n")


def test_what_is_handed_in_is_read_only_and_the_environment_is_clean(root, monkeypatch):
    monkeypatch.setenv("SECRET", "1")
    script = "cat in/a in/b; echo >in/a; env | grep -c . ; echo ${SECRET-none} $GIVEN $HOME"
    found = ran(root, script.replace("grep -c .", "cat"), gifts={"a": b"A\n", "b": b"B\n"}, environment={"GIVEN": "x"})
    assert found[2].startswith("A\nB\n")
    assert found[2].endswith("none x /scratch\n")


def test_no_right_is_left(root):
    said = ran(root, "cat /proc/self/status")[2]
    rights = {line.split()[0]: int(line.split()[1], 16) for line in said.splitlines() if line.startswith("Cap")}
    assert rights == dict.fromkeys(("CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"), 0)
    assert "NoNewPrivs:\t1" in said


def test_the_root_of_the_sandbox_is_somebody_else_on_the_host(root):
    with ThreadPoolExecutor() as pool:
        inside = pool.submit(ran, root, "id -u; sleep $((86401 + 1)).1 & sleep 2; kill $!")
        users = set()
        while not inside.done():
            users |= {folder.stat().st_uid for folder in of_marker("86402.1")}
            time.sleep(0.05)
    expected = sandbox.NOBODY[0] + os.getpid() % sandbox.NOBODY[1] if os.geteuid() == 0 else os.geteuid()
    assert (inside.result()[2], users) == ("0\n", {expected})


@pytest.mark.parametrize(
    "place",
    [
        "/new",
        "/usr/bin/bash",
        "/etc/new",
        "/dev/new",
        "/dev/shm/new",
        "/proc/sys/kernel/core_pattern",
        "/scratch/in/given",
    ],
)
def test_nothing_of_the_system_can_be_written(root, place):
    before = (root / "usr/bin/bash").read_bytes()
    status, _, _ = ran(root, f"echo x >{place}", gifts={"given": b"1"})
    assert status != 0
    assert (root / "usr/bin/bash").read_bytes() == before


def test_a_folder_that_is_emptied_can_be_written_and_its_content_is_elsewhere(root):
    (root / "etc/there").write_text("there\n")
    script = "ls -A /etc; cat orig/there; echo x >/etc/new; head -c 9000000 /dev/zero >/etc/big; stat -c %s /etc/big"
    said = ran(root, script, emptied=[Emptied("/etc", "orig", 0.5)])[2]
    (root / "etc/there").unlink()
    assert (said, list((root / "etc").iterdir())) == (f"there\n{SMALL.scratch // 2 - 4096}\n", [])


def test_nothing_of_the_host_can_be_read(root, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the host's")
    secret.chmod(0o644)
    script = f"cat {secret}; ln -s {secret} link; cat link; cat /proc/1/root{secret}; cat /etc/hostname /etc/passwd; ls -A / /etc"
    assert ran(root, script)[2] == "/:\n" + "".join(f"{name}\n" for name in sorted(os.listdir(root))) + "\n/etc:\n"


def test_no_network_is_there(root):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        _, _, said = ran(root, f"exec 9<>/dev/tcp/127.0.0.1/{port} && echo connected; cat /proc/net/route")
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()
    assert "connected" not in said
    assert len(said.splitlines()) <= 1


def test_one_that_sleeps_for_ever_is_ended(root):
    assert ran(root, "sleep 86400.5", Limits(seconds=1))[1] == "more than 1 seconds"
    assert of_marker("86400.5") == []


def test_what_goes_to_the_background_ends_with_the_rest(root):
    assert ran(root, "for i in 1 2 3; do setsid sleep 86400.7 & disown; done; echo left")[1:] == ("", "left\n")
    assert of_marker("86400.7") == []


def test_a_fork_bomb_stays_small_and_ends(root):
    bomb = "f() { sleep 86400.9 & f & f; }; f; sleep 86400.9"
    status, broke, _ = ran(root, bomb, Limits(seconds=20, processes=60))
    assert (status, broke) != (0, "")
    assert of_marker("86400.9") == []
    assert processes.tree(os.getpid()).number < 60


def test_who_shakes_off_his_parents_is_still_counted(root):
    script = "for i in {1..40}; do (setsid sleep 86401.3 &) ; done; sleep 86401.3"
    assert ran(root, script, Limits(seconds=3, processes=20))[1]
    assert of_marker("86401.3") == []


@pytest.mark.parametrize("place", ["/scratch/big", "/tmp/big", "/var/tmp/big"])
def test_a_hundred_gigabytes_do_not_fit(root, place):
    _, _, said = ran(root, f"dd if=/dev/zero of={place} bs=1M count=100000; stat -c %s {place}")
    assert int(said) <= SMALL.scratch


def test_many_small_files_do_not_fit_either(root):
    script = "for i in {1..64}; do head -c 262144 /dev/zero >/scratch/$i || exit 7; done"
    assert ran(root, script)[0] == 7


def test_no_file_is_larger_than_allowed(root):
    limits = Limits(seconds=60, file=1 << 20)
    assert ran(root, "dd if=/dev/zero of=/scratch/big bs=64k count=100; stat -c %s big", limits)[2] == "1048576\n"


def test_output_without_end_is_cut_off(root):
    _, broke, said = ran(root, "cat /dev/zero")
    assert (broke, len(said) <= SMALL.output) == ("more than 1,048,576 bytes of output", True)


def test_complaints_without_end_are_cut_off(root):
    assert ran(root, "cat /dev/zero >&2")[1] == "more than 4,194,304 bytes of output"


def test_memory_without_end_is_ended(root):
    limits = Limits(seconds=60, memory=256 << 20)
    script = "head -c 100000000 /dev/zero | tail -c 99999999 | sleep 5 & "
    _, broke, _ = ran(root, script * 4 + "wait", limits)
    assert broke == "more than 268,435,456 bytes of memory"


# By number, of x86_64: memory that several processes have mapped, half of which each touches.
SHARED = """
my $size = 100 << 20; my $at = syscall(9, 0, $size, 3, 0x21, -1, 0); open(my $zero, "<", "/dev/zero");
syscall(0, fileno($zero), $at, $size); print "held\\n"; sleep 5"""
X86_64 = pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of system calls are those of x86_64")


@X86_64
def test_memory_that_processes_share_counts(root):
    limits = Limits(seconds=60, memory=64 << 20)
    assert ran(root, f"perl -e '{SHARED}'", limits)[1] == "more than 67,108,864 bytes of memory"


@X86_64
def test_memory_that_is_shared_counts_once(root):
    limits = Limits(seconds=60, memory=256 << 20)
    forked = SHARED.replace("sleep 5", "fork; fork; sleep 2")
    assert ran(root, f"perl -e '{forked}'", limits)[:2] == (0, "")


@X86_64
@pytest.mark.parametrize(
    "call", ["319, $name, 0", "29, 0, 100000000, 0777", "68, 0, 01777", "240, $name, 0102, 0777, 0", "447, 0", "425, 8, $name"]
)  # fmt: skip
def test_memory_that_no_process_has_mapped_cannot_be_had(root, call):
    script = f'my $name = "x" x 200; my $got = syscall({call}); print $got, " ", $! + 0, "\n"'
    assert ran(root, f"perl -e '{script}'")[2] == f"-1 {errno.ENOSYS}\n"


def test_a_machine_that_runs_out_of_memory_has_the_run_ended(root, monkeypatch):
    monkeypatch.setattr(processes, "machine", lambda: (32 << 30, (1 << 30) - 1))
    assert ran(root, "sleep 20")[1] == "less than 1/32 of the machine's memory left"


def test_a_machine_whose_calls_are_not_known_has_no_filter(monkeypatch):
    assert (seccomp.program("riscv64"), len(seccomp.program("aarch64"))) == (b"", 12 * 8)
    monkeypatch.setattr(os, "uname", lambda: types.SimpleNamespace(machine="riscv64"))
    assert sandbox._filter(7) == []


def test_one_process_cannot_take_all_memory(root):
    limits = Limits(seconds=60, memory=64 << 20)
    status, broke, _ = ran(root, "printf -v x '%02000000000d' 0 && echo ${#x}", limits)
    assert (status, broke) != (0, "")


def test_a_writable_folder_is_the_only_one_that_changes(root, tmp_path):
    (tmp_path / "host").mkdir()
    layer = tmp_path / "layer"
    layer.mkdir()
    script = f"ln -s {tmp_path}/host /layer/out; echo x >/layer/out/file; echo y >/layer/file; echo z >/file"
    ran(root, script, writable={"/layer": layer})
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "host", "layer", "out"]


def test_the_time_it_took_is_told(root):
    begin = time.monotonic()
    with sandbox.run(Cell(root), ["sleep", "0.3"], SMALL) as found:
        assert 0.3 <= found.seconds <= time.monotonic() - begin
