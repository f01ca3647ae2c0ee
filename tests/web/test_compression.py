"""Pages are compressed to a random length."""

import gzip

import pytest
from tests.web.browsing import Browser

from izarlink_tickets.web.compression import gzipped

pytestmark = pytest.mark.sqlite_only("bytes of answers")

ZIPPED = {"Accept-Encoding": "gzip"}


def test_a_page_is_compressed_for_who_can_read_it(anonymous: Browser):
    plain, zipped = anonymous.get("/aide").response, anonymous.client.get("/aide", headers=ZIPPED)

    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert int(zipped.headers["Content-Length"]) == len(zipped.data) < len(plain.data) * 2 / 3
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == zipped.headers["Vary"]


def test_the_same_page_is_of_another_length_each_time():
    lengths = {len(gzipped(b"le titre d'un ticket" * 100)) for _ in range(50)}

    assert len(lengths) > 10
