"""The customer support portal of IzarLink.

Tickets as events, pages in French and English.
"""
