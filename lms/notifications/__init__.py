"""Notifications: what waits for each person, and the mail that leaves.

`todo` rows (person, kind, subject, due) are written by signals in the transaction of the change that makes them
necessary, and closed the same way; home, and later digests and handovers, read them. Mail leaves through the outbox:
each message is built when it is sent, and whether it may still be sent is asked again then.
"""
