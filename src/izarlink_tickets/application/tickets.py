"""The use cases of a ticket: look up who and what is named, take the files in, let the ticket decide, record.

Rules are the ticket's (`domain.ticket`); here is only what a command needs from tables and from the disk. Every method
raises the refusals of the ticket's method of the same name, TicketNotFound for what isn't the actor's, and what
`Transactions.run` raises.
"""

from collections.abc import Sequence
from datetime import datetime

from izarlink_tickets.application.command_log import CommandResult, content_of
from izarlink_tickets.application.lookups import category_of, person, service, urgency_of
from izarlink_tickets.application.ticket_commands import TicketCommands
from izarlink_tickets.application.transaction import Transaction
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import CommandContext, File
from izarlink_tickets.event_store import take_ticket_number


class Tickets(TicketCommands):
    """Commands on tickets. `context` says who, when, how and under which command id."""

    # --- opening and talking ------------------------------------------------------------------------------------------

    def open(
        self,
        context: CommandContext,
        *,
        ticket_type: str,
        category: str,
        service_id: str | None,
        urgency: int | None,
        title: str,
        description: str,
        uploads: Sequence[Upload] = (),
        requester_id: str | None = None,
        related_to: int | None = None,
    ) -> CommandResult:
        """Open a ticket for the actor, or by staff for the customer `requester_id`.

        related_to: a finished ticket that the actor sees. Raises besides: UnknownChoice, CategoryNotOfType.
        """
        wanted_for = requester_id or context.actor.account_id
        content = content_of(
            "open", None, uploads, category, service_id, urgency, title, description, wanted_for, related_to
        )

        def decide(transaction: Transaction, files: list[File]) -> Ticket:
            older = None if related_to is None else transaction.load(related_to, context)
            requester = context.actor if wanted_for == context.actor.account_id else person(transaction, wanted_for)
            leaf, line = category_of(transaction, category, ticket_type=ticket_type), service(transaction, service_id)
            level = urgency_of(urgency)
            return Ticket.open(
                context,
                # Taken before deciding, since the number names the stream, but after all look-ups: writers wait (D3).
                number=take_ticket_number(transaction.connection),
                requester=requester,
                category=leaf,
                service=line,
                urgency=level,
                title=title,
                description=description,
                files=files,
                related_to=older,
            )

        return self._with_files(context, content, uploads, sealed_for=lambda: wanted_for, decide=decide)

    def add_follow_up(
        self, context: CommandContext, *, number: int, text: str, uploads: Sequence[Upload] = ()
    ) -> CommandResult:
        """Add a public message with files; the customer's answer to a question resumes the ticket."""
        content = content_of("add_follow_up", number, uploads, text)

        def decide(transaction: Transaction, files: list[File]) -> Ticket:
            ticket = transaction.load(number, context)
            ticket.add_follow_up(context, text=text, files=files)
            return ticket

        return self._with_files(
            context, content, uploads, sealed_for=self._sealing_account(context, number), decide=decide
        )

    def add_internal_note(
        self, context: CommandContext, *, number: int, text: str, mentioned_ids: Sequence[str] = ()
    ) -> CommandResult:
        """Add a note that never leaves the desk."""

        def decide(ticket: Ticket, transaction: Transaction) -> None:
            mentioned = [person(transaction, account_id) for account_id in mentioned_ids]
            ticket.add_internal_note(context, text=text, mentioned=mentioned)

        return self._on(context, number, content_of("add_internal_note", number, (), text, list(mentioned_ids)), decide)

    def request_information(self, context: CommandContext, *, number: int, question: str) -> CommandResult:
        """Ask the customer and wait."""
        content = content_of("request_information", number, (), question)
        return self._on(
            context, number, content, lambda ticket, _: ticket.request_information(context, question=question)
        )

    # --- at the desk --------------------------------------------------------------------------------------------------

    def assign(
        self, context: CommandContext, *, number: int, assignee_id: str, seen_assignee: str | None = None
    ) -> CommandResult:
        """Put a technician in charge; the actor himself to take the ticket. seen_assignee: as `Ticket.assign` says."""

        def decide(ticket: Ticket, transaction: Transaction) -> None:
            ticket.assign(context, assignee=person(transaction, assignee_id), seen_assignee=seen_assignee)

        return self._on(context, number, content_of("assign", number, (), assignee_id), decide)

    def requalify(
        self,
        context: CommandContext,
        *,
        number: int,
        ticket_type: str,
        category: str,
        service_id: str | None,
        urgency: int | None,
        impact: int,
        reason: str = "",
    ) -> CommandResult:
        """Correct what the ticket is."""

        def decide(ticket: Ticket, transaction: Transaction) -> None:
            ticket.requalify(
                context,
                category=category_of(transaction, category, ticket_type=ticket_type),
                service=service(transaction, service_id),
                urgency=urgency_of(urgency),
                impact=impact,
                reason=reason,
            )

        content = content_of("requalify", number, (), ticket_type, category, service_id, urgency, impact, reason)
        return self._on(context, number, content, decide)

    def hold(self, context: CommandContext, *, number: int, reason: str, until: datetime) -> CommandResult:
        """Wait for a third party until a date (aware)."""
        content = content_of("hold", number, (), reason, until.isoformat())
        return self._on(context, number, content, lambda ticket, _: ticket.hold(context, reason=reason, until=until))

    def resume(self, context: CommandContext, *, number: int) -> CommandResult:
        """End the wait."""
        return self._on(context, number, content_of("resume", number, ()), lambda ticket, _: ticket.resume(context))

    def remind(self, context: CommandContext, *, number: int) -> CommandResult:
        """Remind the customer of a question or a solution."""
        delays = {
            "information_days": self._settings.remind_information_days,
            "solution_days": self._settings.remind_solution_days,
        }
        # What was sent stays sent, whatever the delays are now: they tell no command from another.
        return self._on(
            context, number, content_of("remind", number, ()), lambda ticket, _: ticket.remind(context, **delays)
        )

    # --- the solution -------------------------------------------------------------------------------------------------

    def resolve(self, context: CommandContext, *, number: int, solution: str) -> CommandResult:
        """Propose a solution."""
        content = content_of("resolve", number, (), solution)
        return self._on(context, number, content, lambda ticket, _: ticket.resolve(context, solution=solution))

    def revise_solution(self, context: CommandContext, *, number: int, solution: str) -> CommandResult:
        """Replace the pending solution."""
        content = content_of("revise_solution", number, (), solution)
        return self._on(context, number, content, lambda ticket, _: ticket.revise_solution(context, solution=solution))

    def withdraw_solution(self, context: CommandContext, *, number: int, reason: str) -> CommandResult:
        """Take the pending solution back."""
        content = content_of("withdraw_solution", number, (), reason)
        return self._on(context, number, content, lambda ticket, _: ticket.withdraw_solution(context, reason=reason))

    def approve_solution(
        self, context: CommandContext, *, number: int, solution_version: int, comment: str = ""
    ) -> CommandResult:
        """Approve the version of the solution that was read; the ticket is closed."""
        content = content_of("approve_solution", number, (), solution_version, comment)
        return self._on(
            context,
            number,
            content,
            lambda ticket, _: ticket.approve_solution(context, solution_version=solution_version, comment=comment),
        )

    def record_approval(self, context: CommandContext, *, number: int, note: str) -> CommandResult:
        """Record an approval given by phone."""
        content = content_of("record_approval", number, (), note)
        return self._on(context, number, content, lambda ticket, _: ticket.record_approval(context, note=note))

    def refuse_solution(
        self,
        context: CommandContext,
        *,
        number: int,
        solution_version: int,
        reason: str,
        uploads: Sequence[Upload] = (),
    ) -> CommandResult:
        """Refuse the version of the solution that was read; the ticket goes back to work."""
        content = content_of("refuse_solution", number, uploads, solution_version, reason)

        def decide(transaction: Transaction, files: list[File]) -> Ticket:
            ticket = transaction.load(number, context)
            ticket.refuse_solution(context, solution_version=solution_version, reason=reason, files=files)
            return ticket

        return self._with_files(
            context, content, uploads, sealed_for=self._sealing_account(context, number), decide=decide
        )

    def auto_close(self, context: CommandContext, *, number: int) -> CommandResult:
        """Close a solution that nobody answered, as the settings say."""
        delay_days = self._settings.auto_close_days
        content = content_of("auto_close", number, ())
        return self._on(context, number, content, lambda ticket, _: ticket.auto_close(context, delay_days=delay_days))

    def reopen(self, context: CommandContext, *, number: int, reason: str) -> CommandResult:
        """Bring a closed ticket back, within the window that the settings give."""
        window_days = self._settings.reopen_days
        content = content_of("reopen", number, (), reason)
        return self._on(
            context, number, content, lambda ticket, _: ticket.reopen(context, reason=reason, window_days=window_days)
        )

    # --- withdrawing and people ---------------------------------------------------------------------------------------

    def cancel(self, context: CommandContext, *, number: int, reason: str = "") -> CommandResult:
        """Withdraw a ticket that nobody has touched."""
        content = content_of("cancel", number, (), reason)
        return self._on(context, number, content, lambda ticket, _: ticket.cancel(context, reason=reason))

    def request_cancellation(self, context: CommandContext, *, number: int, reason: str = "") -> CommandResult:
        """Ask support to drop the ticket."""
        content = content_of("request_cancellation", number, (), reason)
        return self._on(context, number, content, lambda ticket, _: ticket.request_cancellation(context, reason=reason))

    def confirm_cancellation(self, context: CommandContext, *, number: int) -> CommandResult:
        """Grant the wish to cancel."""
        content = content_of("confirm_cancellation", number, ())
        return self._on(context, number, content, lambda ticket, _: ticket.confirm_cancellation(context))

    def decline_cancellation(self, context: CommandContext, *, number: int, reason: str) -> CommandResult:
        """Go on with the ticket all the same."""
        content = content_of("decline_cancellation", number, (), reason)
        return self._on(context, number, content, lambda ticket, _: ticket.decline_cancellation(context, reason=reason))

    def add_watcher(self, context: CommandContext, *, number: int, account_id: str) -> CommandResult:
        """Let a colleague of the customer read along."""

        def decide(ticket: Ticket, transaction: Transaction) -> None:
            ticket.add_watcher(context, watcher=person(transaction, account_id))

        return self._on(context, number, content_of("add_watcher", number, (), account_id), decide)

    def remove_watcher(self, context: CommandContext, *, number: int, account_id: str) -> CommandResult:
        """End a colleague's reading along."""

        def decide(ticket: Ticket, transaction: Transaction) -> None:
            ticket.remove_watcher(context, watcher=person(transaction, account_id))

        return self._on(context, number, content_of("remove_watcher", number, (), account_id), decide)

    def change_requester(self, context: CommandContext, *, number: int, account_id: str) -> CommandResult:
        """Make the ticket another person's of the same company."""

        def decide(ticket: Ticket, transaction: Transaction) -> None:
            ticket.change_requester(context, requester=person(transaction, account_id))

        return self._on(context, number, content_of("change_requester", number, (), account_id), decide)
