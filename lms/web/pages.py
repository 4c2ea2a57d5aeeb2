"""What every page knows: who is signed in, where one can go, how to draw dates, and pages of long lists."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from flask import Flask, has_request_context, render_template, request, url_for
from flask_babel import format_date, format_datetime, get_locale
from flask_babel import gettext as _
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from sqlalchemy.exc import SQLAlchemyError

from lms.authz import Actor, Permission, Scope, Scoped, can
from lms.settings import Settings
from lms.web import access, forms, markdown, site
from lms.web.fragments import Fragments
from lms.web.static_files import StaticFiles

Row = TypeVar("Row")

PAGE_SIZE = 25
OWN_SHEETS = {"readiness": "readiness.css", "survey": "readiness.css"}  # by blueprint: its pages load it too
THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark", "contrast")


@dataclass(frozen=True)
class ListPage(Generic[Row]):
    """One page of a long list."""

    rows: Sequence[Row]
    number: int
    n_items: int
    page_size: int = PAGE_SIZE

    @property
    def n_pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.n_items // self.page_size))

    @property
    def first(self) -> int:
        """Position of the first row shown, from 1; 0 when the list is empty."""
        return min((self.number - 1) * self.page_size + 1, self.n_items)

    @property
    def last(self) -> int:
        """Position of the last row shown."""
        return min(self.number * self.page_size, self.n_items)


class PageTemplate(Template):
    """A template that knows that all share the same globals: to compare them at each import takes long."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002
        return super()._get_default_module()


def page_of(n_items: int, fetch: Callable[..., Sequence[Row]], page_size: int = PAGE_SIZE) -> ListPage[Row]:
    """Return the asked-for page of a list, the last one when the address asks for more.

    `fetch` takes limit and offset and returns the rows.
    """
    number = min(asked_page(), max(1, -(-n_items // page_size)))
    return ListPage(fetch(limit=page_size, offset=(number - 1) * page_size), number, n_items, page_size)


def asked_page() -> int:
    """Return the page number in the address, 1 when there is none or it is broken."""
    asked = request.args.get("page", "1")
    return min(max(int(asked), 1), 100_000) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1


def render(template: str, **context: Any) -> str:
    """Draw a page from its template."""
    return render_template(template, **context)


def invalid(template: str, **context: Any) -> tuple[str, int]:
    """Draw the same page again with its messages: 422."""
    return render_template(template, **context), 422


def prepare_pages(app: Flask, settings: Settings, static_files: StaticFiles) -> None:
    """Teach templates what every page needs."""
    app.jinja_env.template_class = PageTemplate
    app.jinja_env.globals.update(
        asset_url=static_files.url,
        page_address=site.page_address,
        csrf_field=forms.csrf_field,
        csrf_token=forms.csrf_token,
        event_key=forms.event_key,
        draw_once=Fragments().draw_once,
        can=_can,
        Permission=Permission,
    )
    app.jinja_env.filters.update(
        prose=markdown.fill_facts, emergency_prose=markdown.fill_emergency_facts, day=day, moment=moment
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: _shared_context(settings))


def day(value: date | None) -> str:
    """Write a date in words, by the page's language: "Fri, Dec 4, 2026", "vie, 4 dic 2026".

    A date stays the day it is; a moment falls on the day it is for the reader.
    """
    if value is None:
        return ""
    return str(format_date(value, "EEE, d MMM y" if str(get_locale()) == "es" else "EEE, MMM d, y"))


def moment(value: datetime | None) -> str:
    """Write a moment by the reader's clock, with its zone: "Mar 1, 2026, 10:30:00 PM MST"."""
    if value is None:
        return ""
    zone = format_datetime(value, "z")
    named = zone if zone[0].isalpha() else format_datetime(value, "ZZZZ")  # no short name in this language: GMT-07:00
    return f"{format_datetime(value, 'medium')} {named}"


@dataclass(frozen=True)
class NavItem:
    """One place in the navigation."""

    label: str
    url: str
    icon: str
    is_current: bool
    is_on_phone: bool


@dataclass(frozen=True)
class Place:
    """Where one can go, and by which endpoints one is there."""

    label: str
    url: str
    icon: str
    prefixes: tuple[str, ...]
    is_on_phone: bool = True


@dataclass(frozen=True)
class AccountView:
    """The signed-in person, as the frame of each page shows them."""

    id: int
    display_name: str
    organizations: Sequence[Mapping[str, Any]]


def _can(permission: Permission, thing: Scoped | None = None) -> bool:
    actor = access.current_actor()
    if actor is None:
        return False
    return can(actor, permission, thing.scope if thing is not None else Scope(person_id=actor.person_id))


def _shared_context(settings: Settings) -> dict[str, Any]:
    place = {"site_name": settings.site_name, "site_url": settings.site_url}
    return place | _page_context(settings) if has_request_context() else place  # mail is drawn outside of any request


def _page_context(settings: Settings) -> dict[str, Any]:
    actor, expires_at, theme = _known_actor(settings)
    return {
        "actor": _account_view(actor) if actor else None,
        "is_admin": bool(actor and actor.is_administrator),
        "own_sheet": OWN_SHEETS.get(request.blueprint or ""),
        "frame_key": (actor, request.endpoint),
        "nav": lambda: _navigation(actor) if actor else [],
        "language": str(get_locale() or "en"),
        "theme": theme,
        "is_demo": settings.is_demo,
        "place_name": actor.current_membership.organization_name if actor and actor.current_membership else None,
        "session_expires_at": expires_at,
    }


def _known_actor(settings: Settings) -> tuple[Actor | None, str | None, str]:
    """Return who is signed in; nobody when the database cannot say, so that even then a page can be drawn."""
    kept = request.cookies.get(THEME_COOKIE, "auto")
    theme = kept if kept in THEMES else "auto"
    try:
        signed_in, ends_at = access.current_session(), access.session_ends_at(settings)
        if signed_in is None or ends_at is None:
            return None, None, theme
        return access.current_actor(), ends_at.isoformat(), str(signed_in.person.theme)
    except SQLAlchemyError:
        return None, None, theme


def _account_view(actor: Actor) -> AccountView:
    here = actor.current_membership
    places = [
        {"id": m.organization_id, "name": m.organization_name, "is_current": m == here} for m in actor.memberships
    ]
    return AccountView(actor.person_id, actor.display_name, places)


def _navigation(actor: Actor) -> list[NavItem]:
    endpoint = request.endpoint or ""
    return [
        NavItem(place.label, place.url, place.icon, endpoint.startswith(place.prefixes), is_on_phone=place.is_on_phone)
        for place in _places(actor)
    ]


def _places(actor: Actor) -> Iterator[Place]:
    """Yield where one can go; a phone shows five of them, the rest stands under More."""
    yield Place(_("Home"), url_for("home.show_home"), "home", ("home.show_home",))
    yield Place(_("Learn"), url_for("training.list_courses"), "book-open", ("training.",))
    yield Place(_("Readiness"), url_for("readiness.show_readiness"), "list-checks", ("readiness.",))
    yield Place(
        _("Improve"), url_for("improvement.show_improvement"), "chart-line", ("improvement.", "collaboratives.")
    )
    yield _own_place(actor)
    if actor.coalition_roles or actor.led_organization_ids:
        yield Place(
            _("Assistance"), url_for("assistance.show_queue"), "hand-helping", ("assistance.",), is_on_phone=False
        )
    playbooks = url_for("playbooks.list_playbooks")
    yield Place(_("Playbooks"), playbooks, "scroll-text", ("playbooks.", "succession."), is_on_phone=False)
    yield Place(_("Search"), url_for("search.search_everything"), "search", ("search.",), is_on_phone=False)
    yield Place(_("More"), url_for("home.show_more"), "menu", ("home.show_more",))


def _own_place(actor: Actor) -> Place:
    """The organization one acts in, else the coalition, else the organizations one may join."""
    here = actor.current_membership
    if here is not None:
        people = url_for("organizations.show_organization", organization_id=here.organization_id)
        return Place(_("People"), people, "users", ("organizations.",), is_on_phone=False)
    if actor.coalition_roles:
        coalition = url_for("coalitions.show_coalition", coalition_id=actor.coalition_roles[0].coalition_id)
        return Place(_("Coalition"), coalition, "users", ("coalitions.",), is_on_phone=False)
    return Place(
        _("People"), url_for("organizations.list_organizations"), "users", ("organizations.",), is_on_phone=False
    )
