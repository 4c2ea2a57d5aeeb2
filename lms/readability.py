"""How hard a text is to read, by the usual formulas; good for finding heavy lessons, not for judging a writer.

Syllables are counted by rule: exactly by Spanish spelling, nearly by English. Numbers written in digits are left out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lms.markers import CALLOUT_PATTERN, FACT_PATTERN, OWN_PATTERN, PICTURE_PATTERN, SOURCE_PATTERN

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END: Final = re.compile(r"[.!?…]+(?=[\s\"'”’»)*_]|$)|\n")
_TABLE_RULE: Final = re.compile(r"^[\s|:-]*-{2,}[\s|:-]*$", re.MULTILINE)
_LINE_START: Final = re.compile(r"^[ \t]*(?:#{1,6} |[-*+] |\d+[.)] |> )?[ \t]*", re.MULTILINE)

_ENGLISH_VOWELS: Final = re.compile(r"[aeiouy]+")
# “breathe”, “stopped”, “places” lose a vowel at their end; “table”, “wanted”, “changes” do not.
_SILENT_END: Final = re.compile(r"(?:[^aeiouylr]|[aeiouy][lr])e$|[^aeiouytd]ed$|[^aeiouyscgxzh]es$|[^cs]hes$")
# Two vowels that are not one sound: “opioid”, “being”, “theory”, “usually”.
_TWO_SOUNDS: Final = re.compile(r"[^cgstx]i[aou]|[aeouy]ing$|eo(?![up])|ua[lt]")

_STRONG_VOWELS: Final = frozenset("aeoáéó")
_ACCENTED_WEAK: Final = frozenset("íú")
_SPANISH_VOWELS: Final = re.compile(r"[aeiouáéíóúü]+")


@dataclass(frozen=True, slots=True)
class _Counts:
    n_words: int
    n_sentences: int
    n_syllables: int


def plain_text(markdown: str) -> str:
    """Return the words of a text without its marks; a heading, a list item, a table row ends a sentence.

    >>> plain_text("## Wait\\n\\n1. Look at the **clock**. [@label]")
    'Wait\\n\\nLook at the clock.'
    """
    text = CALLOUT_PATTERN.sub(lambda found: found[0].partition('"')[2].rstrip('"'), PICTURE_PATTERN.sub("", markdown))
    text = FACT_PATTERN.sub("no", OWN_PATTERN.sub("", SOURCE_PATTERN.sub("", text)))
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", _TABLE_RULE.sub("", text))
    text = re.sub(r"(?<=\S)\n(?![\s#>|*+-]|\d+[.)] )", " ", text)  # a line break inside a paragraph
    text = re.sub(r"[*_`|]", " ", _LINE_START.sub("", text))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r" +([.,;:!?])", r"\1", "\n".join(lines)).strip()


def flesch_kincaid_grade(text: str) -> float | None:
    """Return the school grade (United States) at which an English text is understood; None without words.

    `text` is plain. Formula: 0.39 words/sentences + 11.8 syllables/words - 15.59 (Kincaid and others, 1975).

    >>> round(flesch_kincaid_grade("The cat sat on the mat."), 2)
    -1.45
    """
    counts = _count(text, count_english_syllables)
    if counts is None:
        return None
    return 0.39 * counts.n_words / counts.n_sentences + 11.8 * counts.n_syllables / counts.n_words - 15.59


def inflesz(text: str) -> float | None:
    """Return the ease of a Spanish text, about 0 to 110; None without words.

    `text` is plain. Below 40 very hard, 40 to 55 rather hard, 55 to 65 normal, 65 to 80 rather easy, above 80 very
    easy (Barrio-Cantalejo and others, 2008). Formula: 206.835 - 62.3 syllables/words - words/sentences
    (Szigriszt-Pazos, 1993).

    >>> round(inflesz("El gato come pan."), 1)
    109.4
    """
    counts = _count(text, count_spanish_syllables)
    if counts is None:
        return None
    return 206.835 - 62.3 * counts.n_syllables / counts.n_words - counts.n_words / counts.n_sentences


def fernandez_huerta(text: str) -> float | None:
    """Return the ease of a Spanish text by the older formula, about 0 to 110; None without words.

    `text` is plain. Formula: 206.84 - 60 syllables/words - 1.02 words/sentences (Fernández Huerta, 1959).

    >>> round(fernandez_huerta("El gato come pan."), 1)
    112.8
    """
    counts = _count(text, count_spanish_syllables)
    if counts is None:
        return None
    return 206.84 - 60 * counts.n_syllables / counts.n_words - 1.02 * counts.n_words / counts.n_sentences


def count_english_syllables(word: str) -> int:
    """Estimate the syllables of an English word, at least 1.

    >>> [count_english_syllables(word) for word in ("naloxone", "breathe", "opioid", "table")]
    [3, 1, 3, 2]
    """
    letters = re.sub(r"['’]", "", word.lower())
    n = len(_ENGLISH_VOWELS.findall(letters)) + len(_TWO_SOUNDS.findall(letters))
    return max(n - len(_SILENT_END.findall(letters)), 1)


def count_spanish_syllables(word: str) -> int:
    """Count the syllables of a Spanish word, at least 1.

    Strong vowels and accented i and u each make one; an i or u without accent joins its neighbour.

    >>> [count_spanish_syllables(word) for word in ("sobredosis", "naloxona", "respiración", "día", "ciudad", "y")]
    [4, 4, 4, 2, 2, 1]
    """
    return max(sum(_spanish_nuclei(run) for run in _SPANISH_VOWELS.findall(word.lower())), 1)


def _spanish_nuclei(vowels: str) -> int:
    n_strong = sum(vowel in _STRONG_VOWELS for vowel in vowels)
    n_accented = sum(vowel in _ACCENTED_WEAK for vowel in vowels)
    return max(n_strong + n_accented, 1)


def _count(text: str, count_syllables: Callable[[str], int]) -> _Counts | None:
    words = _WORD.findall(text)
    if not words:
        return None
    sentences = [part for part in _SENTENCE_END.split(text) if _WORD.search(part)]
    return _Counts(
        n_words=len(words),
        n_sentences=len(sentences),
        n_syllables=sum(count_syllables(word) for word in words),
    )
