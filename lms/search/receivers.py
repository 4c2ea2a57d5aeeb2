"""What other slices publish, and what then can be found."""

from lms import signals
from lms.accounts.models import Language
from lms.home.catalog import Page, page_from_document
from lms.improvement.catalog import ChangePackage, package_from_document
from lms.improvement.models import ChangeIdea, Cycle
from lms.improvement.queries.library import is_shared, number_of, package_numbers
from lms.playbooks.models import PlaybookPage
from lms.playbooks.queries import get_revision
from lms.publications import ContentKind, ContentVersion
from lms.readability import plain_text
from lms.search.models import MEMBERS_SCOPE, PUBLIC_SCOPE, DocumentKind, playbook_scope, shared_scope, team_scope
from lms.search.services import Findable, replace_documents
from lms.training.catalog import course_from_document
from lms.training.courses import Course, Lesson, LessonKind

EMERGENCY = "overdose-now"


def connect() -> None:
    """Listen to the signals that change what can be found; connecting twice changes nothing."""
    signals.content_published.connect(_let_be_found)
    signals.playbook_page_saved.connect(_let_page_be_found)
    signals.cycle_changed.connect(_let_cycle_be_found)
    signals.change_idea_saved.connect(_let_idea_be_found)


def _let_be_found(_sender: None, *, version: ContentVersion) -> None:
    if version.kind is ContentKind.COURSE:
        course = course_from_document(version.document["course"])
        replace_documents(
            DocumentKind.LESSON, course.slug, [each for lang in Language for each in _lessons(course, lang)]
        )
    elif version.kind is ContentKind.PAGE:
        page = page_from_document(version.document["page"])
        replace_documents(DocumentKind.HELP, page.slug, [_page(page, language) for language in Language])
    elif version.kind is ContentKind.CHANGE_PACKAGE:
        package = package_from_document(version.document["change-package"])
        replace_documents(DocumentKind.CHANGE_IDEA, package.slug, _package_ideas(package))


def _lessons(course: Course, language: Language) -> list[Findable]:
    return [
        Findable(
            kind=DocumentKind.LESSON,
            subject=f"{course.slug}/{lesson.slug}",
            language=language,
            scope=MEMBERS_SCOPE,
            path=f"/learn/{course.slug}/{lesson.slug}",
            title=lesson.title[language],
            body=_lesson_text(lesson, language),
        )
        for lesson in course.lessons
        if lesson.kind is not LessonKind.CHECK
    ]


def _lesson_text(lesson: Lesson, language: Language) -> str:
    """The story of a scenario is not searched for, only what it is about: a hit must not give the choices away."""
    screens = [f"{screen.title[language]}. {plain_text(screen.markdown[language])}" for screen in lesson.screens]
    return " ".join(" ".join([lesson.summary[language], *screens]).split())


def _page(page: Page, language: Language) -> Findable:
    sections = [f"{each.title[language]}. {plain_text(each.markdown[language])}" for each in page.sections]
    return Findable(
        kind=DocumentKind.HELP,
        subject=page.slug,
        language=language,
        scope=PUBLIC_SCOPE,
        path="/overdose-now" if page.slug == EMERGENCY else f"/help/{page.slug}",
        title=page.title[language],
        body=" ".join(" ".join([page.summary[language], plain_text(page.lead[language]), *sections]).split()),
    )


def _package_ideas(package: ChangePackage) -> list[Findable]:
    numbers = package_numbers()
    return [
        Findable(
            kind=DocumentKind.CHANGE_IDEA,
            subject=f"{package.slug}/{idea.slug}",
            language=language,
            scope=MEMBERS_SCOPE,
            path=f"/improve/changes/{numbers[f'{package.slug}/{idea.slug}']}",
            title=idea.title[language],
            body=" ".join(part[language] for part in (idea.what, idea.why, idea.tried, idea.first_test)),
        )
        for idea in package.ideas
        for language in Language
    ]


def _let_page_be_found(_sender: None, *, page: PlaybookPage) -> None:
    text = "" if page.closed_at else plain_text(get_revision(page.id, page.current_number).text)
    _let_own_words_be_found(
        DocumentKind.PLAYBOOK_PAGE,
        page.id,
        scope=playbook_scope(page.playbook_id),
        path=f"/playbooks/{page.playbook_id}/pages/{page.id}",
        title=page.title,
        text=text,
        is_gone=page.closed_at is not None,
    )


def _let_cycle_be_found(_sender: None, *, cycle: Cycle) -> None:
    written = (
        cycle.objective,
        cycle.plan_what,
        cycle.what_happened,
        cycle.surprises,
        cycle.study_findings,
        cycle.learned,
        cycle.decision_reason,
        cycle.next_step,
        cycle.stop_reason,
    )
    _let_own_words_be_found(
        DocumentKind.CYCLE,
        cycle.id,
        scope=team_scope(cycle.team_id),
        path=f"/improve/cycles/{cycle.id}",
        title=cycle.title,
        text=" ".join(written),
    )


def _let_idea_be_found(_sender: None, *, idea: ChangeIdea) -> None:
    _let_own_words_be_found(
        DocumentKind.CHANGE_IDEA,
        idea.id,
        scope=shared_scope(idea.team_id) if is_shared(idea.id) else team_scope(idea.team_id),
        path=f"/improve/changes/{number_of(idea.id)}",
        title=idea.title,
        text=idea.description,
        is_gone=idea.closed_at is not None,
    )


def _let_own_words_be_found(
    kind: DocumentKind, subject: int, *, scope: str, path: str, title: str, text: str, is_gone: bool = False
) -> None:
    """What people write is found in every language of the site: nobody writes it twice."""
    body = " ".join(text.split())
    found = [
        Findable(kind=kind, subject=str(subject), language=language, scope=scope, path=path, title=title, body=body)
        for language in Language
    ]
    replace_documents(kind, str(subject), [] if is_gone else found)
