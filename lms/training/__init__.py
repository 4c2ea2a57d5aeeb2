"""Training: courses taken on a phone between two clients, and the certificates they lead to.

Courses are published versions; an enrollment points at the one that was begun. Everything a learner does is an
append-only event under a key made by the learner's device, so that nothing is lost or counted twice on a bad line;
progress is derived from the events. A certificate is issued when the knowledge check is passed, and anyone who holds
its serial can check it.
"""
