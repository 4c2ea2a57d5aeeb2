"""Search by PostgreSQL's full text: a generated column, always as new as the table itself."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from lms.db import db
from lms.search.engines import Found
from lms.search.models import DocumentKind, SearchDocument
from lms.search.rules import Term, TermKind

# The column exists on PostgreSQL only (the first migration makes it), so the model does not name it.
_TOKENS: ColumnElement[Any] = literal_column("search_doc.tokens")
_CONFIGURATIONS = {"en": "english", "es": "spanish"}


class FullText:
    """The table is the index: nothing to bring into line."""

    def search(
        self,
        terms: Sequence[Term],
        *,
        scopes: Collection[str],
        kinds: Collection[DocumentKind],
        language: str,
        limit: int,
        offset: int,
    ) -> Found:
        """Return what matches every term (two statements)."""
        if not terms or not scopes or not kinds:
            return Found((), 0)
        wanted = _query_of(terms, _CONFIGURATIONS[language])
        matching: Select[Any] = select(SearchDocument.id).where(
            _TOKENS.op("@@")(wanted),
            SearchDocument.scope.in_(scopes),
            SearchDocument.kind.in_(kinds),
            SearchDocument.language == language,
        )
        best_first = matching.order_by(func.ts_rank_cd(_TOKENS, wanted).desc(), SearchDocument.id)
        n_found = db.session.scalar(select(func.count()).select_from(matching.subquery()))
        return Found(list(db.session.scalars(best_first.limit(limit).offset(offset))), n_found or 0)

    def sync(self, document_ids: Collection[int]) -> None:
        """Do nothing: the column is generated."""

    def rebuild(self) -> int:
        """Do nothing but count: the column is generated."""
        return db.session.scalar(select(func.count()).select_from(SearchDocument)) or 0


def _query_of(terms: Sequence[Term], configuration: str) -> ColumnElement[Any]:
    whole = _term_query(terms[0], configuration)
    for term in terms[1:]:
        whole = whole.op("&&")(_term_query(term, configuration))
    return whole


def _term_query(term: Term, configuration: str) -> ColumnElement[Any]:
    """Build one term; its words hold letters, digits and underscores only, so the prefix form needs no quoting."""
    name: ColumnElement[Any] = literal_column(f"'{configuration}'::regconfig")
    if term.kind is TermKind.PHRASE:
        return func.phraseto_tsquery(name, " ".join(term.words))
    if term.kind is TermKind.BEGINNING:
        return func.to_tsquery(literal_column("'simple'::regconfig"), f"{term.words[0]}:*")
    return func.plainto_tsquery(name, term.words[0])
