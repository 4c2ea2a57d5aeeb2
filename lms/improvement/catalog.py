"""Change packages as text: `content/change-packages/<slug>.toml`, ideas with a first small test each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from assessments.fields import Fields, Provenance, parse_toml, provenance_as_document
from assessments.items import Localized
from lms.front_matter import reading

LONGEST_TITLE: Final = 120  # of an idea: a team's own may be longer, for it may be reworded


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageIdea:
    """One change that a team could test. `tried` says where it was; without sources it is common practice only."""

    slug: str
    topic: str
    title: Localized
    what: Localized
    why: Localized
    tried: Localized
    first_test: Localized
    sources: tuple[str, ...]

    def words_in(self, language: str) -> str:
        """All that can be searched for, in one language."""
        parts = (self.title, self.what, self.why, self.tried, self.first_test)
        return " ".join(part[language] for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePackage:
    """Ideas that belong together, by topic."""

    slug: str
    title: Localized
    summary: Localized
    provenance: Provenance
    topics: Mapping[str, Localized]
    ideas: tuple[PackageIdea, ...]


def parse_package(text: str, *, file: str) -> ChangePackage:
    """Read one package; raises ContentError with file, field and reason."""
    with reading(file):
        return _read(Fields(parse_toml(text)))


def package_from_document(document: Mapping[str, Any]) -> ChangePackage:
    """Read back what `package_as_document` wrote."""
    with reading("change-package"):
        return _read(Fields(document))


def package_as_document(package: ChangePackage) -> dict[str, Any]:
    """Write a package as a JSON-able table, as its file has it."""
    return {
        "slug": package.slug,
        "title": dict(package.title),
        "summary": dict(package.summary),
        **provenance_as_document(package.provenance),
        "topics": [{"key": key, "name": dict(name)} for key, name in package.topics.items()],
        "ideas": [
            {
                "slug": idea.slug,
                "topic": idea.topic,
                "title": dict(idea.title),
                "what": dict(idea.what),
                "why": dict(idea.why),
                "tried": dict(idea.tried),
                "first_test": dict(idea.first_test),
                "sources": list(idea.sources),
            }
            for idea in package.ideas
        ],
    }


def _read(fields: Fields) -> ChangePackage:
    slug, provenance = fields.slug("slug"), fields.provenance()
    title, summary = fields.localized("title"), fields.localized("summary")
    topics = dict(_read_topic(row) for row in fields.tables("topics"))
    ideas = tuple(_read_idea(row, topics) for row in fields.tables("ideas"))
    fields.refuse_twins("ideas", [idea.slug for idea in ideas])
    fields.finish()
    return ChangePackage(slug=slug, title=title, summary=summary, provenance=provenance, topics=topics, ideas=ideas)


def _read_topic(fields: Fields) -> tuple[str, Localized]:
    topic = fields.slug("key"), fields.localized("name")
    fields.finish()
    return topic


def _read_idea(fields: Fields, topics: Mapping[str, Localized]) -> PackageIdea:
    idea = PackageIdea(
        slug=fields.slug("slug"),
        topic=fields.slug("topic"),
        title=fields.localized("title"),
        what=fields.localized("what"),
        why=fields.localized("why"),
        tried=fields.localized("tried"),
        first_test=fields.localized("first_test"),
        sources=fields.slugs("sources"),
    )
    fields.finish()
    if idea.topic not in topics:
        raise fields.refused("topic", f"{idea.topic!r} is none of: {', '.join(topics)}")
    if max(map(len, idea.title.values())) > LONGEST_TITLE:
        raise fields.refused("title", f"is longer than {LONGEST_TITLE} characters")
    return idea
