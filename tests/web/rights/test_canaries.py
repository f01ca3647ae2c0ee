"""Words of strangers and of internal notes appear in no list, mail, log or metric.

`test_matrix` checks the pages.
"""

from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from structlog.testing import capture_logs
from tests.cast import PASSWORD
from tests.web.rights.canaries import PLAIN_WORDS, canary
from tests.web.rights.matrix_client import PLAYED_BY, Answer, MatrixClient
from tests.web.rights.records import FORMER, MISSING_ID, MISSING_NUMBER
from tests.web.rights.table import OWNERLESS, rows
from tests.web.tickets.filling import typed
from werkzeug.test import Client

from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.mailer import Branding, Mailer
from izarlink_tickets.mailer.delivery import OutgoingMail
from izarlink_tickets.metrics.serving import metrics_app

NEW = "/tickets/nouveau"
CUSTOMERS = ("customer", "colleague", "company", "stranger", "moved")
FORMS = [row for row in rows() if row.method == "POST"]


class MailCollector:
    """A transport that stores mails."""

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


# --- the canaries are visible to those who may read them --------------------------------------------------------------


def test_each_canary_is_visible_to_an_entitled_persona(client: MatrixClient):
    tickets = [client.records.numbers[state, whose] for state, whose in client.records.numbers]
    people = [client.cast[name].id for name in PLAYED_BY.values()] + [client.cast["charlie"].id]
    paths = {
        "support": [f"/bureau/tickets/{number}" for number in tickets] + ["/bureau/textes"],
        "administrator": [f"/bureau/comptes/{account_id}" for account_id in people]
        + [
            f"/bureau/connexions/{service_id}"
            for service_id in (client.records.service.id, client.cast.line_of_mendi.id)
        ]
        + ["/bureau/clients", "/bureau/connexions", "/bureau/comptes/export"],
        "auditor": [f"/audit/tickets/{number}" for number in tickets],
    }

    visible = "".join(client.send(who, path).text for who in paths for path in paths[who]) + "".join(
        client.send(who, file).text for who, file in files_of(client)
    )

    words = {word for hidden in client.canaries.values() for word in hidden} - {"$argon2"}
    assert sorted(word for word in words if word not in visible) == []


def files_of(client: MatrixClient) -> Iterator[tuple[str, str]]:
    """Return the address of a file of each owner, with an entitled persona."""
    row = next(row for row in rows() if row.route.endswith("/<name>") and "pieces" in row.route)
    owners = [whose for _, whose in row.cells_of("support") if whose != "missing"]
    return (("support", client.address(row, whose)) for whose in (*owners, FORMER))


@pytest.mark.parametrize("who", CUSTOMERS)
def test_no_ticket_contains_a_hidden_word(client: MatrixClient, who: str):
    numbers = sorted({*client.records.versions, client.records.watched})

    pages = {number: client.send(who, f"/tickets/{number}?tout&entree=4").text for number in numbers}

    assert [(number, word) for number, page in pages.items() for word in client.canaries[who] if word in page] == []


# --- lists and searches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "scope"), [*((who, "societe") for who in CUSTOMERS), ("company", "moi")])
def test_a_search_for_a_hidden_word_is_answered_like_nonsense(client: MatrixClient, who: str, scope: str):
    words = [word for word in client.canaries[who] if PLAIN_WORDS.fullmatch(word)]

    answers = {word: search(client, who, word, scope) for word in words}

    nonsense = {word: search(client, who, "zqj" + "k" * (len(word) - 3), scope) for word in words}
    assert len(words) > 10
    assert [word for word in words if answers[word] != nonsense[word]] == []


def search(client: MatrixClient, who: str, word: str, scope: str) -> Answer:
    return client.send(who, f"/tickets?q={word}&portee={scope}", masked=[word])


@pytest.mark.parametrize("who", ["customer", "colleague", "company"])
@pytest.mark.parametrize("parameter", ["service", "lie", "demandeur", "organisation", "affecte"])
@pytest.mark.parametrize("page", ["/tickets", NEW])
def test_a_parameter_with_a_stranger_s_id_is_answered_like_a_missing_id(
    client: MatrixClient, who: str, parameter: str, page: str
):
    closed = str(client.records.numbers[State.CLOSED, "stranger's"])
    theirs = {"lie": closed, "demandeur": client.cast["charlie"].id, "service": client.records.service.id}
    stranger = theirs.get(parameter, client.cast["charlie"].organisation_id or "")
    missing = str(MISSING_NUMBER) if parameter == "lie" else MISSING_ID

    answers = [client.send(who, f"{page}?{parameter}={value}", masked=[value]) for value in (stranger, missing)]

    assert answers[0].differences(answers[1]) == []


@pytest.mark.parametrize("who", ["customer", "colleague", "company"])
def test_a_form_with_a_stranger_s_id_is_answered_like_a_missing_id(client: MatrixClient, who: str):
    closed = str(client.records.numbers[State.CLOSED, "stranger's"])
    pairs = {"service": (client.records.service.id, MISSING_ID), "related_to": (closed, str(MISSING_NUMBER))}
    pairs["demandeur"] = (client.cast["charlie"].id, MISSING_ID)

    answers = {
        name: [client.send(who, NEW, method="POST", masked=[value], **form(name, value)) for value in pair]
        for name, pair in pairs.items()
    }

    assert {name: own.differences(missing) for name, (own, missing) in answers.items() if own != missing} == {}


def form(name: str, value: str) -> dict[str, str]:
    fixed = {"command_id": "5a000000-0000-4000-8000-000000000001", "form_id": "5a000000-0000-4000-8000-000000000002"}
    return typed(title="", **fixed) | {name: value}


@pytest.mark.parametrize(
    ("who", "status"), [("customer", 409), ("colleague", 303), ("company", 409), ("stranger", 303)]
)
def test_a_similar_ticket_is_announced_only_to_those_who_see_it(client: MatrixClient, who: str, status: int):
    answer = client.send(who, NEW, method="POST", **typed(category="LENTEUR"))

    assert answer.status == status
    assert (canary("title", "alice") in answer.text) == (status == 409)


# --- accounts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "path", "name", "fields"),
    [
        ("anonymous", "/connexion", "identifier", {"password": "faux"}),
        ("anonymous", "/mot-de-passe/oublie", "identifier", {}),
        ("customer", "/profil", "email", {"name": "Alice", "phone": "", "current_password": PASSWORD}),
        ("customer", "/profil", "email", {"name": "Alice", "phone": "", "current_password": "faux"}),
    ],
)
def test_no_form_reveals_whether_an_address_has_an_account(
    client: MatrixClient, who: str, path: str, name: str, fields: dict[str, str]
):
    addresses = ("charlie@mendi.example", "daniel@etxea.example", "personne@mendi.example")

    answers = [
        client.send(who, path, method="POST", masked=[address], **fields, **{name: address}) for address in addresses
    ]

    client.restore()
    # The cookie contains the flashed message and the time.
    assert len({(answer.status, answer.location, answer.body) for answer in answers}) == 1


# --- mails ------------------------------------------------------------------------------------------------------------


def test_no_mail_contains_a_word_hidden_from_its_reader(client: MatrixClient):
    personas = {client.cast[name].email: who for who, name in PLAYED_BY.items()}
    personas |= {client.cast["charlie"].email: "stranger", client.cast["nora"].email: "support"}

    with capture_logs() as logged:
        mails = deliver_mails(client)

    read = [(personas[mail.recipient.removeprefix("nouvelle.")], words_of(mail)) for mail in mails]
    # emma gets none: all mails are about tickets of the company that she has left.
    assert {who for who, _ in read} == {*CUSTOMERS, "support"} - {"moved"}
    assert [f"{who}: {word}" for who, text in read for word in sorted(client.canaries[who]) if word in text] == []
    assert canary("note", "alice") in "".join(text for who, text in read if who == "support")
    assert lines_with_canaries(client, logged) == []


def deliver_mails(client: MatrixClient) -> list[OutgoingMail]:
    """Send all due mails."""
    collector, branding = MailCollector(), Branding.of(client.portal.settings)
    mailer = Mailer(client.portal.database, transport=collector, branding=branding, clock=client.cast.clock)
    while mailer.send_due():
        pass
    client.restore()
    return collector.mails


def words_of(mail: OutgoingMail) -> str:
    """Return headers, text and HTML in lower case."""
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    assert len(parts) == 2
    return " ".join([*map(str, message.values()), *parts]).lower()


# --- logs and metrics -------------------------------------------------------------------------------------------------


def test_no_log_line_contains_a_text_or_a_name(client: MatrixClient):
    names = ("comment", "reason", "note", "reply", "question", "solution", "title", "body", "name", "email")
    # Without the label of a category, because its code in the log comes from the label.
    fields = dict.fromkeys((*names, "identifier", "password", "phone", "site", "reference"), canary("title", "alice"))

    answers = [
        client.send(who, client.address(row, whose), method="POST", **fields)
        for row in FORMS
        for who, whose in row.cells_of("customer", "support", "administrator")
        if whose in {"customer's", OWNERLESS}
    ]

    assert len(answers) > 150
    assert len(client.logged) > 50
    assert lines_with_canaries(client, client.logged) == []


def lines_with_canaries(client: MatrixClient, logged: Sequence[object]) -> list[str]:
    """List the log lines with a canary that is no id."""
    words = {word for hidden in client.canaries.values() for word in hidden if not is_id(word)}
    return [line for line in map(str, logged) for word in words if word in line.lower()]


def is_id(word: str) -> bool:
    return word.count("-") == 4


@pytest.mark.parametrize("path", ["/metrics", "/-/health", "/-/live", "/-/ready"])
def test_no_metric_contains_a_canary(client: MatrixClient, path: str):
    monitoring = Client(metrics_app(client.portal, clock=client.cast.clock))

    text = monitoring.get(path).text.lower()

    assert text
    assert sorted(word for hidden in client.canaries.values() for word in hidden if word in text) == []
