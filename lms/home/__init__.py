"""Home: the first page of each person, the public welcome, help, and "Overdose now".

Home says the one next thing, then what else waits. Pages of help and the emergency steps are published content like
courses: versions in the database, never files. "Overdose now" is public, small and printable, because it is opened
by somebody who has no time.
"""
