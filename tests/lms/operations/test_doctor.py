from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from lms import audit, clock, jobs
from lms.audit import AuditChain, Subject
from lms.db import db
from lms.jobs import Job
from lms.leases import WorkState
from lms.operations import doctor
from lms.operations.doctor import Kind
from lms.operations.folder import prepare_folder
from lms.settings import Mode, Settings, read_settings
from lms.web.site import Site
from tests.running_site import make_production_folder

LONG_SECRET = "a secret of more than thirty-two letters"


@pytest.fixture
def well(app: Site, settings: Settings) -> Settings:
    prepare_folder(settings)
    return replace(settings, secret_key=LONG_SECRET, survey_key=f"another {LONG_SECRET}")


@pytest.fixture
def production(app: Site, settings: Settings, tmp_path: Path) -> Settings:
    data_dir = make_production_folder(tmp_path / "production")
    made = read_settings({"DATA_DIR": str(data_dir), "SITE_URL": "https://commons.example.org", "SMTP_HOST": "mail"})
    return replace(made, database_url=settings.database_url)


def kinds(settings: Settings) -> dict[str, Kind]:
    return {finding.name: finding.kind for finding in doctor.look(settings)}


def ill(settings: Settings) -> list[str]:
    return [name for name, kind in kinds(settings).items() if kind is Kind.ILL]


def test_a_demo_site_is_well(well: Settings):
    assert ill(well) == []
    assert len(kinds(well)) == len(doctor.CHECKS_WITHOUT_DATABASE) + len(doctor.CHECKS_ON_DATABASE)


def test_a_production_site_is_well_and_wants_a_backup(production: Settings):
    found = kinds(production)
    assert [name for name, kind in found.items() if kind is Kind.ILL] == []
    assert found["backups"] is Kind.CARE


def test_each_finding_is_a_sentence(well: Settings):
    for finding in doctor.look(well):
        assert finding.sentence.endswith(".")


def test_an_open_folder_and_a_short_secret_are_ill(well: Settings):
    well.data_dir.chmod(0o755)
    assert ill(replace(well, secret_key="short")) == ["data folder", "secret"]


@pytest.mark.parametrize("key", ["short", LONG_SECRET])
def test_a_short_key_of_surveys_is_ill_and_so_is_the_secret_key_in_its_place(well: Settings, key: str):
    assert ill(replace(well, survey_key=key)) == ["survey key"]


def test_a_production_site_without_https_and_mail_is_ill(production: Settings):
    assert ill(replace(production, site_url="http://commons.example.org", smtp_host=None)) == ["address", "mail"]


def test_a_demo_folder_is_ill_in_production(well: Settings):
    assert "data folder" in ill(replace(well, mode=Mode.PRODUCTION))


def test_a_database_that_waits_for_migrations_ends_the_look(well: Settings):
    db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    db.session.commit()
    found = kinds(well)
    assert found["schema"] is Kind.ILL
    assert "audit record" not in found


def test_parked_work_wants_care_and_late_work_is_ill(well: Settings):
    job = jobs.ask("trial")
    job.state = WorkState.PARKED
    db.session.commit()
    assert kinds(well)["background work"] is Kind.CARE
    db.session.execute(update(Job).values(state=WorkState.WAITING, available_at=clock.now() - timedelta(hours=1)))
    db.session.commit()
    assert kinds(well)["background work"] is Kind.ILL


def test_a_broken_record_of_changes_is_ill(well: Settings):
    audit.record(None, "tried something", Subject("trial", 1))
    db.session.execute(update(AuditChain).values(sequence=7))
    db.session.commit()
    assert kinds(well)["audit record"] is Kind.ILL


def test_many_refusals_want_care(well: Settings):
    for number in range(doctor.MANY_REFUSALS):
        audit.record(None, "access denied", Subject("endpoint", number))
    db.session.commit()
    assert kinds(well)["refusals"] is Kind.CARE


def test_a_new_backup_is_well_and_an_old_one_wants_care(production: Settings):
    folder = production.data_dir / "backups"
    folder.mkdir()
    (folder / "commons-x.zip").write_text("")
    assert kinds(production)["backups"] is Kind.WELL
    with clock.fixed(clock.now() + timedelta(days=2)):
        assert kinds(production)["backups"] is Kind.CARE
