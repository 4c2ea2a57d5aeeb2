"""Pages of driver diagrams: the picture, how it was before, and one page that changes it box by box."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.authz import Permission
from lms.errors import Invalid
from lms.improvement import driver_pictures, queries
from lms.improvement.drivers import Box, Diagram
from lms.improvement.forms import drivers as forms_of
from lms.improvement.forms.fields import EditForm, read_version
from lms.improvement.models import Team
from lms.improvement.queries import drivers as driver_queries
from lms.improvement.queries.drivers import Board
from lms.improvement.services import drivers
from lms.improvement.services.stale import StaleEdit
from lms.improvement.views.blueprint import Answer, bp, may
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see


@bp.get("/improve/teams/<int:team_id>/drivers")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_team_for)
def show_drivers(team: Team) -> str:
    """Show a team's driver diagram, `?as=` as a save left it (eleven statements)."""
    number = read_version(request.args.get("as"))
    may_write = may(Permission.IMPROVEMENT_WRITE, team) and team.closed_at is None
    if number > 0:
        revision = driver_queries.get_revision(team.id, number)
        diagram, board = driver_queries.diagram_of(revision), None
    else:
        revision, board = None, driver_queries.load_board(team.id)
        diagram = board.diagram
    return pages.render(
        "improvement/show_drivers.html",
        team=team,
        board=board,
        diagram=diagram,
        revision=revision,
        revisions=driver_queries.list_diagram_revisions(team.id),
        may_write=may_write and revision is None,
        edit_sentences=forms_of.EDIT_SENTENCES,
        **_drawn(diagram, has_actions=may_write and revision is None),
    )


def _drawn(diagram: Diagram, *, has_actions: bool) -> dict[str, Any]:
    aim = diagram.aim or str(_("No aim yet"))
    return {
        "columns": driver_pictures.draw_columns(diagram, aim=aim, has_actions=has_actions),
        "tree": driver_pictures.draw_tree(diagram, aim=aim, has_actions=has_actions),
        "status_labels": forms_of.STATUS_LABELS,
        "status_chips": forms_of.STATUS_CHIPS,
    }


# ---------------------------------------------------------------- changing it


@dataclass
class _Desk:
    """The forms of one page: those for the whole diagram, and those for the box that is open."""

    team: Team
    board: Board
    box: Box | None
    by_id: int
    sent: str = ""
    forms: dict[str, EditForm] = field(default_factory=dict)

    @property
    def asked(self) -> EditForm:
        """The form that was sent."""
        return self.forms[self.sent]


@bp.get("/improve/teams/<int:team_id>/drivers/edit")
@bp.post("/improve/teams/<int:team_id>/drivers/edit")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_team_for)
def edit_drivers(team: Team) -> Answer:
    """Change a driver diagram: add, name, move, connect, measure, close. `?driver=` opens a box."""
    desk = _desk_of(team)
    if request.method == "GET":
        return _draw(desk)
    if desk.box is None and desk.sent in _OF_A_BOX:
        return _draw(desk, 409, is_gone=True)
    act = _ACTS.get(desk.sent)
    if act is None or (desk.sent in desk.forms and not desk.asked.validate()):
        return _draw(desk, 422)
    try:
        driver_id = act(desk)
    except Invalid as invalid:
        if desk.sent in desk.forms:
            forms.add_errors(desk.asked, invalid.fields)
        return _draw(desk, 422)
    except StaleEdit as stale:
        return _draw_stale(desk, stale)
    return see(url_for("improvement.edit_drivers", team_id=team.id, driver=driver_id))


def _desk_of(team: Team) -> _Desk:
    board, sent = driver_queries.load_board(team.id), request.form.get("action", "")
    named = request.form.get("driver") if request.method == "POST" else request.args.get("driver")
    desk = _Desk(team, board, board.diagram.boxes.get(read_version(named)), access.signed_in_actor().person_id, sent)
    diagram = board.diagram
    under = str(desk.box.id) if desk.box is not None else ""  # who opened a driver adds below it
    below = under if desk.box in diagram.parents_for(is_idea=False) else ""
    add = _form(desk, forms_of.AddDriverForm, "add", driver_parent=below)
    idea = _form(desk, forms_of.AddIdeaForm, "idea", idea_parent=under)
    add.offer(diagram.parents_for(is_idea=False))
    idea.offer(diagram.parents_for(is_idea=True), board.ideas_outside)
    back = _form(desk, forms_of.PutBackForm, "put-back")
    back.offer(board.closed, diagram.parents_for(is_idea=False))
    if desk.box is not None:
        _offer_for_box(desk, desk.box)
    return desk


def _offer_for_box(desk: _Desk, box: Box) -> None:
    rename = _form(desk, forms_of.RenameForm, "rename", new_name=box.name)
    connect = _form(desk, forms_of.ConnectForm, "connect")
    connect.offer(each for each in desk.board.diagram.walk() if not each.is_idea)
    chosen = [str(key) for key, _name in box.measures]
    measured = _form(desk, forms_of.MeasuresForm, "measures", measures=chosen)
    own = driver_queries.list_team_measures(desk.team.id)
    measured.offer(dict([*own, *box.measures]).items())
    for each in (rename, connect, measured):
        if each.row_version.data in {None, ""}:
            each.begin_from(box.row_version)


def _form(desk: _Desk, kind: type[Any], name: str, **defaults: Any) -> Any:
    """Make one of the forms; only the one that was sent reads what was sent."""
    made = kind(forms.form_data() if desk.sent == name else None, data=defaults)
    desk.forms[name] = made
    return made


def _draw(desk: _Desk, status: int = 200, **more: Any) -> Answer:
    sent = desk.forms.get(desk.sent)
    drawn = pages.render(
        "improvement/edit_drivers.html",
        team=desk.team,
        board=desk.board,
        diagram=desk.board.diagram,
        box=desk.box,
        forms={name.replace("-", "_"): form for name, form in desk.forms.items()},
        sent=sent,
        status_labels=forms_of.STATUS_LABELS,
        status_chips=forms_of.STATUS_CHIPS,
        **more,
    )
    return drawn if status == 200 else (drawn, status)


def _draw_stale(desk: _Desk, stale: StaleEdit) -> Answer:
    """Show what the box says now beside what was typed."""
    board = driver_queries.load_board(desk.team.id)
    box = board.diagram.boxes.get(desk.box.id) if desk.box else None
    desk.board, desk.box = board, box
    theirs = []
    if box is not None:
        measured = ", ".join(name for _key, name in box.measures) or str(_("Nothing"))
        theirs = [{"label": _("Name of the driver"), "value": box.name}, {"label": _("Measures"), "value": measured}]
        if desk.sent in desk.forms:
            desk.asked.begin_from(box.row_version)
    return _draw(desk, 409, stale=stale, theirs=theirs)


def _the_box(desk: _Desk) -> int:
    if desk.box is None:
        raise Invalid("No box.", {})
    return desk.box.id


def _version() -> int:
    return read_version(request.form.get("row_version"))


def _add(desk: _Desk) -> int:
    form: Any = desk.asked
    name, parent_id = form.driver_name.data, form.driver_parent.chosen_id
    made = drivers.add_driver(desk.team.id, name=name, parent_id=parent_id, by_id=desk.by_id)
    flash(_("The driver is in the diagram."), "success")
    return made


def _add_idea(desk: _Desk) -> int:
    form: Any = desk.asked
    made = drivers.add_idea(
        desk.team.id,
        parent_id=int(form.idea_parent.data),
        change_idea_id=form.idea.chosen_id,
        title=form.idea_title.data or "",
        by_id=desk.by_id,
    )
    flash(_("The change idea is in the diagram."), "success")
    return made


def _rename(desk: _Desk) -> int:
    form: Any = desk.asked
    box_id = _the_box(desk)
    drivers.rename_driver(desk.team.id, box_id, name=form.new_name.data, row_version=_version(), by_id=desk.by_id)
    flash(_("The driver has its new name."), "success")
    return box_id


def _move(step: int) -> Callable[[_Desk], int]:
    def move(desk: _Desk) -> int:
        box_id = _the_box(desk)
        if not drivers.move_driver(desk.team.id, box_id, step=step, by_id=desk.by_id):
            flash(_("It stands at the end of its row already."), "info")
        return box_id

    return move


def _connect(desk: _Desk) -> int:
    form: Any = desk.asked
    box_id = _the_box(desk)
    drivers.connect_driver(desk.team.id, box_id, parent_id=int(form.other_parent.data), by_id=desk.by_id)
    flash(_("They are connected."), "success")
    return box_id


def _part(desk: _Desk) -> int:
    box_id = _the_box(desk)
    drivers.part_driver(desk.team.id, box_id, parent_id=read_version(request.form.get("parent")), by_id=desk.by_id)
    flash(_("They are no longer connected."), "success")
    return box_id


def _measure(desk: _Desk) -> int:
    form: Any = desk.asked
    box_id = _the_box(desk)
    drivers.set_driver_measures(
        desk.team.id, box_id, measure_ids=form.measure_ids, row_version=_version(), by_id=desk.by_id
    )
    flash(_("The measures are saved."), "success")
    return box_id


def _close(desk: _Desk) -> None:
    n_gone = drivers.close_driver(desk.team.id, _the_box(desk), row_version=_version(), by_id=desk.by_id)
    flash(
        ngettext("One box is closed. Nothing is lost.", "%(num)d boxes are closed. Nothing is lost.", n_gone), "success"
    )


def _put_back(desk: _Desk) -> int:
    form: Any = desk.asked
    box_id = int(form.closed_driver.data)
    drivers.put_back_driver(desk.team.id, box_id, parent_id=form.back_parent.chosen_id, by_id=desk.by_id)
    flash(_("The driver is back."), "success")
    return box_id


_OF_A_BOX = frozenset({"rename", "up", "down", "connect", "part", "measures", "close"})
_ACTS: Mapping[str, Callable[[_Desk], int | None]] = {
    "add": _add,
    "idea": _add_idea,
    "rename": _rename,
    "up": _move(-1),
    "down": _move(1),
    "connect": _connect,
    "part": _part,
    "measures": _measure,
    "close": _close,
    "put-back": _put_back,
}
