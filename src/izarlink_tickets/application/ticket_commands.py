"""How a command on a ticket is carried out, whichever it is: once, on the ticket as it is, its files stored before.

What each command needs and decides is in `tickets`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from izarlink_tickets.application.command_log import CommandResult, is_known
from izarlink_tickets.application.files import Files
from izarlink_tickets.application.transaction import Transaction, Transactions
from izarlink_tickets.attachments import Upload
from izarlink_tickets.config import Settings
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import CommandContext, File

Decision = Callable[[Ticket, Transaction], None]


class TicketCommands:
    """What all commands on tickets share."""

    def __init__(self, transactions: Transactions, files: Files, settings: Settings) -> None:
        self._transactions = transactions
        self._files = files
        self._settings = settings

    def is_known(self, context: CommandContext) -> bool:
        """Say whether this command, or another under its id, was carried out before."""
        return self._transactions.read(
            lambda transaction: is_known(
                transaction.connection, actor_id=context.actor.account_id, command_id=context.command_id
            )
        )

    def _on(self, context: CommandContext, number: int, content: dict[str, Any], decide: Decision) -> CommandResult:
        def load_and_decide(transaction: Transaction) -> Ticket:
            ticket = transaction.load(number, context)
            decide(ticket, transaction)
            return ticket

        return self._transactions.run(context, content=content, decide=load_and_decide)

    def _with_files(
        self,
        context: CommandContext,
        content: dict[str, Any],
        uploads: Sequence[Upload],
        *,
        sealed_for: Callable[[], str],
        decide: Callable[[Transaction, list[File]], Ticket],
    ) -> CommandResult:
        """Run a command that brings files: stored before the event, and not again when the command is a repetition."""
        if not uploads:
            return self._transactions.run(context, content=content, decide=lambda transaction: decide(transaction, []))
        checked = self._files.check(uploads)
        known = self._transactions.answer_to(context, content=content)
        if known:
            return known
        files = self._files.take_in(checked, sealed_for=sealed_for())
        return self._transactions.run(context, content=content, decide=lambda transaction: decide(transaction, files))

    def _sealing_account(self, context: CommandContext, number: int) -> Callable[[], str]:
        return lambda: self._transactions.read(
            lambda transaction: transaction.load(number, context).sealing_account(context)
        )
