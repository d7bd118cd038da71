# SPDX-License-Identifier: GPL-2.0-or-later
import threading

import pytest

from ingest.archive.pace import pacer


def test_turns_are_as_far_apart_as_is_asked_and_no_farther():
    times, waits = iter([0.0, 0.0, 0.1, 0.5, 3.0, 3.0]), []
    wait = pacer(waits.append, lambda: next(times))
    for _ in range(5):
        wait(0.5)
    assert waits == pytest.approx([0.4, 0.5, 0.5])


def test_threads_have_their_turns_one_after_the_other():
    waits = []
    wait = pacer(waits.append, lambda: 0.0)
    threads = [threading.Thread(target=wait, args=(0.5,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0.5, 1.0, 1.5]
