"""The page of the quick cycle."""

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Invalid
from lms.improvement import queries
from lms.improvement.forms.quick import QuickForm
from lms.improvement.models import Team
from lms.improvement.services.quick import note_quick_cycle as note
from lms.improvement.views.blueprint import Answer, bp, draw_form, here
from lms.web import access, forms
from lms.web.access import requires
from lms.web.site import see


@bp.get("/improve/teams/<int:team_id>/cycles/quick")
@bp.post("/improve/teams/<int:team_id>/cycles/quick")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_team_for)
def note_quick_cycle(team: Team) -> Answer:
    """Note a cycle in three answers, with its prediction."""
    form, template, now = QuickForm(forms.form_data()), "improvement/note_quick_cycle.html", here()
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, team=team)
    try:
        by_id = access.signed_in_actor().person_id
        cycle = note(team.id, form.quick(), by_id=by_id, today=now.today, zone=now.zone)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form(template, form=form, team=team)
    if cycle.began_on is None:
        flash(_("Noted. The prediction is saved; begin the test when you are ready."), "success")
    else:
        flash(_("Noted. It stays on record that the note came after the test had begun."), "info")
    return see(url_for("improvement.show_cycle", cycle_id=cycle.id))
