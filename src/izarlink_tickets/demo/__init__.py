"""The demo: two customers, eight people, and thirty tickets of the past weeks."""

from izarlink_tickets.demo.loading import load
from izarlink_tickets.demo.scenario import FIRST_PASSWORD, PASSWORD, demo_people

__all__ = ["FIRST_PASSWORD", "PASSWORD", "demo_people", "load"]
