# SPDX-License-Identifier: GPL-2.0-or-later
"""The schema. Rows are written by abidb.store and read by abidb.queries; nothing else uses these classes."""

from abidb.models import archive, builds, outoftree, sets

__all__ = ["archive", "builds", "outoftree", "sets"]
