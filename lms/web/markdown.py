"""The one place where HTML is marked safe: what `lms.prose` has rendered and cleaned, with local facts filled in."""

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

_CITE = re.compile(r'<sup class="cite">.*?</sup>')
_TO_CONFIRM = re.compile(r' <span class="to-confirm">[^<]*</span>')
_FACT = re.compile(r"\{\{fact:([a-z-]+)\}\}")


def fill_facts(html: str, facts: Mapping[str, str]) -> Markup:
    """Return rendered prose with each local blank filled by the escaped fact."""
    return Markup(_FACT.sub(lambda match: str(escape(facts.get(match[1], ""))), html))  # noqa: S704  # cleaned by lms.prose


def fill_emergency_facts(html: str, facts: Mapping[str, str]) -> Markup:
    """As `fill_facts`, for somebody with no time: no source numbers, and a star for what a clinician is to confirm."""
    return fill_facts(_TO_CONFIRM.sub("*", _CITE.sub("", html)), facts)
