"""Drawing driver diagrams: one function for each thing one does to a box. Every save keeps the whole diagram."""

from collections.abc import Collection

from flask_babel import gettext as _
from sqlalchemy import func, insert, select, update

from lms import audit, clock
from lms.db import db, insert_new, insert_once
from lms.errors import Conflict, Invalid
from lms.improvement.drivers import (
    MOST_BOXES,
    Box,
    Diagram,
    DiagramEdit,
    Flaw,
    as_document,
    closed_with,
    flaw_of_link,
    flaw_of_parting,
    neighbor_of,
)
from lms.improvement.models import ChangeIdea, Driver, DriverLink, DriverMeasure, DriverRevision, Measure
from lms.improvement.queries.drivers import load_board
from lms.improvement.services.ideas import add_change_idea
from lms.improvement.services.stale import StaleEdit
from lms.improvement.services.teams import lock_team


def add_driver(team_id: int, *, name: str, parent_id: int | None, by_id: int | None) -> int:
    """Put a new driver under another, or under the aim; Invalid when the diagram would be too deep or too large."""
    diagram = _locked(team_id)
    _refuse_full(diagram, "driver_name")
    if parent_id is not None:
        _refuse(flaw_of_link(diagram, parent_id, None), "driver_parent")
    driver = _new_box(team_id, by_id, name=name)
    _link(parent_id, driver.id)
    _keep(team_id, DiagramEdit.ADDED, name, by_id)
    return driver.id


def add_idea(
    team_id: int, *, parent_id: int, by_id: int | None, change_idea_id: int | None = None, title: str = ""
) -> int:
    """Put a change idea of the team under a driver, or write a new one there."""
    diagram = _locked(team_id)
    _refuse_full(diagram, "idea_title")
    _refuse(flaw_of_link(diagram, parent_id, None, is_idea=True), "idea_parent")
    if change_idea_id is None:
        change_idea_id = add_change_idea(team_id, title=title, by_id=by_id).id
    own = select(ChangeIdea.title).where(ChangeIdea.id == change_idea_id, ChangeIdea.team_id == team_id)
    found = db.session.scalar(own)
    if found is None:
        raise Invalid("Not this team's own.", {"idea": _("Choose one from the list.")})
    driver_id = _box_of_idea(team_id, change_idea_id, by_id)
    _link(parent_id, driver_id)
    _keep(team_id, DiagramEdit.ADDED, found, by_id)
    return driver_id


def rename_driver(team_id: int, driver_id: int, *, name: str, row_version: int, by_id: int) -> None:
    """Name a driver anew; StaleEdit when somebody changed it meanwhile."""
    diagram = _locked(team_id)
    if _box(diagram, driver_id).is_idea:
        raise Conflict(_("A change idea has its name from its own page."))
    _claim(driver_id, row_version, name=name)
    _keep(team_id, DiagramEdit.RENAMED, name, by_id)


def move_driver(team_id: int, driver_id: int, *, step: int, by_id: int) -> bool:
    """Let a box change places with the one above or below it; False at the end of its row."""
    diagram = _locked(team_id)
    box = _box(diagram, driver_id)
    other = neighbor_of(diagram, driver_id, step)
    if other is None:
        return False
    for moved, position in ((box, other.position), (other, box.position)):
        _change(moved.id, position=position)
    _keep(team_id, DiagramEdit.MOVED, box.name, by_id)
    return True


def connect_driver(team_id: int, driver_id: int, *, parent_id: int, by_id: int) -> None:
    """Let a box serve one more driver; Invalid when that makes a circle, is there already or goes too deep."""
    diagram = _locked(team_id)
    box = _box(diagram, driver_id)
    _refuse(flaw_of_link(diagram, parent_id, driver_id), "other_parent")
    _link(parent_id, driver_id)
    _keep(team_id, DiagramEdit.CONNECTED, box.name, by_id)


def part_driver(team_id: int, driver_id: int, *, parent_id: int, by_id: int) -> None:
    """Let a box serve a driver no longer. A driver that serves nothing else serves the aim."""
    diagram = _locked(team_id)
    box = _box(diagram, driver_id)
    flaw = flaw_of_parting(diagram, parent_id, driver_id)
    if flaw is not None:
        raise Conflict(flaw_sentence(flaw))
    _end_links(DriverLink.parent_id == parent_id, DriverLink.child_id == driver_id)
    _keep(team_id, DiagramEdit.PARTED, box.name, by_id)


def set_driver_measures(
    team_id: int, driver_id: int, *, measure_ids: Collection[int], row_version: int, by_id: int | None
) -> None:
    """Say which measures tell whether a driver moves; StaleEdit when somebody changed it meanwhile."""
    diagram = _locked(team_id)
    box, wanted, now = _box(diagram, driver_id), set(measure_ids), clock.now()
    held = {measure_id for measure_id, _name in box.measures}
    own = select(Measure.id).where(Measure.team_id == team_id, Measure.id.in_(wanted - held))
    if set(db.session.scalars(own)) != wanted - held:
        raise Invalid("Not this team's own.", {"measures": _("Choose measures from the list.")})
    _claim(driver_id, row_version)
    gone = (DriverMeasure.driver_id == driver_id, DriverMeasure.measure_id.in_(held - wanted))
    ended = update(DriverMeasure).where(*gone, DriverMeasure.ended_at.is_(None)).values(ended_at=now)
    db.session.execute(ended.execution_options(synchronize_session="fetch"))
    rows = [{"driver_id": driver_id, "measure_id": key, "made_at": now} for key in sorted(wanted - held)]
    if rows:
        insert_new(DriverMeasure, rows)
    _keep(team_id, DiagramEdit.MEASURED, box.name, by_id)


def close_driver(team_id: int, driver_id: int, *, row_version: int, by_id: int) -> int:
    """Take a box out of the diagram, with what serves nothing else; return how many went. Nothing is deleted."""
    diagram = _locked(team_id)
    box = _box(diagram, driver_id)
    _claim(driver_id, row_version)
    gone = closed_with(diagram, driver_id)
    _change(*gone, closed_at=clock.now())
    _end_links(DriverLink.parent_id.in_(gone) | DriverLink.child_id.in_(gone))
    _keep(team_id, DiagramEdit.CLOSED, box.name, by_id)
    return len(gone)


def put_back_driver(team_id: int, driver_id: int, *, parent_id: int | None, by_id: int) -> None:
    """Put a closed driver back, under another or under the aim."""
    diagram = _locked(team_id)
    _refuse_full(diagram, "closed_driver")
    if parent_id is not None:
        _refuse(flaw_of_link(diagram, parent_id, None), "back_parent")
    closed = select(Driver.name).where(
        Driver.id == driver_id, Driver.team_id == team_id, Driver.closed_at.is_not(None), Driver.name.is_not(None)
    )
    name = db.session.scalar(closed)
    if name is None:
        raise Invalid("Nothing to put back.", {"closed_driver": _("Choose one from the list.")})
    _change(driver_id, closed_at=None, position=_next_position(team_id))
    _link(parent_id, driver_id)
    _keep(team_id, DiagramEdit.PUT_BACK, name, by_id)


def flaw_sentence(flaw: Flaw) -> str:
    """Say in words why two boxes cannot be connected or parted."""
    return str(
        {
            Flaw.ITSELF: _("A driver cannot serve itself. Choose another one."),
            Flaw.UNKNOWN: _("This driver is no longer in the diagram. Choose one from the list."),
            Flaw.UNDER_IDEA: _("Nothing can hang under a change idea. Choose a driver."),
            Flaw.ALREADY_THERE: _("It is there already. Choose another driver."),
            Flaw.CIRCLE: _("That would make a circle: the driver you chose serves this one. Choose another driver."),
            Flaw.TOO_DEEP: _(
                "That would be too deep: between the aim and an idea stand two drivers at most. Choose a higher one."
            ),
            Flaw.NEEDS_DRIVER: _("A change idea always serves a driver. Connect it to another one first, or close it."),
            Flaw.TOO_MANY: _(
                "A diagram holds %(number)s boxes at most, or nobody can read it. Close some first.", number=MOST_BOXES
            ),
        }[flaw]
    )


def _locked(team_id: int) -> Diagram:
    """Return the diagram as nobody else changes it until this transaction ends."""
    lock_team(team_id)
    return load_board(team_id).diagram


def _refuse(flaw: Flaw | None, field: str) -> None:
    if flaw is not None:
        raise Invalid("This cannot be connected.", {field: flaw_sentence(flaw)})


def _refuse_full(diagram: Diagram, field: str) -> None:
    _refuse(Flaw.TOO_MANY if len(diagram.boxes) >= MOST_BOXES else None, field)


def _box(diagram: Diagram, driver_id: int) -> Box:
    box = diagram.boxes.get(driver_id)
    if box is None:
        raise Conflict(_("Somebody closed this driver meanwhile, so nothing was changed."))
    return box


def _new_box(team_id: int, by_id: int | None, *, name: str | None = None, idea_id: int | None = None) -> Driver:
    driver = Driver(
        team_id=team_id,
        name=name,
        change_idea_id=idea_id,
        position=_next_position(team_id),
        created_by_id=by_id,
        created_at=clock.now(),
    )
    db.session.add(driver)
    db.session.flush()  # for the id
    return driver


def _box_of_idea(team_id: int, idea_id: int, by_id: int | None) -> int:
    """Return the box of an idea: the one it had before, or a new one; Invalid when it stands in the diagram now."""
    held = db.session.execute(select(Driver.id, Driver.closed_at).where(Driver.change_idea_id == idea_id)).one_or_none()
    if held is None:
        return _new_box(team_id, by_id, idea_id=idea_id).id
    driver_id, closed_at = held
    if closed_at is None:
        said = _("This idea is in the diagram already. Open it there to connect it to another driver.")
        raise Invalid("It is there already.", {"idea": said})
    _change(driver_id, closed_at=None, position=_next_position(team_id))
    return int(driver_id)


def _next_position(team_id: int) -> int:
    return (db.session.scalar(select(func.max(Driver.position)).where(Driver.team_id == team_id)) or 0) + 1


def _claim(driver_id: int, row_version: int, **values: object) -> None:
    """Change a box unless somebody else did meanwhile."""
    claimed = (
        update(Driver)
        .where(Driver.id == driver_id, Driver.row_version == row_version)
        .values(**values, row_version=row_version + 1)
        .returning(Driver.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.scalar(claimed) is None:
        raise StaleEdit(_("Somebody else changed this driver while you had the form open."))


def _change(*driver_ids: int, **values: object) -> None:
    changed = update(Driver).where(Driver.id.in_(driver_ids)).values(**values, row_version=Driver.row_version + 1)
    db.session.execute(changed.execution_options(synchronize_session="fetch"))


def _link(parent_id: int | None, child_id: int) -> None:
    if parent_id is not None:
        insert_once(DriverLink, parent_id=parent_id, child_id=child_id, made_at=clock.now())


def _end_links(*which: object) -> None:
    ended = update(DriverLink).where(*which, DriverLink.ended_at.is_(None)).values(ended_at=clock.now())  # type: ignore[arg-type]
    db.session.execute(ended.execution_options(synchronize_session=False))


def _keep(team_id: int, edit: DiagramEdit, subject: str, by_id: int | None) -> None:
    """Keep the whole diagram as it is now."""
    newest = select(func.max(DriverRevision.number)).where(DriverRevision.team_id == team_id)
    number = (db.session.scalar(newest) or 0) + 1
    db.session.flush()
    kept = {
        "team_id": team_id,
        "number": number,
        "edit": edit,
        "subject": subject,
        "document": as_document(load_board(team_id).diagram),
        "saved_by_id": by_id,
        "saved_at": clock.now(),
    }
    db.session.execute(insert(DriverRevision).values(kept))
    audit.record(by_id, "changed a driver diagram", audit.Subject("team", team_id), {"edit": edit.value, "n": number})
