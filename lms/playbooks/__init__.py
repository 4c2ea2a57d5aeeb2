"""What works here, written down so that it outlives whoever found out.

A playbook belongs to one organization or one coalition and holds pages of Markdown. Each page keeps every revision it
ever had, has somebody who looks after it, and is read again after a while. Edits that meet are merged line by line
(`merge`), or both texts are shown. New playbooks may begin from a template of `content/playbooks` (`catalog`).
"""
