"""What we say ourselves, in both languages, where an instrument from elsewhere is silent."""

from collections.abc import Mapping
from typing import Final

from readiness.fields import Localized
from readiness.instruments import Mode

NOT_APPLICABLE: Final[Localized] = {"en": "Does not apply here", "es": "No aplica aquí"}
DONT_KNOW: Final[Localized] = {"en": "We do not know", "es": "No sabemos"}
YES: Final[Localized] = {"en": "Yes", "es": "Sí"}
PARTLY: Final[Localized] = {"en": "Partly", "es": "En parte"}
NO: Final[Localized] = {"en": "No", "es": "No"}
GENERAL: Final[Localized] = {"en": "General", "es": "General"}
EVIDENCE: Final[Localized] = {
    "en": "What your rating rests on: what you saw, counted or can show.",
    "es": "En qué se basa su nota: lo que vieron, contaron o pueden mostrar.",
}
_NAMED: Final[Localized] = {
    "en": (
        "This is a record of your organization. It is not anonymous: it shows who took part. Your team, your leads, "
        "the coalition's coordinators, the experts who serve you and the administrators can read it. Other staff see "
        "the report only if a lead shares it. Never write the name of a client or a patient."
    ),
    "es": (
        "Este es un registro de su organización. No es anónimo: muestra quiénes participaron. Pueden leerlo su equipo, "
        "sus líderes, quienes coordinan la coalición, las personas expertas que les atienden y quienes administran el "
        "sitio. El resto del personal ve el informe solo si un líder lo comparte. Nunca escriba el nombre de un "
        "cliente o paciente."
    ),
}
_STAFF: Final[Localized] = {
    "en": (
        "Leads, coordinators, the experts who serve you and the administrators all see the same report. It shows "
        "groups, never a person, and other staff see it only if a lead shares it.\n"
        "Groups under 5 are never shown.\n"
        "Nobody can look up your answers, us included.\n"
        "Comments appear without your role, and only when at least 10 people answered. Please write no names."
    ),
    "es": (
        "Los líderes, quienes coordinan la coalición, las personas expertas que les atienden y quienes administran el "
        "sitio ven el mismo informe. Muestra grupos, nunca a una persona, y el resto del personal lo ve solo si un "
        "líder lo comparte.\n"
        "Los grupos de menos de 5 personas no se muestran nunca.\n"
        "Nadie puede buscar lo que usted respondió, nosotros tampoco.\n"
        "Los comentarios aparecen sin su función, y solo si respondieron al menos 10 personas. Por favor, no escriba "
        "nombres."
    ),
}
PROMISES: Final[Mapping[Mode, Localized]] = {
    Mode.CONSENSUS: _NAMED,
    Mode.STAFF: _STAFF,
    Mode.SITE_FACTS: _NAMED,
    Mode.LEADER: _NAMED,
}
METHOD: Final[Localized] = {
    "en": (
        "An area gets a score when at least four in five of its items that apply are answered. The score is their "
        'mean. "Does not apply here" leaves the count. "Do not know" stays in it and is never guessed. This '
        "instrument came from elsewhere or was adapted. How reliable it is in this form is not known here. Use the "
        "scores to talk and to choose a next step. Do not use them to rank anyone."
    ),
    "es": (
        "Un área recibe su puntaje si se responden al menos cuatro de cada cinco preguntas que aplican. El puntaje es "
        "su promedio. «No aplica aquí» sale de la cuenta. «No sabe» se queda en ella y nunca se adivina. Este "
        "instrumento viene de otra parte o fue adaptado. No se sabe aquí qué tan confiable es en esta forma. Use los "
        "puntajes para conversar y elegir el próximo paso. No los use para comparar a nadie."
    ),
}
LABELS: Final[Mapping[int, Localized]] = {
    1: {"en": "Strongly disagree", "es": "Totalmente en desacuerdo"},
    2: {"en": "Disagree", "es": "En desacuerdo"},
    3: {"en": "Neither agree nor disagree", "es": "Ni de acuerdo ni en desacuerdo"},
    4: {"en": "Agree", "es": "De acuerdo"},
    5: {"en": "Strongly agree", "es": "Totalmente de acuerdo"},
}
