"""The rules of tickets. Pure: no clock, randomness, environment, network or database."""
