"""Readiness of organizations: a team rates benchmarks together, with evidence, and gets a report it can act on.

A round is one organization, one published instrument and a window of time. What the team agrees on is a named record of
the organization, append-only; closing a round computes its report once. The pure scoring lives in `readiness`, outside
this package; what is opened from an action of the report lives in later slices, which tell by a signal.
"""
