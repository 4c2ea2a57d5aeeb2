"""`commons content`: checking and publishing courses, instruments, change packages and pages of a content folder."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from lms.db import db
from lms.front_matter import ContentError
from lms.home.catalog import read_page, read_pages
from lms.home.services import publish_pages
from lms.improvement.services.publishing import check_change_packages, publish_change_packages
from lms.operations.command import in_site
from lms.readiness.services.publishing import check_instruments, publish_instruments
from lms.training.services.publishing import CourseCheck, check_courses, publish_courses

SHIPPED = Path(__file__).parents[2] / "content"
PAGES = "pages"

in_folder = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SHIPPED,
    help="The content folder; by default the one that comes with the site.",
)


@click.group("content")
def content() -> None:
    """Check and publish courses, instruments, ideas and pages."""


@content.command("check")
@in_folder
def check(folder: Path) -> None:
    """Say what is wrong in a content folder, and how hard its lessons are to read. Writes nothing."""
    courses = list(check_courses(folder))
    for course in courses:
        _say_ease(course)
    errors = [(f"courses/{course.slug}", course.error) for course in courses if course.error is not None]
    errors += [("instruments", error) for error in check_instruments(folder)]
    errors += [("change-packages", error) for error in check_change_packages(folder)]
    errors += [(PAGES, error) for error in _check_pages(folder)]
    for place, error in errors:
        click.echo(f"{place}/{error}", err=True)
    if errors:
        sys.exit(1)
    click.echo("Nothing is wrong.")


@content.command("load")
@in_folder
@click.option("--dry-run", is_flag=True, help="Say what would be published, and write nothing.")
@in_site
def load(folder: Path, *, dry_run: bool) -> None:
    """Publish everything in a content folder that is new or changed."""
    _report(dry_run=dry_run, published=load_content(folder))


@content.command("publish")
@click.argument("course_slug")
@in_folder
@click.option("--dry-run", is_flag=True, help="Say what would be published, and write nothing.")
@in_site
def publish(course_slug: str, folder: Path, *, dry_run: bool) -> None:
    """Publish one course, when it is new or changed."""
    if not (folder / "courses" / course_slug).is_dir():
        raise click.BadParameter(f"There is no course {course_slug!r} in {folder}.")
    _report(dry_run=dry_run, published=publish_courses(folder, only={course_slug}))


def load_content(folder: Path = SHIPPED) -> list[str]:
    """Publish what is new or changed in the current transaction; return the slugs."""
    return [
        *publish_courses(folder),
        *publish_instruments(folder),
        *publish_change_packages(folder),
        *publish_pages(folder / PAGES),
    ]


def _report(*, dry_run: bool, published: list[str]) -> None:
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    for slug in published:
        click.echo(f"{'would publish' if dry_run else 'published'} {slug}")
    if not published:
        click.echo("Everything was published before.")


def _say_ease(course: CourseCheck) -> None:
    for lesson in course.ease:
        grade = "no text" if lesson.grade is None else f"grade {lesson.grade:.1f}"
        ease = "no text" if lesson.inflesz is None else f"INFLESZ {lesson.inflesz:.0f}"
        click.echo(f"{course.slug}/{lesson.lesson_slug}: English {grade}, Spanish {ease}")


def _check_pages(folder: Path) -> Iterator[ContentError]:
    """Every page by itself; then, when each is well, what only shows in all of them: files that belong to none."""
    n_errors = 0
    for path in sorted((folder / PAGES).glob("*.md")):
        if "." in path.stem:  # a translation is read with its original
            continue
        try:
            read_page(path)
        except ContentError as error:
            n_errors += 1
            yield error
    if n_errors == 0 and (folder / PAGES).is_dir():
        try:
            read_pages(folder / PAGES)
        except ContentError as error:
            yield error
