"""Files that are looked at before anything is taken from them."""

from flask import request

from lms import sheets, workbooks
from lms.readiness.forms import exchange
from lms.readiness.forms.exchange import FileForm
from lms.sheets import BadQuotes, NotText
from lms.web import site
from lms.workbooks import UnreadableWorkbook
from readiness.formats.errors import FormatRefused

MOST_COLUMNS = 500
_CANNOT_READ = (FormatRefused, UnreadableWorkbook, NotText, BadQuotes)


class FileRefused(Exception):
    """A file that cannot be read; `sentence` says why, for whoever sent it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def has_file() -> bool:
    """Say whether a file came with this form."""
    upload = request.files.get("file")
    return upload is not None and bool(upload.filename)


def take_file(form: FileForm) -> None:
    """Put what an uploaded file says into the form; nobody waits for the database meanwhile, so rows are read anew."""
    if not has_file():
        if not form.text.data:
            raise FileRefused(str(exchange.NO_FILE))
        return
    data = request.files["file"].stream.read(exchange.MOST_BYTES + 1)
    form.text.data = site.outside_transaction(lambda: text_of(data))


def text_of(data: bytes) -> str:
    """Return the text of a file, of a workbook its first sheet; raises FileRefused."""
    if len(data) > exchange.MOST_BYTES:
        raise FileRefused(str(exchange.TOO_BIG))
    try:
        if workbooks.is_workbook(data):
            return workbooks.read_as_text(data, most_columns=MOST_COLUMNS)
        text = sheets.decode(data).text
    except _CANNOT_READ as error:
        raise FileRefused(say_why(error)) from None
    if "\0" in text:
        raise FileRefused(str(exchange.NOT_TEXT))
    return text


def is_json(text: str) -> bool:
    """Say whether a text is meant to be JSON, by how it begins: names of files mean nothing."""
    return text.lstrip("\ufeff \t\r\n").startswith(("{", "["))


def say_why(error: Exception) -> str:
    """Say why a file cannot be read."""
    if isinstance(error, FormatRefused):
        return exchange.say_refusal(error)
    if isinstance(error, UnreadableWorkbook):
        return str(exchange.WORKBOOK_SENTENCES[error.flaw])
    if isinstance(error, BadQuotes):
        return str(exchange.BAD_QUOTES) % {"line": error.line}
    return str(exchange.NOT_TEXT)
