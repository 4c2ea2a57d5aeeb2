"""`commons coalition`: the coalitions of this site."""

import click

from lms.authz import CoalitionRoleKind
from lms.coalitions import queries, services
from lms.coalitions.models import Coalition
from lms.db import db
from lms.operations.command import in_site

dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")


@click.group("coalition")
def cli() -> None:
    """Look after coalitions."""


@cli.command("create")
@click.argument("name")
@click.option("--state", required=True, help="The state or territory, as people write it.")
@click.option("--counties", default="", help="The counties, with commas between them.")
@click.option("--time-zone", required=True, help="A zone name like America/New_York.")
@click.option("--coordinator", help="E-mail address or alias of an account that is to coordinate it.")
@dry_run_option
@in_site
def create(*, name: str, state: str, counties: str, time_zone: str, coordinator: str | None, dry_run: bool) -> None:
    """Create a coalition."""
    coalition = services.create_coalition(
        name=name, state_name=state, counties=counties, time_zone=time_zone, by_id=None
    )
    if coordinator is not None:
        services.appoint(coalition.id, coordinator, CoalitionRoleKind.COORDINATOR, by_id=None)
    line = _line(coalition)
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    click.echo(f"{'would create' if dry_run else 'created'} {line}")


@cli.command("list")
@in_site
def list_all() -> None:
    """List the coalitions: id, slug, state, zone."""
    for coalition in queries.list_coalitions():
        click.echo(_line(coalition))


def _line(coalition: Coalition) -> str:
    return f"{coalition.id} {coalition.slug} {coalition.state_name} {coalition.time_zone}"
