"""The use cases. `open_portal` puts the parts together once per process, after any fork; nothing happens at import."""

from dataclasses import dataclass, field

from izarlink_tickets.application.canned_responses import CannedResponses
from izarlink_tickets.application.categories import Categories
from izarlink_tickets.application.command_log import CommandResult
from izarlink_tickets.application.directory import Directory
from izarlink_tickets.application.due_work import DueWork
from izarlink_tickets.application.files import Files
from izarlink_tickets.application.mails import Mails
from izarlink_tickets.application.operations.housekeeping import Housekeeping
from izarlink_tickets.application.pending_uploads import PendingUploads
from izarlink_tickets.application.people import People
from izarlink_tickets.application.presence import Presence
from izarlink_tickets.application.replay import Replay, ReplayedEvent, Replayer
from izarlink_tickets.application.saved_views import SavedViews
from izarlink_tickets.application.spreadsheets import Spreadsheets
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.application.transaction import Transactions, mapper_of
from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.projections.rebuilding import Rebuilder

__all__ = ["CommandResult", "Portal", "Replay", "ReplayedEvent", "open_portal"]


@dataclass(frozen=True, slots=True)
class Portal:
    """The parts of a running portal. `database` is for queries of read models, which bypass the use cases."""

    settings: Settings
    keys: MasterKeys = field(repr=False)
    database: Database
    store: FolderStore
    files: Files
    pending_uploads: PendingUploads
    tickets: Tickets
    people: People
    directory: Directory
    categories: Categories
    spreadsheets: Spreadsheets
    audit: Replayer
    read_models: Rebuilder
    canned_responses: CannedResponses
    saved_views: SavedViews
    presence: Presence
    mails: Mails
    due_work: DueWork
    housekeeping: Housekeeping


def open_portal(settings: Settings, keys: MasterKeys) -> Portal:
    """Put the parts together; connects to nothing yet."""
    database = Database(settings.database_url, data_dir=settings.data_dir)
    store = FolderStore(settings.attachments_folder)
    files = Files(database, store, sealing_key=keys.sealing, max_bytes=settings.attachment_max_bytes)
    transactions = Transactions(database, sealing_key=keys.sealing)
    tickets = Tickets(transactions, files, settings)
    return Portal(
        settings=settings,
        keys=keys,
        database=database,
        store=store,
        files=files,
        pending_uploads=PendingUploads(database, files, sealing_key=keys.sealing),
        tickets=tickets,
        people=People(database, settings, keys),
        directory=Directory(database, keys),
        categories=Categories(database, keys),
        spreadsheets=Spreadsheets(database, settings, keys),
        audit=Replayer(database, sealing_key=keys.sealing),
        read_models=Rebuilder(database, sealing_key=keys.sealing, mapper_of=mapper_of),
        canned_responses=CannedResponses(database),
        saved_views=SavedViews(database),
        presence=Presence(database),
        mails=Mails(database),
        due_work=DueWork(database, tickets, settings),
        housekeeping=Housekeeping(database, store),
    )
