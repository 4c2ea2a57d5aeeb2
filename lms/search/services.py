"""Writing what can be found: rows of the table, and one outbox row that brings them into the index."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, select

from lms.accounts.models import Language
from lms.db import db
from lms.outbox import OutboxKind, put
from lms.search.models import DocumentKind, SearchDocument

TOPIC = "search/documents"
KEY = "document_ids"  # of the payload


@dataclass(frozen=True)
class Findable:
    """One text in one language, as it is to be found."""

    kind: DocumentKind
    subject: str
    language: Language
    scope: str
    path: str
    title: str
    body: str


def replace_documents(kind: DocumentKind, family: str, documents: Sequence[Findable]) -> None:
    """Let exactly these documents be found for one family: a course with its lessons, or one page.

    The family is the subject itself or what stands before its first slash. Three statements, one more per new text.
    """
    held = {(row.subject, row.language): row for row in db.session.scalars(_of_family(kind, family))}
    touched = [_written(held.pop((each.subject, each.language), None), each) for each in documents]
    db.session.flush()  # new rows get their ids
    gone = [row.id for row in held.values()]
    if gone:
        db.session.execute(delete(SearchDocument).where(SearchDocument.id.in_(gone)))
    put(OutboxKind.INDEX, TOPIC, {KEY: [row.id for row in touched] + gone})


def _of_family(kind: DocumentKind, family: str) -> Select[SearchDocument]:
    is_member = (SearchDocument.subject == family) | SearchDocument.subject.startswith(f"{family}/", autoescape=True)
    return select(SearchDocument).where(SearchDocument.kind == kind, is_member)


def _written(row: SearchDocument | None, document: Findable) -> SearchDocument:
    if row is None:
        row = SearchDocument(kind=document.kind, subject=document.subject, language=document.language)
        db.session.add(row)
    row.scope, row.path, row.title, row.body = document.scope, document.path, document.title, document.body
    return row
