"""Counting the learning of a coalition. No query here returns a person."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, case, func, select

from lms.coalitions.models import CoalitionOrganization
from lms.db import db
from lms.organizations.models import Membership, Organization, OrganizationState
from lms.training.coalition_learning import CourseCounts, build_counts
from lms.training.models import Enrollment
from lms.training.queries import published


def list_course_counts(coalition_id: int) -> Sequence[CourseCounts]:
    """Return the counts of each published course among people who belong to an organization of the coalition.

    Three statements whatever the size, one more for each version this process has not read yet.
    """
    people = _people(coalition_id)
    n_people = db.session.scalar(select(func.count()).select_from(people.subquery())) or 0
    begun = {slug: (n_begun, n_finished) for slug, n_begun, n_finished in db.session.execute(_begun(people))}
    return [
        build_counts(
            each.course.slug,
            each.course.title,
            n_people=n_people,
            n_begun=begun.get(each.course.slug, (0, 0))[0],
            n_finished=begun.get(each.course.slug, (0, 0))[1],
        )
        for each in published.list_newest()
    ]


def _people(coalition_id: int) -> Select[Any]:
    """People with an open membership in an organization at work in the coalition, each once."""
    return (
        select(Membership.person_id)
        .distinct()
        .join(CoalitionOrganization, CoalitionOrganization.organization_id == Membership.organization_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(
            CoalitionOrganization.coalition_id == coalition_id,
            CoalitionOrganization.left_at.is_(None),
            Organization.state == OrganizationState.ACTIVE,
            Membership.ended_at.is_(None),
        )
    )


def _begun(people: Select[Any]) -> Select[Any]:
    """Rows of (course, people who began it, people who finished it at least once)."""
    is_finished = func.max(case((Enrollment.finished_at.is_not(None), 1), else_=0))
    by_person = (
        select(Enrollment.course_slug, is_finished.label("is_finished"))
        .where(Enrollment.person_id.in_(people))
        .group_by(Enrollment.course_slug, Enrollment.person_id)
        .subquery()
    )
    return select(by_person.c.course_slug, func.count(), func.sum(by_person.c.is_finished)).group_by(
        by_person.c.course_slug
    )
