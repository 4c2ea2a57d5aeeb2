"""Pages of invitations."""

from functools import partial

from flask import Response, current_app, flash, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from lms.authz import Permission
from lms.db import db
from lms.errors import Invalid
from lms.organizations import people_csv, rules
from lms.organizations.forms import (
    COLUMN_LABELS,
    FLAW_SENTENCES,
    PROBLEM_SENTENCES,
    ImportForm,
    OpenLinkForm,
    PersonalInvitationForm,
)
from lms.organizations.models import Invitation, InvitationKind, Organization
from lms.organizations.people_csv import Known, PeopleList, Problem, UnreadableList
from lms.organizations.queries import invitations, places
from lms.organizations.queries.invitations import InvitationFilter
from lms.organizations.rules import InvitationState
from lms.organizations.services import invitations as services
from lms.organizations.views.blueprint import Answer, asked_words, bp, draw_form, page_of
from lms.settings import Settings
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.qr import draw_qr
from lms.web.site import see


@bp.get("/organizations/<int:organization_id>/invitations")
@requires(Permission.ORGANIZATION_MANAGE, on=places.get_organization_for)
def list_invitations(organization: Organization) -> str:
    """List an organization's invitations and what became of them."""
    state = request.args.get("state", "")
    wanted = InvitationFilter(
        words=asked_words(), state=InvitationState(state) if state in set(InvitationState) else None
    )
    n_invitations = invitations.count_invitations(organization.id, wanted)
    return pages.render(
        "organizations/list_invitations.html",
        organization=organization,
        invitations=page_of(n_invitations, partial(invitations.list_invitations, organization.id, wanted)),
        wanted=wanted,
    )


@bp.get("/organizations/<int:organization_id>/invitations/new")
@bp.post("/organizations/<int:organization_id>/invitations/new")
@requires(Permission.ORGANIZATION_MANAGE, on=places.get_organization_for)
def invite(organization: Organization) -> Answer:
    """Invite one person by mail, or make a link for several."""
    form = _invitation_form(organization)
    draw = partial(draw_form, "organizations/invite.html", form=form, organization=organization)
    if request.method == "GET" or not form.validate():
        return draw()
    by_id, site_key = access.signed_in_actor().person_id, _settings().secret_key
    try:
        if isinstance(form, PersonalInvitationForm):
            invitation = services.invite_person(organization.id, **form.values(), by_id=by_id, site_key=site_key)
            flash(_("The invitation to %(email)s is on its way.", email=invitation.email), "success")
        else:
            invitation = services.make_open_link(organization.id, **form.values(), by_id=by_id, site_key=site_key)
            flash(_("The link is ready. Show it, print it or send it."), "success")
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    return see(_url_of(invitation))


@bp.get("/organizations/<int:organization_id>/invitations/<int:invitation_id>")
@requires(Permission.ORGANIZATION_MANAGE, on=invitations.get_invitation_for)
def show_invitation(invitation: Invitation) -> str:
    """Show an invitation's link and QR code; `?view=poster` is a page to print, `?view=withdraw` asks first."""
    view, settings = request.args.get("view"), _settings()
    link = rules.join_url(settings.site_url, services.secret_of(invitation, settings.secret_key))
    state = invitations.state_of(invitation)
    if view == "withdraw" and state is InvitationState.OPEN:
        return pages.render("organizations/ask_revoke_invitation.html", invitation=invitation)
    draw = partial(pages.render, invitation=invitation, link=link, qr=draw_qr(link), state=state)
    if view == "poster" and state is InvitationState.OPEN:
        with force_locale(invitation.language.value):  # it hangs where its readers are
            return draw("organizations/show_poster.html")
    return draw("organizations/show_invitation.html")


@bp.post("/organizations/<int:organization_id>/invitations/<int:invitation_id>/revoke")
@requires(Permission.ORGANIZATION_MANAGE, on=invitations.get_invitation_for)
def revoke_invitation(invitation: Invitation) -> Answer:
    """Withdraw an invitation."""
    if services.revoke_invitation(invitation, by_id=access.signed_in_actor().person_id):
        flash(_("The invitation is withdrawn. Its link no longer works."), "success")
    else:
        flash(_("This invitation did not work any more. Nothing had to be changed."), "info")
    return see(url_for("organizations.list_invitations", organization_id=invitation.organization_id))


@bp.get("/organizations/<int:organization_id>/invitations/import")
@bp.post("/organizations/<int:organization_id>/invitations/import")
@requires(Permission.ORGANIZATION_MANAGE, on=places.get_organization_for)
def import_people(organization: Organization) -> Answer:
    """Read a list of people, show what would happen, and invite them all or nobody."""
    if request.method == "GET" and request.args.get("view") == "template":
        return _template_file()
    form = ImportForm(forms.form_data())
    if request.method == "GET":
        return pages.render("organizations/import_people.html", form=form, organization=organization)
    try:
        is_guessed = _take_file(form)
        listed = _read_list(form, organization)
    except UnreadableList as unreadable:
        sentence = FLAW_SENTENCES[unreadable.flaw] % {"detail": unreadable.detail}
        forms.add_errors(form, {"text": sentence})
        return pages.invalid("organizations/import_people.html", form=form, organization=organization)
    if request.form.get("action") != "invite" or listed.problems:
        return _preview(organization, form, listed, is_guessed=is_guessed)
    n_invited = services.invite_people(
        organization.id,
        listed.people,
        by_id=access.signed_in_actor().person_id,
        site_key=_settings().secret_key,
    )
    flash(_("%(number)s invitations are on their way.", number=n_invited), "success")
    return see(url_for("organizations.list_invitations", organization_id=organization.id))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _url_of(invitation: Invitation) -> str:
    return url_for(
        "organizations.show_invitation",
        organization_id=invitation.organization_id,
        invitation_id=invitation.id,
    )


def _invitation_form(organization: Organization) -> PersonalInvitationForm | OpenLinkForm:
    sent = forms.form_data()
    kind = (request.args if sent is None else sent).get("kind", "")
    form = OpenLinkForm(sent) if kind == InvitationKind.OPEN_LINK else PersonalInvitationForm(sent)
    form.offer_places(
        rules.invitable_roles(access.signed_in_actor(), organization.id),
        places.list_job_roles(organization.id, only_open=True),
        places.list_locations(organization.id, only_open=True),
    )
    return form


def _template_file() -> Response:
    disposition = "attachment; filename=people-to-invite.csv"
    return Response(people_csv.template(), mimetype="text/csv", headers={"Content-Disposition": disposition})


def _take_file(form: ImportForm) -> bool:
    """Put an uploaded file's text into the form; say whether its letters were guessed."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return False
    decoded = people_csv.decode(upload.stream.read(people_csv.MAX_BYTES + 1))
    form.text.data = decoded.text
    return decoded.is_guessed


def _read_list(form: ImportForm, organization: Organization) -> PeopleList:
    known = Known(
        job_roles=places.list_job_role_ids(organization.id),
        locations=places.list_location_ids(organization.id),
        roles=rules.invitable_roles(access.signed_in_actor(), organization.id),
    )
    return people_csv.read_people(form.text.data or "", known)


def _preview(organization: Organization, form: ImportForm, listed: PeopleList, *, is_guessed: bool) -> Answer:
    """Show what would happen. Bad rows make it an answer of 422; nothing is kept between the two steps."""
    form.text.label.text = _("The list")
    known = invitations.list_known_addresses(organization.id, [person.email for person in listed.people])
    page = pages.render(
        "organizations/preview_import.html",
        organization=organization,
        form=form,
        problems=[_named(problem) for problem in listed.problems],
        people=[person for person in listed.people if person.email not in known],
        members=[person for person in listed.people if known.get(person.email) is True],
        invited=[person for person in listed.people if known.get(person.email) is False],
        job_roles={each.id: each.name for each in places.list_job_roles(organization.id)},
        locations={each.id: each.name for each in places.list_locations(organization.id)},
        is_guessed=is_guessed,
    )
    db.session.rollback()  # a look is no submission: the same form may be sent again
    return (page, 422) if listed.problems else page


def _named(problem: Problem) -> dict[str, object]:
    column = COLUMN_LABELS[problem.column] if problem.column else _("Without a name")
    sentence = PROBLEM_SENTENCES[problem.kind] % {"text": problem.text}
    return {"row": problem.row, "column": column, "sentence": sentence}
