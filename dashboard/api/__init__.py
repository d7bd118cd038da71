# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON API: one router for each subject, one form for each thing, the same as `--json` of manage.py gives."""
