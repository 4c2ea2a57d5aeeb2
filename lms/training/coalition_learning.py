"""How many people of a coalition finished each course: counts of five or more, and never a name."""

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.items import Localized
from lms.training.rules import CourseState
from readiness.suppression import suppress_table


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseCounts:
    """People of one coalition by how far they are with a course. None stands for a number that is not shown."""

    slug: str
    title: Localized
    n_people: int | None
    by_state: Mapping[CourseState, int | None]

    @property
    def is_hidden(self) -> bool:
        """Whether nothing of this course can be shown."""
        return self.n_people is None

    @property
    def has_hidden(self) -> bool:
        """Whether a number of this course is not shown."""
        return None in self.by_state.values()


def build_counts(slug: str, title: Localized, *, n_people: int, n_finished: int, n_begun: int) -> CourseCounts:
    """Count one course so that nobody in a small group can be found, neither by looking nor by subtracting.

    n_begun: people who began the course, those who finished it among them.
    """
    people = max(n_people, n_begun)
    counts = {
        CourseState.FINISHED: n_finished,
        CourseState.UNDER_WAY: n_begun - n_finished,
        CourseState.NOT_STARTED: people - n_begun,
    }
    shown = suppress_table({state.value: n for state, n in counts.items()})
    return CourseCounts(
        slug=slug,
        title=title,
        n_people=shown.total,
        by_state={state: shown.groups[state.value] for state in counts},
    )
