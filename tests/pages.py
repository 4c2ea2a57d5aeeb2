"""A client that sends forms as a browser would, and looks at every page it gets."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Site:
    """Reads pages and sends their forms. Every page read is checked: title, one h1, no inline script or style."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, *, status: int = 200, **kwargs: Any) -> TestResponse:
        response = self.client.get(path, **kwargs)
        assert response.status_code == status, f"{path}: {response.status_code}, expected {status}"
        check_page(response)
        return response

    def post(
        self, path: str, fields: Mapping[str, Any] | None = None, *, status: int | None = None, page: str | None = None
    ) -> TestResponse:
        """Send a form with the CSRF token and form key of `page` (default: the path itself, else home)."""
        response = self.client.post(path, data={**self.hidden_fields(page or path), **(fields or {})})
        if status is not None:
            assert response.status_code == status, f"{path}: {response.status_code}, expected {status}"
        check_page(response)
        return response

    def hidden_fields(self, page: str) -> dict[str, str]:
        response = self.client.get(page)
        if response.status_code != 200 or "csrf_token" not in response.text:
            response = self.client.get("/")
        return {name: hidden_value(response.text, name) for name in ("csrf_token", "form_key")}


def check_page(response: TestResponse) -> None:
    """Check what every HTML page owes its reader."""
    if response.mimetype != "text/html" or response.status_code in range(300, 400):
        return
    html = response.text
    seen = _Seen()
    seen.feed(html)
    assert seen.titles == 1, "a page has one title"
    assert seen.headings == 1, f"a page has one h1, not {seen.headings}"
    assert not seen.inline, f"no inline script, style or handler: {seen.inline}"
    assert not seen.unlabelled, f"fields without a label: {seen.unlabelled}"


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.titles = self.headings = 0
        self.inline: list[str] = []
        self._labels: set[str] = set()
        self._fields: dict[str, bool] = {}
        self._svg = self._label = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._svg += tag == "svg"
        self._label += tag == "label"
        self.titles += tag == "title" and not self._svg
        self.headings += tag == "h1"
        if tag == "style" or (tag == "script" and "src" not in values) or "style" in values:
            self.inline.append(tag)
        self.inline += [name for name in values if name.startswith("on")]
        if tag == "label" and values.get("for"):
            self._labels.add(str(values["for"]))
        if tag in {"input", "select", "textarea"} and values.get("type") not in {"hidden", "submit", "button"}:
            named = bool(self._label or values.get("aria-label") or values.get("aria-labelledby"))
            self._fields[str(values.get("id") or values.get("name"))] = named

    def handle_endtag(self, tag: str) -> None:
        self._svg -= tag == "svg"
        self._label -= tag == "label"

    @property
    def unlabelled(self) -> list[str]:
        return [name for name, named in self._fields.items() if not named and name not in self._labels]


def hidden_value(html: str, name: str) -> str:
    """Return the value of a hidden input."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
    value = re.search(r'value="([^"]*)"', tag[0]) if tag else None
    return value[1] if value else ""
