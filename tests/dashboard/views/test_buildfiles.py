# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import queries
from abidb.symvers import lines
from tests.dashboard.conftest import FIRST as EXPORTS

pytestmark = pytest.mark.django_db
FIRST = "/build/6.1.0-1-amd64=6.1.1-1:amd64/"


@pytest.mark.parametrize("file", ["Module.symvers", "exports.csv"])
def test_a_file_of_an_unknown_build_is_404_and_of_a_short_name_elsewhere(client, record, file: str) -> None:
    assert client.get(f"/build/6.1.0-7-amd64/{file}").status_code == 404
    assert client.get(f"/build/6.1.0-1-amd64/{file}?text=a")["Location"] == FIRST + f"{file}?text=a"


def test_the_download_is_the_build_s_module_symvers(client, record) -> None:
    response = client.get(FIRST + "Module.symvers")
    assert response["Content-Disposition"] == 'attachment; filename="Module.symvers-6.1.0-1-amd64_6.1.1-1_amd64"'
    assert response.content == lines(queries.all_exports(queries.one_build("6.1.0-1-amd64").id))


def test_exports_are_there_as_csv(client, record) -> None:
    response = client.get(FIRST + "exports.csv")
    assert response["Content-Disposition"] == 'attachment; filename="exports-6.1.0-1-amd64_6.1.1-1_amd64.csv"'
    assert response.content.decode().split("\r\n") == [
        "symbol,module,crc,kind,namespace",
        "_RNvXs1_NtCs3_4core.llvm$u20$x,vmlinux,0x00000016,EXPORT_SYMBOL_GPL,",
        "alpha,vmlinux,0x00000011,EXPORT_SYMBOL,",
        "beta,lib/beta,0x00000012,EXPORT_SYMBOL,",
        "delta,vmlinux,0x00000014,EXPORT_SYMBOL,",
        "epsilon,vmlinux,0x00000015,EXPORT_SYMBOL,",
        "gamma,vmlinux,0x00000013,EXPORT_SYMBOL,",
        "",
    ]


@pytest.mark.parametrize(
    ("fields", "symbols"),
    [
        ({"text": "LPH"}, ["alpha"]),
        ({"module": "lib/beta"}, ["beta"]),
        ({"kind": "EXPORT_SYMBOL_GPL"}, [EXPORTS[-1].symbol]),
        ({"namespace": "NS"}, []),
        ({"namespace": "-", "text": "mm"}, ["gamma"]),
    ],
)
def test_a_csv_of_exports_has_those_that_the_page_shows(client, record, fields, symbols: list[str]) -> None:
    _, *rows = client.get(FIRST + "exports.csv", fields).content.decode().splitlines()
    assert [row.split(",")[0] for row in rows] == symbols


def test_a_crc_that_is_not_known_is_empty(client, record) -> None:
    found = client.get("/build/7.3+deb13-amd64=7.3~rc2-1~bpo13+1:amd64/exports.csv").content.decode()
    assert found.splitlines()[1:] == ["alpha,vmlinux,,EXPORT_SYMBOL,"]
