"""How the site writes its log: one event a line, `2026-11-21T20:00:00Z INFO lms.jobs work failed table=job id=3`.

Line breaks are escaped, so nobody can forge a line; what looks like an address of a person or a secret of a link is
taken out, whoever wrote it there.
"""

import logging
import re
import sys
import time
from typing import TextIO

from lms import audit

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK_SECRET = re.compile(r"/(join|reset|verify|survey/poster|survey)/[^\s/?\"']+")
_DATABASE_DETAIL = re.compile(r"(DETAIL|CONTEXT|\[parameters):.*")
_URL_PASSWORD = re.compile(r"(\w+://[^\s:/@]*):[^\s@/]+@")


class LineFormatter(logging.Formatter):
    """One line an event, its exception on the same line, whatever the message holds."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        said = without_secrets(record.getMessage())
        request = audit.request_reference.get()
        if request and "request=" not in said:
            said += f" request={request}"
        if record.exc_info:
            said += f" exception={without_secrets(self.formatException(record.exc_info))}"
        return f"{moment} {record.levelname} {record.name} {_escaped(said)}"


def without_secrets(said: str) -> str:
    """Take out what could name a person or open a door."""
    said = _DATABASE_DETAIL.sub(r"\1: (hidden)", said)
    said = _URL_PASSWORD.sub(r"\1:(hidden)@", said)
    said = _LINK_SECRET.sub(r"/\1/(hidden)", said)
    return _ADDRESS.sub("(address)", said)


def start_log(level: str, stream: TextIO | None = None) -> None:
    """Send every event of this process to the stream, standard error unless another is given."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a full queue for a moment is no event
    logging.getLogger("alembic").setLevel(logging.WARNING)  # the command itself says what was migrated
    logging.captureWarnings(capture=True)


def _escaped(said: str) -> str:
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), said.replace("\\", "\\\\"))
