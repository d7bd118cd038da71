#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""abidb's commands: `manage.py help` lists them. Exit status 2: a name that is not known, or not of one thing alone."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    from django.core.management import execute_from_command_line

    from abidb.errors import UnknownName
    from abidb.terminal import said

    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if (line := said(error)) is None:
            raise
        print(f"abidb: {line}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UnknownName) else 1)


if __name__ == "__main__":
    main()
