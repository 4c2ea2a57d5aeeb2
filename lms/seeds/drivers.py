"""Driver diagrams, box by box."""

from lms.improvement.queries.drivers import load_board
from lms.improvement.services import drivers
from lms.seeds.maker import Maker
from lms.seeds.story import DriverPlan


def plan(maker: Maker) -> None:
    """Put every box on the calendar, after the ideas of its day."""
    for team in maker.story.teams.teams:
        for box in team.drivers:
            maker.later(box.on, _draw_box, maker, team.key, box, hour=20)
            if box.named_before is not None:
                maker.later(box.renamed, _rename_box, maker, team.key, box, hour=20)


def _draw_box(maker: Maker, team: str, box: DriverPlan) -> None:
    team_id, by_id = maker.teams[team], maker.people[box.by]
    parents = [maker.drivers[f"{team}/{key}"] for key in box.serves]
    if box.idea is None:
        name = box.named_before or box.name
        made = drivers.add_driver(team_id, name=name, parent_id=parents[0] if parents else None, by_id=by_id)
    else:
        idea_id = maker.ideas[f"{team}/{box.idea}"]
        made = drivers.add_idea(team_id, parent_id=parents[0], change_idea_id=idea_id, by_id=by_id)
    for parent_id in parents[1:]:
        drivers.connect_driver(team_id, made, parent_id=parent_id, by_id=by_id)
    if box.measures:
        measure_ids = [maker.measures[key] for key in box.measures]
        drivers.set_driver_measures(team_id, made, measure_ids=measure_ids, row_version=1, by_id=by_id)
    maker.drivers[f"{team}/{box.key}"] = made


def _rename_box(maker: Maker, team: str, box: DriverPlan) -> None:
    team_id, driver_id = maker.teams[team], maker.drivers[f"{team}/{box.key}"]
    row_version = load_board(team_id).diagram.boxes[driver_id].row_version
    drivers.rename_driver(team_id, driver_id, name=box.name, row_version=row_version, by_id=maker.people[box.by])
