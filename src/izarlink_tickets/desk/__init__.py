"""Tables of the desk's tools: saved views, canned responses, presence.

No use case and no rule is here: those are in `application`.
"""
