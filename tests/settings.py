# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings of a test run: abidb's own, with a data directory that lives as long as the run.

Only what says where to find the archive and the server programs is taken over from the environment.
"""

import os
import tempfile
from pathlib import Path

KEPT = {"ABIDB_MIRROR", "ABIDB_KEYRING", "ABIDB_PG_BIN", "ABIDB_CONTACT", "ABIDB_TEST_DATA"}
for name in [name for name in os.environ if name.startswith("ABIDB_") and name not in KEPT]:
    del os.environ[name]
os.environ.pop("DATABASE_URL", None)
if "ABIDB_TEST_DATA" not in os.environ:  # workers of pytest-xdist inherit it
    # Not below TMPDIR: a server that root starts runs as another user, who must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="abidb-test-", dir="/tmp"))
    folder.chmod(0o755)
    os.environ["ABIDB_TEST_DATA"] = str(folder)
os.environ["ABIDB_DATA"] = os.environ["ABIDB_TEST_DATA"]
os.environ["ABIDB_PUBLISH_HOURS"] = "0"  # who tests publishing asks for it
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright keeps an event loop in the thread of the tests

from abidb.settings import *  # noqa: E402, F403

#: Real debs and indexes, kept between runs: the mirror is asked for each once.
ABIDB_TEST_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "abidb-tests"
