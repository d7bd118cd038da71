# SPDX-License-Identifier: GPL-2.0-or-later
"""The configurations of builds, and how those of two differ."""

from __future__ import annotations

import numpy as np
from django.db import connection

from abidb.answers import BuildRef, ConfigDiff, OptionChange
from abidb.errors import UnknownName
from abidb.exportset import IdArray, unpack
from abidb.queries.rows import REF, rows

_met: dict[str, dict[int, tuple[str, str]]] = {}  #: of each database, name and value by id: options never change


def config_diff(old_id: int, new_id: int) -> ConfigDiff:
    """The options that two builds set differently, by name; raises UnknownName."""
    found = {row[0]: (BuildRef(*row[:REF]), row[REF]) for row in rows("config_members", builds=[old_id, new_id])}
    for build in (old_id, new_id):
        if build not in found:
            raise UnknownName(f"no build {build}")
    (old, old_packed), (new, new_packed) = found[old_id], found[new_id]
    if old_packed is None or new_packed is None:
        return ConfigDiff(old, new, measured=False, changes=())
    had, has = _ids(old_packed), _ids(new_packed)
    before, after = (options(np.setdiff1d(one, other, assume_unique=True)) for one, other in ((had, has), (has, had)))
    names = sorted(before.keys() | after.keys())
    changes = tuple(OptionChange(name, before.get(name), after.get(name)) for name in names)
    return ConfigDiff(old, new, measured=True, changes=changes)


def _ids(packed: bytes) -> IdArray:
    return unpack("all", bytes(packed), None).ids


def options(ids: IdArray) -> dict[str, str]:
    """Names and values of config options by their ids."""
    wanted, database = ids.tolist(), str(connection.settings_dict["NAME"])
    known = _met.setdefault(database, {})
    if new := [each for each in wanted if each not in known]:
        known.update((number, (name, value)) for number, name, value in rows("options", ids=new))
    return dict(known[each] for each in wanted)


def forget() -> None:
    """Drop the options that were met."""
    _met.clear()
