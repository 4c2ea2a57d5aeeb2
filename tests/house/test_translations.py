"""Spanish is whole: every sentence is there, none is left over, and none has lost a blank."""

import re

from tools.translations import extract, missing, read_spanish

BLANK = re.compile(r"%\(\w+\)[sd]")


def test_every_sentence_has_its_spanish():
    assert [message.id for message in missing()] == []


def test_no_translation_is_left_over():
    used = {message.id for message in extract()}
    assert [message.id for message in read_spanish() if message.id not in used] == []


def test_translations_keep_every_blank():
    broken = []
    for message in read_spanish():
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        allowed = {blank for source in sources for blank in BLANK.findall(source)}
        needed = set(BLANK.findall(sources[-1]))
        if any(set(BLANK.findall(string)) - allowed for string in strings) or needed - set(BLANK.findall(strings[-1])):
            broken.append(message.id)
    assert broken == []


def test_spanish_speaks_to_people_as_usted():
    familiar = re.compile(r"\b(tú|tu|tus|ti|contigo|vos|quédate|haz|tienes|puedes|quieres|eres)\b", re.IGNORECASE)
    strings = [s for m in read_spanish() for s in (m.string if isinstance(m.string, tuple) else (m.string,))]
    assert [string for string in strings if familiar.search(string)] == []
