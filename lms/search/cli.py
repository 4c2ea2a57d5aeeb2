"""`commons search`: looking after the index."""

import click
from flask import current_app

from lms.operations.command import in_site
from lms.search.engines import Engine

cli = click.Group("search", help="Look after the search index.")


@cli.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@in_site
def rebuild(*, dry_run: bool) -> None:
    """Build the index anew from the table."""
    engine: Engine = current_app.extensions["commons.search"]
    if dry_run:
        click.echo("The index would be built anew.")
        return
    click.echo(f"{engine.rebuild()} texts can be found.")
