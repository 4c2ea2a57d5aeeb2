"""Opening and closing what waits for people, and telling them things, in the transaction of the change behind it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import delete, insert, or_, update

from lms import clock
from lms.db import db, insert_once
from lms.notifications import queries
from lms.notifications.models import Notice, NoticePreference, Todo
from lms.notifications.words import MailChoice, NoticeKind, TodoKind
from lms.outbox import OutboxKind, put

NOTICE_TOPIC = "notifications/notice"
DIGEST_TOPIC = "notifications/digest"
LONGEST_TITLE = 200


def open_todo(
    person_id: int,
    kind: TodoKind,
    subject: str | int,
    *,
    organization_id: int | None = None,
    due_on: date | None = None,
    path: str | None = None,
    title: str | None = None,
) -> None:
    """Let something wait for a person; where it waits already, the earlier day holds (two statements)."""
    opened = insert_once(
        Todo,
        person_id=person_id,
        kind=kind,
        subject=str(subject),
        organization_id=organization_id,
        path=path,
        title=_shortened(title) if title else None,
        due_on=due_on,
        created_at=clock.now(),
    )
    if opened or due_on is None:
        return
    earlier = update(Todo).where(
        Todo.person_id == person_id,
        Todo.kind == kind,
        Todo.subject == str(subject),
        Todo.closed_at.is_(None),
        or_(Todo.due_on.is_(None), Todo.due_on > due_on),
    )
    db.session.execute(earlier.values(due_on=due_on, organization_id=organization_id))


def close_todos(person_id: int, kind: TodoKind, subject: str | int) -> None:
    """Let something wait no longer for one person, because it is done (one statement)."""
    done = update(Todo).where(
        Todo.person_id == person_id, Todo.kind == kind, Todo.subject == str(subject), Todo.closed_at.is_(None)
    )
    db.session.execute(done.values(closed_at=clock.now()))


def close_todos_of_all(kind: TodoKind, subject: str | int) -> None:
    """Let something wait no longer for anybody (one statement)."""
    done = update(Todo).where(Todo.kind == kind, Todo.subject == str(subject), Todo.closed_at.is_(None))
    db.session.execute(done.values(closed_at=clock.now()))


def close_todos_of_organization(person_id: int, organization_id: int) -> None:
    """Drop what an organization asked of somebody who has left it (one statement)."""
    asked = update(Todo).where(
        Todo.person_id == person_id, Todo.organization_id == organization_id, Todo.closed_at.is_(None)
    )
    db.session.execute(asked.values(closed_at=clock.now()))


def close_todos_asked_by(organization_id: int, person_ids: Collection[int], kind: TodoKind, subject: str | int) -> None:
    """Let something that an organization asked wait no longer for these people (one statement)."""
    asked = update(Todo).where(
        Todo.organization_id == organization_id,
        Todo.person_id.in_(person_ids),
        Todo.kind == kind,
        Todo.subject == str(subject),
        Todo.closed_at.is_(None),
    )
    db.session.execute(asked.values(closed_at=clock.now()))


def notify(
    person_ids: Iterable[int],
    kind: NoticeKind,
    *,
    title: str,
    path: str,
    organization_id: int | None = None,
    but_not: int | None = None,
    at: datetime | None = None,
) -> None:
    """Tell people something, and mail it to those who chose so (two statements, one more for each mail at once).

    `at` is now; given where the same thing is told in several languages, so that all of it is told at one moment.
    """
    told = sorted({each for each in person_ids if each != but_not})
    if not told:
        return
    choices = queries.list_mail_choices(told, kind)
    now = at or clock.now()
    rows = [
        {
            "person_id": person_id,
            "kind": kind,
            "organization_id": organization_id,
            "title": _shortened(title),
            "path": path,
            "waits_for_digest": choices.get(person_id) is MailChoice.DAILY,
            "created_at": now,
        }
        for person_id in told
    ]
    made = db.session.execute(insert(Notice).values(rows).returning(Notice.id, Notice.person_id)).all()
    for notice_id, person_id in made:
        if choices.get(person_id) is MailChoice.AT_ONCE:
            put(OutboxKind.MAIL, NOTICE_TOPIC, {"notice_id": notice_id})


def open_notice(notice: Notice) -> None:
    """Note that a notice was opened; it is mailed no more (one statement)."""
    read = update(Notice).where(Notice.id == notice.id, Notice.read_at.is_(None))
    db.session.execute(read.values(read_at=clock.now(), waits_for_digest=False))


def read_all(person_id: int) -> None:
    """Note that a person has seen all notices (one statement)."""
    read = update(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    db.session.execute(read.values(read_at=clock.now(), waits_for_digest=False))


def choose_mail(person_id: int, choices: Mapping[NoticeKind, MailChoice]) -> None:
    """Keep how a person wants to hear of each kind (two statements)."""
    db.session.execute(delete(NoticePreference).where(NoticePreference.person_id == person_id))
    rows = [{"person_id": person_id, "kind": kind, "mail": mail} for kind, mail in choices.items()]
    db.session.execute(insert(NoticePreference).values(rows))


def send_digest(person_id: int) -> None:
    """Put one mail with all that waits for a person's digest into the outbox (two statements)."""
    waiting = update(Notice).where(Notice.person_id == person_id, Notice.waits_for_digest.is_(True))
    gathered = db.session.execute(waiting.values(waits_for_digest=False).returning(Notice.created_at)).scalars().all()
    if gathered:
        put(OutboxKind.MAIL, DIGEST_TOPIC, {"person_id": person_id, "since": min(gathered).isoformat()})


def pass_on(person_id: int, successor_id: int, organization_id: int) -> int:
    """Let what waits for a leaver wait for the successor; return how many (three statements at most)."""
    passed = (TodoKind.SETTLE_ACTION, TodoKind.DECIDE_ACTIONS, TodoKind.ENTER_OBSERVATION, TodoKind.CONFIRM_PAGE)
    held = update(Todo).where(
        Todo.person_id == person_id,
        Todo.organization_id == organization_id,
        Todo.kind.in_(passed),
        Todo.closed_at.is_(None),
    )
    moved = db.session.execute(
        held.values(closed_at=clock.now()).returning(Todo.kind, Todo.subject, Todo.due_on, Todo.path, Todo.title)
    ).all()
    for kind, subject, due_on, path, title in moved:
        open_todo(successor_id, kind, subject, organization_id=organization_id, due_on=due_on, path=path, title=title)
    return len(moved)


def forget_person(person_id: int) -> None:
    """Delete everything a person was told, asked and chose (three statements)."""
    for table in (Notice, NoticePreference, Todo):
        db.session.execute(delete(table).where(table.person_id == person_id))


def merge_people(kept_id: int, gone_id: int) -> None:
    """Let the kept account have what the other was told and asked; choices of the kept one hold."""
    db.session.execute(update(Notice).where(Notice.person_id == gone_id).values(person_id=kept_id))
    db.session.execute(delete(NoticePreference).where(NoticePreference.person_id == gone_id))
    waiting = update(Todo).where(Todo.person_id == gone_id, Todo.closed_at.is_(None)).values(closed_at=clock.now())
    kept = waiting.returning(Todo.kind, Todo.subject, Todo.organization_id, Todo.due_on, Todo.path, Todo.title)
    for kind, subject, organization_id, due_on, path, title in db.session.execute(kept).all():
        open_todo(kept_id, kind, subject, organization_id=organization_id, due_on=due_on, path=path, title=title)
    db.session.execute(update(Todo).where(Todo.person_id == gone_id).values(person_id=kept_id))


def open_for_all(person_ids: Collection[int], kind: TodoKind, subject: str | int, **values: object) -> None:
    """Let the same thing wait for several people (two statements for each)."""
    for person_id in person_ids:
        open_todo(person_id, kind, subject, **values)  # type: ignore[arg-type]  # the same words


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"
