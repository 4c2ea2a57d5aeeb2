"""Search over lessons and help, behind one interface with two engines.

`search_doc` is the truth, written in the transaction of the change together with an outbox row. Whoosh serves it beside
SQLite, PostgreSQL's full text serves it there; both pass one contract test. Every search names the scopes it may
look into. The index may be deleted at any time and is rebuilt by one command.
"""
