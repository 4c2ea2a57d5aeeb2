"""Making teams, naming who is on them, and writing their aim."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select, update

from lms import audit, clock, signals
from lms.db import db, insert_new, insert_once
from lms.errors import Invalid
from lms.improvement.models import Aim, AimVersion, Team, TeamMember
from lms.improvement.queries import teams as queries
from lms.improvement.services.stale import StaleEdit
from lms.organizations.models import Organization

LONGEST_NAME = 120


def lock_team(team_id: int) -> Team:
    """Return a team whose numbers nobody else counts until this transaction ends (one statement)."""
    return db.session.scalars(select(Team).where(Team.id == team_id).with_for_update(key_share=True)).one()


def create_team(
    *,
    organization_id: int,
    name: str,
    member_ids: Collection[int] = (),
    by_id: int | None,
    collaborative_id: int | None = None,
) -> Team:
    """Make a team of people of one organization; Invalid when the name is taken or somebody is not from there."""
    _refuse_taken_name(organization_id, name)
    _refuse_outsiders(organization_id, member_ids)
    team = Team(
        organization_id=organization_id,
        collaborative_id=collaborative_id,
        name=name,
        created_by_id=by_id,
        created_at=clock.now(),
    )
    db.session.add(team)
    db.session.flush()  # for the id
    _set_members(team.id, set(member_ids), now_ids=set())
    team = queries.get_team(team.id)
    signals.team_changed.send(None, team=team)
    changes = {"organization_id": organization_id, "collaborative_id": collaborative_id, "members": sorted(member_ids)}
    audit.record(by_id, "started a team", _subject(team.id), changes)
    return team


def create_team_for(collaborative_id: int, organization_id: int, *, name: str, by_id: int | None) -> Team:
    """Make an organization's team in a collaborative. Its lead names the members later."""
    return create_team(
        organization_id=organization_id,
        name=free_name(organization_id, name),
        by_id=by_id,
        collaborative_id=collaborative_id,
    )


def bring_in(collaborative_id: int, organization_id: int, *, name: str, by_id: int) -> Team:
    """Let an organization take part with a new team; Invalid when it takes part already."""
    of_organization = select(Organization.id).where(Organization.id == organization_id)
    db.session.scalars(of_organization.with_for_update(key_share=True)).one()  # one at a time
    here = select(Team.id).where(
        Team.collaborative_id == collaborative_id, Team.organization_id == organization_id, Team.closed_at.is_(None)
    )
    if db.session.scalars(here.limit(1)).first() is not None:
        raise Invalid("It takes part.", {"team": _("This organization takes part already.")})
    return create_team_for(collaborative_id, organization_id, name=name, by_id=by_id)


def free_name(organization_id: int, wanted: str) -> str:
    """Return the name, with a number behind it when the organization has a team of that name (one statement)."""
    taken = _taken_names(organization_id)
    wanted = wanted[: LONGEST_NAME - 5]
    tries = (wanted, *(f"{wanted} {number}" for number in range(2, 1000)))
    return next(name for name in tries if name.casefold() not in taken)


def edit_team(team: Team, *, row_version: int, name: str, member_ids: Collection[int], by_id: int) -> None:
    """Change a team's name and people; StaleEdit when somebody changed them meanwhile."""
    _refuse_taken_name(team.organization_id, name, but_id=team.id)
    now_ids = {member.person_id for member in team.members}
    _refuse_outsiders(team.organization_id, set(member_ids) - now_ids)
    edited = (
        update(Team)
        .where(Team.id == team.id, Team.row_version == row_version)
        .values(name=name, row_version=row_version + 1)
        .returning(Team.id)
    )
    if db.session.execute(edited).first() is None:
        raise StaleEdit(_("Somebody else changed this team while you had the form open."))
    _set_members(team.id, set(member_ids), now_ids=now_ids)
    signals.team_changed.send(None, team=queries.get_team(team.id))
    audit.record(by_id, "edited a team", _subject(team.id), {"members": sorted(member_ids)})


def set_team_closed(team: Team, *, is_closed: bool, by_id: int) -> None:
    """Close a team, or open it again. What it learned stays readable."""
    values = {"closed_at": clock.now() if is_closed else None, "row_version": Team.row_version + 1}
    db.session.execute(update(Team).where(Team.id == team.id).values(values).execution_options(**_FRESH))
    signals.team_changed.send(None, team=team)
    audit.record(by_id, "closed a team" if is_closed else "opened a team again", _subject(team.id))


def join_collaborative(team_id: int, collaborative_id: int, *, by_id: int | None) -> None:
    """Let a team work beside others in a collaborative."""
    _place_in(team_id, collaborative_id, by_id)


def leave_collaborative(team_id: int, *, by_id: int | None) -> None:
    """Take a team out of its collaborative. It keeps its work, and the others no longer see it."""
    _place_in(team_id, None, by_id)


def _place_in(team_id: int, collaborative_id: int | None, by_id: int | None) -> None:
    placed = update(Team).where(Team.id == team_id).values(collaborative_id=collaborative_id)
    db.session.execute(placed.execution_options(**_FRESH))
    team = queries.get_team(team_id)
    signals.team_changed.send(None, team=team)
    verb = "left a collaborative" if collaborative_id is None else "joined a collaborative"
    audit.record(by_id, verb, _subject(team_id), {"collaborative_id": collaborative_id})


@dataclass(frozen=True)
class AimWords:
    """How an aim is worded."""

    what: str
    measure_text: str
    how_much: str
    by_when_on: date | None
    for_whom: str


def write_aim(
    team_id: int, words: AimWords, *, n_versions: int, by_id: int, opened_from_action_id: int | None = None
) -> Aim:
    """Word the team's aim anew; every wording is kept. StaleEdit when it is not the one the form began from."""
    insert_once(
        Aim,
        team_id=team_id,
        n_versions=0,
        opened_from_action_id=opened_from_action_id,
        created_at=clock.now(),
    )
    written = (
        update(Aim)
        .where(Aim.team_id == team_id, Aim.closed_at.is_(None), Aim.n_versions == n_versions)
        .values(n_versions=n_versions + 1)
        .returning(Aim)
        .execution_options(populate_existing=True)
    )
    aim = db.session.scalars(written).one_or_none()
    if aim is None:
        raise StaleEdit(_("Somebody else changed this aim while you had the form open."))
    db.session.add(
        AimVersion(
            aim_id=aim.id,
            number=n_versions + 1,
            what=words.what,
            measure_text=words.measure_text,
            how_much=words.how_much,
            by_when_on=words.by_when_on,
            for_whom=words.for_whom,
            written_by_id=by_id,
            written_at=clock.now(),
        )
    )
    audit.record(by_id, "wrote an aim", audit.Subject("aim", aim.id), {"team_id": team_id, "version": n_versions + 1})
    return aim


_FRESH = {"synchronize_session": "fetch"}


def _subject(team_id: int) -> audit.Subject:
    return audit.Subject("team", team_id)


def _taken_names(organization_id: int, but_id: int | None = None) -> set[str]:
    taken = select(Team.id, Team.name).where(Team.organization_id == organization_id)
    return {name.casefold() for team_id, name in db.session.execute(taken) if team_id != but_id}


def _refuse_taken_name(organization_id: int, name: str, *, but_id: int | None = None) -> None:
    if name.casefold() in _taken_names(organization_id, but_id):
        raise Invalid("The name is taken.", {"name": _("You already have a team with this name. Choose another name.")})


def _refuse_outsiders(organization_id: int, person_ids: Collection[int]) -> None:
    if not set(person_ids) <= {choice.person_id for choice in queries.list_people_of(organization_id)}:
        raise Invalid("Not one of the people here.", {"members": _("Choose people from the list.")})


def _set_members(team_id: int, wanted_ids: set[int], *, now_ids: set[int]) -> None:
    now = clock.now()
    gone = (TeamMember.team_id == team_id, TeamMember.person_id.in_(now_ids - wanted_ids), TeamMember.left_at.is_(None))
    if now_ids - wanted_ids:
        db.session.execute(update(TeamMember).where(*gone).values(left_at=now))
    new = [{"team_id": team_id, "person_id": person_id, "joined_at": now} for person_id in sorted(wanted_ids - now_ids)]
    if new:
        insert_new(TeamMember, new)
