"""Small banks and questions for the tests of this room."""

from collections.abc import Callable, Sequence

import pytest

from assessments.bank import Bank
from assessments.fields import Provenance
from assessments.items import Option, Question, QuestionKind

BANK_TEXT = """
slug = "check"
version = "1.0.0"
licence = "CC BY 4.0"
source = "Written from the fact sheet."
reviewed_on = ""
reviewed_by = ""
title = { en = "Check", es = "Comprobación" }
intro = { en = "Ten questions.", es = "Diez preguntas." }

[[questions]]
slug = "redose-wait"
objective = "redose"
lesson = "naloxone"
kind = "one"
practice = false
sources = ["narcan-label"]
own = false
stem = { en = "How long do you wait?", es = "¿Cuánto espera?" }
[[questions.options]]
slug = "two-minutes"
correct = true
text = { en = "2 to 3 minutes", es = "De 2 a 3 minutos" }
reason = { en = "Naloxone needs that long.", es = "La naloxona tarda eso." }
[[questions.options]]
slug = "an-hour"
correct = false
text = { en = "An hour", es = "Una hora" }
reason = { en = "Far too long.", es = "Es demasiado." }

[[questions]]
slug = "signs"
objective = "recognise"
lesson = "recognise"
kind = "many"
practice = true
sources = []
own = true
stem = { en = "Which are signs?", es = "¿Cuáles son señales?" }
[[questions.options]]
slug = "blue-lips"
correct = true
text = { en = "Blue lips", es = "Labios azules" }
reason = { en = "Too little oxygen.", es = "Falta oxígeno." }
[[questions.options]]
slug = "no-breath"
correct = true
text = { en = "No breath", es = "No respira" }
reason = { en = "The main sign.", es = "La señal principal." }
[[questions.options]]
slug = "talking"
correct = false
text = { en = "Talking fast", es = "Habla rápido" }
reason = { en = "That person is awake.", es = "Esa persona está despierta." }
"""


@pytest.fixture
def bank_text() -> str:
    return BANK_TEXT


@pytest.fixture
def make_question() -> Callable[..., Question]:
    def make(
        slug: str = "wait",
        *,
        objective: str = "redose",
        kind: QuestionKind = QuestionKind.ONE,
        correct: Sequence[str] = ("a",),
        options: Sequence[str] = ("a", "b", "c", "d"),
        is_practice: bool = False,
    ) -> Question:
        return Question(
            slug=slug,
            objective=objective,
            lesson="naloxone",
            kind=kind,
            is_practice=is_practice,
            sources=("label",),
            is_own=False,
            stem={"en": slug, "es": slug},
            options=tuple(
                Option(slug=each, is_correct=each in correct, text={"en": each}, reason={"en": f"why {each}"})
                for each in options
            ),
        )

    return make


@pytest.fixture
def make_bank(make_question: Callable[..., Question]) -> Callable[..., Bank]:
    """Make a bank with so many graded questions for each objective, and one practice question."""

    def make(**n_questions: int) -> Bank:
        graded = [
            make_question(f"{objective}-{number}", objective=objective)
            for objective, n in n_questions.items()
            for number in range(n)
        ]
        origin = Provenance(version="1.0.0", licence="CC BY 4.0", source="us", reviewed_on=None, reviewed_by="")
        return Bank(
            slug="check",
            provenance=origin,
            title={"en": "Check", "es": "Comprobación"},
            intro={"en": "Go", "es": "Ya"},
            questions=(*graded, make_question("practice", is_practice=True)),
        )

    return make
