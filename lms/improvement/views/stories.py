"""A finished cycle as a one-page story: the page and its PDF, both from one `build`."""

import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from flask import get_template_attribute, make_response
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from werkzeug import Response

from lms import pdf
from lms.authz import Permission
from lms.errors import Invalid
from lms.improvement.forms.words import DECISION_HINTS, DECISION_LABELS, SHAPE_LABELS
from lms.improvement.models import Cycle
from lms.improvement.pictures import Picture
from lms.improvement.queries import MeasureChart, find_aim
from lms.improvement.queries.stories import get_story_for
from lms.improvement.queries.teams import CurrentAim
from lms.improvement.rules import CycleState, Decision, DoneAsPlanned, FlagKind, Judgement, PredictionOutcome
from lms.improvement.views.blueprint import bp, work_of
from lms.web import pages
from lms.web.access import requires

_BEYOND_FONTS = frozenset({"So", "Sk", "Cs", "Co", "Cn", "Mn", "Me", "Cf"})  # pictographs and what joins them


@dataclass(frozen=True)
class Part:
    """A heading and what stands below it."""

    title: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """What a finished cycle tells, in the reader's language. No person is named: the team is the author."""

    title: str
    author: str
    facts: tuple[str, ...]
    before: tuple[Part, ...]
    after: tuple[Part, ...]
    decision: Part
    others: Part
    foot: tuple[str, ...]


@bp.get("/improve/cycles/<int:cycle_id>/story")
@requires(Permission.IMPROVEMENT_READ, on=get_story_for)
def show_story(cycle: Cycle) -> str:
    """Tell a finished cycle on one page, to read and to print."""
    story, chart = _story_and_chart(cycle)
    return pages.render("improvement/show_story.html", cycle=cycle, story=story, chart=chart)


@bp.get("/improve/cycles/<int:cycle_id>/story.pdf")
@requires(Permission.IMPROVEMENT_READ, on=get_story_for)
def download_story(cycle: Cycle) -> Response:
    """Give the same story as a PDF."""
    story, chart = _story_and_chart(cycle)
    drawn = _chart_data(chart) if chart is not None and chart.n_points else None
    data = {**asdict(story), "language": str(get_locale()), "chart": drawn}
    response = make_response(_draw(data))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="cycle-{cycle.number}-story.pdf"'
    return response


def _story_and_chart(cycle: Cycle) -> tuple[Story, MeasureChart | None]:
    work = work_of(cycle.team_id)
    predicted_id = cycle.prediction.measure_id if cycle.prediction else None
    measure = work.measures.get(cycle.measure_id or predicted_id or 0)
    chart = work.chart(measure) if measure else None
    predicted = work.measures.get(predicted_id or 0)
    sentence = _prediction_sentence(cycle, predicted) if predicted else ""
    came = _came_sentence(work.judgement(cycle), predicted) if predicted else ""
    return build(cycle, find_aim(cycle.team_id), predicted=sentence, came=came), chart


def build(cycle: Cycle, aim: CurrentAim | None, *, predicted: str, came: str) -> Story:
    """Put a story together. predicted, came: the number that was predicted and the one that came, in words."""
    return Story(
        title=cycle.title,
        author=_("%(team)s, %(organization)s", team=cycle.team.name, organization=cycle.team.organization.name),
        facts=_written(_days(cycle), _size(cycle)),
        before=tuple(
            _parts(
                (_("What we aim at"), _aim_texts(aim)),
                (_("The change we tested"), [cycle.plan_what or cycle.title, cycle.objective]),
                (_("What we predicted"), _predicted_texts(cycle, predicted)),
                (_("What happened"), _happened_texts(cycle, came)),
            )
        ),
        after=tuple(_parts((_("What we learned"), [cycle.study_findings, cycle.comparison, cycle.learned]))),
        decision=_decision(cycle),
        others=_for_others(cycle),
        foot=_written(_review(cycle), *_flag_sentences(cycle)),
    )


def _parts(*told: tuple[str, Iterable[str]]) -> list[Part]:
    return [Part(title, texts) for title, said in told if (texts := _written(*said))]


def _written(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text.strip())


def _days(cycle: Cycle) -> str:
    return str(_("%(first)s to %(last)s", first=pages.day(cycle.began_on), last=pages.day(cycle.ended_on)))


def _size(cycle: Cycle) -> str:
    people = ngettext("%(num)d person", "%(num)d people", cycle.scale_people) if cycle.scale_people else ""
    sites = ngettext("%(num)d location", "%(num)d locations", cycle.scale_sites) if cycle.scale_sites else ""
    return ", ".join(part for part in (people, sites) if part)


def _aim_texts(aim: CurrentAim | None) -> list[str]:
    if aim is None:
        return []
    said = aim.version
    by_when = _("By %(day)s.", day=pages.day(said.by_when_on)) if said.by_when_on else ""
    return [
        said.what,
        _("How much: %(text)s", text=said.how_much),
        _("For whom: %(text)s", text=said.for_whom),
        by_when,
    ]


def _predicted_texts(cycle: Cycle, predicted: str) -> list[str]:
    prediction = cycle.prediction
    if prediction is None:
        is_explore = cycle.is_explore
        return [
            _("This cycle is to learn something. It predicts nothing.") if is_explore else _("Nothing was predicted.")
        ]
    percent = prediction.confidence_percent
    sure = _("How sure: %(number)s percent.", number=percent) if percent else ""
    return [prediction.words, predicted, sure]


def _happened_texts(cycle: Cycle, came: str) -> list[str]:
    planned = {
        DoneAsPlanned.PARTLY: _("It was done as planned only in part."),
        DoneAsPlanned.NO: _("It was not done as planned."),
    }
    harm = _("Somebody was harmed, or nearly, in this test.") if cycle.has_harm else ""
    surprises = _("What surprised us: %(text)s", text=cycle.surprises) if cycle.surprises else ""
    deviation = planned.get(cycle.done_as_planned, "") if cycle.done_as_planned else ""
    return [harm, cycle.what_happened, surprises, deviation, came]


def _decision(cycle: Cycle) -> Part:
    if cycle.decision is None:
        return Part(_("What we decided"), ())
    word, hint = str(DECISION_LABELS[cycle.decision]), str(DECISION_HINTS[cycle.decision])
    return Part(_("What we decided: %(decision)s", decision=word), _written(hint, cycle.decision_reason))


def _for_others(cycle: Cycle) -> Part:
    lead = {
        Decision.ADOPT: _("It worked here. Try it small in your place first: what differs there may matter."),
        Decision.ADAPT: _("It worked in part. Begin with what was changed, not with the first version."),
        Decision.ABANDON: _(
            "It did not work here, and that saves you the test. If your place differs, say how before you try."
        ),
    }
    said = [lead[cycle.decision]] if cycle.decision else []
    if cycle.next_step:
        said.append(_("What came next: %(text)s", text=cycle.next_step))
    if cycle.stop_reason:
        said.append(_("Why it stopped: %(text)s", text=cycle.stop_reason))
    return Part(_("What others may take from it"), tuple(said))


def _review(cycle: Cycle) -> str:
    if cycle.state is CycleState.REVIEWED:
        return str(_("A TA expert reviewed this cycle on %(day)s.", day=pages.day(cycle.reviewed_at)))
    return str(_("No TA expert has reviewed this cycle yet."))


def _flag_sentences(cycle: Cycle) -> list[str]:
    told = {
        FlagKind.PLAN_AFTER_BEGIN: _("The plan was changed after the test began."),
        FlagKind.BEGIN_BACKDATED: _("The test began before its plan was written."),
        FlagKind.STUDY_AFTER_REVIEW: _("What was learned was changed after the review."),
    }
    kinds = {flag.kind for flag in cycle.flags}
    return [sentence for kind, sentence in told.items() if kind in kinds]


def _prediction_sentence(cycle: Cycle, measure: Any) -> str:
    """Say what was predicted by the same macro as the page of the cycle."""
    sentence = get_template_attribute("improvement/_parts.html", "prediction_sentence")
    return str(sentence(cycle.prediction, measure.definition, SHAPE_LABELS)).strip()


def _came_sentence(judgement: Judgement, measure: Any) -> str:
    if judgement.outcome is PredictionOutcome.NOT_YET:
        return str(_("Whether the prediction comes true is not known yet."))
    if judgement.value is None:
        return str(_("No number was entered, so nobody knows whether the prediction came true."))
    figure = get_template_attribute("improvement/_parts.html", "figure")
    definition = measure.definition
    value = str(figure(judgement.value, definition.unit, definition.rate_per)).strip()
    if judgement.outcome is PredictionOutcome.MET:
        return str(_("As predicted: the number was %(value)s.", value=value))
    return str(_("Not as predicted: the number was %(value)s. That teaches, too.", value=value))


# ---------------------------------------------------------------- the PDF


def _chart_data(chart: MeasureChart) -> dict[str, Any]:
    """Return a chart for the PDF: the same lengths as on the page, and the same words."""
    picture = chart.picture
    return {
        "title": chart.definition.name,
        "verdict": _chart_words("verdict_sentence", picture.verdict, picture.period),
        "note": _chart_words("verdict_rules", picture),
        "top": picture.top,
        "bottom": picture.bottom,
        "height": picture.height,
        "ticks": [[tick.y, picture.tick_figure(tick.value)] for tick in picture.ticks],
        "bands": [[band.x1, band.y1, band.x2, band.y2] for band in picture.bands],
        "breaks": list(picture.breaks),
        "strokes": [[stroke.x1, stroke.y1, stroke.x2, stroke.y2] for stroke in picture.strokes],
        "dots": [[dot.x, dot.y, dot.is_signal, dot.is_excluded] for dot in picture.dots],
        "centres": [[each.x1, each.x2, each.y] for each in picture.centres],
        "ends": _ends(picture),
        "target": picture.target.y if picture.target else None,
        "labels": [[label.x, label.text, label.anchor] for label in picture.axis_labels if not label.is_for_wide],
        "flags": [[flag.x, flag.y, str(flag.cycle.number)] for flag in picture.flags],
    }


def _chart_words(macro: str, *about: Any) -> str:
    """Return what the page writes beside a chart, as plain text."""
    return " ".join(str(get_template_attribute("macros/run_chart.html", macro)(*about)).split())


def _ends(picture: Picture) -> list[list[Any]]:
    """Return what is written at the right end of the lines."""
    word = _chart_words("centre_word", picture)
    ends = [[each.label_y, picture.figure(each.value), word] for each in picture.centres if each.label_y is not None]
    if picture.target:
        ends.append([picture.target.label_y, picture.figure(picture.target.value), _("target")])
    return ends


def _draw(data: dict[str, Any]) -> bytes:
    """Draw the PDF; what our fonts lack of pictographs is left out, other scripts are sent to the page."""
    for each in (data, _plain(data)):
        try:
            return pdf.build("story", each)
        except pdf.CannotSet:
            continue
    raise Invalid(_("This story cannot be drawn as a PDF. Open its page and print that instead."))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        kept = (letter for letter in value if letter == "\n" or unicodedata.category(letter) not in _BEYOND_FONTS)
        return "".join(kept)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
