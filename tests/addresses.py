"""One table of addresses for all sites of a test process.

Each test has a site of its own with hundreds of addresses. To take them apart costs more than the rest of the site and
comes to the same each time, so that a site takes over the table of the first one of its kind. One that gets another
address afterwards, from a test, gets a table of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import lms
from lms.settings import Settings
from lms.web.site import Site, SiteMap

Key = tuple[str, str, frozenset[str]]


@dataclass(frozen=True)
class Table:
    """The addresses of a whole site."""

    addresses: SiteMap
    keys: frozenset[Key]

    def copy(self) -> SiteMap:
        copied = SiteMap()
        for rule in self.addresses.iter_rules():
            fresh = rule.empty()
            fresh.provide_automatic_options = rule.provide_automatic_options  # Flask's own, which Werkzeug forgets
            copied.add(fresh)
        return copied


_tables: dict[bool, Table] = {}
_added: WeakKeyDictionary[Site, set[Key]] = WeakKeyDictionary()
_register, _add_url_rule = lms._register, Site.add_url_rule


def share() -> None:
    """Let every site of this process share its addresses with others."""
    lms._register = _register_at_once
    Site.add_url_rule = _add_if_new  # type: ignore[method-assign]


def _register_at_once(site: Site, settings: Settings) -> None:
    table = _tables.get(settings.is_demo)
    if table is not None:
        site.url_map = table.addresses
    _register(site, settings)
    if table is None:
        _tables[settings.is_demo] = Table(site.url_map, frozenset(_added[site]))
    unknown = {rule.endpoint for rule in site.url_map.iter_rules()} - site.view_functions.keys()
    assert not unknown, unknown


def _add_if_new(
    self: Site, rule: str, endpoint: str | None = None, view_func: Callable[..., Any] | None = None, *rest, **options
) -> None:
    name = endpoint or view_func.__name__
    key = (rule, name, frozenset(options.get("methods") or ()))
    table = next((each for each in _tables.values() if each.addresses is self.url_map), None)
    if table is not None and key in table.keys:
        assert self.view_functions.get(name, view_func) == view_func, name
        self.view_functions[name] = view_func
        return
    if table is not None:
        self.url_map = table.copy()
    _added.setdefault(self, set()).add(key)
    _add_url_rule(self, rule, endpoint, view_func, *rest, **options)
