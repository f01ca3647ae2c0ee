"""The rules of a ticket's life. Pure: no clock, randomness, environment, network or database here."""
