"""A stage for layouts, macros, styles and scripts: the real ones, on a tiny site whose answers a test chooses."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, flash, redirect, render_template, request
from flask_babel import Babel
from markupsafe import Markup
from werkzeug.serving import make_server

from lms.web import static_files

ROOT = Path(__file__).resolve().parent.parent
PERSON = 12

FORM = """{% extends "layouts/site.html" %}
{% from "macros/form.html" import post_form, form_actions %}
{% from "macros/field.html" import text_input %}
{% from "macros/choice_cards.html" import choice_group %}
{% from "macros/error_summary.html" import error_list %}
{% from "macros/button.html" import button %}
{% block title %}Form{% endblock %}
{% block main %}<h1>Form</h1>
  {{ error_list(errors) }}
  {% call post_form("/form") %}
    {{ text_input("name", "Name", value=name) }}
    {{ text_input("secret", "Password", type="password") }}
    {% set days = [{"value": "m", "label": "Monday"}, {"value": "t", "label": "Tuesday"}] %}
    {{ choice_group("days", "Days", days, type="checkbox") }}
    {% call form_actions() %}{{ button("Save", name="way", value="save") }}{% endcall %}
  {% endcall %}
{% endblock %}"""

LESSON = """{% extends "layouts/focus.html" %}
{% from "macros/lesson.html" import lesson_step, lesson_steps %}
{% from "macros/progress.html" import progress_line %}
{% block title %}Lesson{% endblock %}
{% block progress %}{{ progress_line(step, 3, "Screen 1 of 3") }}{% endblock %}
{% block main %}<h1 class="visually-hidden">Lesson</h1>
  {% call lesson_steps(person=actor.id, lesson="overdose/look", url="/steps", step=step, n_steps=3) %}
    {% for number in [1, 2, 3] %}
      {% call lesson_step(number, 3, "Screen " ~ number, number == step, "/steps", is_last=number == 3) %}
        <p>One idea.</p>
      {% endcall %}
    {% endfor %}
  {% endcall %}
{% endblock %}"""

PAGE = """{% extends "layouts/site.html" %}{% block title %}{{ heading }}{% endblock %}
{% block main %}<h1>{{ heading }}</h1>{% endblock %}"""


class Stage:
    """The tiny site; `answer` is what its form does next, `steps_status` what its step door says."""

    def __init__(self) -> None:
        self.answer = "done"
        self.steps_status = 204
        self.forms: list[dict[str, str]] = []
        self.events: list[dict[str, Any]] = []
        self.sign_outs = 0
        self.app = self._app()
        self.url = ""

    @property
    def steps(self) -> list[int]:
        return [event["step"] for event in self.events]

    def _app(self) -> Flask:
        app = Flask("stage", template_folder=str(ROOT / "templates"), static_folder=None)
        app.secret_key = "only for tests"
        Babel(app)
        files = static_files.open_static_files()
        hidden = Markup('<input type="hidden" name="csrf_token" value="token">')
        app.jinja_env.globals.update(
            asset_url=files.url,
            csrf_field=lambda: hidden,
            draw_once=lambda _key, caller: caller(),
            event_key=lambda: "key",
            page_address=lambda: request.path,
            url_for=_address,
        )
        app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
        app.context_processor(self._context)
        app.add_url_rule("/form", view_func=self.form, methods=["GET", "POST"])
        app.add_url_rule("/steps", view_func=self.take_steps, methods=["POST"])
        app.add_url_rule("/sign-out", view_func=self.sign_out, methods=["POST"])
        app.add_url_rule("/lesson", "lesson", lambda: self._show(LESSON, step=int(request.args.get("step", 1))))
        app.add_url_rule("/", "home", lambda: self._show(PAGE, heading="Home"))
        app.add_url_rule("/sign-in", "sign_in", lambda: self._show(PAGE, heading="Sign in", actor=None))
        app.wsgi_app = files.serve(app.wsgi_app)  # type: ignore[method-assign]
        return app

    def _context(self) -> dict[str, Any]:
        person = SimpleNamespace(id=PERSON, display_name="Ana", organizations=[])
        home = {"label": "Home", "url": "/", "icon": "home", "is_current": True}
        return {"actor": person, "nav": lambda: [home], "language": "en", "theme": "auto", "site_name": "Stage"}

    def _show(self, template: str, **values: Any) -> str:
        return self.app.jinja_env.from_string(template).render(**{**self._values(), **values})

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        self.app.update_template_context(values)
        return values

    def form(self) -> Any:
        if request.method == "GET":
            return self._show(FORM, name="", errors=[])
        self.forms.append(request.form.to_dict())
        if self.answer == "done":
            flash("The name was saved.", "success")
            return redirect("/", 303)
        if self.answer == "signed-out":
            return redirect("/sign-in", 303)
        if self.answer == "422":
            errors = [{"text": "Write another name.", "href": "#name"}]
            return self._show(FORM, name=request.form["name"], errors=errors), 422
        return render_template("errors/error.html", status=int(self.answer)), int(self.answer)

    def take_steps(self) -> Any:
        if not request.is_json:
            step = int(request.form["step"])
            return redirect(f"/lesson?step={step + 1}" if step < 3 else "/", 303)
        if self.steps_status == 204:
            assert request.headers["X-CSRF-Token"] == "token"
            self.events += request.get_json()["events"]
        return "", self.steps_status

    def sign_out(self) -> Any:
        self.sign_outs += 1
        return redirect("/sign-in", 303)


def _address(endpoint: str, **_values: Any) -> str:
    known = {"accounts.sign_in": "/sign-in", "accounts.sign_out": "/sign-out", "home.show_home": "/"}
    return known.get(endpoint, f"/{endpoint}")


@contextmanager
def playing() -> Iterator[Stage]:
    """Serve a stage on this machine while the block runs."""
    stage = Stage()
    server = make_server("127.0.0.1", 0, stage.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    stage.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stage
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
