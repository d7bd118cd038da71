# SPDX-License-Identifier: GPL-2.0-or-later
"""Every call does what the description says, whatever it is asked: schemathesis makes up the questions."""

from collections import Counter
from importlib import import_module
from pkgutil import iter_modules

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from ninja import Schema
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from abidb.wsgi import application
from dashboard.api import shapes
from dashboard.api.openapi import document
from tests.builders.packages import fill_packages

pytestmark = pytest.mark.django_db
BOUNDS = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
#: Names that the record has, by the call or by the parameter.
KNOWN = {
    "/builds": {"name": "6.1.0-4-amd64=6.1.4-1:amd64"},
    "/symbols": {"name": "alpha"},
    "/packages": {"name": "foo"},
    "old": "6.1.0-1-amd64",
    "new": "6.1.0-3-amd64",
    "line": "bookworm",
    "arch": "amd64",
    "flavour": "amd64",
    "source": "linux",
    "version": "6.1.3-1",
}
#: No schema says which bytes are a module: what is none is refused though it is as described.
EXCLUDED = {"get": [], "post": [positive_data_acceptance]}
schema = schemathesis.openapi.from_dict(document())
schema.app = application
CALLS = {f"{each.method} {each.path}": each for each in (found.ok() for found in schema.get_all_operations())}
BOUNDED = {name: call for name, call in CALLS.items() if call.method == "get" and [*call.path_parameters, *call.query]}


@pytest.fixture(autouse=True)
def one_connection(db):
    """It outlasts requests, as Django's own test client sees to: the test's transaction hangs on it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def hold(asked, method) -> None:
    """That all answers to these questions are as described."""

    @BOUNDS
    @given(asked)
    def answered(case) -> None:
        case.call_and_validate(headers={"Accept-Encoding": "identity"}, excluded_checks=EXCLUDED[method])

    answered()


@pytest.mark.parametrize("call", BOUNDED.values(), ids=BOUNDED)
def test_what_is_out_of_bounds_is_refused_as_described(call) -> None:
    hold(call.as_strategy(GenerationMode.NEGATIVE), call.method)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_is_asked_is_answered_as_described(call) -> None:
    fill_packages()
    root = "/" + call.path.split("/")[1]
    names = {each.name for each in call.path_parameters}
    known = {name: value for name, value in (KNOWN | KNOWN.get(root, {})).items() if name in names}
    hold(call.as_strategy(), call.method)
    hold(call.as_strategy(path_parameters=known), call.method)


def test_each_shape_has_a_name_of_its_own() -> None:
    """The description holds one of each name: another of that name would take its place."""
    rooms = [import_module(f"dashboard.api.shapes.{room.name}") for room in iter_modules(shapes.__path__)]
    made = [(name, each) for room in rooms for name, each in vars(room).items() if isinstance(each, type)]
    names = Counter(name for name, each in set(made) if issubclass(each, Schema) and each is not Schema)
    assert [name for name, times in names.items() if times > 1] == []
