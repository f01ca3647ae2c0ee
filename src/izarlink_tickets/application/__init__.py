"""The use cases, assembled by `open_portal`.

Each process opens its own portal, after any fork; importing does nothing.
"""

from dataclasses import dataclass, field

from izarlink_tickets.application.accounts import Accounts
from izarlink_tickets.application.canned_responses import CannedResponses
from izarlink_tickets.application.categories import Categories
from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.application.directory import Directory
from izarlink_tickets.application.due_work import DueWork
from izarlink_tickets.application.files import Files
from izarlink_tickets.application.mails import Mails
from izarlink_tickets.application.operations.housekeeping import Housekeeping
from izarlink_tickets.application.pending_uploads import PendingUploads
from izarlink_tickets.application.presence import Presence
from izarlink_tickets.application.profiles import Profiles
from izarlink_tickets.application.replay import Replay, ReplayedEvent, Replayer
from izarlink_tickets.application.saved_views import SavedViews
from izarlink_tickets.application.second_factors import SecondFactors
from izarlink_tickets.application.second_steps import SecondSteps
from izarlink_tickets.application.security_export import SecurityExport
from izarlink_tickets.application.sign_ins import SignIns
from izarlink_tickets.application.single_sign_on import SingleSignOn
from izarlink_tickets.application.spreadsheets import Spreadsheets
from izarlink_tickets.application.ticket_visits import TicketVisits
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.application.transaction import CommandResult, mapper_of
from izarlink_tickets.application.usage_limits import UsageLimits
from izarlink_tickets.attachments import ClamdScanner, FolderStore
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.projections.rebuilding import Rebuilder

__all__ = ["CommandResult", "Portal", "Replay", "ReplayedEvent", "open_portal"]


@dataclass(frozen=True, slots=True)
class Portal:
    """The parts of a running portal. single_sign_on: None without a provider.

    database: for queries of read models, which bypass the use cases.
    """

    settings: Settings
    keys: MasterKeys = field(repr=False)
    database: Database
    store: FolderStore
    files: Files
    pending_uploads: PendingUploads
    tickets: Tickets
    sign_ins: SignIns
    single_sign_on: SingleSignOn | None
    second_steps: SecondSteps
    second_factors: SecondFactors
    profiles: Profiles
    accounts: Accounts
    directory: Directory
    categories: Categories
    spreadsheets: Spreadsheets
    audit: Replayer
    security_export: SecurityExport
    read_models: Rebuilder
    canned_responses: CannedResponses
    saved_views: SavedViews
    presence: Presence
    ticket_visits: TicketVisits
    mails: Mails
    due_work: DueWork
    housekeeping: Housekeeping


def open_portal(settings: Settings, keys: MasterKeys, *, database: Database | None = None) -> Portal:
    """Build a portal, without connecting to anything yet.

    database: by default that of the settings.
    """
    database = database or Database(settings.database_url, data_dir=settings.data_dir)
    store = FolderStore(settings.attachments_folder)
    scanner = ClamdScanner(settings.clamd_url) if settings.clamd_url else None
    files = Files(database, store, sealing_key=keys.sealing, max_bytes=settings.attachment_max_bytes, scanner=scanner)
    log = CommandLog(database, UsageLimits.of(settings), sealing_key=keys.sealing)
    tickets = Tickets(log, files, settings)
    sign_ins = SignIns(log, database, settings, keys)
    accounts = Accounts(log, database, settings, keys)
    return Portal(
        settings=settings,
        keys=keys,
        database=database,
        store=store,
        files=files,
        pending_uploads=PendingUploads(database, files, sealing_key=keys.sealing),
        tickets=tickets,
        sign_ins=sign_ins,
        second_steps=SecondSteps(log, database, sign_ins, settings, keys),
        second_factors=SecondFactors(log, database, settings, keys),
        profiles=Profiles(log, database, sign_ins, settings, keys),
        single_sign_on=(
            SingleSignOn(log, database, accounts, sign_ins, keys, settings=settings, oidc=settings.oidc)
            if settings.oidc
            else None
        ),
        accounts=accounts,
        directory=Directory(log),
        categories=Categories(log),
        spreadsheets=Spreadsheets(log, database, settings, keys),
        audit=Replayer(database, sealing_key=keys.sealing),
        security_export=SecurityExport(database, settings),
        read_models=Rebuilder(database, sealing_key=keys.sealing, mapper_of=mapper_of),
        canned_responses=CannedResponses(log),
        saved_views=SavedViews(log),
        presence=Presence(database),
        ticket_visits=TicketVisits(database),
        mails=Mails(database),
        due_work=DueWork(database, tickets, settings),
        housekeeping=Housekeeping(database, store),
    )
