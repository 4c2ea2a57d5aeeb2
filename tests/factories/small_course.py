"""The smallest course that the strict reader accepts: two readings, a scenario, a check."""

from pathlib import Path

from lms.training.catalog import read_course
from lms.training.courses import Course

ORIGIN = """version = "1.0.0"
licence = "CC BY 4.0"
source = "Written for tests."
reviewed_on = ""
reviewed_by = ""
"""

COURSE = f"""slug = "small"
{ORIGIN}clinical = true
pass_percent = 80
n_questions = 2
certificate_months = 24
title = {{ en = "Small course", es = "Curso pequeño" }}
summary = {{ en = "Two lessons.", es = "Dos lecciones." }}
certifies = {{ en = "Knowledge.", es = "Conocimiento." }}
does_not_certify = {{ en = "Skill.", es = "Habilidad." }}

[[objectives]]
slug = "recognise"
text = {{ en = "Recognize.", es = "Reconocer." }}
[[objectives]]
slug = "redose"
text = {{ en = "Wait.", es = "Esperar." }}

[[lessons]]
slug = "recognise"
kind = "reading"
file = "10-recognise.md"
minutes = 9
[[lessons]]
slug = "naloxone"
kind = "reading"
file = "20-naloxone.md"
minutes = 4
[[lessons]]
slug = "library"
kind = "scenario"
file = "30-library.toml"
minutes = 10
[[lessons]]
slug = "check"
kind = "check"
file = "check.toml"
minutes = 5
"""

RECOGNISE = f"""+++
title = "Recognize"
summary = "Two questions."
{ORIGIN}sources = ["label", "health-line"]
+++
## Does the person wake up?
Call out. Shake the shoulders. [@label]

!!! say "Words you can use"
    Hello, can you hear me?

## How do they breathe?
Slow breaths are a sign. [own] Call {{{{fact:emergency-number}}}}.

## Practice: signs
"""

RECOGNISE_ES = f"""+++
title = "Reconocer"
summary = "Dos preguntas."
{ORIGIN}sources = ["label", "health-line"]
+++
## ¿Despierta la persona?
Llámela. Sacuda sus hombros. [@label]

!!! say "Palabras que puede usar"
    Hola, ¿me oye?

## ¿Cómo respira?
Llame al {{{{fact:emergency-number}}}}. Respirar lento es una señal. [own]

## Practice: signs
"""

NALOXONE = f"""+++
title = "Naloxone"
summary = "Give it."
{ORIGIN}sources = ["label"]
+++
## Wait two minutes
Keep giving breaths while you wait. [@label]
"""

NALOXONE_ES = f"""+++
title = "Naloxona"
summary = "Adminístrela."
{ORIGIN}sources = ["label"]
+++
## Espere dos minutos
Siga dando respiraciones mientras espera. [@label]
"""

SCENARIO = f"""slug = "library"
{ORIGIN}sources = ["label"]
title = {{ en = "A night", es = "Una noche" }}
summary = {{ en = "You decide.", es = "Usted decide." }}
content_note = {{ en = "Shows an overdose.", es = "Muestra una sobredosis." }}
start = "arrival"

[[scenes]]
slug = "arrival"
text = {{ en = "A man lies there.", es = "Hay un hombre en el piso." }}
[[scenes.choices]]
slug = "call-out"
text = {{ en = "Call out", es = "Llamarlo" }}
quality = "good"
consequence = {{ en = "No answer.", es = "No responde." }}
next = "kneeling"
[[scenes.choices]]
slug = "walk-on"
text = {{ en = "Walk on", es = "Seguir de largo" }}
quality = "harmful"
consequence = {{ en = "You come back.", es = "Usted regresa." }}
next = "kneeling"
[[scenes.choices]]
slug = "ask-for-help"
text = {{ en = "Ask for help", es = "Pedir ayuda" }}
quality = "fair"
consequence = {{ en = "Someone runs up.", es = "Alguien viene." }}
next = "end-helped"

[[scenes]]
slug = "kneeling"
text = {{ en = "You kneel down.", es = "Usted se arrodilla." }}
[[scenes.choices]]
slug = "spray"
text = {{ en = "Give a spray", es = "Dar un aerosol" }}
quality = "good"
consequence = {{ en = "He breathes.", es = "Respira." }}
next = "end-safe"
[[scenes.choices]]
slug = "shout"
text = {{ en = "Shout", es = "Gritar" }}
quality = "fair"
consequence = {{ en = "Someone runs up.", es = "Alguien viene." }}
next = "end-helped"

[[scenes]]
slug = "end-safe"
end = "good"
text = {{ en = "He is safe.", es = "Está a salvo." }}
debrief = {{ en = "Naloxone helped. [@label]", es = "La naloxona ayudó. [@label]" }}

[[scenes]]
slug = "end-helped"
end = "fair"
text = {{ en = "Others take over.", es = "Otros siguen." }}
debrief = {{ en = "Asking helps.", es = "Pedir ayuda sirve." }}
"""


def _question(slug: str, *, objective: str, lesson: str, is_practice: bool = False) -> str:
    return f"""
[[questions]]
slug = "{slug}"
objective = "{objective}"
lesson = "{lesson}"
kind = "one"
practice = {str(is_practice).lower()}
sources = ["label"]
own = false
stem = {{ en = "What now?", es = "¿Y ahora?" }}
[[questions.options]]
slug = "wait"
correct = true
text = {{ en = "Wait", es = "Esperar" }}
reason = {{ en = "It takes time.", es = "Tarda." }}
[[questions.options]]
slug = "leave"
correct = false
text = {{ en = "Leave", es = "Irse" }}
reason = {{ en = "Stay.", es = "Quédese." }}
"""


CHECK = (
    f"""slug = "check"
{ORIGIN}title = {{ en = "Check", es = "Prueba" }}
intro = {{ en = "Two questions.", es = "Dos preguntas." }}
"""
    + _question("signs", objective="recognise", lesson="recognise", is_practice=True)
    + _question("awake", objective="recognise", lesson="recognise")
    + _question("breath", objective="recognise", lesson="recognise")
    + _question("how-long", objective="redose", lesson="naloxone")
)

FILES = {
    "course.toml": COURSE,
    "10-recognise.md": RECOGNISE,
    "10-recognise.es.md": RECOGNISE_ES,
    "20-naloxone.md": NALOXONE,
    "20-naloxone.es.md": NALOXONE_ES,
    "30-library.toml": SCENARIO,
    "check.toml": CHECK,
}


def write_small_course(parent: Path) -> Path:
    """Write the course below the folder and return its own folder."""
    folder = parent / "small"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def build_small_course(parent: Path) -> Course:
    """Write the course below the folder and read it."""
    return read_course(write_small_course(parent))
