"""What a text of a cycle says: nothing of one's own, a word or two, or a sentence; and what it tells without saying so.

Everything here works on words alone, in English and Spanish. It decides nothing: it finds what to ask about.
"""

import re
from collections import Counter
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

FEWEST_WORDS: Final = 3  # Fewer are an answer to a form, not a sentence somebody can learn from.

_PLACEHOLDERS: Final = frozenset(
    {
        *("tbd", "tba", "todo", "na", "n a", "none", "nothing", "x", "xx", "xxx", "xxxx", "test", "pending", "later"),
        *("to be completed", "to be done", "to be filled in", "to do", "fill in", "fill in later", "see above"),
        *("nd", "n d", "nada", "ninguno", "ninguna", "pendiente", "por completar", "por definir", "por hacer"),
        *("completar", "prueba", "ver arriba", "más tarde", "luego"),
    }
)
_ORDER: Final = (
    "describe|explain|write|say|list|enter|state|compare|describa|explique|escriba|diga|anote|indique|compare|compara"
)
# A question or an order of a form that was left standing.
_PROMPT: Final = re.compile(rf"^\W*({_ORDER})\b|\?\s*({_ORDER})\b|^[^.!]*\?\s*$", re.IGNORECASE)
_POINTS_BACK: Final = re.compile(
    r"^\W*(the )?(same|ditto|idem|ídem|igual|lo mismo|as before|like before|no change|sin cambios?)\b"
    r"|^\W*(see|read|look at|cf|ver|véase|vea|lea)\b.{0,20}"
    r"\b(cycle|last|previous|before|above|ciclo|anterior|arriba)\b",
    re.IGNORECASE,
)
_SOMEBODY: Final = (
    r"(he|she|they|somebody|someone|man|woman|person|patient|client|guest|mother|father|nurse|peer|friend|resident"
    r"|persona|paciente|hombre|mujer|madre|padre|cliente|enfermera)"
)
_HARM: Final = re.compile(
    r"\b(ambulances?|injur(y|ies|ed)|bleed(s|ing)?|bled|harm(ed)?|got hurt|was hurt|faint(ed|s)?|collapsed"
    r"|broke down|unconscious|unresponsive|seizures?|stopped breathing|overdosed|chest pain"
    rf"|{_SOMEBODY} (\w+ )?(fell|died|slipped)|(taken|rushed|sent) to (the )?(hospital|emergency)"
    r"|ambulancias?|sangr(ó|aba|ando)|heri(do|da|das|dos)|se lastimó|se desmayó|convulsi(ón|ones|onó)|inconsciente"
    rf"|se cayó|una caída|{_SOMEBODY} murió|dejó de respirar|al hospital con|dolor en el pecho)\b",
    re.IGNORECASE,
)
_NO_HARM: Final = re.compile(
    r"\b(no|nobody|no one|none|without|not|nunca|nadie|ningún|ninguna|sin)\b[^.;,]{0,30}$", re.IGNORECASE
)


class Weight(IntEnum):
    """How much a text says."""

    NOTHING = 0
    THIN = 1
    OWN = 2


def weight(text: str) -> Weight:
    """Weigh a text: empty, a placeholder or a prompt of the form says nothing; one or two words are thin.

    >>> weight("tbd"), weight("Done."), weight("We called six people")
    (<Weight.NOTHING: 0>, <Weight.THIN: 1>, <Weight.OWN: 2>)
    """
    words = words_of(text)
    if not words or " ".join(words) in _PLACEHOLDERS or _PROMPT.search(text):
        return Weight.NOTHING
    return Weight.OWN if len(words) >= FEWEST_WORDS else Weight.THIN


def heaviest(texts: Iterable[str]) -> Weight:
    """Return the weight of the text that says most; NOTHING of none."""
    return max(map(weight, texts), default=Weight.NOTHING)


def points_back(text: str) -> bool:
    """Say whether a text only points at what was written before.

    >>> points_back("Same as before"), points_back("The same nurse is on leave on Mondays, so we moved it to Tuesday")
    (True, False)
    """
    return len(words_of(text)) <= 6 and _POINTS_BACK.search(text) is not None


def tells_of_harm(texts: Iterable[str]) -> bool:
    """Say whether a text reads as if somebody was harmed. Wrong now and then: it is a reason to ask, never a verdict.

    >>> tells_of_harm(["An ambulance came"]), tells_of_harm(["Nobody was harmed"]), tells_of_harm(["Calls fell"])
    (True, False, False)
    """
    return any(not _NO_HARM.search(text[: found.start()]) for text in texts for found in _HARM.finditer(text))


def overlap(one: str, other: str) -> float:
    """Return the share of the words of the longer text that stand in the other as often, 0 to 1; without words 0.

    >>> overlap("call each patient", "Call each client")
    0.6666666666666666
    """
    words, others = Counter(words_of(one)), Counter(words_of(other))
    longer = max(words.total(), others.total())
    return (words & others).total() / longer if longer else 0.0


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters.

    >>> words_of("N/A")
    ['n', 'a']
    """
    return re.findall(r"\w+", text.casefold())
