"""Letting people know of a survey: poster, link, e-mail, members, reminders."""

from typing import Any

from flask import Response, current_app, flash, make_response, request, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from lms import pdf
from lms.authz import Permission
from lms.errors import Invalid
from lms.readiness import survey_links
from lms.readiness.forms.surveys import InviteForm
from lms.readiness.queries import surveys
from lms.readiness.queries.surveys import HeldSurvey
from lms.readiness.services import inviting, launching
from lms.readiness.services.inviting import Invited, NobodyToRemind, TooSoon
from lms.readiness.views.blueprint import Answer, bp, own_today
from lms.readiness.views.surveys import day_page, survey_page
from lms.settings import Settings
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.qr import draw_qr, qr_picture
from lms.web.site import see

PAPERS = {"a4": "a4", "letter": "us-letter"}


@bp.get("/readiness/surveys/<int:round_id>/share")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def share_survey(held: HeldSurvey) -> Answer:
    """Show every way to let people know: the poster, the link, e-mail, members."""
    if not held.is_taking:
        return see(url_for("readiness.show_survey", round_id=held.round.id))
    form = InviteForm()
    form.offer_languages(held.survey.languages)
    return pages.render("readiness/share_survey.html", **_share_page(held, form))


@bp.post("/readiness/surveys/<int:round_id>/invites")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def invite_people(held: HeldSurvey) -> Answer:
    """Invite by e-mail, or write to members, or send again what did not go out."""
    whom = request.form.get("whom", "addresses")
    form, by_id = InviteForm(forms.form_data()), access.signed_in_actor().person_id
    form.offer_languages(held.survey.languages)
    try:
        if whom != "addresses":
            return _invite_others(held, whom, by_id)
        if not form.validate():
            return pages.invalid("readiness/share_survey.html", **_share_page(held, form))
        invited = inviting.invite_addresses(
            held.round, form.addresses, form.language.data or "en", today=own_today(), by_id=by_id
        )
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        more = {"problem": sentence} if (sentence := invalid.fields.get("members")) else {}
        return pages.invalid("readiness/share_survey.html", **_share_page(held, form), **more)
    flash(_say_invited(invited), "success" if invited.n_new else "info")
    return see(url_for("readiness.show_survey", round_id=held.round.id, _anchor="invited"))


def _invite_others(held: HeldSurvey, whom: str, by_id: int) -> Answer:
    if whom == "new-members":
        n = inviting.invite_new_members(held.round, today=own_today(), by_id=by_id)
        said = ngettext(
            "One more member finds the survey on the home page.",
            "%(num)d more members find the survey on the home page.",
            n,
        )
    elif whom == "failed":
        n = inviting.send_again(held.round, by_id=by_id)
        said = ngettext("One message is sent again.", "%(num)d messages are sent again.", n)
    else:
        n = inviting.mail_members(held.round, by_id=by_id)
        said = ngettext("One member gets a message.", "%(num)d members get a message.", n)
    flash(said if n else _("There was nobody new to write to. Nothing had to be sent."), "success" if n else "info")
    return see(url_for("readiness.show_survey", round_id=held.round.id, _anchor="invited"))


@bp.post("/readiness/surveys/<int:round_id>/reminders")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def send_reminder(held: HeldSurvey) -> Answer:
    """Remind those not known to be done, at most every three days."""
    try:
        sent = inviting.send_reminder(held.round, today=own_today(), by_id=access.signed_in_actor().person_id)
    except (TooSoon, NobodyToRemind) as error:
        return pages.render("readiness/show_survey.html", **day_page(held, problem=error)), 409
    flash(
        ngettext(
            "The reminder to one person is on its way. Below you see whether it went out.",
            "The reminders to %(num)d people are on their way. Below you see how many went out.",
            sent.n_asked,
        ),
        "success",
    )
    return see(url_for("readiness.show_survey", round_id=held.round.id, _anchor="reminders"))


@bp.get("/readiness/surveys/<int:round_id>/poster.pdf")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def download_poster(held: HeldSurvey) -> Response:
    """Give the poster with its QR code: `?paper=a4` or `letter`, `?lang=en` or `es`."""
    language, paper = _poster_language(held), PAPERS.get(request.args.get("paper", ""), "us-letter")
    with force_locale(language):
        drawn = _draw_poster(held, language, paper)
    response = make_response(drawn)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="survey-{held.round.id}-{language}.pdf"'
    return response


@bp.post("/readiness/surveys/<int:round_id>/poster")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def renew_poster(held: HeldSurvey) -> Answer:
    """Make a new poster and link; those before open nothing any more."""
    launching.renew_poster(held.round, by_id=access.signed_in_actor().person_id)
    flash(_("There is a new poster and a new link. Take the old posters down: they open nothing now."), "success")
    return see(url_for("readiness.share_survey", round_id=held.round.id))


def poster_link(held: HeldSurvey, language: str | None = None) -> str:
    """Return the address that a poster leads to, and that may be copied into a message."""
    settings = _settings()
    token = survey_links.poster_token(settings.survey_key, held.round.id, held.survey.poster_salt)
    path = url_for("survey.open_poster", token=token, lang=language)  # no language: the reader's own
    return f"{settings.site_url}{path}"


def _share_page(held: HeldSurvey, form: InviteForm) -> dict[str, Any]:
    link = poster_link(held)
    return {
        **survey_page(held),
        "form": form,
        "link": link,
        "qr": draw_qr(link),
        "progress": surveys.count_known(held.round.id, own_today()),
        "papers": [("letter", "Letter"), ("a4", "A4")],
    }


def _poster_language(held: HeldSurvey) -> str:
    asked = request.args.get("lang", "")
    return asked if asked in held.survey.languages else str(held.survey.languages[0])


def _draw_poster(held: HeldSurvey, language: str, paper: str) -> bytes:
    link = poster_link(held, language)
    title = _("How are things here, honestly?")
    data = {
        "language": language,
        "paper": paper,
        "site_name": _settings().site_name,
        "title": title,
        "lead": _("%(minutes)d minutes on your phone. No account needed.", minutes=held.instrument.minutes),
        "scan": _("Point your camera here"),
        "or_type": _("or open this address:"),
        "link": link,
        "promise_title": _("Our promise"),
        "promise": [
            _("Nobody can look up your answers. Not your lead, not the people who run this site."),
            _("Groups with fewer than %(n)d answers are never shown.", n=held.survey.minimum),
            _("Answering is your choice. You can stop and go on later on this phone."),
        ],
        "dates": [
            (_("Answer until"), pages.day(held.survey.reopened_until or held.round.closes_on)),
            (_("Results by"), pages.day(held.survey.results_on)),
        ],
        "code_label": _("QR code of the survey"),
    }
    images = {"code.svg": qr_picture(draw_qr(link))}
    # A name in letters that our fonts lack is left out: who hangs the poster up knows where it hangs.
    for place in (held.round.organization.name, ""):
        try:
            return pdf.build("survey_poster", {**data, "place": place}, images=images)
        except pdf.CannotSet:
            continue
    raise Invalid(_("The poster cannot be drawn. Copy the link instead."))


def _say_invited(invited: Invited) -> str:
    new = ngettext(
        "One person is invited and gets a message.", "%(num)d people are invited and get a message.", invited.n_new
    )
    known = ngettext("One was invited before.", "%(num)d were invited before.", invited.n_known)
    if not invited.n_new:
        return str(_("All of them were invited before. Nothing was sent."))
    return f"{new} {known}" if invited.n_known else str(new)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
