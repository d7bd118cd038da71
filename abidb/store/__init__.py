# SPDX-License-Identifier: GPL-2.0-or-later
"""The only writer. Every public function is one transaction: all of it is in the database afterwards, or none.

Writers meet at the row of `generation`: a function raises it before it touches rows that others write too, so what
comes after sees all that was saved before, and no two of them can wait for each other. Dictionaries and sets alone
are written before that, in order of their names.
"""

from abidb.store.archive import (
    forget_attempt,
    forget_indexes,
    note_absent,
    note_attempt,
    put_index,
    put_offers,
    put_release_files,
    touch_indexes,
)
from abidb.store.builds import Saved, save
from abidb.store.outoftree import put_scan, save_attempt, save_load_results, save_rebuild
from abidb.store.packages import put_packages, put_popcon
from abidb.store.places import put_listings, put_releases
from abidb.store.runs import add_problem, finish_run, pause, resume, start_run, step_run
from abidb.store.sets import collect
from abidb.store.uploads import put_policy

__all__ = [
    "Saved",
    "add_problem",
    "collect",
    "finish_run",
    "forget_attempt",
    "forget_indexes",
    "note_absent",
    "note_attempt",
    "pause",
    "put_index",
    "put_listings",
    "put_offers",
    "put_packages",
    "put_policy",
    "put_popcon",
    "put_release_files",
    "put_releases",
    "put_scan",
    "resume",
    "save",
    "save_attempt",
    "save_load_results",
    "save_rebuild",
    "start_run",
    "step_run",
    "touch_indexes",
]
