"""The demo: two customers, eight people, thirty tickets of the past weeks, made through the ordinary commands."""

from izarlink_tickets.demo.cast import CHARACTERS, FIRST_PASSWORD, PASSWORD
from izarlink_tickets.demo.loading import load

__all__ = ["CHARACTERS", "FIRST_PASSWORD", "PASSWORD", "load"]
