"""What people send about readiness, and how its words read; clean plain values come out."""

from lms.readiness.forms.rounds import (
    ACTION_STATE_LABELS,
    KIND_LABELS,
    LEVEL_LABELS,
    STATE_LABELS,
    TRIGGER_LABELS,
    AcceptForm,
    PresenceForm,
    ReasonForm,
    RoundForm,
    SentArea,
    StartForm,
    chosen_reasons,
    clean_note,
    read_area,
    read_rating,
    read_ratings,
)

__all__ = [
    "ACTION_STATE_LABELS",
    "KIND_LABELS",
    "LEVEL_LABELS",
    "STATE_LABELS",
    "TRIGGER_LABELS",
    "AcceptForm",
    "PresenceForm",
    "ReasonForm",
    "RoundForm",
    "SentArea",
    "StartForm",
    "chosen_reasons",
    "clean_note",
    "read_area",
    "read_rating",
    "read_ratings",
]
