"""A pass over the log that checks events and their order."""

from collections.abc import Iterator

from eventsourcing.domain import AggregateEvent
from sqlalchemy import Connection, select

from izarlink_tickets.attachments.thumbnails import thumbnail_context
from izarlink_tickets.domain.account import AccountEvent
from izarlink_tickets.domain.events import AttachmentAdded, Opened, TicketEvent
from izarlink_tickets.event_store import Mapper, last_position, log_head, open_texts
from izarlink_tickets.notifications import audience_of
from izarlink_tickets.progress import Progress, counted, no_progress
from izarlink_tickets.sealing import Keys, SealBroken, WrongSealingKey
from izarlink_tickets.verify.account_history import AccountHistory
from izarlink_tickets.verify.findings import Finding, FindingBuilder
from izarlink_tickets.verify.scratch_tables import ScratchTables, commands_in_log, files_in_log, readers_in_log
from izarlink_tickets.verify.stored import StoredEvent, loaded, rows_by_stream
from izarlink_tickets.verify.ticket_replay import CommandReplay, TicketReplay, opened_by

CHECKS = ("events", "versions", "seals", "tickets", "entries", "accounts")


class LogScan:
    """A pass over the log.

    It holds the current stream, and a byte for each ticket number.
    """

    def __init__(self, connection: Connection, mapper: Mapper, keys: Keys, accounts: AccountHistory) -> None:
        self._connection, self._mapper, self._keys, self._history = connection, mapper, keys, accounts
        self._scratch_tables = ScratchTables(connection)
        self._events = FindingBuilder("events", "events")
        self._versions = FindingBuilder("versions", "streams")
        self._seals = FindingBuilder("seals", "sealed texts")
        self._tickets = FindingBuilder("tickets", "tickets")
        self._entries = FindingBuilder("entries", "commands on tickets")
        self._accounts = FindingBuilder("accounts", "accounts")
        self._numbers, self._with_stream = _Numbers(), set[str]()
        self._erased = 0
        self._before: StoredEvent | None = None
        self._ticket: TicketReplay | None = None
        self._command: CommandReplay | None = None
        self._has_gap = False
        self._stream = ""

    def findings(self, *, progress: Progress = no_progress) -> Iterator[Finding]:
        """Scan the log to its end, then yield the findings.

        progress: in events.
        """
        rows = rows_by_stream(self._connection)
        for row in counted(rows, progress, total=last_position(self._connection)):
            self._check_row(row)
        self._end_command()
        self._scratch_tables.finish()
        self._compare_numbers()
        self._compare_accounts()
        yield from (self._events.build(), self._versions.build(), self._seals.build(self._remark()))
        yield from (self._tickets.build(), self._entries.build(), self._accounts.build())

    def _check_row(self, row: StoredEvent | str) -> None:
        self._events.count += 1
        if isinstance(row, str):
            self._events.breach(row)
            return
        self._check_versions(row)
        event = loaded(self._mapper, row)
        if isinstance(event, str):
            self._events.breach(event)
            self._has_gap = True
        else:
            self._check_seals(row, event)
            self._check_event(row, event)

    def _check_versions(self, row: StoredEvent) -> None:
        """Compare version and position with those of the stream's previous event."""
        before, self._before = self._before, row
        if before is None or before.stream_id != row.stream_id:
            self._end_command()
            self._ticket, self._has_gap, before = None, False, None
            self._stream = str(row.stream_id)
            self._versions.count += 1
        expected = before.version + 1 if before else 1
        if row.version != expected:
            self._versions.breach(f"stream {row.stream_id} has version {row.version} instead of {expected}")
            self._has_gap = True
        elif before and row.position < before.position:
            self._versions.breach(f"stream {row.stream_id} has version {row.version} before {before.version}")
            self._has_gap = True

    # --- seals --------------------------------------------------------------------------------------------------------

    def _check_seals(self, row: StoredEvent, event: AggregateEvent) -> None:
        fields, names = vars(event), getattr(event, "SEALED", ())
        sealed = [name for name in names if fields[name]] if names else ()
        if not sealed:
            return
        self._seals.count += len(sealed)
        try:
            open_texts(event, self._keys, stream=self._stream)
        except (SealBroken, WrongSealingKey, ValueError):
            self._seals.breach(f"{row}, version {row.version} of {row.stream_id}, doesn't open")
            return
        self._erased += sum(fields[name] is None for name in sealed)

    def _remark(self) -> str:
        return f"{self._erased:,} of them erased" if self._erased else ""

    # --- tickets and their commands -----------------------------------------------------------------------------------

    def _check_event(self, row: StoredEvent, event: AggregateEvent) -> None:
        if isinstance(event, AccountEvent):
            self._check_account(row)
        elif isinstance(event, TicketEvent):
            self._check_ticket(row, event)

    def _check_account(self, row: StoredEvent) -> None:
        account_id = str(row.stream_id)
        if self._ticket:
            self._events.breach(f"{row} is of an account, in the stream of a ticket")
        elif account_id not in self._with_stream and not self._history.has(account_id):
            self._accounts.breach(f"{account_id} has events and no account")
        self._with_stream.add(account_id)

    def _check_ticket(self, row: StoredEvent, event: TicketEvent) -> None:
        if self._command and not self._command.continues_with(event):
            self._end_command()
        if self._ticket is None:
            self._begin_ticket(row, event)
        elif isinstance(event, Opened):
            self._tickets.breach(f"{row} opens ticket {self._ticket.number} a second time")
        elif event.previous_state != self._ticket.state and not self._has_gap:
            self._tickets.breach(f"{row} doesn't continue the state of ticket {self._ticket.number}")
        if self._ticket:
            self._has_gap = False
            self._ticket.apply(event)
            self._add_to_command(row, event)

    def _begin_ticket(self, row: StoredEvent, event: TicketEvent) -> None:
        self._ticket = opened_by(event)
        if self._ticket:
            self._tickets.count += 1
            self._numbers.add(self._ticket.number)
        elif not self._has_gap:
            self._tickets.breach(f"{row} begins stream {row.stream_id} without opening its ticket")
            self._has_gap = True

    def _add_to_command(self, row: StoredEvent, event: TicketEvent) -> None:
        self._command = self._command or CommandReplay([], [])
        self._command.rows.append(row)
        self._command.events.append(event)
        if isinstance(event, AttachmentAdded):
            self._scratch_tables.add(files_in_log, row.position, event.file_id, event.sha256, event.size)
            if event.thumbnail_sha256:
                context = thumbnail_context(event.file_id)
                self._scratch_tables.add(files_in_log, row.position, context, event.thumbnail_sha256, None)

    def _end_command(self) -> None:
        command, ticket, self._command = self._command, self._ticket, None
        if command is None or ticket is None:
            return
        self._entries.count += 1
        if command.is_torn():
            self._entries.breach(f"the command of entry {command.entry} of ticket {ticket.number} is torn apart")
        if command.is_doubled():
            self._entries.breach(
                f"the command of entry {command.entry} of ticket {ticket.number} was carried out twice"
            )
        self._record_command(command, ticket)

    def _record_command(self, command: CommandReplay, ticket: TicketReplay) -> None:
        first, number, entry = command.events[0], ticket.number, command.entry
        audience = audience_of(ticket, command.events)
        tells_team = audience.has_team or audience.needs_assignee
        organisation_id = ticket.organisation_id if audience.is_public else None
        self._scratch_tables.add(
            commands_in_log, number, entry, first.actor_id, first.command_id, tells_team, organisation_id
        )
        due = set(self._certainly_due(command, ticket))
        for account_id in audience.ids:
            self._scratch_tables.add(readers_in_log, number, entry, account_id, account_id in due)

    def _certainly_due(self, command: CommandReplay, ticket: TicketReplay) -> Iterator[str]:
        """Yield the people to whom a mail was certainly due.

        Mails about one's own actions and mails to staff depended on preferences at that time, which are not recorded.
        """
        if not any(event.IS_PUBLIC for event in command.events):
            return
        first, position = command.events[0], command.rows[0].position
        for account_id in {ticket.requester_id, *ticket.watcher_ids}:
            is_own = account_id == first.actor_id and not isinstance(first, Opened)
            if not is_own and self._history.was_entitled(
                account_id, organisation_id=ticket.organisation_id, position=position
            ):
                yield account_id

    # --- at the end ---------------------------------------------------------------------------------------------------

    def _compare_numbers(self) -> None:
        last = self._connection.execute(select(log_head.c.ticket_number)).scalar_one_or_none()
        for number in self._numbers.missing():
            self._tickets.breach(f"ticket {number} is missing")
        if last != self._numbers.last:
            self._tickets.breach(f"the last number taken is {last}, and the last ticket {self._numbers.last}")

    def _compare_accounts(self) -> None:
        self._accounts.count = len(self._history)
        for account_id in self._history.ids - self._with_stream:
            self._accounts.breach(f"{account_id} has no event of its creation")


class _Numbers:
    """The ticket numbers in the log, a byte each."""

    def __init__(self) -> None:
        self._seen = bytearray(1)

    @property
    def last(self) -> int:
        return len(self._seen) - 1

    def add(self, number: int) -> None:
        if number > self.last:
            self._seen.extend(bytes(number - self.last))
        self._seen[number] = 1

    def missing(self) -> Iterator[int]:
        return (number for number in range(1, len(self._seen)) if not self._seen[number])
