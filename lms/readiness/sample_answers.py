"""Made-up answers to a staff survey, the same each time: for a page that shows what a report looks like."""

import random
from datetime import date
from typing import Any

from lms.readiness import survey_report
from lms.readiness.survey_inputs import Group, Inputs, Response
from readiness.instruments import Instrument, Item
from readiness.scoring import AnswerState

HEADCOUNT = 30
PEOPLE = (("care", 11), ("peers", 9), ("office", 5))
NAMES = {
    "en": {"care": "Nurses and counselors", "peers": "Peer workers", "office": "Front desk and office"},
    "es": {"care": "Enfermería y consejería", "peers": "Personas pares", "office": "Recepción y oficina"},
}
COMMENTS = {
    "en": (
        "When the team lead is out, nobody knows who decides.",
        "I like that we talk after a hard day. More of that.",
        "Show us what became of the last survey.",
    ),
    "es": (
        "Cuando falta quien dirige el equipo, nadie sabe quién decide.",
        "Me gusta que hablemos después de un día difícil. Más de eso.",
        "Muéstrennos qué pasó con la última encuesta.",
    ),
}
_LEVELS = (3.9, 2.8, 3.4, 4.1, 3.1, 2.6)  # of the areas in turn: a place like many, with strong and weak sides
_SHARE_UNKNOWN = 0.05


def sample_document(instrument: Instrument, language: str, *, today: date) -> dict[str, Any]:
    """Return the document of a report that nobody's answers are in, computed as every other is."""
    lot = random.Random(instrument.slug)  # made-up answers, the same each time
    moods = [(group, lot.gauss(0, 0.45)) for group, n in PEOPLE for _person in range(n)]
    return survey_report.build(
        instrument,
        Inputs(
            responses=[Response(_answers(instrument, mood, lot), group) for group, mood in moods],
            headcount=HEADCOUNT,
            cut="job-role",
            groups=[Group(key, NAMES[language][key], n + 1) for key, n in PEOPLE],
            comments=COMMENTS[language],
            change_name=None,
        ),
        closed_on=today,
    )


def _answers(instrument: Instrument, mood: float, lot: random.Random) -> dict[str, int | str]:
    return {
        item.key: _answer(instrument, item, _LEVELS[number % len(_LEVELS)] + mood, lot)
        for number, area in enumerate(instrument.areas)
        for item in area.items
    }


def _answer(instrument: Instrument, item: Item, level: float, lot: random.Random) -> int | str:
    if lot.random() < _SHARE_UNKNOWN:
        return AnswerState.DONT_KNOW.value
    value = min(max(round(lot.gauss(level, 0.8)), instrument.low), instrument.high)
    return instrument.low + instrument.high - value if item.is_reversed else value
