# SPDX-License-Identifier: GPL-2.0-or-later
"""Check my module, as its visitor and as a program meet it."""

from __future__ import annotations

from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError

from abidb import queries, store
from abidb.checked import dumped
from bench.fuzz.mutations import mutate
from bench.fuzz.readers import READERS
from dashboard import check
from dashboard.views import check as views
from ingest.formats import check as reader
from tests.builders.compress import compress
from tests.builders.deb import make_deb
from tests.builders.kernel import make_built
from tests.builders.records import make_export, make_kernel
from tests.builders.signature import make_signature
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db

FLAGS = "SMP preempt mod_unload modversions "
LAYOUT, KFREE = make_export("module_layout", crc=0x10), make_export("kfree", crc=0x11)
IMPORTS = {"module_layout": 0x10, "kfree": 0x11}
MODULE = make_built(IMPORTS, name="tun", vermagic=f"6.1.0-1-amd64 {FLAGS}", signature=make_signature())
DUMP = "0x00000010\tmodule_layout\n0x00000011\tkfree\n"
RAW = "application/octet-stream"


@pytest.fixture
def kernels(db):
    """A kernel that takes the module, one with another CRC, one with another module_layout; one of another machine."""
    for n, exports in (
        (1, (LAYOUT, KFREE)),
        (2, (LAYOUT, make_export("kfree", crc=9))),
        (3, (make_export("module_layout", crc=7), KFREE)),
    ):
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=exports))
    store.save(make_kernel("6.1.0-1-arm64", "6.1.1-1", arch="arm64", exports=(LAYOUT, KFREE)))


def sent(client, data, **fields):
    return client.post("/check/", {"file": SimpleUploadedFile("tun.ko", data), **fields})


def asked(client, data, query=""):
    return client.post(f"/api/v1/check{query}", data, content_type=RAW)


def test_a_file_that_cannot_be_read_is_a_clear_400(client, kernels):
    response = sent(client, b"MZ" + bytes(100))
    assert response.status_code == 400
    said = 'Not read: neither a module nor a package, and as text: line 1 is not "0x12345678 symbol", as modprobe --dump-modversions prints it.'
    assert said in read(response).text
    answer = asked(client, b"")
    assert (answer.status_code, answer.json()["detail"]) == (400, "the file is empty")


def test_a_form_that_is_not_whole_is_a_400(client, kernels):
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        response = client.post("/check/", b"--x\r\n", content_type=kind)
        assert response.status_code == 400


def test_a_file_that_is_too_large_is_a_413(client, kernels, monkeypatch):
    monkeypatch.setattr(check, "LIMIT", 1000)
    monkeypatch.setattr(check, "FORM", 0)
    assert asked(client, bytes(1001)).status_code == 413
    assert sent(client, bytes(1001)).status_code == 413
    assert client.post("/check/", {"text": "x" * (3 << 20)}).status_code == 413


def test_a_text_that_is_too_long_for_a_form_is_a_413(client, kernels):
    assert client.post("/check/", {"text": "x" * (3 << 20)}).status_code == 413


def test_too_many_at_a_time_are_told_to_come_again(client, kernels):
    with check.place(), check.place():
        response = asked(client, MODULE)
    assert (response.status_code, response["Retry-After"]) == (429, "5")
    assert asked(client, MODULE).status_code == 200


def test_a_kernel_or_architecture_that_is_not_on_record_is_a_422(client, kernels):
    response = asked(client, MODULE, "?kernel=6.1.0-9-amd64")
    said = "no kernel 6.1.0-9-amd64 of amd64 in the record"
    assert (response.status_code, response.json()["detail"]) == (422, said)
    assert asked(client, MODULE, "?arch=arm64").status_code == 422
    response = asked(client, MODULE, "?line=lenny")
    assert (response.status_code, response.json()["detail"]) == (422, "no kernel lenny of amd64 in the record")
    assert asked(client, MODULE, "?flavour=rt").status_code == 422
    riscv = make_built(IMPORTS, machine=243)
    assert asked(client, riscv).json()["detail"] == "the record has no kernel of riscv64"


def test_other_methods_are_refused(client, kernels):
    assert client.put("/check/").status_code == 405
    assert client.get("/api/v1/check").status_code == 405


def test_a_database_that_is_lost_is_not_the_file_s_fault(client, kernels, monkeypatch):
    def lost(*_args, **_fields):
        raise OperationalError

    monkeypatch.setattr(queries, "check", lost)
    assert asked(client, MODULE).status_code == 503


def test_the_form_asks_for_a_file_or_a_text(client, kernels):
    response = client.get("/check/")
    assert response.status_code == 200
    assert "Check my module" in read(response).text
    assert not response.cookies
    assert client.head("/check/").status_code == 200


def test_every_kernel_of_the_module_s_architecture_answers(client, kernels):
    response = sent(client, MODULE)
    page = read(response)
    assert response.status_code == 200
    assert page.tables == {
        "": [
            ["Kernel, newest first", "Answer"],
            [
                "6.1.0-3-amd64",
                "Refused: module_layout differs "
                "6.1.0-3-amd64 6.1.3-1 refused: module_layout has another CRC, 0x00000010 -> 0x00000007 "
                "(the kernel stops here)",
            ],
            [
                "6.1.0-2-amd64",
                "Refused: kfree with another CRC "
                "6.1.0-2-amd64 6.1.2-1 refused: kfree has another CRC, 0x00000011 -> 0x00000009",
            ],
            ["6.1.0-1-amd64", "Loads"],
        ]
    }
    assert "Loads on 1 kernel, refused by 2." in page.text
    assert "Signed by DKMS module signing key, key 5F:0A, as it says (not verified)" in page.text
    assert "These answers are about the ABI alone. Under Secure Boot" in page.text


def test_nothing_is_kept_of_a_check(client, kernels):
    response = sent(client, MODULE)
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]


def test_a_dump_is_answered_by_its_crcs_for_the_architecture_that_was_chosen(client, kernels):
    page = read(client.post("/check/", {"text": DUMP, "arch": "arm64"}))
    (_, *rows) = page.tables[""]
    assert [row[0] for row in rows] == ["6.1.0-1-arm64"]
    assert rows[0][1].startswith("Loads as far as its CRCs tell")
    assert "A dump holds CRCs alone" in page.text


def test_a_package_is_answered_module_by_module(client, kernels):
    other = make_built({"module_layout": 0x10, "gone": 1}, name="other")
    deb = make_deb(
        {"Package": "x"}, {"./lib/modules/x/tun.ko.xz": compress("xz", MODULE), "./lib/modules/x/o.ko": other}
    )
    page = read(sent(client, deb))
    row = page.tables[""][-1]
    assert row[1].startswith("Refused: other")
    assert "tun: loads" in row[1]
    assert "other: refused: gone is not exported" in row[1]


def test_programs_get_json(client, kernels):
    of_page = client.post("/check/", MODULE, content_type=RAW, headers={"accept": "application/json"})
    of_api = asked(client, MODULE, "?kernel=6.1.0-1-amd64")
    assert [one["answer"] for one in of_page.json()["kernels"]] == ["refused", "refused", "loads"]
    assert [one["answer"] for one in of_api.json()["kernels"]] == ["loads"]
    assert of_api.json()["modules"][0]["signature"] == {
        "signer": "DKMS module signing key",
        "key": "5F:0A",
        "digest": "sha256",
        "verified": False,
    }


def test_curl_s_way_of_sending_a_file_is_understood(client, kernels):
    response = client.post("/api/v1/check?arch=amd64", MODULE, content_type="application/x-www-form-urlencoded")
    assert [one["answer"] for one in response.json()["kernels"]] == ["refused", "refused", "loads"]
    form = client.post("/api/v1/check", {"file": SimpleUploadedFile("a", MODULE), "kernel": "6.1.0-1-amd64"})
    assert [one["answer"] for one in form.json()["kernels"]] == ["loads"]


def test_a_body_of_unknown_length_is_a_400(client, kernels):
    response = client.post("/api/v1/check", MODULE, content_type=RAW, headers={"transfer-encoding": "chunked"})
    assert response.json()["detail"] == "the request does not say how long it is (Content-Length)"
    assert response.status_code == 400


def test_older_kernels_of_a_long_lane_are_on_a_next_page(client, kernels, monkeypatch):
    monkeypatch.setitem(queries.hosts.__globals__, "NEWEST", 2)
    first = sent(client, MODULE, line="bookworm", flavour="amd64")
    hidden = {"skip": "2", "arch": "", "line": "bookworm", "flavour": "amd64", "kernel": ""}
    for name, value in hidden.items():
        assert f'name="{name}" value="{value}"' in first.content.decode()
    second = client.post("/check/", {"text": first.context["carried"], **hidden})
    assert [row[0] for row in read(second).tables[""][1:]] == ["6.1.0-1-amd64"]
    assert "Older kernels" not in second.content.decode()


def test_where_there_are_too_many_kernels_every_lane_is_shorter(client, kernels, monkeypatch):
    monkeypatch.setitem(queries.hosts.__globals__, "KERNELS", 2)
    first = asked(client, MODULE).json()
    assert [lane["builds"] for lane in first["lanes"]] == [3]
    assert [one["answer"] for one in first["kernels"]] == ["refused", "refused"]
    assert [one["answer"] for one in asked(client, MODULE, "?skip=2").json()["kernels"]] == ["loads"]


def test_an_answer_that_takes_too_long_is_a_413(client, kernels, monkeypatch):
    monkeypatch.setattr(views, "SECONDS", -1.0)
    response = asked(client, MODULE)
    assert response.status_code == 413
    assert "ask for one release line, flavour or kernel" in response.json()["detail"]


def test_a_file_with_more_names_than_an_answer_is_about_is_a_400(client, kernels):
    many = {f"s{n}": n + 1 for n in range(5001)}
    assert "5,001 different symbols are more than the 5,000" in asked(client, make_built(many)).json()["detail"]
    carried = dumped(reader.read(MODULE)).encode()
    assert asked(client, carried).status_code == 400
    assert client.post("/check/", {"file": SimpleUploadedFile("a", carried)}).status_code == 400


def test_every_reason_is_told_of_one_kernel_only(client, kernels):
    many = make_built({"module_layout": 0x10, **{f"s{n:02}": n + 1 for n in range(30)}}, vermagic=f"x {FLAGS}")
    assert asked(client, many, "?all=1").status_code == 400
    (module,) = asked(client, many, "?kernel=6.1.0-1-amd64").json()["kernels"][0]["modules"]
    assert (len(module["reasons"]), module["reasons_total"]) == (20, 30)
    assert module["sentence"] == "refused: 30 symbols not exported (s00, s01, s02 and 27 more)"
    (module,) = asked(client, many, "?all=1&kernel=6.1.0-1-amd64").json()["kernels"][0]["modules"]
    assert len(module["reasons"]) == 30


def test_a_kernel_that_says_what_another_says_names_that(client, kernels):
    store.save(make_kernel("6.1.0-4-amd64", "6.1.4-1", exports=(LAYOUT, KFREE)))
    found = {one["build"]["kernel_release"]: one for one in asked(client, MODULE).json()["kernels"]}
    assert found["6.1.0-1-amd64"]["as"] == found["6.1.0-4-amd64"]["build"]["name"]
    assert "modules" not in found["6.1.0-1-amd64"]


def test_of_a_module_with_btf_the_limit_is_said(client, kernels):
    page = read(client.post("/check/", {"text": dumped(reader.read(MODULE)).replace('"btf": false', '"btf": true')}))
    assert "“refused for BTF” is never an answer" in page.text
    assert "refused for BTF" not in read(sent(client, MODULE)).text


def test_mutated_files_are_answered_or_are_a_clear_refusal(client, kernels, settings):
    inputs = READERS["check"].inputs()
    for number in range(20):
        data = mutate(inputs[number % len(inputs)], Random(f"view:{number}"))
        response = asked(client, data)
        assert response.status_code in {200, 400, 422}
        told = response.json()
        assert told["kernels"] if response.status_code == 200 else told["detail"]
