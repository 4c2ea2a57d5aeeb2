"""Search by Whoosh: files in a private folder that may be deleted at any time."""

import shutil
import threading
from collections.abc import Collection, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import select
from whoosh import fields, index, query
from whoosh.analysis import LowercaseFilter, RegexTokenizer, StemFilter

from lms.db import db
from lms.search.engines import Found, IndexMissing
from lms.search.models import DocumentKind, SearchDocument
from lms.search.rules import Term, TermKind, fold

WRITER_TIMEOUT_SECONDS = 30
TITLE_BOOST = 3.0
MOST_KEPT = 64  # choices of documents a thread remembers
MOST_STEMS = 4_096
MOST_WEIGHED = 300  # documents
_LANGUAGES = ("en", "es")


def _analyzer(language: str) -> Any:
    return RegexTokenizer() | LowercaseFilter() | StemFilter(lang=language)


def _schema() -> fields.Schema:
    texts = {}
    for language in _LANGUAGES:
        texts[f"title_{language}"] = fields.TEXT(analyzer=_analyzer(language), field_boost=TITLE_BOOST)
        texts[f"body_{language}"] = fields.TEXT(analyzer=_analyzer(language), phrase=True)
        texts[f"words_{language}"] = fields.TEXT(analyzer=RegexTokenizer() | LowercaseFilter(), phrase=False)
    return fields.Schema(
        id=fields.ID(stored=True, unique=True),
        digest=fields.STORED,
        kind=fields.ID,
        scope=fields.ID,
        language=fields.ID,
        **texts,
    )


class WhooshIndex:
    """One index folder. Each thread keeps a searcher of its own: shared between threads one fails now and then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = threading.local()

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
        """Return what matches every term."""
        if not terms or not scopes or not kinds:
            return Found((), 0)
        wanted = query.And([_query_of(term, language) for term in terms])
        try:
            searcher = self._searcher()
            allowed = self._allowed(searcher, frozenset(scopes), frozenset(kinds), language)
            # The best of many are found without weighing all, but then counting them means looking a second time.
            is_little = wanted.estimate_size(searcher.reader()) <= MOST_WEIGHED
            hits = searcher.search(wanted, filter=allowed, limit=None if is_little else offset + limit)
            found = hits.top_n[offset : offset + limit]
            return Found([self._id_of(searcher, number) for _score, number in found], len(hits))
        except IndexMissing:
            raise
        except Exception as error:  # whatever is odd in these files means: build them anew
            self._let_go()
            raise IndexMissing from error

    def sync(self, document_ids: Collection[int]) -> None:
        """Bring these documents into the index, or out of it when they are gone; build a missing index whole.

        What the index holds already is left alone: each writing makes every searcher open its files anew.
        """
        try:
            index_now = self._open()
        except IndexMissing:
            self.rebuild()
            return
        held = select(SearchDocument).where(SearchDocument.id.in_(document_ids))
        wanted = {str(document.id): _as_fields(document) for document in db.session.scalars(held)}
        indexed = _digests(index_now, {str(each) for each in document_ids})
        if indexed == {key: each["digest"] for key, each in wanted.items()}:
            return
        writer = index_now.writer(timeout=WRITER_TIMEOUT_SECONDS)
        for key in indexed.keys() - wanted.keys():
            writer.delete_by_term("id", key)
        for key, each in wanted.items():
            if indexed.get(key) != each["digest"]:
                writer.update_document(**each)
        writer.commit()

    def rebuild(self) -> int:
        """Build the index anew beside the old one, then put it in its place."""
        fresh = self._folder.with_name(self._folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        writer = index.create_in(fresh, _schema()).writer(timeout=WRITER_TIMEOUT_SECONDS)
        n_documents = 0
        for document in db.session.scalars(select(SearchDocument).order_by(SearchDocument.id)):
            writer.add_document(**_as_fields(document))
            n_documents += 1
        writer.commit()
        shutil.rmtree(self._folder, ignore_errors=True)
        fresh.rename(self._folder)
        return n_documents

    def _searcher(self) -> Any:
        """Return this thread's searcher; a new one after the index was written to, or built anew in its place."""
        if not self._folder.is_dir():
            raise IndexMissing
        folder = self._folder.stat()
        # By its contents too: a change may fall into the same tick of the clock, and a number may be given again.
        state = (folder.st_ino, folder.st_mtime_ns, *sorted(each.name for each in self._folder.iterdir()))
        if getattr(self._kept, "state", None) != state:
            self._let_go()
            self._kept.searcher, self._kept.state = self._open().searcher(), state
            self._kept.allowed, self._kept.ids = {}, {}
        return self._kept.searcher

    def _allowed(
        self, searcher: Any, scopes: frozenset[str], kinds: frozenset[DocumentKind], language: str
    ) -> Collection[int]:
        """Return the numbers of the documents that may be found, kept for as long as the searcher is."""
        asked = (scopes, kinds, language)
        if asked not in self._kept.allowed:
            if len(self._kept.allowed) >= MOST_KEPT:
                self._kept.allowed.clear()
            choice = query.And(
                [
                    query.Or([query.Term("scope", scope) for scope in scopes]),
                    query.Or([query.Term("kind", kind.value) for kind in kinds]),
                    query.Term("language", language),
                ]
            )
            self._kept.allowed[asked] = set(searcher.docs_for_query(choice))
        return self._kept.allowed[asked]  # type: ignore[no-any-return]  # a thread's own things are untyped

    def _id_of(self, searcher: Any, number: int) -> int:
        """Return the id of a document by its number in the index, kept for as long as the searcher is."""
        ids: dict[int, int] = self._kept.ids
        if number not in ids:
            ids[number] = int(searcher.stored_fields(number)["id"])
        return ids[number]

    def _let_go(self) -> None:
        searcher = getattr(self._kept, "searcher", None)
        self._kept.__dict__.clear()
        if searcher is not None:
            searcher.close()

    def _open(self) -> Any:
        try:
            opened = index.open_dir(self._folder)
        except Exception as error:  # pickles inside: anything may come out of a torn file
            raise IndexMissing from error
        if opened.schema.names() != _schema().names():  # an earlier release wrote it
            raise IndexMissing
        return opened


def _digests(opened: Any, keys: Collection[str]) -> dict[str, str]:
    """Return what the index holds of these documents."""
    with opened.searcher() as searcher:
        held = ((key, searcher.document(id=key)) for key in keys)
        return {key: document["digest"] for key, document in held if document is not None}


def _as_fields(document: SearchDocument) -> dict[str, str]:
    language = document.language.value
    title, body = fold(document.title), fold(document.body)
    held = {
        "id": str(document.id),
        "kind": document.kind.value,
        "scope": document.scope,
        "language": language,
        f"title_{language}": title,
        f"body_{language}": body,
        f"words_{language}": f"{title} {body}",
    }
    return held | {"digest": sha256(repr(held).encode()).hexdigest()}


@lru_cache(maxsize=MOST_STEMS)
def _stems(word: str, language: str) -> tuple[str, ...]:
    return tuple(token.text for token in _analyzer(language)(word))


def _query_of(term: Term, language: str) -> Any:
    if term.kind is TermKind.BEGINNING:
        return query.Prefix(f"words_{language}", term.words[0])
    stems = [stem for word in term.words for stem in _stems(word, language)]
    if term.kind is TermKind.PHRASE:
        return query.Or([query.Phrase(f"body_{language}", stems), query.Phrase(f"title_{language}", stems)])
    return query.Or([query.Term(f"{field}_{language}", stems[0]) for field in ("title", "body")])
