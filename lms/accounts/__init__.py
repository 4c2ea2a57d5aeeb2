"""Accounts: the people who sign in, by e-mail or by an alias with a recovery code.

Owns passwords, recovery codes, server-side sessions and one-use links. A session is a row, so that signing out,
a changed password or a suspension ends it at the next request, wherever its cookie was copied to. What a person
may do is not decided here: that follows from memberships and coalition roles.
"""
