"""What one person's confidential answers score: each area's scale mean, reversed items turned round."""

from collections.abc import Mapping

from readiness.instruments import Area, Instrument
from readiness.scoring import SKIPPED, Answer, Ratings, reverse_value, scale_score


def turned(instrument: Instrument, answers: Ratings) -> dict[str, Answer]:
    """Turn the answers to reversed items round, so that more is always better.

    answers: by item key; items that are not among them were skipped. Raises AnswerOutOfRange.
    Returns an answer for every item of the instrument; keys it does not have are left out.
    """
    return {
        item.key: _turned(instrument, answers.get(item.key, SKIPPED), is_reversed=item.is_reversed)
        for item in instrument.items
    }


def person_scores(instrument: Instrument, answers: Ratings) -> Mapping[str, float | None]:
    """Score one person in each area.

    answers: as they were given, by item key. Returns the mean of each area on the scale of the instrument, None below
    MIN_ANSWERED_PERCENT of its applicable items. Raises AnswerOutOfRange. Formula: `scoring.scale_score`.
    """
    said = turned(instrument, answers)
    return {area.key: _score(instrument, area, said) for area in instrument.areas}


def _score(instrument: Instrument, area: Area, said: Ratings) -> float | None:
    return scale_score([said[item.key] for item in area.items], low=instrument.low, high=instrument.high)


def _turned(instrument: Instrument, answer: Answer, *, is_reversed: bool) -> Answer:
    if is_reversed and isinstance(answer, int):
        return reverse_value(answer, low=instrument.low, high=instrument.high)
    return answer
