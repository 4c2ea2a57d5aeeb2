"""Taking names, numbers and addresses out of comments. The person sees the masked text before it is sent.

Rules cannot find every name, and they take some words for names that are none: then the writer says it otherwise. What
they lean on: names of the people who work there, common given names, titles, and capital letters within a sentence.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_EMAIL = re.compile(r"[\w.+'-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\w-]+)+", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@])@\w[\w.]*")
# Phones, days, numbers of cases.
_NUMBER = re.compile(r"(?<!\w)[+(#]?\d(?:[\s().,/·•_\u2010-\u2015\u2212-]{0,3}\d){5,}(?!\w)")
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0f\ufeff]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TITLE = (
    "mr mrs ms miss mx dr doctor doctora prof sr sra srta dra don doña lic ing nurse enfermera enfermero "
    "officer deputy captain capitán capitan sheriff chief judge juez jueza father padre pastor pastora "
    "rev reverend sister brother"
).split()
_TITLED = re.compile(
    rf"\b(?i:{'|'.join(_TITLE)})\b\.?\s+(?P<name>[A-ZÁÉÍÓÚÑ][\w'’-]+(?:\s+[A-ZÁÉÍÓÚÑ][\w'’-]+){{0,2}})"
)
_STARTS_SENTENCE = re.compile(r"(?:^|[.!?:;…\n\"“”«»(\[•*–—/-])\s*[¿¡\"“«(\[]*\s*$")

_GIVEN = frozenset(
    (
        "aaron abigail adam adrian adriana aisha alan alejandra alejandro alex alexander alexandra alexis "
        "alice alicia allison alyssa amanda amber amy ana andrea andres andrés andrew angela angelica anita "
        "ann anna anne anthony antonio arturo ashley austin barbara beatriz becky ben benjamin beth betty "
        "beverly blanca bob bobby bonnie bradley brandon brenda brian brittany bruce bryan caitlin caleb "
        "cameron camila carl carla carlos carmen carol carolina caroline carolyn catherine cathy cecilia "
        "cesar césar charles charlotte cheryl chris christian christina christine christopher cindy clara "
        "claudia connie courtney craig crystal cynthia damian dan daniel daniela danielle danny dave david "
        "deb debbie deborah debra denise dennis derek diana diane diego dolores donald donna dorothy doug "
        "douglas dustin dylan eddie edgar eduardo edward elaine elena eli elizabeth ellen emily emma enrique "
        "eric erica erik erika erin ernesto esteban ethan eva evan evelyn felipe fernanda fernando francisco "
        "frank gabriel gabriela gary george gerald gilbert gloria gonzalo greg gregory guadalupe guillermo "
        "gustavo hannah harold heather hector héctor heidi helen henry hugo ignacio irene isaac isabel "
        "isabella ivan iván jack jackie jacob jacqueline jaime james jamie jane janet janice jason javier jay "
        "jeff jeffrey jen jenna jennifer jenny jeremy jerry jesse jessica jesus jesús jill jim jimmy joan "
        "joanna joe joel john johnny jon jonathan jordan jorge jose josé joseph josh joshua joyce juan juana "
        "judith judy julia julian julie julio justin karen karla kate katherine kathleen kathy katie kayla "
        "keith kelly ken kenneth kevin kim kimberly kristen kristin kyle larry latoya laura lauren leah leon "
        "leonardo leslie leticia linda lisa logan lorena lori louis lucas lucia lucía luis luisa luke luz "
        "lydia lynn madison manuel marcia marco marcos marcus margaret margarita maria maría mariana marie "
        "marilyn mario marisol marta martha martin martín marvin mary mateo matt matthew mayra megan melanie "
        "melissa mercedes michael michele michelle miguel mike miranda mitchell mohammed molly monica mónica "
        "morgan nancy natalia natalie nathan neil nicholas nicole nina noah norma oliver olivia omar oscar "
        "óscar pablo pam pamela patricia patrick patty paul paula pedro peggy peter phil philip phyllis "
        "priscilla rachel rafael ralph ramon ramón randy raquel raul raúl ray raymond rebecca ricardo richard "
        "rick rita robert roberto rodrigo roger ronald rosa rosario roxana roy ruben rubén russell ruth ryan "
        "sam samantha samuel sandra santiago sara sarah scott sean sebastian sebastián sergio shannon sharon "
        "shawn sheila shelly shirley silvia sofia sofía sonia sophia stacy stephanie stephen steve steven sue "
        "susan susana suzanne sylvia tamara tammy tanya tara taylor ted teresa terri terry theresa thomas "
        "tiffany tim timothy tina todd tom tommy tony tracy travis trevor tyler valeria valerie vanessa vera "
        "veronica verónica vicki victor víctor victoria vincent virginia walter wanda wayne wendy whitney "
        "william willie ximena yolanda yvonne zachary"
    ).split()
)
_NO_NAMES = frozenset(
    (
        "i i'm i've i'd i'll monday tuesday wednesday thursday friday saturday sunday january february march "
        "april may june july august september october november december christmas thanksgiving easter english "
        "spanish american latino latina hispanic black white native medicaid medicare narcan naloxone "
        "suboxone methadone buprenorphine vivitrol sublocade zoom teams excel epic google covid hipaa god "
        "internet state county federal board hr it er ed the we our they this that these those there when "
        "where what who why how if it's its and but or so because my more most no not yes please thank thanks "
        "some all every each one two three in on at for with without from after before since while you your "
        "he she staff leads leaders managers supervisors nurses peers el la los las un una unos unas nosotros "
        "nosotras ellos ellas esto esta este estas estos eso cuando donde dónde qué que quién quien por "
        "porque si sí y o pero mi mis nuestro nuestra nuestros nuestras hay más menos todo toda todos todas "
        "cada gracias favor en con sin para desde después antes yo él ella usted ustedes"
    ).split()
)
_PLAIN_WORDS = frozenset(
    (
        "will grace hope mark may june april rose joy faith art bill rob pat drew grant chance dean ray sue "
        "penny dawn angel luz cruz paz rosa clara mercedes dolores socorro rosario santos flores leon chris "
        "jay don van young long brown green white black gray king price rich little best good day power case "
        "love stone rivers wood fields church hill banks cook baker page nurse"
    ).split()
)
_BEGINNINGS = frozenset(  # words that stand before a name at the beginning of a sentence, and are none
    (
        "ask tell give let see call thank thanks please have has had does did do is are was were can could "
        "would should only even both also maybe perhaps sometimes often today yesterday last next talk "
        "talking working work meet like unlike near under over between against about once until though "
        "although as say says said hire fire promote help pregunte pregunten dígale díganle dile hable hablen "
        "llame llamen vea vean solo sólo también hoy ayer según sobre entre hacia hasta contra aunque como "
        "tanto ni sea ser es son fue era tiene tienen hace falta"
    ).split()
)


@dataclass(frozen=True)
class Masks:
    """What stands in place of what was taken out."""

    name: str = "[name]"
    number: str = "[number]"
    address: str = "[address]"


def mask(text: str, people: Iterable[str] = (), masks: Masks = Masks()) -> str:
    """Return a comment without what looks like a name, a phone or other long number, an e-mail or web address.

    text: as typed. people: whole names of those who may be meant, for example of all who work there.

    >>> mask("Ask Karen, 555-010-7788, or k.lee@example.org.")
    'Ask [name], [number], or [address].'
    """
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))  # letters that look alike are alike
    text = _EMAIL.sub(masks.address, text)
    text = _ADDRESS.sub(masks.address, text)
    text = _HANDLE.sub(masks.name, text)
    text = _NUMBER.sub(masks.number, text)
    text = _TITLED.sub(lambda found: _without_name(found, masks.name), text)
    return _without_names(text, _parts_of(people), masks)


def _without_name(found: re.Match[str], name_mask: str) -> str:
    return found[0][: found.start("name") - found.start()] + name_mask


def _without_names(text: str, known: frozenset[str], masks: Masks) -> str:
    is_shouted = text.upper() == text
    words = [word for word in _WORD.finditer(text) if not _is_within_mask(text, word, masks)]
    are_names = []
    for word in words:
        before = text[max(0, word.start() - 12) : word.start()]
        starts = _STARTS_SENTENCE.search(before) is not None
        are_names.append(_is_name(word[0], known, starts=starts, is_shouted=is_shouted))
    for at, word in enumerate(words[:-1]):  # "Quetzalina Wobbleton said": what begins the sentence belongs to the name
        is_beside = text[word.end() : words[at + 1].start()].isspace()
        if are_names[at + 1] and is_beside and words[at + 1][0][0].isupper() and _may_begin_name(word[0]):
            are_names[at] = True
    names = [word for word, is_name in zip(words, are_names, strict=True) if is_name]
    return _replaced(text, names, masks.name)


def _replaced(text: str, names: list[re.Match[str]], name_mask: str) -> str:
    """Put one mask for each run of names with nothing but blanks between them."""
    out: list[str] = []
    end, last_end = 0, -1
    for name in names:
        gap = text[end : name.start()]
        if end != last_end or gap.strip():
            out += [gap, name_mask]
        end = last_end = name.end()
    return "".join((*out, text[end:]))


def _may_begin_name(word: str) -> bool:
    return word[0].isupper() and not word.isupper() and word.lower() not in _NO_NAMES | _BEGINNINGS


def _is_within_mask(text: str, word: re.Match[str], masks: Masks) -> bool:
    around = text[max(0, word.start() - 1) : word.end() + 1]
    return around in (masks.name, masks.number, masks.address)


def _is_name(word: str, known: frozenset[str], *, starts: bool, is_shouted: bool) -> bool:
    plain = re.sub(r"['’]s$", "", word.lower())
    if plain in _NO_NAMES or len(plain) < 2:
        return False
    is_capital = word[0].isupper()
    if plain in _PLAIN_WORDS:
        return is_capital and not starts and not is_shouted
    if plain in known or plain in _GIVEN:
        return True
    is_short_form = word.isupper() and len(word) <= 6  # TA, MOUD, OTP
    return is_capital and not starts and not is_shouted and not is_short_form


def _parts_of(people: Iterable[str]) -> frozenset[str]:
    parts = (part.lower() for name in people for part in _WORD.findall(name))
    return frozenset(part for part in parts if len(part) > 2 and part not in _NO_NAMES)
