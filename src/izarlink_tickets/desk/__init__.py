"""Tables of the desk's own tools: saved views, canned responses, who has a ticket open.

No use case and no rule is here: those are in `application`.
"""
