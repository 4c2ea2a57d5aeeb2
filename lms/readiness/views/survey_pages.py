"""Answering a survey on a phone. The secret in the address alone opens a page: no session, no cookie, no trace.

Each page is a plain form that keeps what was tapped and leads on; a script only saves sooner.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, url_for
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from lms import limits
from lms.errors import Invalid
from lms.limits import Limit
from lms.readiness import survey_answers, survey_links
from lms.readiness.forms import answering as answer_forms
from lms.readiness.models import Cut, Via
from lms.readiness.models.surveys import LONGEST_COMMENT
from lms.readiness.queries import answering
from lms.readiness.queries.answering import AskedSurvey, Door, Place
from lms.readiness.services import answering as services
from lms.readiness.services.answering import LinkUsed, NothingAnswered, NotTaken, PosterFull
from lms.readiness.survey_answers import Answered, SurveyPage
from lms.web import access, pages
from lms.web.forms import form_data
from lms.web.site import afterwards, see
from readiness.instruments import Instrument

bp = Blueprint("survey", __name__, url_prefix="/survey")

Answer = Response | str | tuple[str, int] | tuple[Response, int]

UNKNOWN_LINKS = Limit("survey-links", 30, 15)


@bp.after_request
def keep_to_oneself(response: Response) -> Response:
    """The address is a secret: it stays out of caches, of the pages one goes on to, and of search engines."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def opened_by_link(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Find where a link leads and speak its language; what it does not open says so kindly."""

    @access.opened_by_secret
    @wraps(view)
    def opened(token: str, **url_values: Any) -> Answer:
        place = answering.find_place(_key(), token)
        if place is None:
            return _draw_unknown()
        with force_locale(_language_of(place)):
            return view(place, **url_values)

    return opened


def while_open(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let a view run only while the link takes answers, also when that ends in the middle of it."""

    @wraps(view)
    def guarded(place: Place, **url_values: Any) -> Answer:
        if place.door is not Door.OPEN:
            return _draw_door(place)
        try:
            return view(place, **url_values)
        except (NotTaken, LinkUsed):
            return _draw_door(answering.find_place(_key(), place.token) or place)

    return guarded


@bp.get("/<token>")
@opened_by_link
@while_open
def show_promise(place: Place) -> Answer:
    """Say who sees what before anything is asked; whoever has begun goes on where they stopped."""
    if place.answered.has_begun and "promise" not in request.args:
        return see(_next_address(place, place.answered))
    return pages.render(
        "survey/show_promise.html",
        **_context(place),
        is_own_link_new=place.via is Via.POSTER,
        own_link=current_app.config["SETTINGS"].site_url + _address("show_promise", place),
        next_url=_next_address(place, place.answered),
    )


@bp.get("/<token>/group")
@bp.post("/<token>/group")
@opened_by_link
@while_open
def choose_group(place: Place) -> Answer:
    """Ask to which group somebody belongs, when the survey has groups."""
    sent = form_data()
    if place.survey.cut is Cut.NONE:
        return see(_address("answer_page", place, number=1))
    if sent is None:
        return _draw_group(place, place.answered.group)
    if sent.get("go") == "back":
        return see(_address("show_promise", place, promise=1))
    try:
        services.choose_group(place, answer_forms.read_group(sent), language=_asked_language())
    except Invalid as invalid:
        return _draw_group(place, None, error=invalid.fields["group"]), 422
    return see(_address("answer_page", place, number=1))


@bp.get("/<token>/<int:number>")
@bp.post("/<token>/<int:number>")
@opened_by_link
@while_open
def answer_page(place: Place, number: int) -> Answer:
    """Ask four or five statements; the form keeps them and leads on or back."""
    all_pages = survey_answers.pages_of(place.survey.instrument)
    page = all_pages[min(max(number, 1), len(all_pages)) - 1]
    sent = form_data()
    if sent is None:
        return _draw_answers(place, page, all_pages)
    services.keep_answers(place, answer_forms.read_page(page, sent), language=_asked_language())
    if "left" in request.args:
        return see(_address("review", place))
    goes_back = sent.get("go") == "back"
    return see(_page_before(place, page) if goes_back else _page_after(place, page, len(all_pages)))


@bp.post("/<token>/save")
@opened_by_link
def save_tap(place: Place) -> Answer:
    """Keep taps as they happen; the answer tells what stands, also from another device."""
    taps = answer_forms.read_taps(request.get_json(silent=True))
    try:
        kept = services.keep_answers(place, taps, language=_asked_language())
    except (NotTaken, LinkUsed) as error:
        return jsonify(error="not taken", message=str(error)), 409
    return jsonify(row_version=kept.row_version, answers=dict(kept.answered.items))


@bp.get("/<token>/review")
@bp.post("/<token>/review")
@opened_by_link
@while_open
def review(place: Place) -> Answer:
    """Show what was left out, take a comment if there is one, and send."""
    sent = form_data()
    if sent is None:
        return _draw_review(place, place.answered.comment)
    text = answer_forms.read_comment(sent)
    try:
        is_seen = _is_seen(place, text)
        if not is_seen or sent.get("go") == "preview":
            return see(_address("review", place, _anchor="comment" if text else None))
        services.submit(place, today=answering.today_of(place.survey))
    except NothingAnswered as error:
        return _draw_review(place, text, error=str(error)), 422
    except Invalid as invalid:
        return _draw_review(place, text, comment_error=invalid.fields["comment"]), 422
    return see(_address("thank", place))


@bp.get("/<token>/thanks")
@opened_by_link
def thank(place: Place) -> Answer:
    """Say when the results come, and what was done after the last round."""
    if place.door is not Door.USED:
        return see(_address("show_promise", place))
    return pages.render("survey/thank.html", **_context(place), done_before=answering.list_done_before(place.survey))


@bp.get("/poster/<token>")
@bp.post("/poster/<token>")
@access.opened_by_secret
def open_poster(token: str) -> Answer:
    """Give each device that comes by the poster a link of its own."""
    key = _key()
    survey = answering.find_by_poster(key, token)
    if survey is None:
        return _draw_unknown()
    with force_locale(_offered(survey, str(get_locale() or "en"))):
        if survey.door is not Door.OPEN:
            return _draw_closed(survey, survey.door)
        sent = form_data()
        if sent is None:
            nonce = survey_links.new_nonce()
            return pages.render(
                "survey/open_poster.html", survey=survey, nonce=nonce, language_urls=_language_urls(survey)
            )
        nonce = sent.get("nonce", "")[: survey_links.LONGEST_NONCE] or survey_links.new_nonce()
        language = str(get_locale() or "en")
        try:
            own_token = services.open_by_poster(survey, nonce, key, language=language)
        except NotTaken:
            return _draw_closed(survey, Door.CLOSED)
        except PosterFull:
            return pages.render("survey/poster_is_full.html", survey=survey, language_urls=_language_urls(survey)), 409
        return see(url_for("survey.show_promise", token=own_token, lang=_asked_language()))


def _key() -> str:
    return str(current_app.config["SETTINGS"].survey_key)


def _is_seen(place: Place, text: str) -> bool:
    """Keep a comment, and say whether its writer has seen it as others will read it; none needs no look."""
    if text != place.answered.comment:
        services.keep_comment(place, text, language=_asked_language())
        return not text
    return True


def _asked_language() -> str | None:
    """The language in the address, None without one."""
    asked = request.args.get("lang", "")
    return asked if asked in ("en", "es") else None


def _language_of(place: Place) -> str:
    return _offered(place.survey, _asked_language() or place.answered.language or place.invite_language)


def _offered(survey: AskedSurvey, language: str) -> str:
    return language if language in survey.languages else survey.languages[0]


def _address(name: str, place: Place, **values: Any) -> str:
    return url_for(f"survey.{name}", token=place.token, lang=_asked_language(), **values)


def _language_urls(survey: AskedSurvey) -> list[dict[str, str | bool]]:
    """This page in each language of the survey."""
    spoken, names = str(get_locale() or "en"), {"en": "English", "es": "Español"}
    values = {**(request.view_args or {}), **{mark: 1 for mark in ("promise", "left") if mark in request.args}}
    return [
        {
            "code": code,
            "name": names[code],
            "url": url_for(str(request.endpoint), **values, lang=code),
            "is_current": code == spoken,
        }
        for code in survey.languages
    ]


def _context(place: Place) -> dict[str, Any]:
    return {
        "place": place,
        "survey": place.survey,
        "instrument": place.survey.instrument,
        "answered": place.answered,
        "language_urls": _language_urls(place.survey),
    }


def _next_address(place: Place, answered: Answered) -> str:
    """Where to go on: the group, the first item without an answer, or the end."""
    if place.survey.cut is not Cut.NONE and answered.group is None:
        return _address("choose_group", place)
    left, all_pages = (
        survey_answers.left_out(place.survey.instrument, answered),
        survey_answers.pages_of(place.survey.instrument),
    )
    if not left:
        return _address("review", place)
    page = survey_answers.page_of_item(all_pages, left[0].key)
    anchor = None if left[0] is page.items[0] else f"item-{left[0].key}"
    return _address("answer_page", place, number=page.number, _anchor=anchor)


def _page_after(place: Place, page: SurveyPage, n_pages: int) -> str:
    is_last = page.number == n_pages
    return _address("review", place) if is_last else _address("answer_page", place, number=page.number + 1)


def _page_before(place: Place, page: SurveyPage) -> str:
    if page.number > 1:
        return _address("answer_page", place, number=page.number - 1)
    has_groups = place.survey.cut is not Cut.NONE
    return _address("choose_group", place) if has_groups else _address("show_promise", place, promise=1)


def _draw_group(place: Place, chosen: str | None, *, error: str | None = None) -> str:
    choices = answering.list_choices(place.survey)
    return pages.render("survey/choose_group.html", **_context(place), choices=choices, chosen=chosen, error=error)


def _draw_answers(place: Place, page: SurveyPage, all_pages: tuple[SurveyPage, ...]) -> str:
    instrument = place.survey.instrument
    change_keys = {item.key for area in instrument.areas if area.is_about_change for item in area.items}
    return pages.render(
        "survey/answer_page.html",
        **_context(place),
        page=page,
        n_pages=len(all_pages),
        n_items=len(instrument.items),
        change_keys=change_keys if place.survey.has_change else frozenset(),
        values=range(instrument.low, instrument.high + 1),
    )


def _draw_review(place: Place, text: str, *, error: str | None = None, comment_error: str | None = None) -> str:
    instrument, all_pages = place.survey.instrument, survey_answers.pages_of(place.survey.instrument)
    numbers = {item.key: number for number, item in enumerate(instrument.items, start=1)}
    left = [
        {
            "number": numbers[item.key],
            "item": item,
            "url": _address(
                "answer_page",
                place,
                number=survey_answers.page_of_item(all_pages, item.key).number,
                left=1,
                _anchor=f"item-{item.key}",
            ),
        }
        for item in survey_answers.left_out(instrument, place.answered)
    ]
    is_kept = bool(text) and text == place.answered.comment
    return pages.render(
        "survey/review.html",
        **_context(place),
        left=left,
        n_pages=len(all_pages),
        n_items=len(numbers),
        text=text,
        preview=services.masked(place.survey, text) if is_kept else "",
        longest=LONGEST_COMMENT,
        error=error,
        comment_error=comment_error,
    )


def _typed(survey: AskedSurvey) -> list[dict[str, str]]:
    """What stood on a page that could not be taken."""
    sent: Mapping[str, str] = form_data() or {}
    instrument, language = survey.instrument, str(get_locale() or "en")
    lines = [
        {"label": item.text[language], "value": _worded(instrument, sent[f"answer-{item.key}"], language)}
        for item in instrument.items
        if f"answer-{item.key}" in sent
    ]
    comment = answer_forms.read_comment(sent)
    return [*lines, {"label": _("Your comment"), "value": comment}] if comment else lines


def _worded(instrument: Instrument, choice: str, language: str) -> str:
    words = {"not-applicable": _("Does not apply here"), "dont-know": _("I don’t know")}
    labels = {str(value): text[language] for value, text in instrument.labels.items()}
    return str({**labels, **words}.get(choice, choice))


def _draw_door(place: Place) -> Answer:
    if place.door is Door.USED:
        return see(_address("thank", place))
    return _draw_closed(place.survey, place.door)


def _draw_closed(survey: AskedSurvey, door: Door) -> Answer:
    drawn = pages.render(
        "survey/closed.html",
        survey=survey,
        door=door.value,
        typed=_typed(survey),
        language_urls=_language_urls(survey),
    )
    return (drawn, 409) if request.method == "POST" else drawn


def _draw_unknown() -> Answer:
    """One answer for links that were guessed, cut off, voided or made elsewhere; who guesses on is stopped."""
    address = access.client_address()
    limits.check(UNKNOWN_LINKS, address)
    afterwards(lambda: limits.count(UNKNOWN_LINKS, address))
    return pages.render("survey/unknown.html", language_urls=[]), 404
