# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages: validate, ask one question, render. No SQL here, and none from a template."""
