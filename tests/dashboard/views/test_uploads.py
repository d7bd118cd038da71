# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import queries
from abidb.answers import UploadNotes
from abidb.errors import UnknownName
from dashboard.views import uploads
from tests.abidb.test_queries_churn import fill_flavours
from tests.dashboard.answers import NAME, make_ref, make_upload
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
TABLE = "Newest first"
BUILT = make_upload("6.1.20-1", abi=("20",), ignored=("amd64: kvm_*", "b", "c", "d"), cves=1_204, bugs=3)
TOLD = make_upload(
    "2.6.32-5",
    source="linux-2.6",
    distribution="",
    urgency="",
    date=None,
    abi_names=("2.6.32-3",),
    from_changelog=True,
    builds=0,
    policy_read=False,
    remarks=("[i386] Ignore ABI changes for lguest",),
)
NONE = make_upload("6.1.19-1", urgency="medium")


@pytest.fixture
def asked(monkeypatch):
    """The line bookworm with three uploads; what is asked for is noted."""
    asked = []

    def answer(**given: object):
        asked.append(given)
        return (BUILT, NONE, TOLD) if given["line"] == "bookworm" else ()

    monkeypatch.setattr(queries, "uploads", answer, raising=False)
    monkeypatch.setattr(queries, "lane_names", lambda line="", _arch="": (NAME,) if line in {"", "bookworm"} else ())
    return asked


def test_a_line_that_is_not_known_is_404_with_those_that_are(client, asked) -> None:
    response = client.get("/woody/uploads/")
    assert (response.status_code, read(response).to("bookworm")) == (404, ["/bookworm/"])


def test_uploads_stand_with_what_they_say_of_the_abi(client, asked) -> None:
    page = read(client.get("/bookworm/uploads/"))
    header, *rows = page.tables[TABLE]
    assert header == [
        *("Version", "Date", "Aimed at", "ABI name", "ABI set in changelog", "Ignored ABI changes"),
        *("CVEs", "Bugs", "Builds"),
    ]
    assert rows == [
        [
            *("6.1.20-1", "2026-11-01", "bookworm-security high", "6.1.0-1", "20"),
            *("amd64: kvm_*, b, c and 1 more", "1,204", "3", "2"),
        ],
        ["6.1.19-1", "2026-11-01", "bookworm-security", "6.1.0-1", "–", "none", "0", "0", "2"],
        [
            *("2.6.32-5 linux-2.6", "unknown", "unknown", "2.6.32-3 (changelog)", "–"),
            "not known Remark: [i386] Ignore ABI changes for lguest",
            *("0", "0", "none"),
        ],
    ]
    assert "of an upload without builds nothing is known but what a later changelog tells" in page.text
    assert page.to("6.1.20-1") == ["/upload/linux/6.1.20-1/"]
    assert asked == [{"line": "bookworm", "before": "", "limit": 101}]


def test_a_page_of_uploads_leads_to_older_ones(client, asked, monkeypatch) -> None:
    monkeypatch.setattr(uploads, "PAGE", 2)
    page = read(client.get("/bookworm/uploads/?before=6.1.30-1"))
    assert [page.to("Older uploads"), page.to("Newest uploads")] == [["?before=6.1.19-1"], ["/bookworm/uploads/"]]
    assert len(page.tables["Newest first, before 6.1.30-1"]) == 3
    assert asked == [{"line": "bookworm", "before": "6.1.30-1", "limit": 3}]
    assert "without builds" not in page.text


def test_a_line_of_which_no_changelog_was_read_says_so(client, asked, monkeypatch) -> None:
    monkeypatch.setattr(queries, "uploads", lambda **_: (), raising=False)
    assert "no changelog of this line has been read" in read(client.get("/bookworm/uploads/")).text


def test_an_upload_that_is_not_known_is_404_with_suggestions(client, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise UnknownName("no upload linux 6.1.21-1", ["linux=6.1.20-1"])

    monkeypatch.setattr(queries, "upload", fail, raising=False)
    response = client.get("/upload/linux/6.1.21-1/")
    assert (response.status_code, read(response).to("linux=6.1.20-1")) == (404, ["/upload/linux/6.1.20-1/"])


@pytest.mark.parametrize(
    ("upload", "notes", "said"),
    [
        (
            BUILT,
            UploadNotes(("CVE-2026-1",), ("1154101",)),
            (
                "Uploaded 2026-11-01 to bookworm-security. 2 builds in the record.",
                "ABI name 6.1.0-1; its changelog sets 20",
                "Ignored ABI changes amd64: kvm_*, b, c, d CVEs, bugs 1,204 CVEs, 3 bugs",
                "Builds 6.1.0-1-amd64 amd64 CVEs that its changelog names CVE-2026-1 Bugs that it closes #1154101",
            ),
        ),
        (
            TOLD,
            UploadNotes((), ()),
            (
                "Of this upload no changelog has been read. The record has no build of it.",
                "what stands here is what a later changelog tells",
                "Aimed at unknown",
                "CVEs that its changelog names None. Bugs that it closes None.",
            ),
        ),
        (make_upload(date=None), UploadNotes((), ()), ("Uploaded to bookworm-security. 2 builds",)),
    ],
)
def test_an_upload_stands_with_all_that_it_fixes(client, monkeypatch, upload, notes, said) -> None:
    built = (make_ref(1),) if upload.builds else ()
    monkeypatch.setattr(queries, "upload", lambda *_: upload, raising=False)
    monkeypatch.setattr(queries, "upload_notes", lambda *_: notes, raising=False)
    monkeypatch.setattr(queries, "builds_of_upload", lambda *_: built)
    page = read(client.get("/upload/linux/6.1.20-1/"))
    for each in said:
        assert each in page.text
    if notes.cves:
        assert page.to("CVE-2026-1") == ["https://security-tracker.debian.org/tracker/CVE-2026-1"]
        assert page.to("#1154101") == ["https://bugs.debian.org/1154101"]


def test_flavours_and_architectures_of_an_upload_stand_beside_each_other(client) -> None:
    fill_flavours()
    page = read(client.get("/upload/linux/6.1.2-1/"))
    assert (
        "Of 3 symbols that broke, 1 did so in the 3 flavours of 4 that could be measured and 1 in one only."
        in page.text
    )
    caption = (
        "Exports that modules can no longer use as before, by flavour and architecture; each leads to what changed"
    )
    assert page.tables[caption] == [
        ["Flavour", "amd64", "arm64", "s390x"],
        ["generic", "2", "1", "0 + ?"],
        ["cloud", "3", "", ""],
    ]
    rows = page.tables["Each flavour against the build before it in its own lane"][1:]
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        ("amd64", "6.1.1-1", "0", "2"),
        ("cloud-amd64", "6.1.1-1", "1", "2"),
        ("arm64", "6.1.1-1", "0", "1"),
        ("s390x", "6.1.1-1", "–", "not measurable by CRC"),
    ]
    for said in (
        "In all measured flavours: 1 alpha",
        "In all measured flavours of amd64, and on no other architecture: 1 beta",
        "In cloud-amd64 alone: 1 gamma",
        "A changed CRC overstates",
    ):
        assert said in page.text
    assert page.to("3") == ["/diff/6.1.0-1-cloud-amd64=6.1.1-1:amd64/6.1.0-2-cloud-amd64=6.1.2-1:amd64/"]


def test_the_first_upload_of_a_line_claims_nothing_of_its_flavours(client) -> None:
    fill_flavours()
    page = read(client.get("/upload/linux/6.1.1-1/"))
    assert "In no flavour could all changes be measured" in page.text
    assert page.tables["Each flavour against the build before it in its own lane"][1][1] == "–"
