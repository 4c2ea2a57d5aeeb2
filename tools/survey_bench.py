"""How long the scoring of staff surveys takes: one large round whole, and a whole coalition."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from lms.readiness.services.publishing import read_instruments
from lms.readiness.survey_figures import listen
from lms.readiness.survey_inputs import Group, Inputs, Response
from lms.readiness.survey_report import build
from readiness.agreement import icc, mean_squares
from readiness.benchmarks import shrunken_means
from readiness.instruments import Instrument, Mode
from readiness.reliability import cronbach_alpha
from readiness.scoring import value_of

ROOT = Path(__file__).parent.parent
DAY = date(2026, 6, 30)
GROUPS = tuple(Group(key, key, None) for key in ("care", "peers", "office"))
LARGE, MOST_LARGE_SECONDS = 5_000, 1.0
N_ORGANIZATIONS, N_STAFF, MOST_COALITION_SECONDS = 500, 40, 5.0


def time_scoring() -> bool:
    """Time both, print how long they take, and say whether they keep to their bounds."""
    by_slug = {instrument.slug: instrument for instrument in read_instruments(ROOT / "content")}
    forty, twenty = replace(by_slug["moud-readiness"], mode=Mode.STAFF), by_slug["staff-survey"]
    large = _answers(forty, LARGE, seed=1)
    coalition = [_answers(twenty, N_STAFF, seed=seed) for seed in range(N_ORGANIZATIONS)]
    one = _seconds(lambda: _score_whole(forty, large))
    all_of_them = _seconds(lambda: _score_coalition(twenty, coalition))
    print(f"\na survey of {LARGE} people and {forty.n_items} items, scored whole: {one:.2f} s")
    print(f"{N_ORGANIZATIONS} organizations of {N_STAFF} people and {twenty.n_items} items: {all_of_them:.2f} s")
    return one < MOST_LARGE_SECONDS and all_of_them < MOST_COALITION_SECONDS


def _score_whole(instrument: Instrument, responses: list[Response]) -> None:
    """The document with scales, agreement and intervals; then the reliability of every scale."""
    _document(instrument, responses)
    crowd = listen(instrument, responses)
    for area in instrument.areas:
        columns = ([value_of(answer) for answer in crowd.columns[item.key]] for item in area.items)
        cronbach_alpha(list(zip(*columns, strict=True)))


def _score_coalition(instrument: Instrument, organizations: list[list[Response]]) -> None:
    """The document of each organization; then over all how much they differ, and their adjusted means."""
    for responses in organizations:
        _document(instrument, responses)
    crowds = [listen(instrument, responses) for responses in organizations]
    for area in instrument.areas:
        scores = [crowd.scores(area.key) for crowd in crowds]
        mean_squares(scores)
        icc(scores)
        shrunken_means(scores)


def _document(instrument: Instrument, responses: list[Response]) -> None:
    inputs = Inputs(responses=responses, headcount=len(responses) + 5, groups=GROUPS, cut="job-role")
    build(instrument, inputs, closed_on=DAY)


def _answers(instrument: Instrument, n: int, *, seed: int) -> list[Response]:
    chance = random.Random(seed)
    responses = []
    for _ in range(n):
        at = chance.gauss(3.4, 0.6)
        said: dict[str, int | str] = {}
        for item in instrument.items:
            value = min(5, max(1, round(chance.gauss(at, 0.8))))
            said[item.key] = "dont-know" if chance.random() < 0.03 else 6 - value if item.is_reversed else value
        responses.append(Response(said, chance.choice(GROUPS).key))
    return responses


def _seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes, the shorter of two tries: a machine does other things too."""
    tries = []
    for _ in range(2):
        begun = time.perf_counter()
        work()
        tries.append(time.perf_counter() - begun)
    return min(tries)


if __name__ == "__main__":
    raise SystemExit(0 if time_scoring() else 1)
