import pytest
from click.testing import CliRunner

from lms.coalitions import queries
from lms.coalitions.cli import cli
from lms.coalitions.queries import load_actor
from lms.errors import Invalid
from tests.factories.people import make_coalition, make_person

CREATE = ["create", "North Shore", "--state", "Ohio", "--time-zone", "America/Chicago"]


def run(*arguments):
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def test_a_coalition_is_created_with_its_coordinator(app):
    ines = make_person(email="ines@example.org")
    answer = run(*CREATE, "--coordinator", "ines@example.org")
    coalition = queries.get_coalition_by_slug("north-shore")
    assert answer.output == f"created {coalition.id} north-shore Ohio America/Chicago\n"
    assert load_actor(ines).coalition_ids == {coalition.id}


def test_a_dry_run_creates_nothing(app):
    assert run(*CREATE, "--dry-run").output.startswith("would create ")
    assert queries.list_coalitions() == []


@pytest.mark.parametrize(
    "arguments", [(*CREATE[:-1], "America/Nowhere"), (*CREATE, "--coordinator", "nobody@example.org")]
)
def test_what_cannot_be_is_refused_whole(app, arguments):
    with pytest.raises(Invalid):
        run(*arguments)


def test_coalitions_are_listed(app):
    coalition = make_coalition("Tri-County")
    assert run("list").output == f"{coalition.id} {coalition.slug} Ohio America/New_York\n"
