"""Certificates: the page and the PDF of one, its name, and the public pages where anyone checks a serial.

Page and PDF draw the same document with the same words.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, current_app, flash, make_response, request, url_for
from flask_babel import format_date, lazy_gettext
from flask_babel import gettext as _

from lms import clock, limits, pdf
from lms.authz import Permission, can
from lms.errors import Invalid
from lms.limits import Limit
from lms.settings import Settings
from lms.training import rules
from lms.training.certificate_document import LAST_ZONE, CertificateDocument, build_document
from lms.training.forms import CertificateNameForm
from lms.training.queries import certificates as queries
from lms.training.queries import published
from lms.training.queries.certificates import HeldCertificate
from lms.training.rules import CertificateState
from lms.training.services import certificates as services
from lms.training.views import bp, page_language
from lms.web import access, pages
from lms.web.access import public, requires
from lms.web.forms import form_data
from lms.web.qr import QrCode, draw_qr, qr_picture
from lms.web.site import afterwards, see

UNKNOWN_SERIALS = Limit("verify-certificate", 60, 10)

STATES = {
    CertificateState.VALID: ("success", lazy_gettext("Valid")),
    CertificateState.EXPIRED: ("caution", lazy_gettext("Expired")),
    CertificateState.REVOKED: ("danger", lazy_gettext("Revoked")),
}


@bp.get("/certificates/<int:certificate_id>")
@requires(Permission.LEARNING_READ, on=queries.get_certificate_for)
def show_certificate(held: HeldCertificate) -> Response:
    """Show a certificate, to keep, print and pass on."""
    form = CertificateNameForm(data={"name_shown": held.certificate.name_shown})
    return _private(held, pages.render("training/show_certificate.html", **_page(held, form)))


@bp.get("/certificates/<int:certificate_id>.pdf")
@requires(Permission.LEARNING_READ, on=queries.get_certificate_for)
def download_certificate(held: HeldCertificate) -> Response:
    """Give the same certificate as a PDF."""
    response = _private(held, _draw_pdf(held))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="certificate-{held.certificate.serial}.pdf"'
    return response


@bp.post("/certificates/<int:certificate_id>/name")
@requires(Permission.CERTIFICATE_NAME, on=queries.get_certificate_for)
def change_certificate_name(held: HeldCertificate) -> Response | tuple[str, int]:
    """Put the name on the certificate that its holder wants there."""
    form = CertificateNameForm(form_data())
    if not form.validate():
        return pages.invalid("training/show_certificate.html", **_page(held, form))
    services.change_name(held.certificate, form.name_shown.data or "")
    flash(_("The name on your certificate is changed."), "success")
    return see(_page_path(held))


@bp.get("/verify")
@public
def check_certificate() -> Any:
    """Ask for the serial of a certificate."""
    typed = request.args.get("serial")
    serial = rules.normalize_serial(typed) if typed is not None else None
    if serial is not None:
        return see(url_for("training.verify_certificate", serial=serial, lang=request.args.get("lang")))
    fault = None if typed is None else _("A serial number has 16 letters and digits. Look at the certificate again.")
    page = pages.render("training/check_certificate.html", typed=(typed or "")[:100], fault=fault)
    return _unlisted(make_response(page, 422 if fault else 200))


@bp.get("/verify/<serial>")
@public
def verify_certificate(serial: str) -> Response:
    """Say whether the certificate with this serial is real and still valid."""
    address = access.client_address()
    limits.check(UNKNOWN_SERIALS, address)
    meant = rules.normalize_serial(serial)
    checked = queries.find_checked(meant, page_language(), clock.today(LAST_ZONE)) if meant else None
    if checked is None:
        afterwards(lambda: limits.count(UNKNOWN_SERIALS, address))
    page = pages.render(
        "training/verify_certificate.html", checked=checked, typed=meant or serial[:100], states=STATES, words=in_words
    )
    return _unlisted(make_response(page, 200 if checked else 404))


def in_words(day: date | None) -> str:
    """Write a date in full: "January 5, 2026", "5 de enero de 2026"."""
    return str(format_date(day, "long")) if day else _("It does not expire")


def _page(held: HeldCertificate, form: CertificateNameForm) -> Mapping[str, Any]:
    document, code = _document(held)
    other = {"en": "es", "es": "en"}[document.language]
    return {
        "held": held,
        "document": document,
        "words": _words(document),
        "code": code,
        "form": form,
        "states": STATES,
        "is_own": _is_own(held),
        "other_language_url": url_for("training.show_certificate", certificate_id=held.certificate.id, lang=other),
        "asked_language": request.args.get("lang"),
    }


def _document(held: HeldCertificate) -> tuple[CertificateDocument, QrCode]:
    certificate = held.certificate
    check_url = _site_url() + url_for("training.verify_certificate", serial=certificate.serial)
    document = build_document(
        certificate,
        held.published.course,
        page_language(),
        clock.today(LAST_ZONE),
        version=held.published.source_version,
        check_url=check_url,
        is_signed=published.find_sign_off(held.published, certificate.language.value) is not None,
    )
    return document, draw_qr(check_url)


def _words(document: CertificateDocument) -> dict[str, Any]:
    """Return the sentences around a certificate, the same on page and paper."""
    address = _site_url().partition("://")[2] + url_for("training.check_certificate")
    unsigned = _("No clinician has signed the text of this course yet. It rests on published sources.")
    return {
        "title": _("Certificate of completion"),
        "awarded_to": _("Awarded to"),
        "for_finishing": _("for finishing the course"),
        "issued": _("Issued on %(day)s", day=in_words(document.issued_on)),
        "certifies_title": _("What this certificate says"),
        "does_not_certify_title": _("What it does not say"),
        "unsigned": "" if document.is_signed else unsigned,
        "how_to_check": _("To check this certificate, scan the code or go to %(address)s.", address=address),
        "code_label": _(
            "QR code of the page that says whether this certificate is valid: %(url)s", url=document.check_url
        ),
        "state": _state_sentence(document),
        "facts": _facts(document),
    }


def _state_sentence(document: CertificateDocument) -> str:
    said = {
        CertificateState.VALID: "",
        CertificateState.EXPIRED: _("The last day of this certificate is over. Take the course again to renew it."),
        CertificateState.REVOKED: _("This certificate was revoked. It no longer counts."),
    }
    return str(said[document.state])


def _facts(document: CertificateDocument) -> list[tuple[str, str]]:
    score = _("%(right)d of %(all)d right", right=document.n_correct, all=document.n_questions)
    return [
        (_("Valid through"), in_words(document.expires_on)),
        (_("Knowledge check"), score),
        (_("Course version"), document.version),
        (_("Serial number"), document.serial),
    ]


def _draw_pdf(held: HeldCertificate) -> bytes:
    """Draw the PDF. Where our fonts lack a letter of the name, it says where the name stands."""
    document, code = _document(held)
    data = {
        **_words(document),
        "language": document.language,
        "site_name": _settings().site_name,
        "course": document.course_title,
        "certifies": document.certifies,
        "does_not_certify": document.does_not_certify,
        "check_url": document.check_url,
        "is_revoked": document.state is CertificateState.REVOKED,
    }
    elsewhere = {
        "name": "",
        "name_elsewhere": _("Name: see the web page of this certificate"),
        "name_url": _site_url() + url_for("training.show_certificate", certificate_id=held.certificate.id),
    }
    for name in ({"name": document.name}, elsewhere):
        try:
            return pdf.build("certificate", {**data, **name}, images={"code.svg": qr_picture(code)})
        except pdf.CannotSet:
            continue
    raise Invalid(_("This certificate cannot be drawn as a PDF. Open its page and print that instead."))


def _is_own(held: HeldCertificate) -> bool:
    return can(access.current_actor(), Permission.CERTIFICATE_NAME, held.scope)


def _private(held: HeldCertificate, body: str | bytes) -> Response:
    """Let nothing keep what is somebody else's."""
    response = make_response(body)
    if not _is_own(held):
        response.headers["Cache-Control"] = "no-store"
    return response


def _unlisted(response: Response) -> Response:
    """Keep a public page out of caches and search engines: its address holds a secret."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page_path(held: HeldCertificate) -> str:
    return url_for("training.show_certificate", certificate_id=held.certificate.id, lang=request.args.get("lang"))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _site_url() -> str:
    return _settings().site_url
