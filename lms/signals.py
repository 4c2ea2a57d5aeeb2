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

organization_left_coalition = _signals.signal("organization-left-coalition")
"""An organization left a coalition. Keywords: `coalition_id`, `organization_id`, `by_id`."""

course_assigned = _signals.signal("course-assigned")
"""An organization asked a person to finish a course by a date. Keywords: `assignment`."""

course_withdrawn = _signals.signal("course-withdrawn")
"""An organization no longer asks people to finish a course. Keywords: `organization_id`, `person_ids`,
`course_slug`."""

people_nudged = _signals.signal("people-nudged")
"""An organization reminded people of a course; their mail is on its way. Keywords: `organization_id`, `person_ids`,
`course_slug`."""

course_finished = _signals.signal("course-finished")
"""A person passed the knowledge check and finished a course. Keywords: `enrollment`, `finished_on` (date)."""

content_published = _signals.signal("content-published")
"""A new version of a course or a page was published. Keywords: `version` (lms.publications.ContentVersion)."""

work_opened = _signals.signal("work-opened")
"""Something was opened from an action of a readiness report. Keywords: `action_id`, `kind`
(readiness.models.ActionKind), `path` (where it can be seen), `actor`."""

round_opened = _signals.signal("round-opened")
"""A team is asked to rate. Keywords: `round`, `person_ids`."""

round_left = _signals.signal("round-left")
"""People no longer rate a round. Keywords: `round`, `person_ids`."""

survey_offered = _signals.signal("survey-offered")
"""A coalition asks organizations to survey their staff in the same weeks. Keywords: `campaign`, `organization_ids`,
`title` (of the instrument, by language)."""

survey_answered = _signals.signal("survey-answered")
"""An organization answered such an offer, or nobody waits for its answer any more. Keywords: `campaign_id`,
`organization_id` (None: all)."""

delivery_tried = _signals.signal("delivery-tried")
"""A row of the outbox was tried, in the transaction that settles the try. Keywords: `topic`, `payload`,
`was_delivered` (False: nothing was to be sent any more, or it failed), `error` (the name of what failed, or None),
`is_last` (nothing tries again by itself)."""

round_closed = _signals.signal("round-closed")
"""A readiness round was closed and its report stands. Keywords: `round`."""

action_accepted = _signals.signal("action-accepted")
"""An action of a readiness report got an owner and a date. Keywords: `action` (readiness.models.RecommendedAction)."""

action_settled = _signals.signal("action-settled")
"""An action was declined, or an accepted one was done or dropped. Keywords: `action`."""

team_changed = _signals.signal("team-changed")
"""People joined or left an improvement team. Keywords: `team`."""

cycle_changed = _signals.signal("cycle-changed")
"""The text or the state of a PDSA cycle changed. Keywords: `cycle` (lms.improvement.models.Cycle)."""

cycle_acted = _signals.signal("cycle-acted")
"""A team finished a cycle, or sent it again after it came back: it waits for a review. Keywords: `cycle`."""

harm_noted = _signals.signal("harm-noted")
"""A team noted that somebody was harmed, or nearly, in the test of a cycle. Keywords: `cycle`, `by_id` (who wrote it),
`zone` (by which they count days)."""

change_idea_saved = _signals.signal("change-idea-saved")
"""A change idea was written or changed. Keywords: `idea`."""

observation_entered = _signals.signal("observation-entered")
"""A measure got a value for a period. Keywords: `measure`, `period_on` (date)."""

phases_proposed = _signals.signal("phases-proposed")
"""A lead proposed other phases for a chart: a TA expert decides. Keywords: `measure` (lms.improvement.models.Measure),
`by_id`."""

phases_settled = _signals.signal("phases-settled")
"""Proposed phases of a chart were accepted, declined or taken back. Keywords: `measure`."""

playbook_page_saved = _signals.signal("playbook-page-saved")
"""A page of a playbook got a revision, or was moved or closed. Keywords: `page` (lms.playbooks.models.PlaybookPage)."""

page_needs_owner = _signals.signal("page-needs-owner")
"""Who looks after a page of a playbook changed, or when it is to be read again. Keywords: `page`."""

review_decided = _signals.signal("review-decided")
"""A TA expert accepted or returned a cycle. Keywords: `review` (lms.assistance.models.Review)."""

cycle_commented = _signals.signal("cycle-commented")
"""Somebody wrote a comment at a cycle. Keywords: `comment`."""

help_asked = _signals.signal("help-asked")
"""An organization asked for technical assistance. Keywords: `request` (lms.assistance.models.AssistanceRequest)."""

help_changed = _signals.signal("help-changed")
"""A request for technical assistance changed its state. Keywords: `request`."""

person_left_work = _signals.signal("person-left-work")
"""What somebody owned in an organization passes to somebody else. Keywords: `person_id`, `successor_id`,
`organization_id`, `actor`. Every slice that names owners passes on its own; each receiver returns how many it passed
on, as a dict of words to counts."""

work_owned_asked = _signals.signal("work-owned-asked")
"""Asks what a person owns in an organization. Keywords: `person_id`, `organization_id`. Each receiver returns a list of
`(word, title, path)`."""

time_zone_asked = _signals.signal("time-zone-asked")
"""Asks by which clock somebody counts days. Keywords: `person_id`, `organization_id`, one of them None. The receiver
returns the name of a zone, or None where no coalition says so."""

person_data_asked = _signals.signal("person-data-asked")
"""Asks for everything about a person, for their own copy. Keywords: `person_id`. Each receiver returns
`(section, rows)` pairs: a name and plain dicts."""

person_erased = _signals.signal("person-erased")
"""A person is being erased. Keywords: `person_id`. Each slice deletes or unlinks what it holds, as the erasure table
says."""

people_merged = _signals.signal("people-merged")
"""Two accounts of one person become one. Keywords: `kept_id`, `gone_id`. Each slice moves what it holds."""
