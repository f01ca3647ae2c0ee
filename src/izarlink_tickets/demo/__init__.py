"""The demo: two customers, eight people, and thirty recent tickets."""

from izarlink_tickets.demo.loading import load
from izarlink_tickets.demo.scenario import FIRST_PASSWORD, PASSWORD, demo_people

__all__ = ["FIRST_PASSWORD", "PASSWORD", "demo_people", "load"]
