"""Coalitions: networks of organizations, with local facts and the people who hold a role in them.

Local facts (crisis and poison lines, protocol links, dated law text) fill the blanks of clinical pages.
A coalition role is coordinator or TA expert. Organizations join and leave a coalition; an organization may belong
to several. This slice also answers what a person's standing is: the one query that permissions rest on.
"""
