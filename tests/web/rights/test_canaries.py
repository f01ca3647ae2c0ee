"""Canary words never appear in lists, mails, logs or metrics of others.

The matrix covers the pages of each URL.
"""

from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from structlog.testing import capture_logs
from tests.mailer.mail_room import journal_in
from tests.web.rights.canaries import PLAIN_WORDS, canary
from tests.web.rights.matrix import NO_OWNER, rows
from tests.web.rights.objects import FORMER, MISSING_ID, MISSING_NUMBER
from tests.web.rights.personas import PERSON_OF, Answer, Personas
from tests.web.tickets.filling import typed
from werkzeug.test import Client

from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.mailer import Branding, Mailer
from izarlink_tickets.mailer.delivery import OutgoingMail
from izarlink_tickets.metrics.serving import metrics_app

NEW = "/tickets/nouveau"
CUSTOMERS = ("customer", "colleague", "company", "stranger", "moved")
FORMS = [row for row in rows() if row.method == "POST"]


class CollectingTransport:
    """A transport that collects the mails."""

    def __init__(self) -> None:
        self.mails: list[OutgoingMail] = []

    def prepare(self) -> None:
        """Nothing to do."""

    def deliver(self, mail: OutgoingMail, *, deadline: float) -> str:
        del deadline
        self.mails.append(mail)
        return "250 OK"

    def close(self) -> None:
        """Nothing to do."""


# --- all canaries exist -----------------------------------------------------------------------------------------------


def test_each_canary_is_visible_to_somebody(personas: Personas):
    tickets = [personas.objects.numbers[state, ownership] for state, ownership in personas.objects.numbers]
    people = [personas.cast[name].id for name in PERSON_OF.values()] + [personas.cast["charlie"].id]
    paths = {
        "support": [f"/bureau/tickets/{number}" for number in tickets] + ["/bureau/textes"],
        "administrator": [f"/bureau/comptes/{account_id}" for account_id in people]
        + [f"/bureau/connexions/{line}" for line in (personas.objects.line.id, personas.cast.line_of_mendi.id)]
        + ["/bureau/clients", "/bureau/connexions", "/bureau/comptes"],
        "auditor": [f"/audit/tickets/{number}" for number in tickets],
    }

    visible = "".join(personas.visit(who, path).text for who in paths for path in paths[who]) + "".join(
        personas.visit(who, file).text for who, file in files_of(personas)
    )

    words = {word for forbidden in personas.canaries.values() for word in forbidden} - {"$argon2"}
    assert sorted(word for word in words if word not in visible) == []


def files_of(personas: Personas) -> Iterator[tuple[str, str]]:
    """Yield a file of each owner, with a persona who sees it."""
    row = next(row for row in rows() if row.route.endswith("/<name>") and "pieces" in row.route)
    owners = [ownership for _, ownership in row.cells_of("support") if ownership != "missing"]
    return (("support", personas.address(row, ownership)) for ownership in (*owners, FORMER))


@pytest.mark.parametrize("who", CUSTOMERS)
def test_no_ticket_shows_a_forbidden_word(personas: Personas, who: str):
    numbers = sorted({*personas.objects.versions, personas.objects.watched})

    pages = {number: personas.visit(who, f"/tickets/{number}?tout&entree=4").text for number in numbers}

    assert [(number, word) for number, page in pages.items() for word in personas.canaries[who] if word in page] == []


# --- lists and searches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "scope"), [*((who, "societe") for who in CUSTOMERS), ("company", "moi")])
def test_a_search_for_a_forbidden_word_looks_like_one_for_nonsense(personas: Personas, who: str, scope: str):
    words = [word for word in personas.canaries[who] if PLAIN_WORDS.fullmatch(word)]

    answers = {word: search(personas, who, word, scope) for word in words}

    nonsense = {word: search(personas, who, "zqj" + "k" * (len(word) - 3), scope) for word in words}
    assert len(words) > 10
    assert [word for word in words if answers[word] != nonsense[word]] == []


def search(personas: Personas, who: str, word: str, scope: str) -> Answer:
    return personas.visit(who, f"/tickets?q={word}&portee={scope}", masked=[word])


@pytest.mark.cve("CVE-2026-34722")
@pytest.mark.parametrize("who", ["customer", "colleague", "company"])
@pytest.mark.parametrize("parameter", ["service", "lie", "demandeur", "organisation", "affecte"])
@pytest.mark.parametrize("page", ["/tickets", NEW])
def test_a_url_with_a_strangers_id_looks_like_one_with_a_missing_id(
    personas: Personas, who: str, parameter: str, page: str
):
    closed = str(personas.objects.numbers[State.CLOSED, "stranger's"])
    theirs = {"lie": closed, "demandeur": personas.cast["charlie"].id, "service": personas.objects.line.id}
    stranger = theirs.get(parameter, personas.cast["charlie"].organisation_id or "")
    missing = str(MISSING_NUMBER) if parameter == "lie" else MISSING_ID

    answers = [personas.visit(who, f"{page}?{parameter}={value}", masked=[value]) for value in (stranger, missing)]

    assert answers[0].differences(answers[1]) == []


@pytest.mark.cve("CVE-2021-21326")
@pytest.mark.parametrize("who", ["customer", "colleague", "company"])
def test_a_form_with_a_strangers_id_looks_like_one_with_a_missing_id(personas: Personas, who: str):
    closed = str(personas.objects.numbers[State.CLOSED, "stranger's"])
    pairs = {"service": (personas.objects.line.id, MISSING_ID), "related_to": (closed, str(MISSING_NUMBER))}
    pairs["demandeur"] = (personas.cast["charlie"].id, MISSING_ID)

    answers = {
        name: [personas.visit(who, NEW, method="POST", masked=[value], **form(name, value)) for value in pair]
        for name, pair in pairs.items()
    }

    assert {
        name: stranger.differences(missing) for name, (stranger, missing) in answers.items() if stranger != missing
    } == {}


def form(name: str, value: str) -> dict[str, str]:
    fixed = {"command_id": "5a000000-0000-4000-8000-000000000001", "form_id": "5a000000-0000-4000-8000-000000000002"}
    return typed(title="", **fixed) | {name: value}


@pytest.mark.parametrize(
    ("who", "status"), [("customer", 409), ("colleague", 303), ("company", 409), ("stranger", 303)]
)
def test_a_similar_ticket_is_shown_only_to_those_who_see_it(personas: Personas, who: str, status: int):
    answer = personas.visit(who, NEW, method="POST", **typed(category="LENTEUR"))

    assert answer.status == status
    assert (canary("title", "alice") in answer.text) == (status == 409)


# --- accounts ---------------------------------------------------------------------------------------------------------


@pytest.mark.cve("CVE-2026-26895", "CVE-2026-45294", "CVE-2024-43416", "CVE-2023-41323", "CVE-2021-36095")
@pytest.mark.parametrize(
    ("who", "path", "name", "fields"),
    [
        ("anonymous", "/connexion", "identifier", {"password": "faux"}),
        ("anonymous", "/mot-de-passe/oublie", "identifier", {}),
        ("customer", "/profil", "email", {"name": "Alice", "phone": ""}),
    ],
)
def test_no_form_reveals_whether_an_address_has_an_account(
    personas: Personas, who: str, path: str, name: str, fields: dict[str, str]
):
    addresses = ("charlie@mendi.example", "daniel@etxea.example", "personne@mendi.example")

    answers = [
        personas.visit(who, path, method="POST", masked=[address], **fields, **{name: address}) for address in addresses
    ]

    personas.restore()
    # Headers differ: the cookie holds the announcement and the time.
    assert len({(answer.status, answer.location, answer.body) for answer in answers}) == 1


# --- mails ------------------------------------------------------------------------------------------------------------


@pytest.mark.cve("CVE-2020-1775", "CVE-2022-0474", "CVE-2023-41260")
def test_no_mail_holds_a_word_forbidden_to_its_recipient(personas: Personas):
    persona_of = {personas.cast[name].email: who for who, name in PERSON_OF.items()}
    persona_of |= {personas.cast["charlie"].email: "stranger", personas.cast["nora"].email: "support"}

    with capture_logs() as logged:
        mails = delivered(personas)

    read = [(persona_of[mail.recipient.removeprefix("nouvelle.")], words_of(mail)) for mail in mails]
    # emma gets no mail: all waiting messages are about tickets of her former company.
    assert {who for who, _ in read} == {*CUSTOMERS, "support"} - {"moved"}
    assert [f"{who}: {word}" for who, words in read for word in sorted(personas.canaries[who]) if word in words] == []
    assert canary("note", "alice") in "".join(words for who, words in read if who == "support")
    assert leaks_in(personas, logged) == []


def delivered(personas: Personas) -> list[OutgoingMail]:
    """Send all waiting messages and return the mails."""
    transport, branding = CollectingTransport(), Branding.of(personas.portal.settings)
    database, journal = personas.portal.database, journal_in(personas.portal.settings.data_dir)
    mailer = Mailer(database, transport=transport, branding=branding, clock=personas.cast.clock, journal=journal)
    while mailer.send_due():
        pass
    personas.restore()
    return transport.mails


def words_of(mail: OutgoingMail) -> str:
    """Return headers, text and HTML in lower case."""
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    assert len(parts) == 2
    return " ".join([*map(str, message.values()), *parts]).lower()


# --- logs and metrics -------------------------------------------------------------------------------------------------


@pytest.mark.cve("CVE-2024-43444")
def test_no_line_of_the_log_holds_a_text_or_a_name(personas: Personas):
    names = ("comment", "reason", "note", "reply", "question", "solution", "title", "body", "name", "email")
    # Without the label of a category, whose code is in the log.
    fields = dict.fromkeys((*names, "identifier", "password", "phone", "site", "reference"), canary("title", "alice"))

    answers = [
        personas.visit(who, personas.address(row, ownership), method="POST", **fields)
        for row in FORMS
        for who, ownership in row.cells_of("customer", "support", "administrator")
        if ownership in {"customer's", NO_OWNER}
    ]

    assert len(answers) > 150
    assert len(personas.logged) > 50
    assert leaks_in(personas, personas.logged) == []


def leaks_in(personas: Personas, logged: Sequence[object]) -> list[str]:
    """Return the lines with a canary other than an id."""
    words = {word for forbidden in personas.canaries.values() for word in forbidden if not is_id(word)}
    return [line for line in map(str, logged) for word in words if word in line.lower()]


def is_id(word: str) -> bool:
    return word.count("-") == 4


@pytest.mark.parametrize("path", ["/metrics", "/-/health", "/-/live", "/-/ready"])
def test_no_metric_names_anybody_or_anything(personas: Personas, path: str):
    client = Client(metrics_app(personas.portal, clock=personas.cast.clock))

    answer = client.get(path).text.lower()

    assert answer
    words = {word for forbidden in personas.canaries.values() for word in forbidden}
    assert sorted(word for word in words if word in answer) == []
