"""The visitor of a page and their notices, in one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    case,
    exists,
    func,
    or_,
    select,
)

from izarlink_tickets.accounts import Account, accounts
from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.directory import services
from izarlink_tickets.domain.access import CUSTOMER_ROLES, STAFF_ROLES
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.mail_hold import HOLD, Hold, hold_of
from izarlink_tickets.outbox.deliveries import LATE_AFTER, MAIL_PROBLEMS, MailProblems
from izarlink_tickets.projections.ticket_count_table import ANY
from izarlink_tickets.projections.ticket_filters import LIVE, literal_text
from izarlink_tickets.projections.ticket_list import is_to_do
from izarlink_tickets.sealing import ERASURES
from izarlink_tickets.sessions import SELECT_SESSION, SESSION_COLUMNS, Session, SignInWay, session_of, session_values
from izarlink_tickets.sessions.pending_uploads import pending_uploads
from izarlink_tickets.sessions.session import sessions

_tickets, _counts = LIVE.tickets.c, LIVE.counts.c


@dataclass(frozen=True, slots=True)
class Notices:
    """Notices at the top of a visitor's pages.

    mails: for staff alone. hold: of all mail, if any.
    to_do: how many tickets wait for their approval or answer; of the company, for its role.
    only_to_do: the number of that ticket, where it is the only one.
    has_services: whether their company has any.
    """

    mails: MailProblems | None = None
    hold: Hold | None = None
    to_do: int = 0
    only_to_do: int | None = None
    has_services: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person.

    session_id: the secret of their cookie.
    erasures: how many persons have been erased so far; no page shows what was rendered before the last of them.
    has_pending_uploads: whether a refused form of the session may have files.
    """

    session_id: str
    account: Account
    session: Session
    notices: Notices = Notices()
    erasures: int = 0
    has_pending_uploads: bool = True

    @property
    def must_change_password(self) -> bool:
        """Whether every page redirects to the password form."""
        # Whoever signs in by the provider needs no password.
        return self.account.must_change_password and self.session.way is not SignInWay.SINGLE_SIGN_ON


def find_visitor(connection: Connection, *, session_id: str, now: datetime) -> Visitor | None:
    """Find the visitor of a live session and their notices."""
    values = {**session_values(session_id, now=now), "late_before": now - LATE_AFTER}
    row = _VISIT.first(connection, values)
    if row is None:
        return None
    session, visit = session_of(row[:SESSION_COLUMNS]), _VisitRow(*row[SESSION_COLUMNS:])
    erasures = int(visit.erasures or 0)
    return Visitor(session_id, session.account, session, visit.notices, erasures, visit.has_pending_uploads)


class _VisitRow(NamedTuple):
    """The columns of a visit besides its session.

    None for the roles that a column is not for.
    """

    late: int | None
    failed: int | None
    doubtful: int | None
    hold: str | None
    to_do: int | None
    any_to_do: int | None
    has_services: bool | None
    erasures: str | None
    has_pending_uploads: bool

    @property
    def notices(self) -> Notices:
        mails = None
        if self.late is not None:
            mails = MailProblems(self.late, self.failed or 0, self.doubtful or 0, is_held=bool(self.hold))
        to_do = int(self.to_do or 0)
        return Notices(
            mails=mails,
            hold=hold_of(self.hold) if self.hold else None,
            to_do=to_do,
            only_to_do=self.any_to_do if to_do == 1 else None,
            has_services=bool(self.has_services),
        )


def _only_for(roles: Collection[Role], value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Build a column that is computed for these roles alone."""
    # Written out, as five columns ask it: each bound value costs a page some time.
    has_role = or_(*(accounts.c.role == literal_text(role.value) for role in sorted(roles)))
    return case((has_role, value))


def _is_of_company() -> ColumnElement[bool]:
    return accounts.c.role == literal_text(Role.COMPANY.value)


def _to_do() -> ColumnElement[int]:
    """Build the kept count of what waits for the visitor."""
    counted_for = case((_is_of_company(), literal_text(ANY)), else_=accounts.c.id)
    of_visitor = (_counts.organisation_id == accounts.c.organisation_id) & (_counts.account_id == counted_for)
    statement = select(func.sum(_counts.tickets)).where(of_visitor, is_to_do(_counts))
    return statement.correlate(accounts).scalar_subquery()


def _any_to_do() -> ColumnElement[int]:
    """Build the number of a ticket that waits for the visitor."""
    numbers = select(_tickets.number).where(is_to_do(_tickets)).correlate(accounts).limit(1)
    in_company = _tickets.organisation_id == accounts.c.organisation_id
    of_company = numbers.where(in_company).scalar_subquery()
    # Whoever has changed the company no longer sees the tickets of the former one.
    own = numbers.where(_tickets.requester_id == accounts.c.id, in_company).scalar_subquery()
    return case((_is_of_company(), of_company), else_=own)


def _has_services() -> ColumnElement[bool]:
    return select(services.c.id).where(services.c.organisation_id == accounts.c.organisation_id).exists()


_COLUMNS: dict[str, ColumnElement[Any]] = {
    **{name: _only_for(STAFF_ROLES, count) for name, count in MAIL_PROBLEMS.items()},
    "hold": _only_for(STAFF_ROLES, HOLD.scalar_subquery()),
    "to_do": _only_for(CUSTOMER_ROLES, _to_do()),
    "any_to_do": _only_for(CUSTOMER_ROLES, _any_to_do()),
    "has_services": _only_for(CUSTOMER_ROLES, _has_services()),
    "erasures": ERASURES.scalar_subquery(),
    "has_pending_uploads": exists().where(pending_uploads.c.session_hash == sessions.c.id_hash),
}
_VISIT = PreparedStatement(SELECT_SESSION.add_columns(*(_COLUMNS[name].label(name) for name in _VisitRow._fields)))
