"""The command that fills an empty database."""

import click
from flask import current_app
from sqlalchemy import select

from lms.accounts.models import Person
from lms.db import db
from lms.errors import CommonsError
from lms.operations.command import in_site
from lms.operations.preparation import demo_password
from lms.seeds.year import seed_demo

cli = click.Group("seed", help="Fill an empty database with a demonstration.")


@cli.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@in_site
def demo(*, dry_run: bool) -> None:
    """Make three coalitions with a year of history. Refuses in production and where people are already."""
    settings = current_app.config["SETTINGS"]
    if not settings.is_demo:
        raise CommonsError("The demonstration is for demo sites; this one is in production.")
    if db.session.scalars(select(Person.id).limit(1)).first() is not None:
        raise CommonsError("There are people here already. The demonstration needs an empty database.")
    if dry_run:
        click.echo("Three coalitions, thirteen organizations and about 150 people would be made.")
        return
    seed_demo(password=demo_password(settings), say=click.echo)
    db.session.commit()
