# SPDX-License-Identifier: GPL-2.0-or-later
"""`make bench`: abidb against the physical limits of what it does, as ratios within one run.

The debs come from the cache of the data directory, or from the archive. The database is a server of its own in a
temporary folder, so that nothing of yours is touched and every save is a first one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    from django.conf import settings

    cache = str(settings.ABIDB_DATA / "cache")
    with tempfile.TemporaryDirectory(prefix="abidb-bench-") as folder:
        Path(folder).chmod(0o755)
        environment = {**os.environ, "ABIDB_DATA": folder}
        try:
            return subprocess.run(
                [sys.executable, "-m", "bench.report", cache, *sys.argv[1:]], env=environment
            ).returncode
        finally:
            subprocess.run(
                [sys.executable, "manage.py", "postgres", "stop"], env=environment, stdout=subprocess.DEVNULL
            )


if __name__ == "__main__":
    sys.exit(main())
