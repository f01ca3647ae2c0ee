"""Web addresses in user text."""

import time

import pytest

from izarlink_tickets.web.linkify import TextPart, linkify


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("voir https://izarlink.example/aide.", "https://izarlink.example/aide"),
        ("(http://izarlink.example)", "http://izarlink.example"),
        ("http://x.example/a_(b)", "http://x.example/a_(b)"),
        ("HTTPS://X.EXAMPLE/é?a=1&b=2#c !", "HTTPS://X.EXAMPLE/é?a=1&b=2#c"),
        ("<https://x.example>", "https://x.example"),
        ("« https://x.example »", "https://x.example"),
        ("https://x.example/\u202egpj.exe", "https://x.example/"),
    ],
)
def test_an_address_ends_where_a_reader_thinks(text: str, address: str):
    assert [part.url for part in linkify(text) if part.url] == [address]


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,x", "ftp://x.example", "//x.example", "x.example"]
)
def test_nothing_but_http_becomes_a_link(text: str):
    assert linkify(text) == (TextPart(text),)


@pytest.mark.parametrize("text", ["", "a", "https://a.b https://c.d", "a https://b.c/).", "https://" + "a" * 5000])
def test_together_the_parts_are_the_text(text: str):
    assert "".join(part.text for part in linkify(text)) == text


@pytest.mark.cve("CVE-2024-48938", "CVE-2021-21439")
@pytest.mark.parametrize(
    "text", ["https://" + ")" * 19_000, "https://a" * 2_200, "http" * 5_000, "https://a" + "." * 19_000]
)
def test_no_text_takes_long(text: str):
    started = time.process_time()

    linkify(text)

    assert time.process_time() - started < 1
