"""Published content and its clinical sign-offs."""

from flask import flash, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from lms.admin import forms as admin_forms
from lms.admin import services
from lms.admin.queries.content import PublishedText, get_text_for, list_versions
from lms.admin.queries.reach import Administered, get_site_for
from lms.admin.views.blueprint import Answer, bp, draw_form
from lms.authz import Actor, Permission
from lms.errors import Invalid
from lms.publications import ContentKind
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see

OVERDOSE_NOW = "overdose-now"


@bp.get("/content")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def list_content(_site: Administered[Actor]) -> str:
    """List the newest version of every course and page, and who signed which language of it."""
    everything = list_versions(str(get_locale()))  # what the site publishes is a few dozen texts, so all are read
    versions = pages.page_of(len(everything), lambda limit, offset: everything[offset : offset + limit])
    return pages.render("admin/list_content.html", versions=versions, language_labels=admin_forms.LANGUAGE_LABELS)


@bp.get("/content/<int:version_id>/sign-off/<language>")
@bp.post("/content/<int:version_id>/sign-off/<language>")
@requires(Permission.SITE_ADMINISTER, on=get_text_for)
def sign_off_content(text: PublishedText) -> Answer:
    """Record that a clinician stands behind this text."""
    form = admin_forms.SignOffForm(forms.form_data())
    if request.method == "POST" and form.validate():
        try:
            by_id = access.signed_in_actor().person_id
            services.sign_off(text.text_hash, text.language, by_id=by_id, **form.values())
        except Invalid as invalid:
            forms.add_errors(form, invalid.fields)
        else:
            flash(_("The sign-off is recorded. Readers see it from now on."), "success")
            return see(url_for("admin.list_content"))
    label = admin_forms.LANGUAGE_LABELS[text.language]
    return draw_form(
        "admin/sign_off_content.html", form=form, text=text, language_label=label, reading_url=_reading_url(text)
    )


def _reading_url(text: PublishedText) -> str:
    """Return where the text can be read as its readers see it."""
    language, slug = text.language.value, text.version.slug
    if text.version.kind is ContentKind.COURSE:
        return url_for("training.show_course", course_slug=slug, lang=language)
    if text.version.kind is ContentKind.INSTRUMENT:
        return url_for("readiness.show_readiness", lang=language)
    if text.version.kind is ContentKind.CHANGE_PACKAGE:
        return url_for("improvement.list_changes", origin="package", lang=language)
    if slug == OVERDOSE_NOW:
        return url_for("home.show_overdose_now", lang=language)
    return url_for("home.show_help_page", slug=slug, lang=language)
