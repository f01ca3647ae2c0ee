"""Seeding of a portal with any number of tickets and everything that grows with them.

The events are made by the aggregate once per kind of life, copied with new ids, times and texts, and sealed and mapped
by the portal's own code; the read models are built from them. So `verify` finds nothing.
"""

import time
from dataclasses import dataclass

from bench.seeding import log, people
from bench.seeding.people import People
from izarlink_tickets.application import open_portal
from izarlink_tickets.application.operations.schema import migrate
from izarlink_tickets.config import Settings, load_keys


@dataclass(frozen=True, slots=True)
class Seeded:
    """The size of a seeded portal, and the seconds that it took."""

    tickets: int
    events: int
    log_seconds: float
    read_model_seconds: float

    @property
    def events_per_second(self) -> float:
        return self.events / self.log_seconds


def seed(settings: Settings, *, tickets: int) -> Seeded:
    """Migrate an empty database and fill it."""
    migrate(settings)
    keys, now = load_keys(settings), log.moment_now()
    portal = open_portal(settings, keys)
    source = log.Source(
        settings.database_url,
        settings.data_dir,
        settings.attachments_folder,
        keys.sealing,
        tickets,
        People.of(tickets),
        now,
    )
    try:
        with portal.database.command() as connection:
            began = now - log.SPAN
            account_ids = people.insert_people(connection, source.people, master_key=keys.sealing, now=began)
            people.insert_sessions(connection, account_ids, now=now)
        start = time.perf_counter()
        events = log.write_log(portal.database, source, account_ids)
        written = time.perf_counter()
        portal.read_models.rebuild()
        return Seeded(tickets, events, written - start, time.perf_counter() - written)
    finally:
        portal.database.close()
