# SPDX-License-Identifier: GPL-2.0-or-later
"""Comparing the configurations of two builds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from django.db import connection

from abidb.answers import ConfigDiff, OptionChange
from abidb.exportset import IdArray, unpack
from abidb.queries.builds import build_by_id
from abidb.queries.rows import rows

_met: dict[str, dict[int, tuple[str, str]]] = {}  #: of each database, name and value by id: options never change


def config_diff(old_id: int, new_id: int) -> ConfigDiff:
    """The options that two builds set differently, by name; raises UnknownName."""
    old, new = build_by_id(old_id), build_by_id(new_id)
    members = {build: _ids(packed) for build, packed in rows("config_members", builds=[old_id, new_id])}
    if not {old_id, new_id} <= members.keys():
        return ConfigDiff(old, new, measured=False, changes=())
    before, after = (
        _options(np.setdiff1d(members[one], members[other], assume_unique=True))
        for one, other in ((old_id, new_id), (new_id, old_id))
    )
    names = sorted(before.keys() | after.keys())
    changes = tuple(OptionChange(name, before.get(name), after.get(name)) for name in names)
    return ConfigDiff(old, new, measured=True, changes=changes)


def _ids(packed: bytes) -> IdArray:
    return unpack("all", bytes(packed), None).ids


def _options(ids: Iterable[int]) -> dict[str, str]:
    wanted, database = [int(each) for each in ids], str(connection.settings_dict["NAME"])
    known = _met.setdefault(database, {})
    if new := [each for each in wanted if each not in known]:
        known.update((number, (name, value)) for number, name, value in rows("options", ids=new))
    return dict(known[each] for each in wanted)


def forget() -> None:
    """Drop the options that were met."""
    _met.clear()
