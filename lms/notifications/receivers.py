"""What other slices tell, and what then waits for whom."""

from collections.abc import Sequence
from datetime import date

from lms import signals
from lms.notifications import services
from lms.notifications.models import TodoKind
from lms.organizations.models import Membership
from lms.training.models import Assignment, Enrollment
from lms.training.queries.assignments import list_open_asks


def connect() -> None:
    """Listen to the signals that make or close todos; connecting twice changes nothing."""
    signals.course_assigned.connect(_ask_for_course)
    signals.course_finished.connect(_course_is_done)
    signals.course_withdrawn.connect(_course_is_no_longer_asked)
    signals.membership_ended.connect(_forget_what_was_asked)


def _ask_for_course(_sender: None, *, assignment: Assignment) -> None:
    services.open_todo(
        assignment.person_id,
        TodoKind.FINISH_COURSE,
        assignment.course_slug,
        organization_id=assignment.organization_id,
        due_on=assignment.due_on,
    )


def _course_is_done(_sender: None, *, enrollment: Enrollment, finished_on: date) -> None:  # noqa: ARG001
    services.close_todos(enrollment.person_id, TodoKind.FINISH_COURSE, enrollment.course_slug)


def _course_is_no_longer_asked(
    _sender: None,
    *,
    organization_id: int,  # noqa: ARG001
    person_ids: Sequence[int],
    course_slug: str,
) -> None:
    """Let the course wait no longer, unless another organization asks for it as well."""
    services.close_todos_of_people(person_ids, TodoKind.FINISH_COURSE, course_slug)
    for assignment in list_open_asks(person_ids, course_slug):
        _ask_for_course(None, assignment=assignment)


def _forget_what_was_asked(_sender: None, *, membership: Membership) -> None:
    services.close_todos_of_organization(membership.person_id, membership.organization_id)
