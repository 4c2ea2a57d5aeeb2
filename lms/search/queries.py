"""Reading search: what an actor may look into, and the hits with the passage that shows why."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select

from lms.authz import Actor
from lms.db import read_columns
from lms.improvement.queries.library import list_sharing_team_ids
from lms.improvement.queries.teams import list_readable_team_ids
from lms.playbooks.queries import list_readable_playbook_ids
from lms.search.engines import Engine
from lms.search.models import (
    MEMBERS_SCOPE,
    PUBLIC_SCOPE,
    DocumentKind,
    SearchDocument,
    playbook_scope,
    shared_scope,
    team_scope,
)
from lms.search.rules import Piece, parse_query, snippet


@dataclass(frozen=True)
class Hit:
    """One found text."""

    kind: DocumentKind
    path: str
    title: str
    snippet: Sequence[Piece]


@dataclass(frozen=True)
class Hits:
    """One page of hits and their number in all."""

    rows: Sequence[Hit]
    n_found: int


def scopes_of(actor: Actor | None) -> frozenset[str]:
    """Return what a person may look into now (three statements for who is signed in)."""
    if actor is None:
        return frozenset({PUBLIC_SCOPE})
    team_ids = list_readable_team_ids(actor)
    teams = {team_scope(each) for each in team_ids}
    shared = {shared_scope(each) for each in {*team_ids, *list_sharing_team_ids(actor)}}
    playbooks = {playbook_scope(each) for each in list_readable_playbook_ids(actor)}
    return frozenset({PUBLIC_SCOPE, MEMBERS_SCOPE} | teams | shared | playbooks)


@cache  # built once: putting it together takes longer than running it
def _held() -> Any:
    document = SearchDocument.__table__.c
    held = select(document.id, document.kind, document.path, document.title, document.body)
    return held.where(
        document.id.in_(bindparam("document_ids", expanding=True)),
        document.scope.in_(bindparam("scopes", expanding=True)),
    )


def search(engine: Engine, typed: str, *, actor: Actor | None, language: str, limit: int, offset: int) -> Hits:
    """Return what a person may find for the words they typed (at most six statements).

    Raises IndexMissing while the index is not there.
    """
    terms = parse_query(typed)
    scopes = scopes_of(actor)
    found = engine.search(
        terms, scopes=scopes, kinds=tuple(DocumentKind), language=language, limit=limit, offset=offset
    )
    # The table says again what may be seen: an index may be older than a right that was taken away.
    asked = {"document_ids": list(found.document_ids), "scopes": sorted(scopes)}
    documents = {document.id: document for document in read_columns(_held(), asked)}
    rows = [
        Hit(document.kind, document.path, document.title, snippet(document.body, terms))
        for document in (documents[id_] for id_ in found.document_ids if id_ in documents)
    ]
    return Hits(rows, found.n_found)
