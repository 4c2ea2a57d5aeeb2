"""Tables of organizations side by side: worked out when a round closes, read as they are."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Model, UtcDateTime


class Comparison(Model):
    """What a coalition's organizations look like beside each other in one instrument; only what may be shown."""

    __tablename__ = "readiness_comparison"

    coalition_id: Mapped[int] = mapped_column(ForeignKey("coalition.id"), primary_key=True)
    instrument_slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)
