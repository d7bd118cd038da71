# SPDX-License-Identifier: GPL-2.0-or-later
"""Every error that abidb raises on purpose. An error carries what its reader needs, as attributes."""

from __future__ import annotations

from collections.abc import Sequence


class AbidbError(Exception):
    """Base of all errors that are shown to people without a traceback."""


class Unavailable(AbidbError):
    """Something outside cannot be reached or is not there now; trying later may help."""


class NotThere(Unavailable):
    """A server answers that it has no such file (404, 410): asking it again is of no use."""


class BadArchive(AbidbError):
    """An archive's signature, index or file is not what its signed Release says."""


class BuildFailed(AbidbError):
    """The debs at hand do not make up one build."""


class Conflict(AbidbError):
    """Two contents of one build, and nothing that makes one of them the better."""


class UnknownName(AbidbError):
    """A name that abidb does not know, or that fits several things.

    `candidates` holds the names that would have fitted, best first; it may be empty.
    """

    def __init__(self, message: str, candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)

    def listing(self) -> str:
        """The message and the candidates, a line each."""
        return "\n  ".join([str(self), *self.candidates])


class TooMuch(AbidbError):
    """What is asked for takes longer than one answer may."""


class BadFormat(AbidbError):
    """A file does not hold what its format promises.

    `what` is the defect, `offset` the byte where it shows (None where there is no single one), `where` the way
    to it from the outermost file inwards: deb, member, file in the member.
    """

    def __init__(self, what: str, offset: int | None = None, where: Sequence[str] = ()) -> None:
        self.what, self.offset, self.where = what, offset, tuple(where)
        place = "" if offset is None else f" (offset {offset:,})"
        super().__init__(": ".join([*self.where, what]) + place)

    def within(self, name: str) -> BadFormat:
        """The same defect, seen from the file `name` that holds the one it was found in."""
        return type(self)(self.what, self.offset, (name, *self.where))
