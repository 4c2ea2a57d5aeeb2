"""What other slices tell, and what then waits for whom and who is told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import gettext as _

from lms import clock, signals
from lms.assistance.models import AssistanceRequest, CycleComment, RequestState, Review, ReviewState
from lms.authz import CoalitionRoleKind
from lms.improvement.models import Cycle, Measure
from lms.improvement.queries.cycles import get_cycle
from lms.improvement.queries.teams import list_member_ids
from lms.notifications import queries, services
from lms.notifications.words import NoticeKind, TodoKind
from lms.organizations.models import Membership
from lms.playbooks.models import PlaybookPage
from lms.readiness.models import Campaign, RecommendedAction, Round
from lms.readiness.queries.campaigns import list_offered_ids
from lms.training.models import Assignment, Enrollment
from lms.training.queries.assignments import list_open_asks
from lms.training.queries.published import get_newest


def connect() -> None:
    """Listen to the signals that make or close todos and notices; connecting twice changes nothing."""
    for signal, receive in (
        (signals.course_assigned, _ask_for_course),
        (signals.course_finished, _course_is_done),
        (signals.course_withdrawn, _course_is_withdrawn),
        (signals.people_nudged, _remind_of_course),
        (signals.membership_ended, _forget_what_was_asked),
        (signals.round_opened, _ask_to_rate),
        (signals.round_left, _rate_no_longer),
        (signals.round_closed, _rating_is_over),
        (signals.survey_offered, _ask_for_survey),
        (signals.survey_answered, _survey_is_answered),
        (signals.action_accepted, _ask_for_action),
        (signals.action_settled, _action_is_settled),
        (signals.cycle_acted, _ask_for_review),
        (signals.review_decided, _tell_of_review),
        (signals.cycle_commented, _tell_of_comment),
        (signals.phases_proposed, _ask_about_phases),
        (signals.phases_settled, _phases_are_settled),
        (signals.harm_noted, _tell_of_harm),
        (signals.help_asked, _ask_experts),
        (signals.help_changed, _tell_of_help),
        (signals.observation_entered, _number_is_there),
        (signals.page_needs_owner, _ask_to_confirm),
        (signals.person_left_work, _pass_on),
        (signals.person_data_asked, _give_data),
        (signals.person_erased, _forget),
        (signals.people_merged, _merge),
    ):
        signal.connect(receive)


def _ask_for_course(_sender: None, *, assignment: Assignment) -> None:
    services.open_todo(
        assignment.person_id,
        TodoKind.FINISH_COURSE,
        assignment.course_slug,
        organization_id=assignment.organization_id,
        due_on=assignment.due_on,
    )
    _tell_of_course(
        [assignment.person_id], NoticeKind.COURSE_ASSIGNED, assignment.course_slug, assignment.organization_id
    )


def _remind_of_course(_sender: None, *, organization_id: int, person_ids: Sequence[int], course_slug: str) -> None:
    _tell_of_course(person_ids, NoticeKind.COURSE_REMINDED, course_slug, organization_id)


def _tell_of_course(person_ids: Sequence[int], kind: NoticeKind, course_slug: str, organization_id: int) -> None:
    titles = get_newest(course_slug).course.title
    for language, readers in queries.group_by_language(person_ids).items():
        services.notify(
            readers,
            kind,
            title=titles[language],
            path=f"/learn/{course_slug}",
            organization_id=organization_id,
        )


def _course_is_done(_sender: None, *, enrollment: Enrollment, finished_on: date) -> None:  # noqa: ARG001
    services.close_todos(enrollment.person_id, TodoKind.FINISH_COURSE, enrollment.course_slug)


def _course_is_withdrawn(_sender: None, *, organization_id: int, person_ids: Sequence[int], course_slug: str) -> None:
    services.close_todos_asked_by(organization_id, person_ids, TodoKind.FINISH_COURSE, course_slug)
    for still_asked in list_open_asks(person_ids, course_slug):  # another organization may ask for the same course
        services.open_todo(
            still_asked.person_id,
            TodoKind.FINISH_COURSE,
            course_slug,
            organization_id=still_asked.organization_id,
            due_on=still_asked.due_on,
        )


def _forget_what_was_asked(_sender: None, *, membership: Membership) -> None:
    services.close_todos_of_organization(membership.person_id, membership.organization_id)


def _ask_to_rate(_sender: None, *, round: Round, person_ids: Sequence[int]) -> None:  # noqa: A002  # the signal's word
    path, title = f"/readiness/rounds/{round.id}", queries.organization_name(round.organization_id)
    services.open_for_all(
        person_ids,
        TodoKind.RATE_READINESS,
        round.id,
        organization_id=round.organization_id,
        due_on=round.closes_on,
        path=path,
        title=title,
    )
    services.notify(
        person_ids,
        NoticeKind.ROUND_OPENED,
        title=title,
        path=path,
        organization_id=round.organization_id,
        but_not=round.opened_by_id,
    )


def _rate_no_longer(_sender: None, *, round: Round, person_ids: Collection[int]) -> None:  # noqa: A002
    services.close_todos_asked_by(round.organization_id, person_ids, TodoKind.RATE_READINESS, round.id)


def _rating_is_over(_sender: None, *, round: Round) -> None:  # noqa: A002  # the signal's word
    services.close_todos_of_all(TodoKind.RATE_READINESS, round.id)
    path, title = f"/readiness/rounds/{round.id}/report", queries.organization_name(round.organization_id)
    leads = queries.list_lead_ids(round.organization_id)
    if queries.has_undecided_actions(round.id):
        services.open_for_all(
            leads, TodoKind.DECIDE_ACTIONS, round.id, organization_id=round.organization_id, path=path, title=title
        )
    services.notify(
        [*leads, *queries.list_rater_ids(round.id)],
        NoticeKind.REPORT_READY,
        title=title,
        path=path,
        organization_id=round.organization_id,
        but_not=round.closed_by_id,
    )


def _ask_for_survey(
    _sender: None, *, campaign: Campaign, organization_ids: Sequence[int], title: Mapping[str, str]
) -> None:
    for organization_id in organization_ids:
        path = f"/readiness/campaigns/{campaign.id}/organizations/{organization_id}"
        for language, leads in queries.group_by_language(queries.list_lead_ids(organization_id)).items():
            services.open_for_all(
                leads,
                TodoKind.ANSWER_OFFER,
                f"{campaign.id}-{organization_id}",
                organization_id=organization_id,
                due_on=campaign.closes_on,
                path=path,
                title=title[language],
            )
            services.notify(
                leads,
                NoticeKind.SURVEY_OFFERED,
                title=title[language],
                path=path,
                organization_id=organization_id,
                but_not=campaign.started_by_id,
            )


def _survey_is_answered(_sender: None, *, campaign_id: int, organization_id: int | None) -> None:
    for each in list_offered_ids(campaign_id) if organization_id is None else [organization_id]:
        services.close_todos_of_all(TodoKind.ANSWER_OFFER, f"{campaign_id}-{each}")


def _ask_for_action(_sender: None, *, action: RecommendedAction) -> None:
    _note_decided(action)
    owner_id = action.owner_id
    if owner_id is None:
        return
    path, organization_id = f"/readiness/rounds/{action.round_id}/report", action.round.organization_id
    title = action.title_es if queries.language_of(owner_id) == "es" else action.title_en
    services.open_todo(
        owner_id,
        TodoKind.SETTLE_ACTION,
        action.id,
        organization_id=organization_id,
        due_on=action.due_on,
        path=path,
        title=title,
    )
    services.notify(
        [owner_id],
        NoticeKind.ACTION_GIVEN,
        title=title,
        path=path,
        organization_id=organization_id,
        but_not=action.decided_by_id,
    )


def _action_is_settled(_sender: None, *, action: RecommendedAction) -> None:
    services.close_todos_of_all(TodoKind.SETTLE_ACTION, action.id)
    _note_decided(action)


def _note_decided(action: RecommendedAction) -> None:
    if not queries.has_undecided_actions(action.round_id):
        services.close_todos_of_all(TodoKind.DECIDE_ACTIONS, action.round_id)


def _ask_for_review(_sender: None, *, cycle: Cycle) -> None:
    services.close_todos_of_all(TodoKind.ANSWER_REVIEW, cycle.id)
    organization_id = cycle.team.organization_id
    experts = queries.list_role_ids(organization_id, CoalitionRoleKind.TA_EXPERT)
    path = f"/assistance/cycles/{cycle.id}/review"
    services.open_for_all(
        experts, TodoKind.REVIEW_CYCLE, cycle.id, organization_id=organization_id, path=path, title=cycle.title
    )
    services.notify(experts, NoticeKind.REVIEW_ASKED, title=cycle.title, path=path, organization_id=organization_id)


def _tell_of_review(_sender: None, *, review: Review) -> None:
    cycle = get_cycle(review.cycle_id)
    services.close_todos_of_all(TodoKind.REVIEW_CYCLE, cycle.id)
    team, path = list_member_ids([cycle.team_id]).get(cycle.team_id, []), f"/improve/cycles/{cycle.id}"
    is_returned = review.state is ReviewState.RETURNED
    if is_returned:
        services.open_for_all(
            team,
            TodoKind.ANSWER_REVIEW,
            cycle.id,
            organization_id=review.organization_id,
            path=path,
            title=cycle.title,
        )
    services.notify(
        team,
        NoticeKind.REVIEW_RETURNED if is_returned else NoticeKind.REVIEW_ACCEPTED,
        title=cycle.title,
        path=path,
        organization_id=review.organization_id,
    )


def _tell_of_comment(_sender: None, *, comment: CycleComment) -> None:
    cycle = get_cycle(comment.cycle_id)
    team = list_member_ids([cycle.team_id]).get(cycle.team_id, [])
    services.notify(
        [*team, *queries.list_commenter_ids(cycle.id)],
        NoticeKind.CYCLE_COMMENTED,
        title=cycle.title,
        path=f"/improve/cycles/{cycle.id}",
        organization_id=comment.organization_id,
        but_not=comment.author_id,
    )


def _ask_about_phases(_sender: None, *, measure: Measure, by_id: int) -> None:
    organization_id, path = measure.team.organization_id, f"/improve/measures/{measure.id}/charts"
    experts = [each for each in queries.list_role_ids(organization_id, CoalitionRoleKind.TA_EXPERT) if each != by_id]
    name = measure.definition.name
    services.open_for_all(
        experts, TodoKind.DECIDE_PHASES, measure.id, organization_id=organization_id, path=path, title=name
    )
    services.notify(experts, NoticeKind.PHASES_PROPOSED, title=name, path=path, organization_id=organization_id)


def _phases_are_settled(_sender: None, *, measure: Measure) -> None:
    services.close_todos_of_all(TodoKind.DECIDE_PHASES, measure.id)


def _tell_of_harm(_sender: None, *, cycle: Cycle, by_id: int, zone: str) -> None:
    """Tell all who answer for the cycle, once a day: that something happened and where, and nothing of it."""
    team, path, now = cycle.team, f"/improve/cycles/{cycle.id}", clock.now()
    told = queries.find_told_of_harm(path)
    if told is not None and _day(told.at, zone) == _day(now, zone):
        return
    people = [each for each in queries.list_ids_to_tell_of_harm(team.id, team.organization_id) if each != by_id]
    for language, readers in queries.group_by_language(people).items():
        with force_locale(language):
            title = _("Cycle %(number)s of the team “%(team)s”", number=cycle.number, team=team.name)
        services.notify(
            readers,
            NoticeKind.HARM_NOTED,
            title=title,
            path=path,
            organization_id=team.organization_id,
            at=now,
        )


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _ask_experts(_sender: None, *, request: AssistanceRequest) -> None:
    organization_id, path = request.organization_id, f"/assistance/requests/{request.id}"
    title = queries.organization_name(organization_id)
    experts = queries.list_role_ids(organization_id, CoalitionRoleKind.TA_EXPERT)
    services.open_for_all(
        experts,
        TodoKind.ANSWER_REQUEST,
        request.id,
        organization_id=organization_id,
        due_on=request.wished_by,
        path=path,
        title=title,
    )
    coordinators = queries.list_role_ids(organization_id, CoalitionRoleKind.COORDINATOR)
    services.notify(
        [*experts, *coordinators], NoticeKind.HELP_ASKED, title=title, path=path, organization_id=organization_id
    )


def _tell_of_help(_sender: None, *, request: AssistanceRequest) -> None:
    if request.expert_id is not None or request.closed_at is not None:
        services.close_todos_of_all(TodoKind.ANSWER_REQUEST, request.id)
    # The expert does all that changes a request, but for withdrawing it.
    expert_id = request.expert_id if request.state is RequestState.WITHDRAWN else None
    people = (request.asked_by_id, request.contact_id, expert_id)
    services.notify(
        [each for each in people if each is not None],
        NoticeKind.HELP_CHANGED,
        title=queries.organization_name(request.organization_id),
        path=f"/assistance/requests/{request.id}",
        organization_id=request.organization_id,
    )


def _number_is_there(_sender: None, *, measure: Measure, period_on: date) -> None:  # noqa: ARG001
    services.close_todos_of_all(TodoKind.ENTER_OBSERVATION, measure.id)


def _ask_to_confirm(_sender: None, *, page: PlaybookPage) -> None:
    services.close_todos_of_all(TodoKind.CONFIRM_PAGE, page.id)
    if page.closed_at is None and page.owner_id is not None and page.due_on is not None:
        services.open_todo(
            page.owner_id,
            TodoKind.CONFIRM_PAGE,
            page.id,
            organization_id=queries.playbook_organization_id(page.playbook_id),
            due_on=page.due_on,
            path=f"/playbooks/{page.playbook_id}/pages/{page.id}",
            title=page.title,
        )


def _pass_on(
    _sender: None, *, person_id: int, successor_id: int, organization_id: int, **_others: Any
) -> Mapping[str, int]:
    services.pass_on(person_id, successor_id, organization_id)
    return {}  # what waits belongs to what was passed on, and is counted there


def _give_data(_sender: None, *, person_id: int) -> list[tuple[str, list[dict[str, Any]]]]:
    return queries.collect_data(person_id)


def _forget(_sender: None, *, person_id: int, **_others: Any) -> None:
    services.forget_person(person_id)


def _merge(_sender: None, *, kept_id: int, gone_id: int, **_others: Any) -> None:
    services.merge_people(kept_id, gone_id)
