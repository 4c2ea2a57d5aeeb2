"""Reading the way a learner took through a scenario."""

from lms.training.models import EventKind
from lms.training.queries.enrollments import list_events


def list_choices(enrollment_id: int, lesson_slug: str) -> list[str]:
    """Return the choices made since the last start, in order (one statement)."""
    choices: list[str] = []
    for event in list_events(enrollment_id, lesson_slug, EventKind.SCENARIO_CHOSEN, EventKind.SCENARIO_RESTARTED):
        if event.kind is EventKind.SCENARIO_RESTARTED:
            choices.clear()
        else:
            choices.append(event.detail["choice"])
    return choices
