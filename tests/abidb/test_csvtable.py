# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

from abidb import naming
from abidb.csvtable import FORMULAS, lines


@pytest.mark.parametrize("beginning", FORMULAS)
def test_no_symbol_begins_as_a_formula_of_a_spreadsheet_does(beginning: str) -> None:
    assert not re.fullmatch(naming.SYMBOL, f"{beginning}SUM".encode())


@pytest.mark.parametrize("beginning", FORMULAS)
def test_another_text_that_begins_so_is_quoted(beginning: str) -> None:
    assert lines([[f"{beginning}1"]]).strip('"\r\n') == f"'{beginning}1".rstrip()


def test_a_row_is_a_line_and_what_is_not_known_an_empty_cell() -> None:
    assert lines([["a", "b"], ['x,"y', None, -1]]) == 'a,b\r\n"x,""y",,-1\r\n'
