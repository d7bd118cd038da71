# SPDX-License-Identifier: GPL-2.0-or-later
"""All settings, and the only reader of the environment. README lists the variables.

A bad value ends the process with status 2 and one line that names the variable and what is expected.
Importing this starts no server and writes nothing.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.functional import lazy
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from abidb import pgcluster, postgres

BASE_DIR = Path(__file__).resolve().parent.parent


def refuse(name: str, expected: str) -> NoReturn:
    """End with one line. The value is not repeated: it may hold a password."""
    print(f"abidb: {name}: expected {expected}", file=sys.stderr)
    raise SystemExit(2)


def text(name: str, default: str = "") -> str:
    value = os.environ.get(name, default).strip()
    if not value.isprintable():
        refuse(name, "one line of printable text")
    return value


def flag(name: str) -> bool:
    value = text(name).lower()
    if value not in {"", "0", "1", "false", "true", "no", "yes"}:
        refuse(name, "1 or 0")
    return value in {"1", "true", "yes"}


def choice(name: str, *values: str) -> str:
    value = text(name, values[0])
    return value if value in values else refuse(name, " or ".join(values))


def port(name: str, default: int) -> int:
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        refuse(name, "a port number from 1 to 65535")
    return int(value)


def whole(name: str, default: int) -> int:
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 7):
        refuse(name, "a whole number")
    return int(value)


def folder(name: str, default: Path) -> Path:
    value = Path(text(name, str(default))).absolute()
    if value.exists() and not value.is_dir():
        refuse(name, "a folder, existing or to be made")
    return value.resolve()


def file(name: str) -> Path | None:
    value = text(name)
    if value and not (Path(value).is_file() and os.access(value, os.R_OK)):
        refuse(name, "a file that this user may read")
    return Path(value).absolute() if value else None


def roots(name: str) -> tuple[str, ...]:
    """Addresses of archive roots, with spaces or commas between them."""
    values = text(name).replace(",", " ").split()
    for value in values:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https", "file"} or not (parts.netloc or parts.scheme == "file"):
            refuse(name, "addresses of archive roots (https://, http:// or file:///) with spaces between them")
    return tuple(value.rstrip("/") for value in values)


def service(name: str) -> str:
    """The address of a web service, without trailing slash; "" for none."""
    value = text(name).rstrip("/")
    if value and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        refuse(name, "the address of a web service (https:// or http://)")
    return value


def words(name: str) -> list[str]:
    return text(name).replace(",", " ").split()


def data_folder() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/abidb")
    home = text("XDG_DATA_HOME")
    return (Path(home) if home.startswith("/") else Path("~/.local/share").expanduser()) / "abidb"


ABIDB_DATA = folder("ABIDB_DATA", data_folder())
ABIDB_MIRROR = roots("ABIDB_MIRROR")  #: archive roots that replace the host's APT sources; empty: the host's
ABIDB_KEYRING = file("ABIDB_KEYRING")  #: keys that sign those roots' Release files; None: as APT's sources say
ABIDB_SOURCES = file("ABIDB_SOURCES")  #: further roots, in the format of APT's .sources: ended releases, ports, others
ABIDB_SNAPSHOT = service("ABIDB_SNAPSHOT")  #: address of a snapshot service, for what archives have no more; "": none
ABIDB_SNAPSHOT_VERIFY = flag("ABIDB_SNAPSHOT_VERIFY")  #: whether the signed indexes of that time are looked up, too
ABIDB_DOWNLOAD_MB = whole("ABIDB_DOWNLOAD_MB", 0)  #: megabytes a second for all workers of this machine; 0: no limit
ABIDB_CONTACT = text("ABIDB_CONTACT")  #: whom a mirror's operator may write to; part of the User-Agent
ABIDB_CACHE_GB = whole("ABIDB_CACHE_GB", 20)  #: of debs and indexes, least recently used go first
ABIDB_WORKER_MB = whole("ABIDB_WORKER_MB", 2000)  #: memory of one worker process; 0: no limit
ABIDB_LOOK_HOURS = whole("ABIDB_LOOK_HOURS", 6)  #: between a worker's looks at the archives; 0: it never looks
ABIDB_PUBLISH_HOURS = whole("ABIDB_PUBLISH_HOURS", 24)  #: between publications of a changed record; 0: never by itself
ABIDB_PUBLISHED = folder("ABIDB_PUBLISHED", ABIDB_DATA / "published")  #: where those lie
ABIDB_BIND = text("ABIDB_BIND", "127.0.0.1")
ABIDB_PORT = port("ABIDB_PORT", 8000)
ABIDB_HSTS_DAYS = whole("ABIDB_HSTS_DAYS", 0)  #: for how long browsers are to use https alone; 0: nothing is promised
ABIDB_ROLE = choice("ABIDB_ROLE", "owner", "web")  #: whom this process is to the database; the site is "web"
CI = text("CI").lower() not in {"", "0", "false", "no"}  # others set it too: nothing to refuse
DEBUG = flag("ABIDB_DEBUG")

#: Debian's, past and present, that have kernels; an archive is asked for those that its Release has.
ARCHITECTURES = (
    *("amd64", "arm64", "armel", "armhf", "i386", "loong64", "mips64el", "mipsel", "ppc64el", "riscv64", "s390x"),
    *("alpha", "hppa", "ia64", "m68k", "mips", "powerpc", "ppc64", "s390", "sh4", "sparc", "sparc64"),
)
#: What follows a release's codename in the names of suites; asked for where an archive does not list what it has.
SUITE_POCKETS = ("", "-updates", "-security", "-backports", "-backports-sloppy", "-proposed-updates")
PACKAGE_TRACKER = "https://tracker.debian.org/pkg/"
BUG_TRACKER = "https://bugs.debian.org/"
SECURITY_TRACKER = "https://security-tracker.debian.org/tracker/"
#: Before a name: searches, which answer for any name; a page of a symbol's own would have to be guessed.
CODE_SEARCH = "https://codesearch.debian.net/search?literal=1&q=package%3Alinux+"
KERNEL_DOCUMENTATION = "https://docs.kernel.org/search.html?q="
#: Before a version as abidb.versions.git_tag writes it: a tag of the kernel team's packaging, of all sources alike.
PACKAGING_TAG = "https://salsa.debian.org/kernel-team/linux/-/tags/debian%2F"


def database(name: str, **options: Any) -> dict[str, Any]:
    """Django's terms for the database that a postgresql:// address names."""
    address = text(name)
    try:
        given = {key: str(value) for key, value in conninfo_to_dict(address).items()}
    except ProgrammingError:
        given = {}
    port_is_number = given.get("port", "5432").replace(",", "").isdigit()  # one for each host
    if not (address.startswith(("postgresql://", "postgres://")) and given.get("dbname") and port_is_number):
        refuse(name, "postgresql://ROLE[:PASSWORD]@HOST[:PORT]/DATABASE or postgresql://ROLE@/DATABASE?host=/FOLDER")
    terms = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    found = {term: given.pop(key, "") for term, key in terms.items()}
    return {"ENGINE": "django.db.backends.postgresql", **found, "OPTIONS": {**given, **options}}


def embedded(role: str, **options: Any) -> dict[str, Any]:
    return {
        "ENGINE": "abidb.embedded",
        "EMBEDDED": ABIDB_EMBEDDED,
        "NAME": postgres.DATABASE,
        "USER": role,
        "HOST": str(postgres.socket_folder(ABIDB_DATA)),
        "PORT": str(pgcluster.PORT),
        "OPTIONS": options,
    }


def databases() -> dict[str, dict[str, Any]]:
    """`default` is what this process works with; an owner finds the reader's connection under `web`."""
    reader: dict[str, Any] = {
        "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
        "options": " ".join(f"-c {key}={value}" for key, value in postgres.READER_SETTINGS.items()),
    }
    given = {name for name in ("DATABASE_URL", "ABIDB_WEB_DATABASE_URL") if text(name)}
    if not given:
        web, owner = embedded(postgres.READER, **reader), embedded(postgres.OWNER)
    elif "ABIDB_WEB_DATABASE_URL" not in given:
        web, owner = {}, database("DATABASE_URL")
    else:
        web = database("ABIDB_WEB_DATABASE_URL", **reader)
        owner = database("DATABASE_URL") if "DATABASE_URL" in given else {}
    if web:
        web |= {"CONN_HEALTH_CHECKS": True}  # of the pool: a connection from before a restart is replaced
    if ABIDB_ROLE == "web":
        return {"default": web or refuse("ABIDB_WEB_DATABASE_URL", "the reader's address, as DATABASE_URL is set")}
    owner = owner or refuse("DATABASE_URL", "the owner's address, as ABIDB_WEB_DATABASE_URL is set")
    return {"default": owner, "web": {**web, "TEST": {"MIRROR": "default"}}} if web else {"default": owner}


ABIDB_EMBEDDED: dict[str, Any] | None = {"data": ABIDB_DATA, "programs": text("ABIDB_PG_BIN")}
if text("DATABASE_URL") or text("ABIDB_WEB_DATABASE_URL"):
    ABIDB_EMBEDDED = None
DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def secret_key() -> str:
    """The given key, else one that is made once and kept in the data directory, for its owner's eyes only."""
    if given := text("ABIDB_SECRET_KEY"):
        return given
    path = ABIDB_DATA / "secret-key"
    try:
        if not path.exists():
            ABIDB_DATA.mkdir(parents=True, exist_ok=True)
            make_once(path, secrets.token_urlsafe(48))
        return path.read_text()
    except OSError:
        refuse("ABIDB_SECRET_KEY", f"a long random text, as {path} can be neither read nor made")


def make_once(path: Path, content: str) -> None:
    """A file with mode 0600 that is there whole or not at all; of several makers the first wins."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(content)
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


SECRET_KEY = lazy(secret_key, str)()  # nothing is written before something is to be signed
ALLOWED_HOSTS = words("ABIDB_ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]", ABIDB_BIND]
ROOT_URLCONF = "abidb.urls"
WSGI_APPLICATION = "abidb.wsgi.application"
INSTALLED_APPS = [
    *("abidb", "ingest", "dashboard"),
    *("procrastinate.contrib.django", "whitenoise.runserver_nostatic"),
    *("django.contrib.staticfiles", "django.contrib.sitemaps", "csp"),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pages hold no secret that their length could betray
    "django.middleware.http.ConditionalGetMiddleware",
    "dashboard.api.door.Door",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "dashboard.caching.Kept",
    "dashboard.failures.Failures",
]
SECURE_HSTS_SECONDS = 86_400 * ABIDB_HSTS_DAYS
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],  # plotly draws a chart's download in a blob
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]
# Where `manage.py collectstatic` has run, its hashed names are used; else files are served from their sources.
COLLECTED = not DEBUG and (ABIDB_DATA / "static/staticfiles.json").exists()
COLLECTING = "collectstatic" in sys.argv[1:2]
STATIC_ROOT = ABIDB_DATA / "static" if COLLECTED or COLLECTING else None
STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if COLLECTED or COLLECTING
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {"staticfiles": {"BACKEND": STATIC_STORAGE}}
WHITENOISE_USE_FINDERS = not COLLECTED
WHITENOISE_AUTOREFRESH = DEBUG

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # It warns of each answer to HEAD, whose body Django leaves to the server to drop, as it does.
    "loggers": {"gunicorn.http.wsgi": {"level": "ERROR"}},
}
