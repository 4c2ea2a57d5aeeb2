"""Administration: what the person who runs the site sees and does.

People, organizations and coalitions across the whole site, the audit log, jobs, mail deliveries, published content
with its clinical sign-offs, and the settings in force. Nothing here shows a secret or a learner's answers. To
everybody else these pages do not exist.
"""
