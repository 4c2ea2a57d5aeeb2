"""What a staff survey says once it is closed: computed once into plain values, read back as it was.

Pure: an instrument and confidential answers in, a document out that holds only what may be shown. Page, picture, CSV,
JSON, PDF, slides and the text for screen readers all come from this one document. What may be shown is decided by
`readiness.release`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from lms.readiness import survey_changes, survey_groups
from lms.readiness.survey_document import AreaLine, SurveyReport, read
from lms.readiness.survey_figures import Crowd, area_figures, item_figures, listen
from lms.readiness.survey_inputs import EarlierRound, Group, Inputs, Response, Spread
from lms.readiness.survey_sentences import sentences
from readiness.agreement import Agreement
from readiness.change import Certainty
from readiness.instruments import ActionKind, Instrument
from readiness.priorities import Recommendation
from readiness.release import (
    ITEMS_FROM,
    NEARLY_ALL,
    Rung,
    may_pool,
    rounded,
    rung_of,
)
from readiness.scoring import composite, level_of
from readiness.staff_actions import AreaFinding, recommend_for_staff
from readiness.suppression import MINIMUM_GROUP

__all__ = [
    "ENGINE_VERSION",
    "EarlierRound",
    "Group",
    "Inputs",
    "Response",
    "Spread",
    "SurveyReport",
    "build",
    "build_pooled",
    "choose_actions",
    "levels_of",
    "read",
]

ENGINE_VERSION = "staff-1"
"""Moves when the same answers would make another document."""


def build(instrument: Instrument, inputs: Inputs, *, closed_on: date) -> dict[str, Any]:
    """Compute the document of a survey; everything in it is JSON-able and may be shown to its readers.

    Raises InvalidScores for late answers that are too few for a release of their own, and for fewer than the minimum
    that any round may have.
    """
    n, before = len(inputs.responses), inputs.before
    rung = Rung.NOTHING if inputs.is_pooled else rung_of(n, inputs.minimum)
    if rung is Rung.NOTHING:
        return _frame(inputs, closed_on) | {"sentences": sentences(_frame(inputs, closed_on))}
    crowd = listen(instrument, inputs.responses)
    is_first = before is None or before["n"] is None
    figures = _first(crowd, inputs, rung) if is_first or before is None else _renewed(crowd, inputs, rung, before)
    about = {"rung": rung.value, "n": n, "is_headcount_low": inputs.headcount < n}
    document = _frame(inputs, closed_on) | about | figures
    document |= _compared(crowd, inputs, document, closed_on)
    document |= _whole(instrument, document["areas"])
    return document | {"sentences": sentences(document)}


def build_pooled(
    instrument: Instrument,
    organizations: Sequence[Sequence[Response]],
    *,
    closed_on: date,
    minimum: int = MINIMUM_GROUP,
) -> dict[str, Any]:
    """Compute one document over organizations that are too small for one of their own; it names none of them.

    organizations: the answers of each that has no report of its own. Too few of them, or one that outweighs the
    others, make a document that tells nothing.
    """
    may = may_pool([len(responses) for responses in organizations], minimum)
    held = [Response(each.answers) for responses in organizations for each in responses] if may else []
    document = build(instrument, Inputs(responses=held, headcount=len(held), minimum=minimum), closed_on=closed_on)
    document |= {"n_organizations": sum(bool(responses) for responses in organizations) if may else None}
    return document | {"headcount": None, "comments": [], "sentences": sentences(document | {"headcount": None})}


def levels_of(document: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the level of each area, for lists."""
    return {area["key"]: area["level"] for area in document["areas"]}


def choose_actions(
    instrument: Instrument, document: Mapping[str, Any], *, tried: Mapping[str, ActionKind]
) -> tuple[Recommendation, ...]:
    """Return the actions to propose, from what was released and nothing else."""
    report = read(document)
    return recommend_for_staff(instrument, [_finding(area, report) for area in report.areas], tried=tried)


def _frame(inputs: Inputs, closed_on: date) -> dict[str, Any]:
    return {
        "engine": ENGINE_VERSION,
        "closed_on": closed_on.isoformat(),
        "rung": Rung.NOTHING.value,
        "n": None,
        "headcount": inputs.headcount,
        "is_headcount_low": False,
        "minimum": inputs.minimum,
        "cut": inputs.cut,
        "change_name": inputs.change_name,
        "is_pooled": inputs.is_pooled,
        "n_organizations": None,
        "is_renewed": False,
        "has_earlier_items": False,
        "earlier": None,
        "is_change_shown": False,
        "change_basis": None,
        "score": None,
        "level": None,
        "areas": [],
        "items": [],
        "groups": [],
        "comments": [],
    }


def _headcount(inputs: Inputs) -> int | None:
    """Return the headcount where it can be true."""
    return inputs.headcount if inputs.headcount >= len(inputs.responses) else None


def _first(crowd: Crowd, inputs: Inputs, rung: Rung) -> dict[str, Any]:
    headcount = _headcount(inputs)
    areas = [
        area_figures(crowd, area, headcount=headcount, minimum=inputs.minimum) | {"is_renewable": True}
        for area in crowd.instrument.areas
    ]
    return {
        "areas": areas,
        "items": _items(crowd) if rung is Rung.ITEMS else [],
        "groups": survey_groups.first_groups(crowd, inputs),
        "comments": _shuffled(inputs.comments) if rung is Rung.ITEMS else [],
    }


def _renewed(crowd: Crowd, inputs: Inputs, rung: Rung, before: Mapping[str, Any]) -> dict[str, Any]:
    """Take in a batch of late answers, as far as subtracting the earlier release tells nothing about them."""
    minimum, headcount = inputs.minimum, _headcount(inputs)
    late = survey_groups.late_parts(crowd, inputs, before["groups"])
    lines = {line["key"]: line for line in before["areas"]}
    renewed = frozenset(
        key
        for key, line in lines.items()
        if line["is_renewable"] and (line["mean"] is None or survey_groups.is_safe_batch(late, key, minimum))
    )
    areas = [
        area_figures(crowd, area, headcount=headcount, minimum=minimum) | {"is_renewable": True}
        if area.key in renewed
        else dict(lines[area.key]) | {"is_renewable": False}
        for area in crowd.instrument.areas
    ]
    is_fresh = not before["items"]
    has_new_items = rung is Rung.ITEMS and (is_fresh or late.crowd.n >= ITEMS_FROM)
    items = _items_after(crowd, late.crowd, before) if has_new_items else before["items"]
    return {
        "is_renewed": True,
        "has_earlier_items": bool(items) and (not has_new_items or any(not line["is_renewable"] for line in items)),
        "areas": areas,
        "items": items if has_new_items else [dict(line) | {"is_renewable": False} for line in items],
        "groups": survey_groups.renewed_groups(crowd, inputs, before["groups"], keys=late.keys, areas=renewed),
        "comments": _shuffled(inputs.comments) if has_new_items else list(before["comments"]),
    }


def _items(crowd: Crowd) -> list[dict[str, Any]]:
    return [
        item_figures(crowd, area, item) | {"is_renewable": True}
        for area in crowd.instrument.areas
        for item in area.items
    ]


def _items_after(crowd: Crowd, late: Crowd, before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Renew the items whose late answers, which follow by subtraction, could be shown on their own."""
    earlier = {line["key"]: line for line in before["items"]}
    lines = []
    for line in _items(crowd):
        held = earlier.get(line["key"])
        item = crowd.instrument.get_item(line["key"])
        came = late.distribution(item)
        is_safe = sum(came) >= ITEMS_FROM and sum(came) - max(came) > NEARLY_ALL
        may_renew = held is None or (held["is_renewable"] and is_safe)
        lines.append(line if may_renew or held is None else dict(held) | {"is_renewable": False})
    return lines


def _compared(crowd: Crowd, inputs: Inputs, document: Mapping[str, Any], closed_on: date) -> dict[str, Any]:
    """Set the areas beside the round before and beside what leaders said."""
    earlier, n = inputs.earlier, crowd.n
    is_shown = survey_changes.is_comparable(earlier, n, closed_on)
    lines = {line["key"]: line for line in document["areas"]}
    held_back = {
        key: {name: line[name] for name in survey_changes.NOTHING_BEFORE}
        for key, line in lines.items()
        if is_shown and document["is_renewed"] and not line["is_renewable"]
    }  # the word for their change would tell of the answers that their mean leaves out
    found = (survey_changes.changes(crowd, lines, inputs) | held_back) if is_shown else {}
    return {
        "earlier": {"round_id": earlier.round_id, "closed_on": earlier.closed_on.isoformat()} if earlier else None,
        "is_change_shown": is_shown,
        "change_basis": survey_changes.basis_of(inputs.spreads) if found else None,
        "areas": [
            {
                **line,
                **found.get(key, survey_changes.NOTHING_BEFORE),
                **survey_changes.named_gap(line, inputs.named_scores.get(key)),
            }
            for key, line in lines.items()
        ],
    }


def _whole(instrument: Instrument, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Compute the whole from the areas as they are released, so that it tells nothing more than they do."""
    score = composite([line["mean"] for line in lines], [area.weight for area in instrument.areas])
    told = None if score is None else rounded(score, 1)
    return {"score": told, "level": None if told is None else level_of(told).value}


def _shuffled(comments: Sequence[str]) -> list[str]:
    """Put comments in an order that only their words decide."""
    salt = hashlib.sha256("\0".join(sorted(comments)).encode()).hexdigest()
    return sorted(comments, key=lambda text: hashlib.sha256(f"{salt}\0{text}".encode()).hexdigest())


def _finding(area: AreaLine, report: SurveyReport) -> AreaFinding:
    is_clear = area.certainty is Certainty.CLEAR
    return AreaFinding(
        area_key=area.key,
        mean=area.mean,
        item_means={item.key: item.mean for item in report.items_of(area.key) if item.mean is not None},
        is_declining=is_clear and area.is_up is False,
        is_split=area.agreement is Agreement.SPLIT,
        is_much_unknown=area.is_much_unknown,
        has_leader_gap=area.has_leader_gap,
        is_no_better=area.earlier_mean is not None and not (area.is_up and area.certainty is not Certainty.CANNOT_TELL),
    )
