"""Every endpoint declares who may use it, and the expected verdicts name every endpoint."""

import tomllib

import pytest

from lms.web import access
from tests.house.sources import ROOT

MATRIX = ROOT / "tests" / "lms" / "permission_matrix.toml"


def judged_endpoints():
    rows = tomllib.loads(MATRIX.read_text("utf-8"))["rows"]
    return {tuple(key.split()[:2]) for key in rows}


def served_endpoints(app):
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_endpoint_and_method_has_expected_verdicts(app):
    assert served_endpoints(app) == judged_endpoints()


def test_a_view_that_declares_nothing_stops_the_start(app):
    app.view_functions["home.show_home"] = lambda: "no declaration"
    with pytest.raises(RuntimeError, match=r"home\.show_home"):
        access.refuse_undeclared(app)


def test_ids_in_addresses_are_numbers(app):
    for rule in app.url_map.iter_rules():
        ids = [name for name in rule.arguments if name.endswith("_id")]
        assert all(f"<int:{name}>" in rule.rule for name in ids), rule.rule
