# SPDX-License-Identifier: GPL-2.0-or-later
"""What calls answer, described for OpenAPI. The dicts themselves are made by abidb.jsonform and its neighbours."""
