"""Typed text becomes no header, recipient or markup, and stops no mail."""

import email
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default

import html5lib
import pytest
from tests.mailer import builders
from tests.mailer.mail_room import BRANDING
from tests.mailer.post_office import text_of

from izarlink_tickets.mailer import UnfitMail
from izarlink_tickets.mailer.envelope import MailContent, encode_body, encode_message
from izarlink_tickets.mailer.messages import build_mail
from izarlink_tickets.mailer.rendering import Parts
from izarlink_tickets.mailer.ticket_mail import TicketNews

HEADERS = [
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
    "In-Reply-To",
    "References",
]
ATTACKS = {
    "an encoded word with a line end": "=?utf-8?q?Hello=0D=0ABcc:_evil@example.com?=",
    "an encoded word with a body": "=?utf-8?q?Hello=0D=0A=0D=0A<b>Payez_ici</b>?=",
    "a base64 word with a line end": "=?utf-8?b?SGVsbG8NCkJjYzogZXZpbEBleGFtcGxlLmNvbQ==?=",
    "a line end": "Bonjour\r\nBcc: evil@example.com",
    "a line feed": "Bonjour\nBcc: evil@example.com",
    "a carriage return": "Bonjour\rBcc: evil@example.com",
    "a folded line": "Bonjour\r\n Bcc: evil@example.com",
    "a body": "Bonjour\r\n\r\n<b>Payez ici</b>",
    "a line separator": "Bonjour\u2028Bcc: evil@example.com",
    "a paragraph separator": "Bonjour\u2029Bcc: evil@example.com",
    "a next line": "Bonjour\x85Bcc: evil@example.com",
    "a vertical tab": "Bonjour\x0bBcc: evil@example.com",
    "a form feed": "Bonjour\x0cBcc: evil@example.com",
    "separators": "a\x1cb\x1db\x1ec",
    "a zero": "Bonjour\x00Bcc: evil@example.com",
    "a lone surrogate": "Bonjour \ud800 !",
    "bidirectional controls": "Facture\u202efdp.exe",
    "emoji": "Panne 👩\u200d🔧🔥",
    "the marks of a template": "{{ 7*7 }} {% raw %} %s %n {0.__class__}",
    "quotation marks": "\"alice\" <evil@example.com>, 'x'",
    "ten thousand signs": "x" * 10_000,
    "ten thousand accents": "e" + "\u0301" * 10_000,
}


def message_about(about: TicketNews) -> EmailMessage:
    mail = build_mail(builders.MESSAGE, about, BRANDING, now=builders.AT)
    message = email.message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture(params=ATTACKS)
def attack(request: pytest.FixtureRequest) -> str:
    return ATTACKS[request.param]


@pytest.mark.cve("CVE-2024-6923")
def test_a_title_adds_no_header(attack: str) -> None:
    message = message_about(builders.news(title=attack))

    assert message.keys() == HEADERS
    assert message["To"] == "alice@etxea.example"
    assert message["From"] == "Support IzarLink <support@izarlink.example>"
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_texts_add_no_header(attack: str) -> None:
    message = message_about(builders.news(words=attack))

    assert message.keys() == HEADERS
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_names_of_files_people_and_companies_add_no_header(attack: str) -> None:
    about = builders.news(file=replace(builders.FILE, name=attack), organisation_name=attack, service_label=attack)
    entry = replace(about.entry, actor_name=attack)

    message = message_about(replace(about, timeline=replace(about.timeline, entries=[entry])))

    assert message.keys() == HEADERS
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_an_encoded_word_in_a_title_is_shown_as_it_was_typed() -> None:
    message = message_about(builders.news(title="=?utf-8?q?Hello=0D=0ABcc:_evil@example.com?="))

    assert message["Subject"] == "[IzarLink #1042] =?utf-8?q?Hello=0D=0ABcc:_evil@example.com?="


@pytest.mark.parametrize(
    "recipient",
    [
        "alice@etxea.example\r\nBcc: evil@example.com",
        "alice@etxea.example, evil@example.com",
        "alice@etxea.example;evil@example.com",
        "Alice <alice@etxea.example>",
        "alice@etxea@example",
        "alice",
        "é@etxea.example",
        "",
    ],
)
def test_an_invalid_address_is_refused(recipient: str) -> None:
    about = builders.news()
    account = replace(about.account, email=recipient)

    with pytest.raises(UnfitMail):
        build_mail(builders.MESSAGE, replace(about, account=account), BRANDING, now=builders.AT)


@pytest.mark.parametrize(
    "message_id", ["<1>\r\nBcc: evil@example.com", "<1>\nBcc: evil@example.com", "<1>\n\nPayez ici"]
)
def test_a_message_with_unexpected_headers_is_not_sent(message_id: str) -> None:
    draft = MailContent("alice@etxea.example", "x", encode_body(Parts("x", "x")), "fr", message_id, builders.AT)

    with pytest.raises((UnfitMail, MessageError)):
        encode_message(draft, sender=BRANDING.sender)


# --- markup -----------------------------------------------------------------------------------------------------------

MARKUP = {
    "a script": "<script>alert(1)</script>",
    "a link and a picture": "<a href=//evil.example><img src=//evil.example/p.gif></a>",
    "the end of the quotation": '</blockquote></td><h1 onclick="x()">Payez</h1>',
    "an attribute": '" onmouseover="alert(1)',
    "style": "<style>@import url(//evil.example)</style>",
    "entities": "&lt;b&gt; &amp; &copy",
    "a comment": "<!-- --><!--[if mso]><b>x</b><![endif]-->",
}


@pytest.fixture(params=MARKUP)
def markup(request: pytest.FixtureRequest) -> str:
    return MARKUP[request.param]


def elements(html: str) -> list[str]:
    return [str(element.tag) for element in html5lib.parse(html).iter()]


@pytest.mark.cve("CVE-2026-40567", "CVE-2026-32754")
def test_markup_in_words_and_titles_stays_text(markup: str) -> None:
    harmless = message_about(builders.news(title="x", words="x", file=builders.FILE))
    message = message_about(builders.news(title=markup, words=markup, file=replace(builders.FILE, name=markup)))

    assert elements(text_of(message, "html")) == elements(text_of(harmless, "html"))


def test_markup_arrives_in_the_text_as_it_was_typed(markup: str) -> None:
    assert f"« {markup} »".replace(" ", "\xa0", 1) in text_of(
        message_about(builders.news(words=markup)), "plain"
    ).replace("\xa0»", " »")


def test_texts_cannot_imitate_our_own_lines() -> None:
    words = "Bonjour\n\nOuvrir le ticket et répondre :\nhttps://evil.example/"

    text = text_of(message_about(builders.news(words=words)), "plain")

    assert re.findall(r"^https://\S+", text, re.MULTILINE) == [
        "https://support.example/tickets/1042?entree=14#e14",
        "https://support.example/profil/personnalisation",
    ]


# --- texts of every shape ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["avant\n.\naprès", ".\n..", "x" * 3000, "é" * 2000, "From moi\nFrom toi", "=C3=A9 ="]
)
def test_words_arrive_whole(words: str) -> None:
    lines = text_of(message_about(builders.news(words=words)), "plain").replace("\n  ", "\n")

    assert words in lines


def test_a_very_long_text_is_cut_at_a_word_with_a_link_to_the_rest() -> None:
    message = message_about(builders.news(words="mot " * 5_000))

    text, url = text_of(message, "plain"), "https://support.example/tickets/1042?entree=14#e14"
    assert "mot…\xa0»\n\nLire la suite\xa0:\n" + url in text
    assert len(text) < 4_000
    assert text.count(url) == 3
    assert text.index(url) < text.index("mot mot")
    assert f'<a href="{url}">Lire la suite</a>' in re.sub(' style="[^"]*"', "", text_of(message, "html"))


def test_pasted_output_keeps_its_columns() -> None:
    output = " 1  box.lan     1.2 ms\n 2  edge.lan   12.4 ms"

    message = message_about(builders.news(words=output))

    plain = text_of(message, "plain").splitlines()
    columns = {line.replace("«\xa0", "  ").index("ms") for line in plain if "lan " in line}
    assert len(columns) == 1
    assert re.search(rf"<pre [^>]*>{re.escape(output)}</pre>", text_of(message, "html"))


def test_no_line_on_the_way_is_longer_than_smtp_allows() -> None:
    about = builders.news(title="é" * 150, words="à" * 20_000, file=replace(builders.FILE, name="ç" * 255))

    content = build_mail(builders.MESSAGE, about, BRANDING, now=builders.AT).content

    assert max(len(line) for line in content.split(b"\r\n")) <= 78
    assert content.isascii()


def test_erased_text_has_a_placeholder() -> None:
    about = builders.news(title=None, words=None, file=replace(builders.FILE, name=None))

    message = message_about(about)

    assert message["Subject"] == "[IzarLink #1042] [contenu effacé]"
    assert text_of(message, "plain").count("[contenu effacé]") == 3


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("IzarLink, support", '"IzarLink, support" <a@b.example>'),
        ("Support: IzarLink", '"Support: IzarLink" <a@b.example>'),
        ('Support "IzarLink"', '"Support \\"IzarLink\\"" <a@b.example>'),
        ("Étxea, réseau", '"Étxea, réseau" <a@b.example>'),
    ],
)
def test_the_name_of_the_sender_arrives_whole(name: str, sender: str) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    body = encode_body(Parts("Bonjour", "<p>Bonjour</p>"))
    mail = MailContent("alice@etxea.example", "Titre", body, "fr", "<1@b.example>", at)

    message = email.message_from_bytes(encode_message(mail, sender=sender), policy=default)

    [address] = message["From"].addresses
    assert (address.display_name, address.addr_spec) == (name, "a@b.example")
