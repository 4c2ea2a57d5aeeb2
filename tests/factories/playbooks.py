"""Playbooks and their pages: the smallest valid row of each."""

from lms import clock
from lms.accounts.models import Language, Person
from lms.coalitions.models import Coalition
from lms.db import db
from lms.organizations.models import Organization
from lms.playbooks import services
from lms.playbooks.models import Playbook, PlaybookEditor, PlaybookPage
from lms.playbooks.rules import Place, Shared

TEXT = "Count the kits on Monday.\n\nOrder when there are ten.\n\nCall the county nurse.\n"


def make_playbook(
    owner: Organization | Coalition, title: str = "How we work", shared: Shared = Shared.NOBODY, **values: object
) -> Playbook:
    key = "organization_id" if isinstance(owner, Organization) else "coalition_id"
    playbook = Playbook(**{key: owner.id}, title=title, shared=shared, created_at=clock.now(), **values)
    db.session.add(playbook)
    db.session.commit()
    return playbook


def make_page(playbook: Playbook, title: str = "Naloxone stock", text: str = TEXT, **values: object) -> PlaybookPage:
    page = services.add_page(playbook.id, title=title, text=text, language=Language.ENGLISH, by_id=None)
    for name, value in values.items():
        setattr(page, name, value)
    db.session.commit()
    return page


def make_editor(playbook: Playbook, person: Person) -> PlaybookEditor:
    editor = PlaybookEditor(playbook_id=playbook.id, person_id=person.id, added_at=clock.now())
    db.session.add(editor)
    db.session.commit()
    return editor


def place_of(owner: Organization | Coalition) -> Place:
    return Place(organization_id=owner.id) if isinstance(owner, Organization) else Place(coalition_id=owner.id)
