"""Staff surveys: the smallest valid ones, with invites and answers."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import uuid4

from flask import current_app
from flask.testing import FlaskClient

from lms import clock
from lms.accounts.models import Person
from lms.db import db
from lms.organizations.models import Organization
from lms.readiness import survey_links
from lms.readiness.models import (
    Cut,
    Entry,
    Invite,
    Round,
    RoundState,
    Survey,
    SurveyComment,
    SurveyGroup,
    SurveyResponse,
    Via,
)
from lms.readiness.queries.instruments import get_instrument, get_newest, read_version
from lms.readiness.survey_answers import pages_of
from readiness.instruments import Instrument

INSTRUMENT = "staff-survey"  # two instruments in one: twenty items
CHANGE = "Start treatment on the day people ask for it"
ROLES = (("nurse", "Nurses and medical staff", 6), ("peer", "Peer workers", 6))
Answers = Mapping[str, int | str]


def survey_key() -> str:
    return current_app.config["SETTINGS"].survey_key


def survey_instrument(slug: str = INSTRUMENT) -> Instrument:
    return read_version(get_newest(slug))


def make_survey(
    organization: Organization,
    *,
    by: Person | None = None,
    slug: str = INSTRUMENT,
    headcount: int = 12,
    groups: Sequence[tuple[str, str, int | None]] = (),
    cut: Cut | None = None,
    change_name: str | None = CHANGE,
    days: int = 14,
    languages: Sequence[str] = ("en", "es"),
    **values: object,
) -> Round:
    """An open survey. `publish()` of tests/factories/readiness.py must have run. `groups=ROLES` gives it a cut."""
    version, today = get_newest(slug), clock.today()
    opened = Round(
        organization_id=organization.id,
        instrument_slug=slug,
        version_id=version.id,
        state=RoundState.OPEN,
        opened_at=clock.now(),
        opened_by_id=by.id if by else None,
        closes_on=today + timedelta(days=days),
    )
    db.session.add(opened)
    db.session.flush()
    db.session.add(
        Survey(
            round_id=opened.id,
            change_name=change_name,
            headcount=headcount,
            cut=cut or (Cut.JOB_ROLE if groups else Cut.NONE),
            languages=list(languages),
            results_on=values.pop("results_on", today + timedelta(days=days + 7)),
            poster_salt=survey_links.new_salt(),
            **values,
        )
    )
    db.session.flush()
    db.session.add_all(
        SurveyGroup(round_id=opened.id, key=key, number=number, name=name, headcount=n)
        for number, (key, name, n) in enumerate(groups, start=1)
    )
    db.session.commit()
    return opened


def make_invite(
    a_round: Round, *, email: str | None = None, person: Person | None = None, via: Via | None = None, **values: object
) -> Invite:
    """Somebody who may answer: by e-mail (the default), as a member (`person`), or by the poster (`via`)."""
    via = via or (Via.MEMBER if person else Via.EMAIL)
    if via is Via.EMAIL and email is None:
        email = f"{uuid4().hex[:8]}@example.org"
    invite = Invite(
        id=uuid4(),
        round_id=a_round.id,
        via=via,
        email=email,
        person_id=person.id if person else None,
        created_on=clock.today(),
        **values,
    )
    db.session.add(invite)
    db.session.commit()
    return invite


def token_of(invite: Invite) -> str:
    return survey_links.token_of(survey_key(), invite.id)


def draft_key_of(invite: Invite) -> str:
    return survey_links.draft_key(survey_key(), token_of(invite))


def poster_token_of(a_round: Round) -> str:
    survey = db.session.get_one(Survey, a_round.id)
    return survey_links.poster_token(survey_key(), a_round.id, survey.poster_salt)


def all_answers(a_round: Round, answer: int | str = 4, **others: int | str) -> dict[str, int | str]:
    """The same answer to every item of a survey; others by the item's key with underscores."""
    items = get_instrument(a_round.version_id).items
    return {item.key: others.get(item.key.replace("-", "_"), answer) for item in items}


def make_response(
    a_round: Round,
    answers: Answers | int = 4,
    *,
    group_key: str | None = None,
    answered_on: date | None = None,
    entry: Entry = Entry.SCREEN,
    snapshot_number: int | None = None,
) -> SurveyResponse:
    """One person's answers as they are stored: 1 to 5, "skipped", "not-applicable" or "dont-know" for each item."""
    whole = all_answers(a_round, answers) if isinstance(answers, int) else all_answers(a_round, "skipped") | {**answers}
    response = SurveyResponse(
        id=uuid4(),
        round_id=a_round.id,
        group_key=group_key,
        answers=whole,
        answered_on=answered_on or clock.today(),
        entry=entry,
        snapshot_number=snapshot_number,
    )
    db.session.add(response)
    db.session.commit()
    return response


def make_responses(a_round: Round, *answers: Answers | int, group_key: str | None = None) -> list[SurveyResponse]:
    """One response for each of the answers: `make_responses(survey, 4, 4, 3, 5, 2)`."""
    return [make_response(a_round, each, group_key=group_key) for each in answers]


def make_comment(a_round: Round, text: str = "More time for hand-offs, please.") -> SurveyComment:
    comment = SurveyComment(id=uuid4(), round_id=a_round.id, text=text)
    db.session.add(comment)
    db.session.commit()
    return comment


def answer_by_link(
    client: FlaskClient,
    token: str,
    answer: int | str = 4,
    *,
    group: str | None = None,
    comment: str = "",
    **others: object,
) -> None:
    """Walk one survey through its plain forms, from the promise to the thanks; others by the item's key."""
    begun = client.get(f"/survey/{token}")
    assert begun.status_code == 200, begun.status_code
    if group is not None:
        assert client.post(f"/survey/{token}/group", data={"group": group}).status_code == 303
    invite = db.session.get_one(Invite, survey_links.read_token(survey_key(), token))
    instrument = get_instrument(db.session.get_one(Round, invite.round_id).version_id)
    for page in pages_of(instrument):
        fields = {f"answer-{item.key}": others.get(item.key.replace("-", "_"), answer) for item in page.items}
        assert client.post(f"/survey/{token}/{page.number}", data=fields).status_code == 303
    if comment:
        client.post(f"/survey/{token}/review", data={"comment": comment, "go": "preview"})
    sent = client.post(f"/survey/{token}/review", data={"comment": comment, "go": "send"})
    assert sent.location == f"/survey/{token}/thanks", sent.text
    assert client.get(sent.location).status_code == 200
