"""The text of each mail, and what all mails have in common."""

import re

import html5lib
import pytest
from sqlalchemy import select
from tests.cast import Clock
from tests.mailer.post_office import text_of
from tests.mailer.story import Story, play, read_book
from tests.stage import Stage

from izarlink_tickets.domain.events import TICKET_EVENTS
from izarlink_tickets.event_store import events

HTML = "{http://www.w3.org/1999/xhtml}"
TEXTS = read_book()
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
]


@pytest.fixture(scope="module")
def story(sqlite_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story")
    return play(sqlite_stage.settings(folder), sqlite_stage.people(Clock()), folder / "mail")


@pytest.mark.parametrize("name", TEXTS)
def test_a_mail_says_what_the_approved_texts_say(story: Story, name: str) -> None:
    assert story.texts()[name] == TEXTS[name]


def test_every_mail_of_the_story_is_in_the_approved_texts(story: Story) -> None:
    assert list(story.texts()) == list(TEXTS)


def test_the_story_contains_every_event_of_a_ticket(story: Story) -> None:
    with story.portal.database.query() as connection:
        topics = set(connection.execute(select(events.c.topic).distinct()).scalars())

    # The repair of a wrong clock; nobody is mailed.
    assert {event.TOPIC for event in TICKET_EVENTS} - topics == {"ticket.wait-restarted"}


# --- what all have in common ------------------------------------------------------------------------------------------


@pytest.fixture(params=TEXTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_each_mail_has_the_expected_headers_only(story: Story, name: str) -> None:
    message = story.mails[name]

    threads = ["In-Reply-To", "References"] if "Vos préférences" in TEXTS[name] else []
    assert message.keys() == HEADERS + threads
    assert message["From"] == "Support IzarLink <support@izarlink.example>"
    assert message["Content-Language"] == "fr"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"


def test_all_mails_of_a_ticket_belong_to_one_thread(story: Story) -> None:
    first, other = story.mails["opened alice"], story.mails["approved alice"]

    assert first["References"] == other["References"] == first["In-Reply-To"] == "<ticket-1@support.example>"
    assert first["Subject"] == other["Subject"]
    assert first["Message-ID"] != other["Message-ID"]


def test_each_url_stands_on_a_line_of_its_own(story: Story, name: str) -> None:
    lines = [line for line in text_of(story.mails[name], "plain").splitlines() if "://" in line]

    assert lines
    assert [line for line in lines if not re.fullmatch(r"https://support\.example/\S*", line)] == []


def test_the_html_says_what_the_text_says(story: Story, name: str) -> None:
    text, html = text_of(story.mails[name], "plain").replace("\xa0", " "), text_of(story.mails[name], "html")

    body = html5lib.parse(html).find(f"{HTML}body")
    assert body is not None
    html_text = " ".join("".join(body.itertext()).split())
    without_marks = text.replace("« ", "").replace(" »", "").replace("—\n", "")
    sentences = [line for line in map(str.strip, without_marks.splitlines()) if line and "://" not in line]
    pieces = [piece.strip() for line in sentences for piece in re.split(r" {3,}", line)]
    # A link is named in the text by a line that ends with a colon, which the HTML doesn't need.
    assert [piece for piece in pieces if piece.removesuffix(" :") not in html_text] == []


def test_the_html_fetches_nothing(story: Story, name: str) -> None:
    tree = html5lib.parse(text_of(story.mails[name], "html"))

    used = {element.tag.removeprefix(HTML) for element in tree.iter() if isinstance(element.tag, str)}
    assert used & {"img", "script", "link", "iframe", "object", "embed", "audio", "video", "form", "base"} == set()
    assert [element for element in tree.iter() if {"src", "srcset", "background"} & set(element.attrib)] == []
    assert "url(" not in text_of(story.mails[name], "html")


def test_the_html_supports_dark_colours(story: Story, name: str) -> None:
    html = text_of(story.mails[name], "html")

    assert "prefers-color-scheme: dark" in html
    assert 'style="margin: 0;padding: 0;background: #f7f6f3;' in html


def test_the_html_names_its_language(story: Story, name: str) -> None:
    assert html5lib.parse(text_of(story.mails[name], "html")).attrib["lang"] == "fr"
