# SPDX-License-Identifier: GPL-2.0-or-later
from ingest.archive.traffic import Traffic


class Clock:
    """Stands still but for who waits."""

    def __init__(self):
        self.now, self.waits = 1000.0, []

    def pause(self, seconds):
        self.waits.append(round(seconds, 3))
        self.now += seconds


def traffic(limit):
    clock = Clock()
    return clock, Traffic(limit, lambda: clock.now, clock.pause)


def test_without_a_limit_bytes_are_only_counted():
    clock, counted = traffic(0)
    for size in (1000, 500):
        counted.arrived(size)
    assert (counted.bytes, clock.waits) == (1500, [])


def test_traffic_is_held_to_its_limit_after_the_first_second():
    clock, held = traffic(1000)
    for _ in range(4):
        held.arrived(500)
    assert (held.bytes, clock.waits) == (2000, [0.5, 0.5])


def test_time_without_traffic_allows_a_second_of_it_at_once_and_no_more():
    clock, held = traffic(1000)
    held.arrived(1000)
    clock.now += 3600
    for _ in range(3):
        held.arrived(500)
    assert clock.waits == [0.5]
