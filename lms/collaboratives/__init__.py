"""Learning collaboratives: a cohort of teams from several organizations that work on one thing for a while.

It has a charter, a beginning and an end, phases, and sessions that teams attend. What the teams write and count
belongs to `lms/improvement`, a later slice; the pages here ask it, the tables do not.
"""
