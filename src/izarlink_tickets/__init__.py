"""The customer support portal of IzarLink: tickets as events, pages in French and English."""
