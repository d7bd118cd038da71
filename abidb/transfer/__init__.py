# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole record as one file that another installation can read: docs/transfer.md. No Django, no database."""
