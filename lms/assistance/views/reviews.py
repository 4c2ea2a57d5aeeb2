"""Pages of reviews of cycles, and the comments at their fields."""

from functools import partial
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.assistance import queries, rules, services
from lms.assistance.forms import CommentForm, ReviewForm, SettleForm
from lms.assistance.models import ReviewState
from lms.assistance.queries import reviews as review_queries
from lms.assistance.queries.reviews import PlacedComment
from lms.assistance.services import comments
from lms.assistance.services.reviews import ChangedMeanwhile
from lms.assistance.views.blueprint import Answer, bp, today, zone
from lms.authz import Permission
from lms.errors import Conflict, Invalid
from lms.improvement import queries as improvement
from lms.improvement.models import Cycle
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import safe_path, see


@bp.get("/assistance/cycles/<int:cycle_id>/review")
@bp.post("/assistance/cycles/<int:cycle_id>/review")
@requires(Permission.CYCLE_REVIEW, on=improvement.get_cycle_for)
def review_cycle(cycle: Cycle) -> Answer:
    """Read a cycle on one screen and decide: accept it, or return it with a summary."""
    form = ReviewForm(forms.form_data())
    if request.method == "GET":
        return _draw(cycle, form)
    if not form.validate():
        return _draw(cycle, form), 422
    try:
        decided = services.decide_review(cycle, actor=access.signed_in_actor(), **form.values())
    except Invalid as invalid:
        forms.add_errors(form, form.errors_of(invalid.fields))
        return _draw(cycle, form), 422
    except Conflict as refusal:
        now = improvement.get_cycle_for(access.signed_in_actor(), cycle.id)
        form.begin_from(now.row_version)
        return _draw(now, form, refusal=refusal, is_change=isinstance(refusal, ChangedMeanwhile)), 409
    if decided.state is ReviewState.ACCEPTED:
        flash(_("The cycle is accepted. The team is told."), "success")
    else:
        flash(_("The cycle is returned. The team is told."), "success")
    return see(url_for("assistance.show_queue"))


@bp.post("/improve/cycles/<int:cycle_id>/comments")
@requires(Permission.IMPROVEMENT_COMMENT, on=improvement.get_cycle_for)
def add_comment(cycle: Cycle) -> Answer:
    """Write at a field of a cycle, or put one's own comment into new words."""
    form, actor = CommentForm(forms.form_data()), access.signed_in_actor()
    form.offer_owners((member.person_id, member.person.display_name) for member in cycle.team.members)
    draw = partial(pages.invalid, "assistance/write_comment.html", form=form, cycle=cycle, back=_back(cycle))
    if not form.validate():
        return draw()
    try:
        if form.replaced_id is None:
            comments.write_comment(cycle, actor=actor, today=today(), **form.values())
        else:
            older = review_queries.get_comment(cycle.id, form.replaced_id)
            comments.reword_comment(older, text=str(form.text.data), actor=actor)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    flash(_("Your comment is saved."), "success")
    return see(_back(cycle))


@bp.post("/improve/cycles/<int:cycle_id>/comments/<int:comment_id>/settle")
@requires(Permission.IMPROVEMENT_COMMENT, on=review_queries.get_comment_for)
def settle_comment(placed: PlacedComment) -> Answer:
    """Say that what was asked is done, with an answer or without."""
    form = SettleForm(forms.form_data())
    if not form.validate():
        page = "assistance/settle_comment.html"
        return pages.invalid(page, form=form, cycle=placed.cycle, comment=placed.comment, back=_back(placed.cycle))
    answer = str(form.answer.data or "")
    is_first = comments.settle_comment(placed.comment, answer=answer, actor=access.signed_in_actor())
    flash(_("Marked as done.") if is_first else _("This was marked as done before."), "success")
    return see(_back(placed.cycle))


def _back(cycle: Cycle) -> str:
    """Return the page that somebody wrote from, else the cycle's own."""
    return safe_path(request.form.get("next"), url_for("improvement.show_cycle", cycle_id=cycle.id))


def _draw(cycle: Cycle, form: ReviewForm, **context: Any) -> str:
    """Draw the one screen (fourteen statements at most, whatever the length of the story)."""
    actor = access.signed_in_actor()
    panel = queries.panel_for(cycle.id, actor)
    work = improvement.load_work([cycle.team_id], zone=zone(), today=today())
    revisions = improvement.list_revisions(cycle.id) if panel.last_look_at else []
    waiting = panel.waiting
    if request.method == "GET" and waiting is not None:
        form.begin(waiting.id, cycle.row_version)
    return pages.render(
        "assistance/review_cycle.html",
        **context,
        form=form,
        cycle=cycle,
        panel=panel,
        aim=improvement.find_aim(cycle.team_id),
        charts=work.charts_of(cycle.team_id),
        profile=work.profile(cycle),
        judgement=work.judgement(cycle),
        predicted=work.measures.get(cycle.prediction.measure_id or 0) if cycle.prediction else None,
        changed=[
            each for each in revisions if panel.last_look_at and each.changes and each.saved_at > panel.last_look_at
        ],
        is_own_organization=rules.belongs_to(actor, cycle.team.organization_id),
        stages=rules.ANCHORS_BY_STAGE,
    )
