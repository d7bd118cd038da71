# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb.answers import ConfigDiff, OptionChange
from abidb.jsonform import config_json, upload_json
from tests.dashboard.answers import make_ref, make_upload

UPLOAD = make_upload(ignored=("kvm_*",), abi=("20",), remarks=("[i386] Ignore ABI changes for lguest",))


@pytest.mark.parametrize("date", [UPLOAD.date, None])
@pytest.mark.parametrize(("known", "ignored"), [(True, ("kvm_*",)), (False, None)])
def test_patterns_of_a_source_that_was_not_read_are_null(date, known: bool, ignored) -> None:
    upload = dataclasses.replace(UPLOAD, policy_read=known, date=date, ignored=ignored or ())
    assert upload_json(upload) == {
        "source": "linux",
        "version": "6.1.1-1",
        "date": "2026-11-01T00:00:00+00:00" if date else None,
        "distribution": "bookworm-security",
        "urgency": "high",
        "abi_names": ("6.1.0-1",),
        "from_changelog": False,
        "builds": 2,
        "abi": ("20",),
        "ignored": ignored,
        "remarks": ("[i386] Ignore ABI changes for lguest",),
        "cves": 0,
        "bugs": 0,
    }


def test_an_option_that_is_not_set_is_null() -> None:
    found = ConfigDiff(make_ref(1), make_ref(2), True, (OptionChange("CONFIG_X", None, "m"),))
    assert config_json(found) == {"measured": True, "changes": [{"name": "CONFIG_X", "old": None, "new": "m"}]}
