# SPDX-License-Identifier: GPL-2.0-or-later
"""The history of the Debian kernel's module ABI."""

VERSION = "0.1"
