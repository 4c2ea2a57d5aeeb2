"""Succession: what must go on, who holds it, who can step in, and how sure that is.

A critical role belongs to one organization or to one coalition. Who holds it and who stands behind it are positions
with a beginning and an end, so that history stays; what shows that somebody can step in is evidence, by day. Coverage
is never stored: it follows from both and from today. Gaps are secret to other organizations.
"""
