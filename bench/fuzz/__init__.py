# SPDX-License-Identifier: GPL-2.0-or-later
"""Broken and lying inputs for every reader: only BadFormat may come out, soon and in little memory."""
