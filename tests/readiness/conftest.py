"""Small instruments for the tests of this room."""

from collections.abc import Callable, Sequence

import pytest

from readiness.fields import Provenance
from readiness.instruments import ActionKind, Area, Instrument, Item, Mode

INSTRUMENT_TEXT = """
slug = "two-areas"
version = "1.0.0"
licence = "CC BY 4.0"
source = "Own wording."
reviewed_on = ""
reviewed_by = ""
mode = "consensus"
low = 1
high = 5
minutes = 20
sources = ["caa-2023"]
title = { en = "Two areas", es = "Dos áreas" }
summary = { en = "Two.", es = "Dos." }
promise = { en = "Named.", es = "Con nombre." }
method = { en = "Means.", es = "Promedios." }

[topics]
starting = { en = "Starting", es = "Inicio" }
learning = { en = "Learning", es = "Aprender" }

[[areas]]
key = "start"
weight = 2
name = { en = "Start", es = "Iniciar" }
purpose = { en = "Fast.", es = "Pronto." }

[[areas.items]]
key = "same-day"
construct = "access"
critical = true
weight = 3
reach = 3
effort = 2
topic = "starting"
action = "cycle"
name = { en = "Same day", es = "El mismo día" }
text = { en = "We start today.", es = "Empezamos hoy." }
examples = { en = "At night too.", es = "También de noche." }
evidence = { en = "Days waited.", es = "Días de espera." }
[areas.items.anchors]
1 = { en = "Weeks.", es = "Semanas." }
3 = { en = "Days.", es = "Días." }
5 = { en = "Today.", es = "Hoy." }
[areas.items.measure]
name = { en = "Started today", es = "Inicio hoy" }
numerator = { en = "Started", es = "Empezaron" }
denominator = { en = "Asked", es = "Pidieron" }

[[areas]]
key = "learn"
weight = 1
name = { en = "Learn", es = "Aprender" }
purpose = { en = "Count.", es = "Contar." }

[[areas.items]]
key = "trained"
construct = "knowledge"
critical = false
weight = 1
reach = 1
effort = 1
topic = "learning"
action = "course"
course = "overdose-response"
name = { en = "Trained", es = "Capacitación" }
text = { en = "All are trained.", es = "Todo el personal se ha capacitado." }
evidence = { en = "The share.", es = "La parte." }
[areas.items.anchors]
1 = { en = "None.", es = "Nadie." }
3 = { en = "Some.", es = "Algunas personas." }
5 = { en = "All.", es = "Todas." }
"""


@pytest.fixture
def instrument_text() -> str:
    return INSTRUMENT_TEXT


def _text(word: str) -> dict[str, str]:
    return {"en": word, "es": word}


@pytest.fixture
def make_item() -> Callable[..., Item]:
    def make(
        key: str,
        *,
        is_critical: bool = False,
        weight: int = 1,
        reach: int = 1,
        effort: int = 1,
        action: ActionKind = ActionKind.CYCLE,
    ) -> Item:
        return Item(
            key=key,
            construct="access",
            name=_text(key),
            text=_text(f"We do {key}."),
            anchors={1: _text("no"), 3: _text("some"), 5: _text("all")},
            examples=None,
            evidence=_text("proof"),
            is_critical=is_critical,
            weight=weight,
            reach=reach,
            effort=effort,
            topic="starting",
            action=action,
            course_slug="overdose-response" if action is ActionKind.COURSE else None,
            measure=None,
        )

    return make


@pytest.fixture
def make_instrument(make_item: Callable[..., Item]) -> Callable[..., Instrument]:
    """Make an instrument from its items by area; a plain number makes so many items `<area>-1`, `<area>-2` …"""

    def make(weights: dict[str, int] | None = None, **areas: int | Sequence[Item]) -> Instrument:
        return Instrument(
            slug="made",
            provenance=Provenance(version="1.0.0", licence="CC0", source="us", reviewed_on=None, reviewed_by=""),
            mode=Mode.CONSENSUS,
            title=_text("Made"),
            summary=_text("s"),
            promise=_text("p"),
            method=_text("m"),
            low=1,
            high=5,
            minutes=10,
            sources=(),
            topics={"starting": _text("Starting")},
            areas=tuple(
                Area(
                    key=key,
                    name=_text(key),
                    purpose=_text(key),
                    weight=(weights or {}).get(key, 1),
                    items=tuple(make_item(f"{key}-{n + 1}") for n in range(items))
                    if isinstance(items, int)
                    else tuple(items),
                )
                for key, items in areas.items()
            ),
        )

    return make
