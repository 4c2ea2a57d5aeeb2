"""Messages of organizations. MESSAGES maps an outbox topic to the function that composes it when it is sent."""

from collections.abc import Mapping

from lms.mail import Composer

MESSAGES: Mapping[str, Composer] = {}
