# SPDX-License-Identifier: GPL-2.0-or-later
"""The record as tables for people who analyse it elsewhere: files that the site gives out as they are."""
