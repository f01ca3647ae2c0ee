"""Header injections in every field become no header of any mail."""

from collections.abc import Iterator

import pytest
from tests.attack.assault import Assault
from tests.attack.payloads import HEADERS
from tests.attack.world import World
from tests.mailer.mail_room import BRANDING, mailer_to
from tests.mailer.post_office import PostOffice, Received, open_post_office

REQUIRED = {
    "Content-Type",
    "MIME-Version",
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
}
# Of a mail about a ticket that has had others.
IN_A_THREAD = {"In-Reply-To", "References"}
PARTS = ["multipart/alternative", "text/plain", "text/html"]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


def send_all(world: World, office: PostOffice) -> list[Received]:
    """Send all waiting mails to a real server; return them."""
    mailer = mailer_to(office, world.portal.database, world.cast, folder=world.portal.settings.data_dir)
    for _ in range(48):
        while mailer.send_due():
            pass
        world.cast.clock.advance(hours=1)
    return office.received


def faults_of(mail: Received) -> list[str]:
    """Return what the mail has that no mail of the portal has."""
    message = mail.message
    names = message.keys()
    wanted = REQUIRED | (IN_A_THREAD if "In-Reply-To" in names else set())
    senders, recipients = message["From"].addresses, message["To"].addresses
    return [
        *(f"header {name}" for name in names if name not in wanted or names.count(name) > 1),
        *(f"lacks {name}" for name in wanted if name not in names),
        *(["parts"] if [part.get_content_type() for part in message.walk()] != PARTS else []),
        *(["sender"] if [str(sender) for sender in senders] != [BRANDING.sender] else []),
        *(["recipient"] if [address.addr_spec for address in recipients] != [mail.recipient] else []),
        *(["defects"] if message.defects else []),
    ]


@pytest.mark.cve("CVE-2023-38060", "CVE-2020-1765", "CVE-2023-41259", "CVE-2025-48388")
def test_no_typed_text_becomes_a_header_or_a_recipient(assailed: Assault, office: PostOffice):
    mails = send_all(assailed.world, office)

    assert [fault for mail in mails for fault in faults_of(mail)] == []
    assert len(mails) > 50
    assert any("Bcc:_evil" in str(mail.message["Subject"]) for mail in mails)


@pytest.mark.attack
@pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)
def test_every_mail_has_the_headers_of_the_portal_alone(world: World, office: PostOffice, figure):
    Assault(world, HEADERS).run()

    mails = send_all(world, office)

    faults = [fault for mail in mails for fault in faults_of(mail)]
    figure("mails captured", len(mails))
    figure("with foreign headers, recipients or parts", len(faults))
    assert faults == []
    assert len(mails) > 100
