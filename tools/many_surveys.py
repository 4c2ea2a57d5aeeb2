"""Thirty organizations with a staff survey each, beside the demonstration, and one survey that is being answered.

Rows of answers are written in bulk, past the services; reports and the comparison are computed as the site does.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select

from lms import create_app
from lms.accounts.models import Person
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.models import Coalition, CoalitionOrganization, CoalitionRole
from lms.db import db
from lms.organizations.models import Membership, Organization, OrganizationKind
from lms.publications import ContentVersion
from lms.readiness import survey_links
from lms.readiness.models import Draft, Invite, Round, RoundState, Survey, SurveyResponse, Via
from lms.readiness.queries.instruments import get_newest, read_version
from lms.readiness.services import comparing, surveys
from lms.settings import read_settings
from lms.web.site import Site
from readiness.instruments import Instrument

SURVEY = "staff-survey"
N_ORGANIZATIONS = 30
PEOPLE = range(6, 21)
MOST_INVITES = 2_000


@dataclass(frozen=True)
class ManySurveys:
    """Who reads what: an expert the comparison, a lead a report; and a link that was opened."""

    expert: str
    comparison: str
    lead: str
    report: str
    survey_page: str


class SurveyLedger:
    """The database behind a running site, as far as surveys go."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._settings = read_settings(environment)
        self._site: Site = create_app(self._settings)
        self._dice = random.Random(11)  # the same answers each time
        self._now = datetime.now(UTC)
        self._open_id = 0

    def fill(self, domain: str, model: str) -> ManySurveys:
        """Write everything; `model` is somebody whose password the new people share."""
        with self._site.app_context():
            expert_id, lead_id = (self._person(name, domain, model) for name in ("many-surveys", "survey-lead"))
            zone = "America/New_York"
            coalition_id = self._add(
                Coalition, slug="many-surveys", name="Many surveys", state_name="Ohio", time_zone=zone
            )
            role = CoalitionRoleKind.TA_EXPERT
            self._add(CoalitionRole, coalition_id=coalition_id, person_id=expert_id, role=role, at="started_at")
            version = get_newest(SURVEY)
            rounds = [self._surveyed(number, coalition_id, lead_id, version) for number in range(N_ORGANIZATIONS)]
            self._open_id = self._open(rounds[0].organization_id, version)
            db.session.commit()
            for each in rounds:
                surveys.close_survey(each, today=self._now.date(), by_id=lead_id)
            comparing.compare_anew(coalition_id, SURVEY)
            db.session.commit()
            report = f"/readiness/rounds/{rounds[0].id}/report"
            db.session.remove()
        page = f"/survey/{self.answered_link()}/1"
        return ManySurveys("many-surveys", f"/coalitions/{coalition_id}/readiness", "survey-lead", report, page)

    def answered_link(self) -> str:
        """Return the secret of a new link whose statements are all answered and not sent."""
        with self._site.app_context():
            invite_id = uuid4()
            token = survey_links.token_of(self._settings.survey_key, invite_id)
            db.session.add(
                Invite(id=invite_id, round_id=self._open_id, via=Via.POSTER, language="en", created_on=self._now.date())
            )
            instrument = read_version(get_newest(SURVEY))
            answers = {"items": {key: str(value) for key, value in self._answers(instrument, 3).items()}}
            key = survey_links.draft_key(self._settings.survey_key, token)
            db.session.add(Draft(key=key, round_id=self._open_id, answers=answers, row_version=1, is_spent=False))
            db.session.commit()
            db.session.remove()
        return token

    def _surveyed(self, number: int, coalition_id: int, lead_id: int, version: ContentVersion) -> Round:
        kind = OrganizationKind.TREATMENT_PROGRAM
        organization_id = self._add(Organization, name=f"Surveyed house {number:02}", kind=kind)
        self._add(CoalitionOrganization, coalition_id=coalition_id, organization_id=organization_id, at="joined_at")
        if number == 0:
            held = {"person_id": lead_id, "organization_id": organization_id, "role": MembershipRole.LEAD}
            self._add(Membership, **held, at="started_at")
        n = self._dice.choice(PEOPLE)
        opened = self._round(organization_id, version, headcount=n + 4)
        rows = list(self._responses(opened.id, read_version(version), n, self._dice.choice((2, 3, 4))))
        db.session.execute(insert(SurveyResponse), rows)
        return opened

    def _open(self, organization_id: int, version: ContentVersion) -> int:
        return self._round(organization_id, version, headcount=MOST_INVITES, slug=f"{SURVEY}-open").id

    def _round(self, organization_id: int, version: ContentVersion, *, headcount: int, slug: str = SURVEY) -> Round:
        opened = Round(
            organization_id=organization_id,
            instrument_slug=slug,
            version_id=version.id,
            state=RoundState.OPEN,
            opened_at=self._now,
            closes_on=self._now.date() + timedelta(days=14),
        )
        db.session.add(opened)
        db.session.flush()
        db.session.add(
            Survey(
                round_id=opened.id,
                change_name="Start on the same day",
                headcount=headcount,
                languages=["en", "es"],
                results_on=self._now.date() + timedelta(days=21),
                poster_salt=survey_links.new_salt(),
            )
        )
        db.session.flush()
        return opened

    def _responses(self, round_id: int, instrument: Instrument, n: int, centre: int) -> Iterator[dict[str, Any]]:
        for _ in range(n):
            answers, day = self._answers(instrument, centre), self._now.date()
            yield {"id": uuid4(), "round_id": round_id, "answers": answers, "answered_on": day}

    def _answers(self, instrument: Instrument, centre: int) -> dict[str, int]:
        return {item.key: min(5, max(1, centre + self._dice.choice((-1, 0, 0, 1)))) for item in instrument.items}

    def _add(self, table: Any, at: str = "created_at", **values: Any) -> int:
        row = table(**values, **{at: self._now})
        db.session.add(row)
        db.session.flush()
        return int(row.id)

    def _person(self, name: str, domain: str, model: str) -> int:
        secret = db.session.scalars(select(Person.password_hash).where(Person.email == f"{model}@{domain}")).one()
        return self._add(Person, email=f"{name}@{domain}", name=name, password_hash=secret)
