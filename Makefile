# SPDX-License-Identifier: GPL-2.0-or-later
# Two commands are the whole set-up: `make run` and `make test`. `make help` lists the rest.

PYTHON ?= python3
VENV ?= .venv
APT ?= apt-get
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
# What tests, benchmarks and builds of out-of-tree modules use of the system; the site itself needs none of it.
SYSTEM_TOOLS := chromium libatomic1 fonts-dejavu-core gnupg gpgv sqv debian-archive-keyring distro-info-data binutils kmod xz-utils zstd \
	gcc g++ libc6-dev \
	bubblewrap mmdebstrap uidmap qemu-system-x86 busybox-static util-linux

.DELETE_ON_ERROR:
.PHONY: help run stop test check bench bench-scale fuzz screenshots system-tools clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-14s %s\n' "$$name" "$$text"; done

run: $(READY) ## fetch the newest kernels and serve the site on http://127.0.0.1:8000
	$(PY) manage.py run

stop: $(READY) ## end the embedded PostgreSQL server
	$(PY) manage.py postgres stop

test: check ## all checks, then all tests
	$(PY) -m pytest -n 2 --dist loadfile

check: $(READY) ## lint, format, types, who imports whom, migrations
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	DATABASE_URL='postgresql:///none?host=/nonexistent' $(PY) -W ignore manage.py makemigrations --check --dry-run

bench: $(READY) ## measure ingest and answers against dpkg, xz, modprobe and nm
	$(PY) -m bench

bench-scale: $(READY) ## a made-up history of 60,000 builds: size, load rate and every question (half an hour, 10 GB)
	$(PY) -m bench.scale

fuzz: $(READY) ## 100,000 mutated inputs for each reader
	$(PY) -m bench.fuzz

screenshots: $(READY) ## pictures of all pages on three screens, and what a browser has against them
	$(PY) -m bench.screenshots

system-tools: ## install what the tests use of the system, with apt as root or through sudo
	@if [ "$$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null; then as_root=sudo; else \
		echo "make system-tools: run it as root, or install sudo" >&2; exit 1; fi; \
	set -ex; \
	$$as_root $(APT) update -q; \
	install="$$as_root env DEBIAN_FRONTEND=noninteractive $(APT) install -q -y --no-install-recommends"; \
	$$install $(SYSTEM_TOOLS); \
	$$install gcc-$$(/usr/bin/gcc -dumpversion)-plugin-dev # the headers of its plug-ins have its version in their name

clean: ## remove the virtual environment and caches; data stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Made anew whenever requirements.txt changes, so that nothing lingers which it no longer names.
$(READY): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "abidb needs Python 3.11 or later; name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "abidb needs Python's venv: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@
