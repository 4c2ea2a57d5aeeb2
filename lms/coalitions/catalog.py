"""What a local blank says where no coalition has filled it: phrases that are true everywhere.

Each is a short phrase that reads well inside a sentence, by fact key and language. Nothing here may be a guess: a line
whose number was not verified is named without its number.
"""

from collections.abc import Mapping

DEFAULT_FACTS: Mapping[str, Mapping[str, str]] = {
    "emergency-number": {"en": "911", "es": "911"},
    "crisis-line": {"en": "988", "es": "988"},
    "poison-line": {"en": "1-800-222-1222", "es": "1-800-222-1222"},
    "never-use-alone-line": {"en": "a line your coalition names", "es": "una línea que indique su coalición"},
    "naloxone-where": {
        "en": "your local health department or pharmacy",
        "es": "el departamento de salud o la farmacia de su localidad",
    },
    "protocol-link": {"en": "your local protocol", "es": "su protocolo local"},
    "good-samaritan-law": {  # the sentence around it brings the last full stop
        "en": "Laws differ by state. Ask your coalition for the text that holds where you are",
        "es": "Las leyes cambian de un estado a otro. Pida a su coalición el texto que rige donde usted está",
    },
}


def default_facts(language: str) -> dict[str, str]:
    """Return what every blank says without a coalition, in one language (English where the language is unknown)."""
    return {key: texts.get(language, texts["en"]) for key, texts in DEFAULT_FACTS.items()}
