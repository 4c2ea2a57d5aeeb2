"""Templates of playbooks as text: `content/playbooks/<slug>/playbook.toml` names the pages, each a prose file."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from assessments.fields import Fields, Provenance, parse_toml
from assessments.items import Localized
from lms.front_matter import Manuscript, in_all_languages, read_text, read_translations, reading
from lms.playbooks.rules import LONGEST_TEXT, clean_text, flaw_of

SHIPPED: Final = Path(__file__).parents[2] / "content" / "playbooks"
_LONGEST_INTERVAL: Final = 1_096  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePage:
    """One page to begin from."""

    slug: str
    review_every_days: int
    title: Localized
    summary: Localized
    markdown: Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A playbook to begin from: whoever takes it may change every word."""

    slug: str
    title: Localized
    summary: Localized
    provenance: Provenance
    pages: tuple[TemplatePage, ...]


@cache
def shipped_templates() -> Mapping[str, Template]:
    """Return the templates that came with this release, by slug."""
    return {template.slug: template for template in read_templates(SHIPPED)}


def read_templates(folder: Path) -> tuple[Template, ...]:
    """Read all templates of a folder, by slug; raises ContentError."""
    return tuple(read_template(path) for path in sorted(folder.iterdir()) if path.is_dir())


def read_template(folder: Path) -> Template:
    """Read one template with its pages in both languages; raises ContentError."""
    path = folder / "playbook.toml"
    with reading(f"{folder.name}/{path.name}"):
        fields = Fields(parse_toml(read_text(path)))
        title, summary = fields.localized("title"), fields.localized("summary")
        provenance, rows = fields.provenance(), fields.tables("pages")
        fields.finish()
        pages = tuple(_read_page(folder, row) for row in rows)
        fields.refuse_twins("pages", [page.slug for page in pages])
    return Template(slug=folder.name, title=title, summary=summary, provenance=provenance, pages=pages)


def _read_page(folder: Path, row: Fields) -> TemplatePage:
    slug, days = row.slug("slug"), row.number("review_every_days", low=1, high=_LONGEST_INTERVAL)
    row.finish()
    manuscripts = read_translations(folder / f"{slug}.md")
    for manuscript in manuscripts.values():
        manuscript.fields.finish()
    page = TemplatePage(
        slug=slug,
        review_every_days=days,
        title=in_all_languages(manuscripts, lambda each: each.title),
        summary=in_all_languages(manuscripts, lambda each: each.summary),
        markdown=in_all_languages(manuscripts, _body),
    )
    if any(flaw_of(text) for text in page.markdown.values()):
        raise row.refused("slug", f"the page is blank or longer than {LONGEST_TEXT} characters")
    return page


def _body(manuscript: Manuscript) -> str:
    sections = (f"## {section.title}\n\n{section.markdown}" for section in manuscript.sections)
    return clean_text("\n\n".join(part for part in (manuscript.lead, *sections) if part))
