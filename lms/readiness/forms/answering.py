"""What somebody sends who answers a survey: taps from the page's script, or a plain form without one."""

from collections.abc import Mapping
from typing import Any

from lms.errors import Invalid
from lms.readiness.forms.rounds import LONGEST_KEY, clean_note
from lms.readiness.survey_answers import RATHER_NOT, SurveyPage

MOST_TAPS = 50
LONGEST_CHOICE = 20
NO_GROUP = "-"  # no group has this key


def read_page(page: SurveyPage, sent: Mapping[str, str]) -> dict[str, str]:
    """Return the answers of one page that were changed since it was drawn: the others may be older than what stands."""
    answers = {}
    for item in page.items:
        choice = sent.get(f"answer-{item.key}", "")[:LONGEST_CHOICE]
        if choice and choice != sent.get(f"seen-{item.key}", ""):
            answers[item.key] = choice
    return answers


def read_group(sent: Mapping[str, str]) -> str | None:
    """Return the chosen group, RATHER_NOT for the last line, None when nothing was chosen."""
    chosen = sent.get("group")
    return RATHER_NOT if chosen == NO_GROUP else chosen


def read_taps(sent: Any) -> dict[str, str]:
    """Return the taps that a page sends as JSON, with the version it began from; raises Invalid for another shape."""
    if not isinstance(sent, dict) or not {"answers"} <= set(sent) <= {"answers", "row_version"}:
        raise Invalid("Send answers and row_version.")
    answers, version = sent["answers"], sent.get("row_version", 0)
    is_fit = isinstance(answers, dict) and 0 < len(answers) <= MOST_TAPS and isinstance(version, int)
    if not is_fit or not all(_is_word(key) and _is_word(choice) for key, choice in answers.items()):
        raise Invalid("answers maps items to what was tapped.")
    return dict(answers)


def read_comment(sent: Mapping[str, str]) -> str:
    """Return a comment as it is kept."""
    return clean_note(sent.get("comment"))


def _is_word(each: Any) -> bool:
    return isinstance(each, str) and 0 < len(each) <= LONGEST_KEY
