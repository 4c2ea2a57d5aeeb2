import hashlib
import json
import os
import random
import shutil
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import OperationalError

from lms import audit, clock, outbox, submissions
from lms.accounts.models import SignInSession
from lms.audit import Subject
from lms.authz import MembershipRole
from lms.db import db
from lms.errors import CommonsError
from lms.operations import archive, backup, restore
from lms.operations.archive import Damaged
from lms.operations.backup import DIGEST_LENGTH, MANIFEST, Made, NoBackup
from lms.operations.database import DatabaseAway, make_engine
from lms.operations.folder import FolderRefused, SiteIsRunning, held_alone
from lms.outbox import OutboxKind
from lms.schema import ForeignSchema
from lms.settings import Settings
from lms.web.site import Site
from tests.factories.people import make_coalition, make_membership, make_organization, make_person, sign_in
from tests.running_site import make_production_folder

FORM_KEY = UUID("0f3b0a52-3b6c-4a44-9f57-0f1f6d6f9c11")


@pytest.fixture
def filled(app: Site) -> Site:
    """A site with a row of every kind of value."""
    ana = make_person("Ana Ñúñez 🌿", email="ana@example.org")
    house = make_organization('Harbor House\nand more \\ "quoted"')
    make_membership(ana, house, MembershipRole.LEAD)
    make_coalition("Tri-County", house)
    sign_in(app.test_client(), ana)
    audit.record(ana.id, "tried something", Subject("trial", "x"), {"b": 0.1, "a": [None, True, "é"]})
    outbox.put(OutboxKind.MAIL, "trial/topic", {"id": 1})
    submissions.begin(FORM_KEY, ana.id, "/learn")
    db.session.commit()
    return app


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def made(filled: Site, settings: Settings, database: Engine, tmp_path: Path) -> Made:
    return backup.create(settings, database, tmp_path / "made.zip")


@pytest.fixture
def closed(app: Site) -> None:
    """Nobody is connected any more: the site was stopped."""
    db.session.remove()
    db.engine.dispose()


def contents(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with backup.snapshot(engine) as connection:
        inspector = inspect(connection)
        return {
            name: [tuple(row) for row in backup._rows(connection, name, inspector)]
            for name in backup.table_names(connection)
        }


def plain_contents(engine: Engine) -> dict[str, list[list[object]]]:
    """What a database holds, written the same way whichever database it is."""
    return {name: [[backup._plain(cell) for cell in row] for row in rows] for name, rows in contents(engine).items()}


def without_sessions(held: dict[str, list[list[object]]]) -> dict[str, list[list[object]]]:
    return {name: rows for name, rows in held.items() if name != "sign_in_session"}


# ---------------------------------------------------------------- creating


def test_a_backup_names_where_it_comes_from_and_what_it_holds(made: Made, settings: Settings):
    with archive.opened(made.path) as opened:
        manifest = opened.manifest
        people = {part.table: part for part in manifest.tables}["person"]
        (row,) = opened.rows(people)
    assert manifest == made.manifest
    assert manifest.engine == ("sqlite" if settings.is_sqlite else "postgresql")
    assert manifest.mode == "demo"
    assert dict(zip(people.columns, row, strict=True))["name"] == "Ana Ñúñez 🌿"
    assert manifest.n_rows >= 8


def test_a_backup_is_for_its_owner_only_and_leaves_no_scrap(made: Made):
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert [path.name for path in made.path.parent.glob(".made*")] == []


def test_secrets_stay_out(filled: Site, settings: Settings, database: Engine, tmp_path: Path):
    for name in ("secret.key", "survey.key", "demo-password"):
        (tmp_path / name).write_text("kept out of every backup")
    (tmp_path / "search").mkdir()
    made = backup.create(settings, database, tmp_path / "made.zip")
    with zipfile.ZipFile(made.path) as zipped:
        assert all(archive.KNOWN_NAME.fullmatch(name) for name in zipped.namelist())
    assert b"kept out" not in made.path.read_bytes()


def test_an_existing_file_is_never_written_over(made: Made, settings: Settings, database: Engine):
    before = made.path.read_bytes()
    with pytest.raises(NoBackup, match="already"):
        backup.create(settings, database, made.path)
    assert made.path.read_bytes() == before


def test_backups_in_a_folder_are_named_by_the_time(filled: Site, settings: Settings, database: Engine, tmp_path: Path):
    with clock.fixed(clock.now()):
        names = {backup.create(settings, database, tmp_path / "kept").path.name for _ in range(2)}
    assert len(names) == 2
    assert all(name.startswith("commons-2") for name in names)


def test_a_folder_that_cannot_be_written_is_said_in_words(settings: Settings, database: Engine, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NoBackup, match="cannot be written"):
        backup.create(settings, database, tmp_path / "file" / "made.zip")


def test_a_backup_sees_one_moment_while_others_write(
    filled: Site, settings: Settings, database: Engine, tmp_path: Path
):
    """Every change writes an audit entry and a submission; a backup never has one without the other."""
    is_over = threading.Event()

    def write_on() -> None:
        with filled.app_context():
            number = 0
            while not is_over.is_set():
                number += 1
                audit.record(None, "wrote", Subject("trial", number))
                submissions.begin(UUID(int=number), None, "/trial")
                db.session.commit()
            db.session.remove()

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        paths = [backup.create(settings, database, tmp_path / f"{number}.zip").path for number in range(5)]
    finally:
        is_over.set()
        writer.join()
    for path in paths:
        with archive.opened(path) as opened:
            parts = {part.table: part for part in opened.manifest.tables}
            verb = parts["audit_entry"].columns.index("verb")
            n_entries = sum(row[verb] == "wrote" for row in opened.rows(parts["audit_entry"]))
            n_forms = sum(1 for _row in opened.rows(parts["form_submission"]))
        assert n_entries == n_forms - 1


def test_what_a_killed_backup_left_is_removed_a_day_later(
    filled: Site, settings: Settings, database: Engine, tmp_path: Path
):
    left = tmp_path / "kept" / ".commons-20260101T000000Z.zip.77"
    left.parent.mkdir()
    left.write_text("half of a backup")
    backup.create(settings, database, left.parent)
    assert left.exists()
    os.utime(left, (1, 1))
    backup.create(settings, database, left.parent)
    assert not left.exists()


# ---------------------------------------------------------------- verifying


def test_every_changed_byte_is_found(made: Made, tmp_path: Path):
    whole = made.path.read_bytes()
    places = [*random.Random(7).sample(range(len(whole)), 150), 0, len(whole) - 1, len(whole) - DIGEST_LENGTH]
    damaged = tmp_path / "damaged.zip"
    for place in places:
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        with pytest.raises(Damaged), archive.opened(damaged):
            pass


@pytest.mark.parametrize("n_kept", [0, 10, 0.5, -1])
def test_a_cut_backup_is_found(made: Made, tmp_path: Path, n_kept: float):
    whole = made.path.read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: int(len(whole) * n_kept) if 0 < n_kept < 1 else int(n_kept)])
    with pytest.raises(Damaged), archive.opened(cut):
        pass


def test_a_missing_file_and_a_strange_one_are_said_in_words(tmp_path: Path):
    (tmp_path / "strange.zip").write_text("nothing like a zip file, but long enough to hold a digest at its end" * 3)
    for name in ("none.zip", "strange.zip"):
        with pytest.raises(Damaged), archive.opened(tmp_path / name):
            pass


# ---------------------------------------------------------------- hostile archives


def sealed(path: Path) -> Path:
    """Give a changed archive a digest that fits, as a stranger would."""
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        digest = backup.file_digest(file, size - DIGEST_LENGTH)
        file.seek(size - DIGEST_LENGTH)
        file.write(digest.encode())
    return path


def rewritten(made: Made, path: Path, *, change=lambda manifest: None, extra=(), files=None, drop=()) -> Path:
    """Write the archive again with a changed manifest, further entries, other contents."""
    with zipfile.ZipFile(made.path) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        manifest = json.loads(source.read(MANIFEST))
        contents = {name: source.read(name) for name in source.namelist() if name not in {MANIFEST, *drop}}
        contents.update(files or {})
        change(manifest)
        for part in (*manifest["tables"], *manifest["files"]):
            if part["file"] in (files or {}):
                part["size"] = len(contents[part["file"]])
                part["sha256"] = hashlib.sha256(contents[part["file"]]).hexdigest()
        for name, content in contents.items():
            target.writestr(name, content)
        for info, content in extra:
            target.writestr(info, content)
        target.writestr(MANIFEST, json.dumps(manifest))
        target.comment = b"0" * DIGEST_LENGTH
    return sealed(path)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/etc/passwd",
        "tables/../../x.jsonl",
        "C:\\x",
        "secret.key",
        "tables/Strange.jsonl",
        "tables/x.exe",
    ],
)
def test_a_strange_name_is_refused(made: Made, tmp_path: Path, name: str):
    hostile = rewritten(made, tmp_path / "hostile.zip", extra=[(zipfile.ZipInfo(name), b"x")])
    with pytest.raises(Damaged, match="does not belong"), archive.opened(hostile):
        pass


def test_a_link_is_refused(made: Made, tmp_path: Path):
    hostile = rewritten(made, tmp_path / "hostile.zip", extra=[(link("tables/extra.jsonl"), b"/etc/passwd")])
    with pytest.raises(Damaged, match="does not belong"), archive.opened(hostile):
        pass


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_two_files_of_one_name_are_refused(made: Made, tmp_path: Path):
    hostile = rewritten(made, tmp_path / "hostile.zip", extra=[("tables/person.jsonl", b"")])
    with pytest.raises(Damaged, match="two of one name"), archive.opened(hostile):
        pass


def test_too_many_files_are_refused(made: Made, tmp_path: Path):
    many = [(f"tables/t{number}.jsonl", b"") for number in range(archive.MAX_ENTRIES)]
    with pytest.raises(Damaged, match="too many"), archive.opened(rewritten(made, tmp_path / "h.zip", extra=many)):
        pass


def test_a_file_that_unpacks_to_very_much_is_refused(made: Made, tmp_path: Path):
    bomb = [("tables/bomb.jsonl", b"\0" * (archive.FREE_BYTES + 1))]
    with pytest.raises(Damaged, match="unpack"), archive.opened(rewritten(made, tmp_path / "h.zip", extra=bomb)):
        pass


def nest_deeply(manifest: dict) -> None:
    deep: list = []
    for _ in range(900):
        deep = [deep]
    manifest["schema_revision"] = deep


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.update(format="another program's"),
        lambda manifest: manifest.update(format_version=2),
        lambda manifest: manifest.update(format_version="1"),
        lambda manifest: manifest.update(mode="anything"),
        lambda manifest: manifest.update(unknown="key"),
        lambda manifest: manifest.pop("release"),
        lambda manifest: manifest["tables"].pop(),
        lambda manifest: manifest["tables"][0].update(file="tables/elsewhere.jsonl"),
        lambda manifest: manifest["tables"][0].update(n_rows=True),
        lambda manifest: manifest["tables"].append(dict(manifest["tables"][0])),
        lambda manifest: manifest["files"].append({"file": "secret.key", "size": 1, "sha256": "0"}),
        nest_deeply,
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(made: Made, tmp_path: Path, change):
    with pytest.raises(Damaged), archive.opened(rewritten(made, tmp_path / "h.zip", change=change)):
        pass


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": 1}\n',
        b"[1]\n",
        b"[" * 100_000 + b"\n",
        b"not json\n",
        b"\xff\xfe\n",
        b'["one","x",null,null,"h","en","auto","active",false,"2026-01-01T00:00:00+00:00"]\n',
        b'[1,"x",null,null,"h","en","auto","active",1,"2026-01-01T00:00:00+00:00"]\n',
        b'[1,"x",null,null,"h","en","auto","dancing",false,"2026-01-01T00:00:00+00:00"]\n',
        b'[1,"x",null,null,"h","en","auto","active",false,"yesterday"]\n',
        b'[1,null,null,null,"h","en","auto","active",false,"2026-01-01T00:00:00+00:00"]\n',
        b'[1,["x"],null,null,"h","en","auto","active",false,"2026-01-01T00:00:00+00:00"]\n',
    ],
)
def test_a_row_that_is_none_of_ours_is_refused_and_nothing_is_changed(
    made: Made, closed: None, settings: Settings, database: Engine, line: bytes
):
    def adjust(manifest: dict) -> None:
        next(part for part in manifest["tables"] if part["table"] == "person")["n_rows"] = 1

    before = plain_contents(database)
    folder = settings.data_dir
    hostile = rewritten(made, folder / "h.zip", change=adjust, files={"tables/person.jsonl": line})
    with pytest.raises(Damaged):
        restore.restore(settings, hostile)
    assert plain_contents(database) == before
    assert list(folder.glob("*.restoring*")) == []


def test_rows_that_point_nowhere_are_refused(
    made: Made, closed: None, settings: Settings, database: Engine, tmp_path: Path
):
    def adjust(manifest: dict) -> None:
        next(part for part in manifest["tables"] if part["table"] == "person")["n_rows"] = 0

    hostile = rewritten(made, tmp_path / "h.zip", change=adjust, files={"tables/person.jsonl": b""})
    with pytest.raises(Damaged, match="point nowhere"):
        restore.restore(settings, hostile)
    assert len(plain_contents(database)["person"]) == 1


def test_tables_and_columns_must_be_those_of_the_schema(made: Made, closed: None, settings: Settings, tmp_path: Path):
    def rename(manifest: dict) -> None:
        manifest["tables"][0]["columns"][0] = "x; DROP TABLE person"

    for number, hostile in enumerate(
        [
            rewritten(made, tmp_path / "columns.zip", change=rename),
            rewritten(
                made,
                tmp_path / "tables.zip",
                change=lambda manifest: manifest["tables"].pop(0),
                drop=[made.manifest.tables[0].file],
            ),
        ]
    ):
        with pytest.raises(Damaged, match=("columns", "tables")[number]):
            restore.restore(settings, hostile)


# ---------------------------------------------------------------- restoring


def test_a_restored_site_holds_what_was_backed_up_and_everybody_signs_in_again(
    made: Made, closed: None, settings: Settings, database: Engine
):
    before = plain_contents(database)
    with database.begin() as connection:
        connection.execute(text("UPDATE person SET name = 'Somebody else'"))
        connection.execute(text("DELETE FROM outbox"))
    restored = restore.restore(settings, made.path)
    after = plain_contents(database)
    assert without_sessions(after) == without_sessions(before)
    assert restored.first_break is None
    with database.connect() as connection:
        assert connection.execute(select(SignInSession.ended_at)).scalars().all() != [None]


def test_a_restored_site_works_on(made: Made, closed: None, settings: Settings, app: Site):
    restore.restore(settings, made.path)
    later = make_person("Ben")
    assert later.id == 2
    audit.record(later.id, "tried something", Subject("trial", 2))
    db.session.commit()
    assert list(audit.find_breaks()) == []


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_numbering_goes_on_also_beside_a_schema_of_somebody_else(
    made: Made, closed: None, settings: Settings, database: Engine
):
    with database.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA elsewhere")
        connection.exec_driver_sql("CREATE TABLE elsewhere.person (id serial, elsewhere serial)")
    restore.restore(settings, made.path)
    with database.begin() as connection:
        (largest,) = connection.exec_driver_sql("SELECT max(id) FROM person").one()
        (following,) = connection.exec_driver_sql("SELECT nextval(pg_get_serial_sequence('person', 'id'))").one()
    assert following == largest + 1


def test_the_old_database_is_kept_aside(made: Made, closed: None, settings: Settings, database: Engine, tmp_path: Path):
    with database.begin() as connection:
        connection.execute(text("UPDATE person SET name = 'Before the restore'"))
    restore.restore(settings, made.path)
    restore.restore(settings, made.path)
    with database.begin() as connection:
        connection.execute(text("UPDATE person SET name = 'Before the last restore'"))
    restore.restore(settings, made.path)
    if settings.is_sqlite:
        with closing(sqlite3.connect(tmp_path / "commons.sqlite3.before-restore")) as aside:
            names = aside.execute("SELECT name FROM person").fetchall()
    else:
        with database.connect() as connection:
            names = connection.execute(text("SELECT name FROM before_restore.person")).all()
    assert [tuple(name) for name in names] == [("Before the last restore",)]


def test_a_broken_old_database_does_not_stand_in_the_way(
    made: Made, closed: None, settings: Settings, database: Engine, tmp_path: Path
):
    if settings.is_sqlite:
        for name in ("commons.sqlite3", "commons.sqlite3-wal"):
            (tmp_path / name).write_bytes(b"this is no database" * 100)
    else:
        with database.begin() as connection:
            connection.execute(text("DROP TABLE person CASCADE"))
    restore.restore(settings, made.path)
    assert len(plain_contents(database)["person"]) == 1


def test_a_new_data_folder_takes_the_site_over(
    filled: Site, closed: None, settings: Settings, database: Engine, tmp_path: Path
):
    first = replace(settings, data_dir=make_production_folder(tmp_path / "first"), mode=settings.mode.PRODUCTION)
    made = backup.create(first, database, tmp_path / "made.zip")
    second = replace(settings, data_dir=tmp_path / "second")
    restore.restore(second, made.path)
    assert (tmp_path / "second" / "MODE").read_text() == "production\n"
    assert "site_url" in (tmp_path / "second" / "site.toml").read_text()


def test_a_demo_is_never_restored_over_a_production_site(made: Made, settings: Settings, tmp_path: Path):
    production = replace(settings, data_dir=make_production_folder(tmp_path / "production"))
    with pytest.raises(FolderRefused, match="demo"):
        restore.check(production, made.path)


def test_a_backup_of_a_newer_release_is_refused_in_words(made: Made, settings: Settings, tmp_path: Path):
    newer = rewritten(made, tmp_path / "newer.zip", change=lambda manifest: manifest.update(schema_revision="9999"))
    with pytest.raises(ForeignSchema, match="9999"):
        restore.check(settings, newer)


def test_nothing_is_restored_under_a_running_site(made: Made, settings: Settings):
    with held_alone(settings.data_dir), pytest.raises(SiteIsRunning):
        restore.restore(settings, made.path)


def test_nothing_is_restored_while_another_program_uses_the_database(made: Made, settings: Settings, app: Site):
    db.session.execute(text("SELECT 1 FROM person"))
    with pytest.raises(CommonsError, match="Another program"):
        restore.restore(settings, made.path)


def test_a_broken_record_of_changes_is_restored_and_named(made: Made, closed: None, settings: Settings, tmp_path: Path):
    with zipfile.ZipFile(made.path) as zipped:
        lines = zipped.read("tables/audit_entry.jsonl").replace(b"tried something", b"tried something else")
    changed = rewritten(made, tmp_path / "changed.zip", files={"tables/audit_entry.jsonl": lines})
    restored = restore.restore(settings, changed)
    assert restored.first_break is not None


def test_a_database_that_goes_away_meanwhile_changes_nothing(
    made: Made, closed: None, settings: Settings, database: Engine, monkeypatch: pytest.MonkeyPatch
):
    def lose_the_database(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    before = plain_contents(database)
    monkeypatch.setattr(restore, "_insert", lose_the_database)
    with pytest.raises(DatabaseAway, match=r"disk is full\. Nothing was changed"):
        restore.restore(settings, made.path)
    assert plain_contents(database) == before


def test_the_search_index_is_made_anew(made: Made, closed: None, settings: Settings, tmp_path: Path):
    (tmp_path / "search").mkdir(exist_ok=True)
    (tmp_path / "search" / "stale").write_text("")
    restore.restore(settings, made.path)
    assert not (tmp_path / "search").exists()


def test_a_site_moves_from_one_database_to_the_other(
    made: Made, closed: None, settings: Settings, database: Engine, request: pytest.FixtureRequest
):
    tmp_path = settings.data_dir
    before = plain_contents(database)
    server = request.getfixturevalue("postgres")
    url = server.clone("template0") if settings.is_sqlite else f"sqlite:///{tmp_path / 'moved.sqlite3'}"
    moved = replace(settings, database_url=url, data_dir=tmp_path / "moved")
    restore.restore(moved, made.path)
    other = make_engine(url)
    assert without_sessions(plain_contents(other)) == without_sessions(before)
    back = backup.create(moved, other, tmp_path / "back.zip")
    other.dispose()
    shutil.rmtree(tmp_path / "moved")
    restore.restore(settings, back.path)
    assert without_sessions(plain_contents(database)) == without_sessions(before)
