"""The use cases of a ticket.

They find the records that a command refers to, store its files, and let the ticket decide: the rules are its own
(`domain.ticket`).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Concatenate, ParamSpec

from izarlink_tickets.accounts import Recipient, find_account
from izarlink_tickets.application.command_log import CommandLog, Content, content_of
from izarlink_tickets.application.files import Files
from izarlink_tickets.application.references import Choice, find_opening, find_qualification
from izarlink_tickets.application.transaction import CommandResult, Transaction
from izarlink_tickets.attachments import CheckedFile, Upload
from izarlink_tickets.config import Settings
from izarlink_tickets.domain.errors import PersonNotEligible, Refusal, UnknownChoice
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import Actor, CommandContext, File, SilenceCause, Urgency

P = ParamSpec("P")
Change = Callable[[Ticket, Transaction], None]
WorkWithFiles = Callable[[Transaction, Sequence[File]], CommandResult]


class Tickets:
    """Commands on tickets.

    context: who acts, when, through which channel and under which command id.
    Each method raises the refusals of the ticket's method of the same name, TicketNotFound where the actor may not see
    the ticket, and what `CommandLog.run` raises.
    """

    def __init__(self, log: CommandLog, files: Files, settings: Settings) -> None:
        self._log = log
        self._files = files
        self._settings = settings

    def is_known(self, context: CommandContext) -> bool:
        """Return whether the actor has used this command id before."""
        return self._log.is_known(context)

    # --- opening and messages -----------------------------------------------------------------------------------------

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
        """Open a ticket for the actor, or as staff for a customer.

        requester_id: the customer's account, where staff opens the ticket. related_to: a finished ticket that the actor
        may see.
        Raises: UnknownChoice, CategoryNotOfType, ServiceNotOfOrganisation, PersonNotEligible.
        """
        owner_id = requester_id or context.actor.account_id
        content = content_of(
            "open", None, uploads, category, service_id, urgency, title, description, owner_id, related_to
        )

        def work(transaction: Transaction, files: Sequence[File]) -> CommandResult:
            related = None if related_to is None else transaction.load(related_to, context)
            chosen_category, chosen_service, people = find_opening(
                transaction.connection, Choice(ticket_type, category, service_id), requester_id=owner_id
            )
            ticket = Ticket.open(
                context,
                requester=context.actor if owner_id == context.actor.account_id else _among(people, owner_id),
                category=chosen_category,
                service=chosen_service,
                urgency=_urgency(urgency),
                # Taken after all look-ups; the ticket's stream needs it. An opening records itself and its files.
                number=transaction.take_number(events=1 + len(files)),
                title=title,
                description=description,
                files=files,
                related_to=related,
            )
            return transaction.store(ticket, context, concerned=people)

        return self._run_with_files(context, content, uploads, work, sealed_for=owner_id)

    def add_follow_up(
        self, context: CommandContext, *, number: int, text: str, uploads: Sequence[Upload] = ()
    ) -> CommandResult:
        """Add a public message with files.

        The customer's answer to a question resumes the ticket.
        """

        def work(transaction: Transaction, files: Sequence[File]) -> CommandResult:
            ticket = transaction.load(number, context)
            ticket.add_follow_up(context, text=text, files=files)
            return transaction.store(ticket, context)

        content = content_of("add_follow_up", number, uploads, text)
        return self._run_with_files(context, content, uploads, work)

    def add_internal_note(
        self, context: CommandContext, *, number: int, text: str, mentioned_ids: Sequence[str] = ()
    ) -> CommandResult:
        """Add a note that only staff can read."""

        def change(ticket: Ticket, transaction: Transaction) -> None:
            mentioned = [_person(transaction, account_id) for account_id in mentioned_ids]
            ticket.add_internal_note(context, text=text, mentioned=mentioned)

        content = content_of("add_internal_note", number, (), text, list(mentioned_ids))
        return self._change(context, number, content, change)

    def request_information(self, context: CommandContext, *, number: int, question: str) -> CommandResult:
        """Send the customer a question and wait for the answer."""
        return self._decide(context, number, Ticket.request_information, question=question)

    # --- at the desk --------------------------------------------------------------------------------------------------

    def assign(
        self, context: CommandContext, *, number: int, assignee_id: str, seen_assignee: str | None = None
    ) -> CommandResult:
        """Assign the ticket to a technician. seen_assignee: as for `Ticket.assign`."""

        def change(ticket: Ticket, transaction: Transaction) -> None:
            ticket.assign(context, assignee=_person(transaction, assignee_id), seen_assignee=seen_assignee)

        return self._change(context, number, content_of("assign", number, (), assignee_id), change)

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
        """Correct the category, service, urgency and impact."""

        def change(ticket: Ticket, transaction: Transaction) -> None:
            choice = Choice(ticket_type, category, service_id)
            chosen_category, chosen_service = find_qualification(transaction.connection, choice)
            ticket.requalify(
                context,
                category=chosen_category,
                service=chosen_service,
                urgency=_urgency(urgency),
                impact=impact,
                reason=reason,
            )

        content = content_of("requalify", number, (), ticket_type, category, service_id, urgency, impact, reason)
        return self._change(context, number, content, change)

    def hold(self, context: CommandContext, *, number: int, reason: str, until: datetime) -> CommandResult:
        """Wait for a third party until a date (aware)."""
        return self._decide(context, number, Ticket.hold, reason=reason, until=until)

    def resume(self, context: CommandContext, *, number: int) -> CommandResult:
        """End the wait."""
        return self._decide(context, number, Ticket.resume)

    def remind(self, context: CommandContext, *, number: int, closes_on: date | None = None) -> CommandResult:
        """Remind the customer of a question or a solution.

        closes_on: the day of the automatic closing that the reminder names.
        """
        information_days = self._settings.remind_information_days
        solution_days = self._settings.remind_solution_days
        # The delays stay out of the content: a reminder that was sent stays sent under later settings.
        return self._change(
            context,
            number,
            content_of("remind", number, ()),
            lambda ticket, _: ticket.remind(
                context, information_days=information_days, solution_days=solution_days, closes_on=closes_on
            ),
        )

    def report_silence(self, context: CommandContext, *, number: int, cause: SilenceCause) -> CommandResult:
        """Report to support that no answer is to be expected."""
        return self._decide(context, number, Ticket.report_silence, cause=cause)

    def restart_wait(self, context: CommandContext, *, number: int) -> CommandResult:
        """Restart a wait that a wrong clock has dated ahead."""
        return self._decide(context, number, Ticket.restart_wait)

    # --- the solution -------------------------------------------------------------------------------------------------

    def resolve(self, context: CommandContext, *, number: int, solution: str) -> CommandResult:
        """Propose a solution."""
        return self._decide(context, number, Ticket.resolve, solution=solution)

    def revise_solution(self, context: CommandContext, *, number: int, solution: str) -> CommandResult:
        """Replace the pending solution."""
        return self._decide(context, number, Ticket.revise_solution, solution=solution)

    def withdraw_solution(self, context: CommandContext, *, number: int, reason: str) -> CommandResult:
        """Withdraw the pending solution."""
        return self._decide(context, number, Ticket.withdraw_solution, reason=reason)

    def approve_solution(
        self, context: CommandContext, *, number: int, solution_version: int, comment: str = ""
    ) -> CommandResult:
        """Approve the solution that the customer read, and close the ticket."""
        return self._decide(
            context, number, Ticket.approve_solution, solution_version=solution_version, comment=comment
        )

    def record_approval(self, context: CommandContext, *, number: int, note: str) -> CommandResult:
        """Record an approval given by phone."""
        return self._decide(context, number, Ticket.record_approval, note=note)

    def refuse_solution(
        self,
        context: CommandContext,
        *,
        number: int,
        solution_version: int,
        reason: str,
        uploads: Sequence[Upload] = (),
    ) -> CommandResult:
        """Refuse the solution that the customer read; work goes on."""

        def work(transaction: Transaction, files: Sequence[File]) -> CommandResult:
            ticket = transaction.load(number, context)
            ticket.refuse_solution(context, solution_version=solution_version, reason=reason, files=files)
            return transaction.store(ticket, context)

        content = content_of("refuse_solution", number, uploads, solution_version, reason)
        return self._run_with_files(context, content, uploads, work)

    def auto_close(self, context: CommandContext, *, number: int, today: date) -> CommandResult:
        """Close a ticket whose solution was not answered in time.

        today: the requester's date.
        """
        delay_days = self._settings.auto_close_days
        content = content_of("auto_close", number, ())
        return self._change(
            context, number, content, lambda ticket, _: ticket.auto_close(context, delay_days=delay_days, today=today)
        )

    def reopen(self, context: CommandContext, *, number: int, reason: str) -> CommandResult:
        """Reopen a closed ticket, within the days of the settings."""
        window_days = self._settings.reopen_days
        content = content_of("reopen", number, (), reason)
        return self._change(
            context, number, content, lambda ticket, _: ticket.reopen(context, reason=reason, window_days=window_days)
        )

    # --- cancelling and people ----------------------------------------------------------------------------------------

    def cancel(self, context: CommandContext, *, number: int, reason: str = "") -> CommandResult:
        """Cancel a ticket on which no work has begun."""
        return self._decide(context, number, Ticket.cancel, reason=reason)

    def request_cancellation(self, context: CommandContext, *, number: int, reason: str = "") -> CommandResult:
        """Request that support cancels the ticket."""
        return self._decide(context, number, Ticket.request_cancellation, reason=reason)

    def withdraw_cancellation_request(self, context: CommandContext, *, number: int) -> CommandResult:
        """Take back the request to cancel the ticket."""
        return self._decide(context, number, Ticket.withdraw_cancellation_request)

    def confirm_cancellation(self, context: CommandContext, *, number: int) -> CommandResult:
        """Cancel the ticket as the customer requested."""
        return self._decide(context, number, Ticket.confirm_cancellation)

    def decline_cancellation(self, context: CommandContext, *, number: int, reason: str) -> CommandResult:
        """Decline the requested cancellation; work on the ticket goes on."""
        return self._decide(context, number, Ticket.decline_cancellation, reason=reason)

    def add_watcher(self, context: CommandContext, *, number: int, account_id: str) -> CommandResult:
        """Add a colleague of the requester as a watcher."""

        def change(ticket: Ticket, transaction: Transaction) -> None:
            ticket.add_watcher(context, watcher=_person(transaction, account_id))

        return self._change(context, number, content_of("add_watcher", number, (), account_id), change)

    def remove_watcher(self, context: CommandContext, *, number: int, account_id: str) -> CommandResult:
        """Remove a watcher."""

        def change(ticket: Ticket, transaction: Transaction) -> None:
            ticket.remove_watcher(context, watcher=_person(transaction, account_id))

        return self._change(context, number, content_of("remove_watcher", number, (), account_id), change)

    def change_requester(self, context: CommandContext, *, number: int, account_id: str) -> CommandResult:
        """Transfer the ticket to a colleague of its requester."""

        def change(ticket: Ticket, transaction: Transaction) -> None:
            ticket.change_requester(context, requester=_person(transaction, account_id))

        return self._change(context, number, content_of("change_requester", number, (), account_id), change)

    # --- shared by the commands ---------------------------------------------------------------------------------------

    def _decide(
        self,
        context: CommandContext,
        number: int,
        decision: Callable[Concatenate[Ticket, CommandContext, P], None],
        *no_args: P.args,
        **typed: P.kwargs,
    ) -> CommandResult:
        """Run a method of the ticket that needs only what was typed.

        typed: in the order in which the command log compares it.
        """
        content = content_of(decision.__name__, number, (), *typed.values())
        return self._change(context, number, content, lambda ticket, _: decision(ticket, context, *no_args, **typed))

    def _change(self, context: CommandContext, number: int, content: Content, change: Change) -> CommandResult:
        """Change one ticket in a transaction."""

        def work(transaction: Transaction) -> CommandResult:
            ticket = transaction.load(number, context)
            change(ticket, transaction)
            return transaction.store(ticket, context)

        return self._log.run(context, content, work)

    def _run_with_files(
        self,
        context: CommandContext,
        content: Content,
        uploads: Sequence[Upload],
        work: WorkWithFiles,
        *,
        sealed_for: str | None = None,
    ) -> CommandResult:
        """Check the files, store them and run the work with them.

        Those that the command didn't attach are deleted. sealed_for: an account id; by default the one that the ticket
        chooses.
        """
        checked = self._files.check(uploads)
        files = self._store_files(context, content, checked, sealed_for)
        file_bytes = sum(file.size for file in files)
        try:
            result = self._log.run(
                context, content, lambda transaction: work(transaction, files), file_bytes=file_bytes
            )
        except Refusal:
            self._files.discard(files)
            raise
        if result.is_repeated:
            self._files.discard(files)
        return result

    def _store_files(
        self, context: CommandContext, content: Content, checked: Sequence[CheckedFile], sealed_for: str | None
    ) -> list[File]:
        """Store the files of a new command that is within its limits."""
        file_bytes = sum(len(file.content) for file in checked)
        if not checked or self._log.require_room(context, content, file_bytes=file_bytes):
            return []
        if sealed_for is None:
            with self._log.reading() as transaction:
                sealed_for = transaction.load(content["number"], context).sealing_account(context)
        return self._files.store_checked(self._files.with_thumbnails(checked), sealed_for=sealed_for)


def _person(transaction: Transaction, account_id: str) -> Actor:
    account = find_account(transaction.connection, account_id=account_id)
    if account is None:
        raise PersonNotEligible
    return account.actor


def _among(people: Iterable[Recipient], account_id: str) -> Actor:
    actors = (person.actor for person in people)
    requester = next((actor for actor in actors if actor.account_id == account_id), None)
    if requester is None:
        raise PersonNotEligible
    return requester


def _urgency(value: int | None) -> Urgency | None:
    if value is None:
        return None
    try:
        return Urgency(value)
    except ValueError:
        raise UnknownChoice("urgency") from None
