"""Scenarios: short stories in which the learner chooses what to do, and the player that walks through one.

A scenario is a graph without loops: from every scene each choice leads on until an end, so that every path ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Final

from assessments.fields import Fields, Provenance, parse_toml, provenance_as_document
from assessments.items import Localized
from lms.errors import Invalid
from lms.front_matter import reading
from lms.markers import check_prose

_FEWEST_CHOICES: Final = 2
_MOST_CHOICES: Final = 4


class Quality(StrEnum):
    """How good a choice or an end is; it shapes the debrief and is never shown as a grade."""

    GOOD = "good"
    FAIR = "fair"
    HARMFUL = "harmful"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing the learner can do in a scene, what happens at once, and where it leads."""

    slug: str
    text: Localized
    quality: Quality
    consequence: Localized
    next_slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A moment of the story: either with choices, or an end with a debrief."""

    slug: str
    text: Localized
    choices: tuple[Choice, ...] = ()
    end: Quality | None = None
    debrief: Localized | None = None

    @property
    def is_end(self) -> bool:
        """Whether the story ends here."""
        return self.end is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole story. `content_note` says beforehand what will be shown."""

    slug: str
    provenance: Provenance
    sources: tuple[str, ...]
    title: Localized
    summary: Localized
    content_note: Localized
    start: str
    scenes: tuple[Scene, ...]

    def get_scene(self, slug: str) -> Scene:
        """Return the scene with that slug, which must exist."""
        return next(scene for scene in self.scenes if scene.slug == slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioStep:
    """One choice made, and what came of it."""

    scene_slug: str
    choice_slug: str
    consequence: Localized
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioState:
    """Where the learner is; `debrief` is there once the story has ended."""

    scene: Scene
    path: tuple[ScenarioStep, ...]
    is_finished: bool
    debrief: Localized | None


class UnknownChoice(Invalid):
    """A choice that the scene does not offer, or one made after the end."""

    def __init__(self, scenario_slug: str, scene_slug: str, choice_slug: str) -> None:
        super().__init__(f"Scene {scene_slug!r} of {scenario_slug!r} does not offer {choice_slug!r}.")
        self.scenario_slug = scenario_slug
        self.scene_slug = scene_slug
        self.choice_slug = choice_slug


def replay(scenario: Scenario, choices: Sequence[str]) -> ScenarioState:
    """Walk from the start through the choices made so far; raises UnknownChoice."""
    scene = scenario.get_scene(scenario.start)
    path: list[ScenarioStep] = []
    for slug in choices:
        choice = next((each for each in scene.choices if each.slug == slug), None)
        if choice is None:
            raise UnknownChoice(scenario.slug, scene.slug, slug)
        path.append(
            ScenarioStep(
                scene_slug=scene.slug,
                choice_slug=slug,
                consequence=choice.consequence,
                quality=choice.quality,
            )
        )
        scene = scenario.get_scene(choice.next_slug)
    return ScenarioState(scene=scene, path=tuple(path), is_finished=scene.is_end, debrief=scene.debrief)


def reachable_scenes(scenario: Scenario) -> frozenset[str]:
    """Return the slugs of all scenes that some sequence of choices leads to."""
    scenes = {scene.slug: scene for scene in scenario.scenes}
    found: set[str] = set()
    waiting = [scenario.start]
    while waiting:
        slug = waiting.pop()
        if slug not in found:
            found.add(slug)
            waiting += [choice.next_slug for choice in scenes[slug].choices]
    return frozenset(found)


def n_distinct_paths(scenario: Scenario) -> int:
    """Count the different sequences of choices from the start to an end."""
    scenes = {scene.slug: scene for scene in scenario.scenes}
    n_paths: dict[str, int] = {}
    for slug in _ends_first(scenario.scenes):
        scene = scenes[slug]
        n_paths[slug] = 1 if scene.is_end else sum(n_paths[choice.next_slug] for choice in scene.choices)
    return n_paths[scenario.start]


def parse_scenario(text: str, *, file: str) -> Scenario:
    """Read a scenario file; raises ContentError with file, field and reason."""
    with reading(file):
        return _read_scenario(Fields(parse_toml(text)))


def scenario_from_document(document: Mapping[str, object], *, file: str = "document") -> Scenario:
    """Read back what `scenario_as_document` wrote, as strictly as a file; raises ContentError."""
    with reading(file):
        return _read_scenario(Fields(document))


def scenario_as_document(scenario: Scenario) -> dict[str, object]:
    """Write a scenario as a JSON-able table with the keys of its file."""
    return {
        "slug": scenario.slug,
        **provenance_as_document(scenario.provenance),
        "sources": list(scenario.sources),
        "title": dict(scenario.title),
        "summary": dict(scenario.summary),
        "content_note": dict(scenario.content_note),
        "start": scenario.start,
        "scenes": [_scene_as_document(scene) for scene in scenario.scenes],
    }


def _scene_as_document(scene: Scene) -> dict[str, object]:
    document: dict[str, object] = {"slug": scene.slug, "text": dict(scene.text)}
    if scene.end is not None and scene.debrief is not None:
        return {**document, "end": scene.end.value, "debrief": dict(scene.debrief)}
    return {**document, "choices": [_choice_as_document(choice) for choice in scene.choices]}


def _choice_as_document(choice: Choice) -> dict[str, object]:
    return {
        "slug": choice.slug,
        "text": dict(choice.text),
        "quality": choice.quality.value,
        "consequence": dict(choice.consequence),
        "next": choice.next_slug,
    }


def _read_scenario(fields: Fields) -> Scenario:
    sources = fields.slugs("sources")
    scenario = Scenario(
        slug=fields.slug("slug"),
        provenance=fields.provenance(),
        sources=sources,
        title=fields.localized("title"),
        summary=fields.localized("summary"),
        content_note=_prose(fields, "content_note", sources),
        start=fields.slug("start"),
        scenes=tuple(_read_scene(row, sources) for row in fields.tables("scenes")),
    )
    fields.finish()
    _check_graph(fields, scenario)
    return scenario


def _read_scene(fields: Fields, sources: Sequence[str]) -> Scene:
    slug, text = fields.slug("slug"), _prose(fields, "text", sources)
    if fields.has("end"):
        end = fields.one_of("end", Quality)
        if end is Quality.HARMFUL:
            raise fields.refused("end", "a story ends good or fair")
        scene = Scene(slug=slug, text=text, end=end, debrief=_prose(fields, "debrief", sources))
    else:
        choices = tuple(_read_choice(row, sources) for row in fields.tables("choices"))
        if not _FEWEST_CHOICES <= len(choices) <= _MOST_CHOICES:
            raise fields.refused("choices", f"a scene has {_FEWEST_CHOICES} to {_MOST_CHOICES} choices")
        fields.refuse_twins("choices", (choice.slug for choice in choices))
        scene = Scene(slug=slug, text=text, choices=choices)
    fields.finish()
    return scene


def _read_choice(fields: Fields, sources: Sequence[str]) -> Choice:
    choice = Choice(
        slug=fields.slug("slug"),
        text=_prose(fields, "text", sources),
        quality=fields.one_of("quality", Quality),
        consequence=_prose(fields, "consequence", sources),
        next_slug=fields.slug("next"),
    )
    fields.finish()
    return choice


def _prose(fields: Fields, key: str, sources: Sequence[str]) -> Localized:
    texts = fields.localized(key)
    check_prose(fields, key, texts, sources)
    return texts


def _check_graph(fields: Fields, scenario: Scenario) -> None:
    slugs = [scene.slug for scene in scenario.scenes]
    fields.refuse_twins("scenes", slugs)
    if scenario.start not in slugs:
        raise fields.refused("start", f"there is no scene {scenario.start!r}")
    for scene in scenario.scenes:
        for choice in scene.choices:
            if choice.next_slug not in slugs:
                raise fields.refused("scenes", f"{scene.slug!r} leads to {choice.next_slug!r}, which does not exist")
    try:
        _ends_first(scenario.scenes)
    except CycleError as error:
        raise fields.refused("scenes", f"a path never ends: {' → '.join(reversed(error.args[1]))}") from error
    if lost := set(slugs) - reachable_scenes(scenario):
        raise fields.refused("scenes", f"no choice leads to {', '.join(sorted(lost))}")


def _ends_first(scenes: Iterable[Scene]) -> tuple[str, ...]:
    """Order the scenes so that each stands after all it leads to; raises CycleError."""
    leads_to = {scene.slug: {choice.next_slug for choice in scene.choices} for scene in scenes}
    return tuple(TopologicalSorter(leads_to).static_order())
