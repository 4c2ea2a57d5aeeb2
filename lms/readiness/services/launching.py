"""Opening a staff survey and changing it while it is open."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import update

from lms import audit, clock
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.publications import ContentVersion
from lms.readiness import survey_links
from lms.readiness.models import Cut, Round, RoundState, Survey, SurveyGroup
from lms.readiness.models.surveys import FEWEST_IN_GROUP, LONGEST_CHANGE, MOST_PEOPLE
from lms.readiness.queries import rounds, surveys
from lms.readiness.rules import MOST_DAYS_OPEN
from lms.readiness.services import inviting
from lms.readiness.services.rounds import StaleRound, lock_open_round
from readiness.instruments import Instrument

FEWEST_ALONE = 8
"""With fewer people a report of their own would tell too much, or nothing: they rate together, or are pooled."""

MOST_DAYS_TO_RESULTS = 180
MOST_IN_GROUP_MINIMUM = 50
LONGEST_GROUP = 120
FEWEST_GROUPS, MOST_GROUPS = 2, 12
LANGUAGES = ("en", "es")


class SurveyIsOpen(Conflict):
    """The organization surveys its staff with this instrument already."""


class TooFewAlone(Conflict):
    """So few people that a report of their own cannot be shown: the lead chooses another way first."""


@dataclass(frozen=True)
class PlannedGroup:
    """One group of the cut; a key of its own only where the group is the site's (length of service)."""

    name: str
    headcount: int | None
    key: str = ""


@dataclass(frozen=True)
class SurveyPlan:
    """Whom a survey asks, how it may be grouped, until when."""

    headcount: int
    languages: tuple[str, ...]
    closes_on: date
    results_on: date
    cut: Cut = Cut.NONE
    groups: tuple[PlannedGroup, ...] = ()
    change_name: str | None = None
    minimum: int = FEWEST_IN_GROUP
    is_pooled: bool = False


@dataclass(frozen=True)
class SurveyEdit:
    """What may still change while a survey is open; group headcounts by the group's key."""

    headcount: int
    group_headcounts: Mapping[str, int | None]
    languages: tuple[str, ...]
    closes_on: date
    results_on: date


def start_survey(
    organization_id: int,
    version: ContentVersion,
    instrument: Instrument,
    plan: SurveyPlan,
    *,
    today: date,
    by_id: int,
) -> Round:
    """Open a survey and invite the members who can sign in.

    SurveyIsOpen when one with this instrument is open, TooFewAlone when a small organization has not said how.
    """
    members = [each.person_id for each in rounds.list_people(organization_id)]
    _refuse(_problems(plan, instrument, today=today, n_members=len(members)))
    if plan.headcount < FEWEST_ALONE and not plan.is_pooled:
        raise TooFewAlone(_("With fewer than 8 people, a report of your own would tell too much, or nothing."))
    is_new = insert_once(
        Round,
        organization_id=organization_id,
        instrument_slug=version.slug,
        version_id=version.id,
        state=RoundState.OPEN,
        opened_at=clock.now(),
        opened_by_id=by_id,
        closes_on=plan.closes_on,
        is_shared=False,
        row_version=1,
    )
    opened = rounds.find_open_round(organization_id, version.slug)
    if not is_new or opened is None:
        raise SurveyIsOpen(_("Your organization surveys its staff with these questions already."))
    _write_survey(opened.id, plan, instrument)
    inviting.invite_members(opened.id, members, plan.languages, today=today)
    audit.record(by_id, "opened a staff survey", subject_of(opened.id), {"organization_id": organization_id})
    return opened


def edit_survey(a_round: Round, edit: SurveyEdit, *, row_version: int, today: date, by_id: int) -> None:
    """Change headcounts, languages and days; StaleRound when somebody changed the survey meanwhile.

    What a refusal says of answers is a step of five, never a count.
    """
    open_round = lock_open_round(a_round.id)
    if open_round.row_version != row_version:
        raise StaleRound(_("Somebody else changed this survey while you had the form open."))
    survey, groups = surveys.get_survey(a_round.id), surveys.list_groups(a_round.id)
    planned = tuple(PlannedGroup(each.name, edit.group_headcounts.get(each.key), each.key) for each in groups)
    known = surveys.count_known(a_round.id)
    _refuse(
        [
            *_number_problems(edit.headcount, known.n_invited),
            *_answered_problem(edit.headcount, known.step_answered),
            *_small_problem(edit.headcount, survey),
            *_adding_up(planned, edit.headcount),
            *_language_problems(edit.languages),
            *_day_problems(edit.closes_on, edit.results_on, today, kept=(open_round.closes_on, survey.results_on)),
        ]
    )
    before = (survey.headcount, open_round.closes_on, survey.results_on, sorted(survey.languages))
    survey.headcount, survey.languages, survey.results_on = edit.headcount, list(edit.languages), edit.results_on
    open_round.closes_on, open_round.row_version = edit.closes_on, row_version + 1
    for group in groups:
        group.headcount = edit.group_headcounts.get(group.key)
    after = (edit.headcount, edit.closes_on, edit.results_on, sorted(edit.languages))
    names = ("headcount", "closes_on", "results_on", "languages")
    changes = {name: str(new) for name, old, new in zip(names, before, after, strict=True) if old != new}
    audit.record(by_id, "changed a staff survey", subject_of(a_round.id), changes)


def renew_poster(a_round: Round, *, by_id: int) -> None:
    """Void the posters and links printed before; who has begun with them can finish."""
    lock_open_round(a_round.id)
    renewed = update(Survey).where(Survey.round_id == a_round.id)
    db.session.execute(renewed.values(poster_salt=survey_links.new_salt()))
    audit.record(by_id, "renewed the poster of a staff survey", subject_of(a_round.id))


def subject_of(round_id: int) -> audit.Subject:
    """Return a survey as the record of changes names it."""
    return audit.Subject("readiness-round", round_id)


def _write_survey(round_id: int, plan: SurveyPlan, instrument: Instrument) -> None:
    db.session.add(
        Survey(
            round_id=round_id,
            change_name=plan.change_name if instrument.is_about_change else None,
            headcount=plan.headcount,
            cut=plan.cut,
            minimum=plan.minimum,
            is_pooled=plan.is_pooled and plan.headcount < FEWEST_ALONE,
            languages=list(plan.languages),
            results_on=plan.results_on,
            poster_salt=survey_links.new_salt(),
        )
    )
    db.session.flush()  # groups and invites point at it
    db.session.add_all(
        SurveyGroup(
            round_id=round_id,
            key=each.key or f"group-{number}",
            number=number,
            name=each.name,
            headcount=each.headcount,
        )
        for number, each in enumerate(plan.groups, start=1)
    )


Problem = tuple[str, str]  # the field, and a sentence for it


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        fields: dict[str, str] = {}
        for name, sentence in problems:
            fields[name] = f"{fields[name]} {sentence}" if name in fields else sentence
        raise Invalid("The survey cannot be opened like this.", fields)


def _problems(plan: SurveyPlan, instrument: Instrument, *, today: date, n_members: int) -> list[Problem]:
    return [
        *_change_problems(plan.change_name, instrument),
        *_number_problems(plan.headcount, n_members),
        *_group_problems(plan),
        *_language_problems(plan.languages),
        *_day_problems(plan.closes_on, plan.results_on, today),
        *_minimum_problems(plan.minimum),
    ]


def _change_problems(change_name: str | None, instrument: Instrument) -> Iterator[Problem]:
    if instrument.is_about_change and not change_name:
        yield "change_name", _("Name the change that the questions ask about.")
    if change_name and len(change_name) > LONGEST_CHANGE:
        yield "change_name", _("Use %(number)s characters or fewer.", number=LONGEST_CHANGE)


def _number_problems(headcount: int, n_invited: int) -> Iterator[Problem]:
    if not 1 <= headcount <= MOST_PEOPLE:
        yield "headcount", _("Enter a number from 1 to %(most)d.", most=MOST_PEOPLE)
    elif headcount < n_invited:
        yield (
            "headcount",
            ngettext(
                "One person here can answer already. Enter that number or more.",
                "%(num)d people here can answer already. Enter that number or more, or first end the membership of "
                "those who have left.",
                n_invited,
            ),
        )


def _answered_problem(headcount: int, step_answered: int) -> Iterator[Problem]:
    if headcount < step_answered:
        yield "headcount", _("%(n)d or more have answered already. Enter that number or more.", n=step_answered)


def _small_problem(headcount: int, survey: Survey) -> Iterator[Problem]:
    if headcount < FEWEST_ALONE <= survey.headcount and not survey.is_pooled:
        yield (
            "headcount",
            _("A survey with a report of its own needs 8 people or more. Close this one and rate together instead."),
        )


def _group_problems(plan: SurveyPlan) -> Iterator[Problem]:
    if plan.cut is Cut.NONE:
        if plan.groups:
            yield "groups", _("This survey has no groups. Choose first what to group by.")
        return
    if not FEWEST_GROUPS <= len(plan.groups) <= MOST_GROUPS:
        yield "groups", _("Name %(fewest)d to %(most)d groups.", fewest=FEWEST_GROUPS, most=MOST_GROUPS)
    seen: set[str] = set()
    for group in plan.groups:
        if group.name.casefold() in seen:
            yield "groups", _("“%(name)s” is there twice. Give each group a name of its own.", name=group.name)
        seen.add(group.name.casefold())
        if not group.name or len(group.name) > LONGEST_GROUP:
            yield "groups", _("A group has a name of 1 to %(most)d characters.", most=LONGEST_GROUP)
    yield from _adding_up(plan.groups, plan.headcount)


def _adding_up(groups: Sequence[PlannedGroup], headcount: int) -> Iterator[Problem]:
    counts = [each.headcount for each in groups if each.headcount is not None]
    if any(not 0 <= count <= MOST_PEOPLE for count in counts):
        yield "groups", _("The people of a group are a number from 0 to %(most)d.", most=MOST_PEOPLE)
        return
    total, is_whole = sum(counts), len(counts) == len(groups)
    if groups and (total > headcount or (is_whole and total != headcount)):
        yield (
            "groups",
            _(
                "The groups add up to %(sum)d people, and you said that %(all)d work here.",
                sum=total,
                all=headcount,
            ),
        )


def _language_problems(languages: Collection[str]) -> Iterator[Problem]:
    if not languages or set(languages) - set(LANGUAGES):
        yield "languages", _("Choose at least one language.")


def _day_problems(
    closes_on: date, results_on: date, today: date, *, kept: tuple[date, date] | None = None
) -> Iterator[Problem]:
    first = today if kept else today + timedelta(days=1)  # an open survey may end tonight
    if (kept is None or closes_on != kept[0]) and not first <= closes_on <= today + timedelta(days=MOST_DAYS_OPEN):
        today_too = _("Choose a day from today to one year from now.")
        yield "closes_on", today_too if kept else _("Choose a day from tomorrow to one year from now.")
    elif results_on < closes_on:
        yield "results_on", _("Results come after the survey closes. Choose that day or a later one.")
    elif results_on > closes_on + timedelta(days=MOST_DAYS_TO_RESULTS):
        yield "results_on", _("Choose a day within half a year after the survey closes.")


def _minimum_problems(minimum: int) -> Iterator[Problem]:
    if not FEWEST_IN_GROUP <= minimum <= MOST_IN_GROUP_MINIMUM:
        yield (
            "minimum",
            _("Enter a number from %(low)d to %(high)d.", low=FEWEST_IN_GROUP, high=MOST_IN_GROUP_MINIMUM),
        )
