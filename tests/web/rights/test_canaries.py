"""Words planted in a stranger's things and in internal notes: in no list, mail, log or figure where they don't belong.

What the pages say about each address is walked with the matrix.
"""

from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from structlog.testing import capture_logs
from tests.cast import PASSWORD
from tests.web.rights.canaries import PLAIN_WORDS, canary
from tests.web.rights.objects import FORMER, MISSING_ID, MISSING_NUMBER
from tests.web.rights.scene import PLAYED_BY, Answer, Scene
from tests.web.rights.table import NOBODY_S, rows
from tests.web.tickets.filling import typed
from werkzeug.test import Client

from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.mailer import Branding, Mailer
from izarlink_tickets.mailer.delivery import OutgoingMail
from izarlink_tickets.metrics.serving import metrics_app

NEW = "/tickets/nouveau"
CUSTOMERS = ("customer", "colleague", "company", "stranger", "moved")
FORMS = [row for row in rows() if row.method == "POST"]


class Basket:
    """Where mails end up."""

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


# --- the canaries live ------------------------------------------------------------------------------------------------


def test_each_canary_is_read_by_who_may(scene: Scene):
    tickets = [scene.objects.numbers[state, whose] for state, whose in scene.objects.numbers]
    people = [scene.cast[name].id for name in PLAYED_BY.values()] + [scene.cast["charlie"].id]
    paths = {
        "support": [f"/bureau/tickets/{number}" for number in tickets] + ["/bureau/textes"],
        "administrator": [f"/bureau/comptes/{account_id}" for account_id in people]
        + [f"/bureau/connexions/{line}" for line in (scene.objects.line.id, scene.cast.line_of_mendi.id)]
        + ["/bureau/clients", "/bureau/connexions", "/bureau/comptes/export"],
        "auditor": [f"/audit/tickets/{number}" for number in tickets],
    }

    heard = "".join(scene.visit(who, path).text for who in paths for path in paths[who]) + "".join(
        scene.visit(who, file).text for who, file in files_of(scene)
    )

    words = {word for kept in scene.canaries.values() for word in kept} - {"$argon2"}
    assert sorted(word for word in words if word not in heard) == []


def files_of(scene: Scene) -> Iterator[tuple[str, str]]:
    """Give the address of a file of each owner's, with somebody who may have it."""
    row = next(row for row in rows() if row.route.endswith("/<name>") and "pieces" in row.route)
    owners = [whose for _, whose in row.cells_of("support") if whose != "missing"]
    return (("support", scene.address(row, whose)) for whose in (*owners, FORMER))


@pytest.mark.parametrize("who", CUSTOMERS)
def test_no_ticket_tells_what_is_kept_from_somebody(scene: Scene, who: str):
    numbers = sorted({*scene.objects.versions, scene.objects.watched})

    pages = {number: scene.visit(who, f"/tickets/{number}?tout&entree=4").text for number in numbers}

    assert [(number, word) for number, page in pages.items() for word in scene.canaries[who] if word in page] == []


# --- lists and searches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "scope"), [*((who, "societe") for who in CUSTOMERS), ("company", "moi")])
def test_a_search_for_what_is_kept_from_somebody_is_a_search_for_nonsense(scene: Scene, who: str, scope: str):
    words = [word for word in scene.canaries[who] if PLAIN_WORDS.fullmatch(word)]

    answers = {word: search(scene, who, word, scope) for word in words}

    nonsense = {word: search(scene, who, "zqj" + "k" * (len(word) - 3), scope) for word in words}
    assert len(words) > 10
    assert [word for word in words if answers[word] != nonsense[word]] == []


def search(scene: Scene, who: str, word: str, scope: str) -> Answer:
    return scene.visit(who, f"/tickets?q={word}&portee={scope}", masked=[word])


@pytest.mark.parametrize("who", ["customer", "colleague", "company"])
@pytest.mark.parametrize("parameter", ["service", "lie", "demandeur", "organisation", "affecte"])
@pytest.mark.parametrize("page", ["/tickets", NEW])
def test_what_an_address_asks_about_a_stranger_it_asks_about_nobody(scene: Scene, who: str, parameter: str, page: str):
    closed = str(scene.objects.numbers[State.CLOSED, "stranger's"])
    theirs = {"lie": closed, "demandeur": scene.cast["charlie"].id, "service": scene.objects.line.id}
    stranger = theirs.get(parameter, scene.cast["charlie"].organisation_id or "")
    missing = str(MISSING_NUMBER) if parameter == "lie" else MISSING_ID

    answers = [scene.visit(who, f"{page}?{parameter}={value}", masked=[value]) for value in (stranger, missing)]

    assert answers[0].differences(answers[1]) == []


@pytest.mark.parametrize("who", ["customer", "colleague", "company"])
def test_a_form_that_names_a_stranger_s_thing_names_nothing(scene: Scene, who: str):
    closed = str(scene.objects.numbers[State.CLOSED, "stranger's"])
    pairs = {"service": (scene.objects.line.id, MISSING_ID), "related_to": (closed, str(MISSING_NUMBER))}
    pairs["demandeur"] = (scene.cast["charlie"].id, MISSING_ID)

    answers = {
        name: [scene.visit(who, NEW, method="POST", masked=[value], **form(name, value)) for value in pair]
        for name, pair in pairs.items()
    }

    assert {name: one.differences(missing) for name, (one, missing) in answers.items() if one != missing} == {}


def form(name: str, value: str) -> dict[str, str]:
    fixed = {"command_id": "5a000000-0000-4000-8000-000000000001", "form_id": "5a000000-0000-4000-8000-000000000002"}
    return typed(title="", **fixed) | {name: value}


@pytest.mark.parametrize(
    ("who", "status"), [("customer", 409), ("colleague", 303), ("company", 409), ("stranger", 303)]
)
def test_only_who_sees_a_similar_ticket_is_told_of_it(scene: Scene, who: str, status: int):
    answer = scene.visit(who, NEW, method="POST", **typed(category="LENTEUR"))

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
def test_no_form_tells_whether_an_address_has_an_account(
    scene: Scene, who: str, path: str, name: str, fields: dict[str, str]
):
    addresses = ("charlie@mendi.example", "daniel@etxea.example", "personne@mendi.example")

    answers = [scene.visit(who, path, method="POST", masked=[one], **fields, **{name: one}) for one in addresses]

    scene.put_back()
    # Of the headers, the cookie holds what is announced, and the time.
    assert len({(answer.status, answer.location, answer.body) for answer in answers}) == 1


# --- mails ------------------------------------------------------------------------------------------------------------


def test_no_mail_holds_a_word_that_is_kept_from_its_reader(scene: Scene):
    personas = {scene.cast[name].email: who for who, name in PLAYED_BY.items()}
    personas |= {scene.cast["charlie"].email: "stranger", scene.cast["nora"].email: "support"}

    with capture_logs() as logged:
        mails = delivered(scene)

    read = [(personas[mail.recipient.removeprefix("nouvelle.")], words_of(mail)) for mail in mails]
    # Nothing goes to emma: all that waits is about tickets of the company that she has left.
    assert {who for who, _ in read} == {*CUSTOMERS, "support"} - {"moved"}
    assert [f"{who}: {word}" for who, said in read for word in sorted(scene.canaries[who]) if word in said] == []
    assert canary("note", "alice") in "".join(said for who, said in read if who == "support")
    assert sung_in(scene, logged) == []


def delivered(scene: Scene) -> list[OutgoingMail]:
    """Send all that waits."""
    basket, branding = Basket(), Branding.of(scene.portal.settings)
    mailer = Mailer(scene.portal.database, transport=basket, branding=branding, clock=scene.cast.clock)
    while mailer.send_due():
        pass
    scene.put_back()
    return basket.mails


def words_of(mail: OutgoingMail) -> str:
    """Give headers, text and HTML in small letters."""
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    assert len(parts) == 2
    return " ".join([*map(str, message.values()), *parts]).lower()


# --- logs and figures -------------------------------------------------------------------------------------------------


def test_no_line_of_the_log_holds_what_somebody_wrote_or_who_it_was(scene: Scene):
    names = ("comment", "reason", "note", "reply", "question", "solution", "title", "body", "name", "email")
    # Not the label of a category: its code is made of it, and is in the log.
    fields = dict.fromkeys((*names, "identifier", "password", "phone", "site", "reference"), canary("title", "alice"))

    answers = [
        scene.visit(who, scene.address(row, whose), method="POST", **fields)
        for row in FORMS
        for who, whose in row.cells_of("customer", "support", "administrator")
        if whose in {"customer's", NOBODY_S}
    ]

    assert len(answers) > 150
    assert len(scene.logged) > 50
    assert sung_in(scene, scene.logged) == []


def sung_in(scene: Scene, logged: Sequence[object]) -> list[str]:
    """List the lines of the log that hold more of somebody than an id."""
    words = {word for kept in scene.canaries.values() for word in kept if not is_id(word)}
    return [line for line in map(str, logged) for word in words if word in line.lower()]


def is_id(word: str) -> bool:
    return word.count("-") == 4


@pytest.mark.parametrize("path", ["/metrics", "/-/health", "/-/live", "/-/ready"])
def test_no_figure_names_anybody_or_anything(scene: Scene, path: str):
    machines = Client(metrics_app(scene.portal, clock=scene.cast.clock))

    said = machines.get(path).text.lower()

    assert said
    assert sorted(word for kept in scene.canaries.values() for word in kept if word in said) == []
