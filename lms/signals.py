"""What an earlier slice tells a later one. Each signal is named and documented once, here.

Receivers run in the sender's transaction: what they write is committed or rolled back with the change itself.
Every sender passes itself as `None`; the subject travels as keywords.
"""

from blinker import Namespace

_signals = Namespace()

person_joined = _signals.signal("person-joined")
"""A membership opened. Keywords: `membership` (lms.organizations.models.Membership)."""

membership_ended = _signals.signal("membership-ended")
"""A membership ended. Keywords: `membership`."""

person_suspended = _signals.signal("person-suspended")
"""An account was suspended. Keywords: `person_id`."""

course_assigned = _signals.signal("course-assigned")
"""An organization asked a person to finish a course by a date. Keywords: `assignment`."""

course_finished = _signals.signal("course-finished")
"""A person passed the knowledge check and finished a course. Keywords: `enrollment`, `finished_on` (date)."""

content_published = _signals.signal("content-published")
"""A new version of a course or a page was published. Keywords: `version` (lms.publications.ContentVersion)."""
