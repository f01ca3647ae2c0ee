"""Pasted output among the lines of a text."""

import pytest

from izarlink_tickets.wording import blocks_of

TRACEROUTE = """traceroute to 1.1.1.1 (1.1.1.1), 30 hops max
 1  box.lan (192.168.1.1)          1.2 ms   1.1 ms
 2  * * *
 3  edge.izarlink.example (10.0.0.1)  12.4 ms  11.9 ms
"""
TRACERT = """  1    <1 ms    <1 ms    <1 ms  192.168.1.1
  2     8 ms     9 ms     8 ms  10.0.0.1"""
TABLE = "+------+-----+\n| lien | ms  |\n+------+-----+"
TABBED = "port\tétat\n1\tup\n2\tdown"
PROSE = (
    "Bonjour,\n\n  Depuis ce matin, le débit  plafonne.\nMerci.",
    "Fini.  Nous attendons.\nVrai ?  Oui.\nVoici :  un mot.",
    "",
    "- un\n- deux",
)


@pytest.mark.parametrize("output", [TRACERT, TABLE, TABBED], ids=["tracert", "table", "tabs"])
def test_aligned_columns_are_output(output: str):
    assert [block.is_capture for block in blocks_of(output)] == [True]


def test_output_ends_where_prose_goes_on():
    text = f"Bonjour,\n{TRACEROUTE}Merci."

    blocks = blocks_of(text)

    assert "".join(block.text for block in blocks) == text
    assert [block.text for block in blocks if block.is_capture] == [TRACEROUTE.partition("\n")[2]]


@pytest.mark.parametrize("text", PROSE)
def test_prose_stays_prose(text: str):
    assert [block for block in blocks_of(text) if block.is_capture] == []
