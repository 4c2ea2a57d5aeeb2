"""Mail as the slices write it: composed from templates when it is sent, in its reader's language and time zone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template
from flask_babel import force_locale

from lms.settings import Settings
from lms.time_zones import by_clock_of


@dataclass(frozen=True)
class Message:
    """One mail to one person."""

    to: str
    subject: str
    text: str
    html: str


Composer = Callable[[Mapping[str, Any], datetime, Settings], Message | None]
"""Builds the message of one outbox row; None when it may no longer be sent."""


def compose(template: str, *, to: str, language: str, zone: str, **context: Any) -> Message:
    """Draw a message from `email/<template>.txt` and `.html`; the first line of the text is the subject."""
    with force_locale(language), by_clock_of(zone):
        subject, _, text = render_template(f"email/{template}.txt", language=language, **context).partition("\n")
        html = render_template(f"email/{template}.html", language=language, **context)
    return Message(to=to, subject=subject.strip(), text=text.strip() + "\n", html=html)
