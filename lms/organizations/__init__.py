"""Organizations: members of coalitions, with their locations, job roles, memberships and invitations.

A membership is a person's standing in one organization: staff or lead, with a job role, a location, a supervisor and
capabilities given by name. People come in by invitation: a link, its QR code, or a list as CSV.
Every organization keeps at least one lead, always. Ending a membership takes effect at the next request.
"""
