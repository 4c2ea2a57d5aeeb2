"""Questions from elsewhere become items of ours, or are named as what our instruments cannot hold.

Our items ask for a rating on five steps, or, as site facts, for yes, partly or no, a day or a share. Whoever brings an
instrument in says who answers it; what does not fit that is left out by name.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from readiness.fields import LANGUAGES
from readiness.formats.drafts import MOST_AREAS, Draft, blank, filled, free_key, items_of, new_area, new_item, slots_of
from readiness.formats.errors import Flaw, FormatRefused, shorten
from readiness.formats.fhir_types import Words
from readiness.formats.wording import GENERAL
from readiness.instruments import ANCHORS, AnswerKind, Mode

LONGEST_NAME: Final = 80
LONGEST_TEXT: Final = 4_000
_N_STEPS: Final = 5
_OUTSIDE: Final = re.compile(
    r"(n/?a|not applicable( here)?|does not apply( here)?|no aplica( aqu[ií])?|(i |we )?(do not|don.?t) know|no s[eé]"
    r"|no sabemos|unsure|not sure|unknown|prefer not to (answer|say)|declined?( to answer)?|refused?)[\s.!]*",
    re.IGNORECASE,
)
_YES: Final = re.compile(r"(yes|s[ií]|true|verdadero)\b.*", re.IGNORECASE)
_NO: Final = re.compile(r"(no|not|never|false|falso)\b.*", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_BLANKS: Final = re.compile(r"[^\S\n]+")


class Answers(StrEnum):
    """What a question from elsewhere takes."""

    CHOICE = "choice"
    SEVERAL = "several"
    YES_NO = "yes-no"
    DATE = "date"
    NUMBER = "number"
    TEXT = "text"
    NOTHING = "nothing"
    OTHER = "other"


class Reason(StrEnum):
    """What became of something that our instruments cannot hold as it was."""

    # Left out whole.
    NOT_A_RATING = "not-a-rating"
    NOT_A_FACT = "not-a-fact"
    NOT_FIVE_STEPS = "not-five-steps"
    OTHER_LABELS = "other-labels"
    NO_TEXT = "no-text"
    UNKNOWN_KIND = "unknown-kind"
    TOO_MANY_AREAS = "too-many-areas"
    # Taken, but without this.
    BRANCHING = "branching"
    UNREAD_BRANCHING = "unread-branching"
    REQUIRED = "required"
    MIDDLE_LABELS = "middle-labels"
    OTHER_ANSWERS = "other-answers"
    NOTE = "note"
    LAYOUT = "layout"
    COLUMN = "column"
    ELEMENT = "element"
    EXTENSION = "extension"
    LANGUAGE = "language"
    MARKUP = "markup"
    # Taken, and changed.
    RECODED = "recoded"
    PARTLY_ADDED = "partly-added"
    NAME_MADE = "name-made"


LEFT_OUT: Final = frozenset(
    {
        Reason.NOT_A_RATING,
        Reason.NOT_A_FACT,
        Reason.NOT_FIVE_STEPS,
        Reason.OTHER_LABELS,
        Reason.NO_TEXT,
        Reason.UNKNOWN_KIND,
        Reason.TOO_MANY_AREAS,
    }
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """What our instruments cannot hold. where: the field, "" for the whole; text: the piece that is meant."""

    where: str
    reason: Reason
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fitted:
    """An instrument as it can be taken: a draft, and what it left behind."""

    draft: Draft
    dropped: tuple[Dropped, ...]

    @property
    def n_items(self) -> int:
        """How many items were taken."""
        return sum(1 for _item in items_of(self.draft))


@dataclass(frozen=True, slots=True)
class Step:
    """One answer of a question. code: as it was written; weight: its number, None when it has none."""

    code: str
    label: Words
    weight: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question from elsewhere. where: its name there. known: of our own notes on it, what still fits."""

    where: str
    answers: Answers
    text: Words
    steps: tuple[Step, ...] = ()
    low: float | None = None
    high: float | None = None
    is_percent: bool = False
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Fitter:
    """Builds one draft, question by question."""

    draft: Draft
    mode: Mode
    dropped: list[Dropped] = field(default_factory=list)
    labels: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    def open_area(self, key: str, name: Words, known: Mapping[str, Any]) -> None:
        """Begin an area; the questions that follow are its items."""
        taken = {area["key"] for area in self.draft["areas"]}
        notes = {name: value for name, value in known.items() if name not in {"key", "name"}}
        self.draft["areas"].append(new_area(free_key(key, taken, fallback="area"), name) | notes)

    def name_purpose(self, purpose: Words) -> None:
        """Say what the area that was begun last is for."""
        self.draft["areas"][-1]["purpose"] = filled(purpose)

    def drop(self, where: str, reason: Reason, text: str = "") -> None:
        """Note that something is left behind."""
        self.dropped.append(Dropped(where, reason, shorten(text)))

    def take(self, question: Question) -> None:
        """Take a question as an item, or note why not."""
        if not any(question.text.values()):
            self.drop(question.where, Reason.NO_TEXT)
            return
        taken = {item["key"] for item in items_of(self.draft)}
        item = new_item(free_key(question.where, taken), self.mode, next(iter(self.draft["topics"])))
        item |= {name: value for name, value in question.known.items() if name != "key" or value not in taken}
        if item["topic"] not in self.draft["topics"]:
            item["topic"] = next(iter(self.draft["topics"]))
        item["text"] = filled(question.text)
        fits = self._fits_fact if self.mode is Mode.SITE_FACTS else self._fits_rating
        if not fits(question, item):
            return
        if not any(item["name"].values()):
            item["name"] = {language: _short(item["text"][language]) for language in LANGUAGES}
            self.drop(question.where, Reason.NAME_MADE)
        if not self.draft["areas"]:
            self.open_area("general", GENERAL, {})
        self.draft["areas"][-1]["items"].append(item)

    def finish(self) -> Fitted:
        """Return the draft, its empty areas taken out; raises FormatRefused (NO_ITEMS) when nothing fitted."""
        if self.mode is Mode.STAFF:
            self._settle_labels()
        areas = [area for area in self.draft["areas"] if area["items"]]
        for area in areas[MOST_AREAS:]:
            self.drop("", Reason.TOO_MANY_AREAS, " ".join(area["name"].values()))
        self.draft["areas"] = areas[:MOST_AREAS]
        if not areas:
            first = self.dropped[0] if self.dropped else Dropped("", Reason.NO_TEXT)
            raise FormatRefused(Flaw.NO_ITEMS, first.where)
        for slot in slots_of(self.draft):
            slot.table.update(clean_words(slot.table))
            if max(map(len, slot.table.values())) > LONGEST_TEXT:
                raise FormatRefused(Flaw.TOO_LONG, slot.table["en"] or slot.table["es"])
        return Fitted(self.draft, tuple(dict.fromkeys(self.dropped)))

    def _fits_rating(self, question: Question, item: Draft) -> bool:
        if question.answers is Answers.NUMBER and (question.low, question.high) == (1, _N_STEPS):
            return True
        if question.answers is not Answers.CHOICE:
            self.drop(question.where, Reason.NOT_A_RATING)
            return False
        steps = self._inside(question)
        if len(steps) != _N_STEPS:
            self.drop(question.where, Reason.NOT_FIVE_STEPS, str(len(steps)))
            return False
        if [step.code for step in steps] != ["1", "2", "3", "4", "5"]:
            self.drop(question.where, Reason.RECODED, ", ".join(step.code for step in steps))
        labels = [{language: _label(step, language) for language in LANGUAGES} for step in steps]
        if "anchors" in item:
            item["anchors"] = {str(value): labels[value - 1] for value in ANCHORS}
            middle = [labels[value - 1] for value in range(1, _N_STEPS) if value not in ANCHORS]
            if any(any(label.values()) for label in middle):
                words = " / ".join(label["en"] or label["es"] for label in middle)
                self.drop(question.where, Reason.MIDDLE_LABELS, words)
        elif any(any(label.values()) for label in labels):
            self.labels[item["key"]] = tuple(tuple(label.values()) for label in labels)
        return True

    def _inside(self, question: Question) -> Sequence[Step]:
        """Return the steps of the scale in their order, without answers that lie outside it."""
        steps = [step for step in question.steps if not _is_ours(step)]
        others = [step for step in steps if _is_outside(step)] if len(steps) > _N_STEPS else []
        steps = [step for step in steps if step not in others]
        if others:
            words = " / ".join(next(iter(step.label.values()), step.code) for step in others)
            self.drop(question.where, Reason.OTHER_ANSWERS, words)
        if all(step.weight is not None for step in steps):
            steps.sort(key=lambda step: step.weight or 0.0)
        return steps

    def _fits_fact(self, question: Question, item: Draft) -> bool:
        if question.answers is Answers.DATE:
            item["answer"] = AnswerKind.DATE.value
        elif question.answers is Answers.NUMBER and (question.is_percent or (question.low, question.high) == (0, 100)):
            item["answer"] = AnswerKind.SHARE.value
        elif question.answers is Answers.YES_NO or self._is_yes_no(question):
            item["answer"] = AnswerKind.YES_PARTLY_NO.value
            if question.answers is Answers.YES_NO or len(self._inside(question)) == 2:  # noqa: PLR2004  # yes and no
                self.drop(question.where, Reason.PARTLY_ADDED)
        else:
            self.drop(question.where, Reason.NOT_A_FACT)
            return False
        return True

    def _is_yes_no(self, question: Question) -> bool:
        if question.answers is not Answers.CHOICE:
            return False
        words = [" ".join(step.label.values()).strip() for step in question.steps if not _is_outside(step)]
        has_yes, has_no = any(map(_YES.fullmatch, words)), any(map(_NO.fullmatch, words))
        return has_yes and has_no and len(words) in (2, 3)

    def _settle_labels(self) -> None:
        """Keep the labels that most items have; items with others ask something else and are left out."""
        if not self.labels:
            return
        counted = Counter(self.labels.values())
        kept = max(counted, key=lambda each: counted[each])
        self.draft["labels"] = {
            str(value): dict(zip(LANGUAGES, label, strict=True)) for value, label in enumerate(kept, start=1)
        }
        others = {key for key, labels in self.labels.items() if labels != kept}
        for area in self.draft["areas"]:
            for item in area["items"]:
                if item["key"] in others:
                    words = " / ".join(label[0] or label[1] for label in self.labels[item["key"]])
                    self.drop(item["key"], Reason.OTHER_LABELS, words)
            area["items"] = [item for item in area["items"] if item["key"] not in others]


def clean_text(text: str) -> str:
    """Return words without markup, control characters and halves of letters, blanks drawn together line by line.

    >>> clean_text("<p>How <b>are</b>  you?</p>")
    'How are you?'
    """
    whole = _TAG.sub("", text.encode("utf-8", "replace").decode())
    letters = "".join(each for each in whole if each == "\n" or each.isprintable() or each.isspace())
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in letters.splitlines()).strip()


def clean_words(words: Words) -> dict[str, str]:
    """Return a text in the languages of this site, cleaned."""
    cleaned = {language: clean_text(words.get(language, "")) for language in LANGUAGES}
    return cleaned if any(cleaned.values()) else blank()


def other_languages(words: Iterable[Words]) -> set[str]:
    """Return the languages of texts that this site does not speak."""
    return {language for each in words for language in each if language not in LANGUAGES}


def _is_outside(step: Step) -> bool:
    return _is_ours(step) or any(_OUTSIDE.fullmatch(label.strip()) for label in step.label.values())


def _is_ours(step: Step) -> bool:
    return step.code in {"NA", "DK"}


def _label(step: Step, language: str) -> str:
    """Return the words of a step; a bare number says nothing that the scale does not say."""
    label = clean_text(step.label.get(language, ""))
    return "" if label == step.code or label.isdigit() else label


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_NAME else f"{line[:LONGEST_NAME].rsplit(' ', 1)[0][: LONGEST_NAME - 1]}…"
