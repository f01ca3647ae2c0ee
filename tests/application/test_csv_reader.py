"""CSV files of many programs, with the lines of their errors."""

import pytest

from izarlink_tickets.application.spreadsheets import import_errors
from izarlink_tickets.application.spreadsheets.columns import ACCOUNTS, ORGANISATIONS, SERVICES
from izarlink_tickets.application.spreadsheets.csv_encoding import UTF_8, WINDOWS_1252
from izarlink_tickets.application.spreadsheets.csv_reader import (
    MAX_BYTES,
    MAX_LINES,
    CsvFile,
    escape_formula,
    read_csv,
    unescape_formula,
)
from izarlink_tickets.domain.errors import Refusal

HEAD = "Référence;Client;Libellé;Site\r\n"
TEXT = HEAD + "FTTO-1;Étxea;Fibre;Bayonne\r\n\r\nFTTO-2;Étxea;Fibre;\r\n"


def lines(csv_file: CsvFile) -> list[tuple[int, object]]:
    """Return each record's line with its reference or its fault."""
    return [
        (record.line, type(record.fault) if record.fault else record.cells["reference"]) for record in csv_file.records
    ]


@pytest.mark.parametrize(
    ("data", "encoding", "separator"),
    [
        (TEXT.encode(), UTF_8, ";"),
        (TEXT.encode("utf-8-sig"), UTF_8, ";"),
        (TEXT.encode("cp1252"), WINDOWS_1252, ";"),
        (TEXT.encode("mac_roman"), "Mac OS Roman", ";"),
        (TEXT.encode("cp850"), "DOS 850", ";"),
        (f"sep=;\r\n{TEXT}".replace("\r\n\r\n", "\r\n").encode(), UTF_8, ";"),
        (TEXT.encode() + b"\x1a", UTF_8, ";"),
        (TEXT.encode("cp850") + b"\x1a\r\n", "DOS 850", ";"),
        (TEXT.replace(";", ",").encode(), UTF_8, ","),
        (TEXT.replace(";", "\t").encode(), UTF_8, "\t"),
        (TEXT.replace("\r\n", "\n").encode(), UTF_8, ";"),
        (TEXT.replace("\r\n", "\r").encode(), UTF_8, ";"),
        (TEXT.rstrip().encode(), UTF_8, ";"),
        (("\r\n" + TEXT).replace("\r\n\r\nFTTO-2", "\r\nFTTO-2").encode(), UTF_8, ";"),
    ],
    ids=[
        "UTF-8",
        "UTF-8 with a mark",
        "Windows",
        "Mac",
        "DOS",
        "sep",
        "end mark",
        "end mark of DOS",
        "commas",
        "tabs",
        "Unix",
        "old Mac",
        "no last end",
        "empty first",
    ],
)
def test_a_file_is_read_however_it_was_saved(data: bytes, encoding: str, separator: str) -> None:
    csv_file = read_csv(data, SERVICES)

    assert (csv_file.encoding, csv_file.separator) == (encoding, separator)
    assert [record.cells["organisation"] for record in csv_file.records] == ["Étxea", "Étxea"]
    assert [record.line for record in csv_file.records][-1] == 4


@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "mac_roman", "cp850"])
@pytest.mark.parametrize(
    "name",
    [
        "Hélène Façade",
        "NOËL BÉNÉTRÔ",
        "Etxea à Bayonne",
        "Là et çà",
        "Maïté Ibañez",
        "Jürgen Großmann",
        "L'Été «\u00a0d’Évry\u00a0»",
        "Chloé",
        "Équipe À",
        "Ô délices",
    ],
)
def test_names_are_read_in_the_encoding_of_the_file(name: str, codec: str) -> None:
    written = name if codec != "cp850" else name.replace("’", "'")

    csv_file = read_csv(f"Nom\r\n{written}\r\n".encode(codec), ORGANISATIONS)

    assert [record.cells["name"] for record in csv_file.records] == [written]


@pytest.mark.parametrize("data", ["Nom\nÇà et là\n".encode("mac_roman"), b"Nom\nB\xa6b\n"])
def test_a_file_that_can_be_read_in_several_ways_is_refused(data: bytes) -> None:
    with pytest.raises(import_errors.EncodingUnknown):
        read_csv(data, ORGANISATIONS)


@pytest.mark.parametrize(
    "head", ["REFERENCE;client;libelle", "reference;organisation;label", " Référence ;Société;LIBELLÉ;"]
)
def test_headings_are_french_or_english_in_any_spelling(head: str) -> None:
    csv_file = read_csv(f"{head}\nFTTO-1;Etxea;Fibre\n".encode(), SERVICES)

    assert dict(csv_file.records[0].cells) == {"reference": "FTTO-1", "organisation": "Etxea", "label": "Fibre"}


def test_lines_are_counted_as_an_editor_shows_them() -> None:
    first = 'A-1;Etxea;"Fibre\r\nde la ""cave""";Bayonne'
    rest = [";;;", "", "A-2;Etxea;Fibre;x", "A-3;Etxea", "A-4;Etxea;Fibre;x;y"]
    text = HEAD + "\r\n".join([first, *rest])

    csv_file = read_csv(text.encode(), SERVICES)

    assert lines(csv_file) == [(2, "A-1"), (6, "A-2"), (7, import_errors.WrongWidth), (8, import_errors.WrongWidth)]
    assert csv_file.records[0].cells["label"] == 'Fibre\r\nde la "cave"'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('A-1;"Etxea;Fibre;\nA-2;Etxea;Fibre;\n', [(2, import_errors.BadQuotes), (3, "A-2")]),
        ('A-1;"Etxea"x;Fibre;\nA-2;Etxea;Fibre;\n', [(2, import_errors.BadQuotes), (3, "A-2")]),
        ('A-1;Et"x"ea;Fibre;\n', [(2, "A-1")]),
        (
            'A-1;Etxea;Fibre;\n"A-2;Etxea;Fibre;\n"A-3";Etxea;Fibre;\n',
            [(2, "A-1"), (3, import_errors.BadQuotes), (4, "A-3")],
        ),
    ],
    ids=["never closed", "text behind", "in the middle", "closed by the next line's"],
)
def test_an_unclosed_quotation_mark_costs_no_further_line(body: str, expected: list[tuple[int, object]]) -> None:
    assert lines(read_csv((HEAD + body).encode(), SERVICES)) == expected


def test_a_record_of_too_many_lines_is_refused_and_the_next_line_is_read() -> None:
    # Without the limit each line reads all that follow: four megabytes of `a";"` would take hours.
    text = HEAD + '"A-1' + "\n" * 99 + '";Etxea;Fibre;\n"A-2' + "\n" * 100 + '";Etxea;Fibre;\nA-3;Etxea;Fibre;\n'

    read = lines(read_csv(text.encode(), SERVICES))

    assert read == [(2, "A-1"), (102, import_errors.BadQuotes), (202, import_errors.BadQuotes), (203, "A-3")]


def test_a_line_in_another_encoding_is_refused_by_its_number() -> None:
    data = TEXT.encode() + "FTTO-3;Garage Ürrutia;Fibre;\r\n".encode("cp1252") + b'FTTO-4;"Etx\r\n\xe9a";Fibre;\r\n'

    csv_file = read_csv(data, SERVICES)

    assert csv_file.encoding == UTF_8
    assert lines(csv_file)[2:] == [(5, import_errors.NotDecodable), (6, import_errors.NotDecodable)]


def test_a_byte_unknown_to_windows_1252_is_refused_by_its_line() -> None:
    data = TEXT.encode("cp1252") + b"FTTO-3;Etx\x81a;Fibre;\r\n"

    assert lines(read_csv(data, SERVICES))[-1] == (5, import_errors.NotDecodable)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", import_errors.CsvFileEmpty),
        (b"\xef\xbb\xbf\r\n \r\n", import_errors.CsvFileEmpty),
        (b"Nom\r\n;\r\n", import_errors.CsvFileEmpty),
        (b"PK\x03\x04 a workbook", import_errors.CsvFileNotText),
        ("Nom\r\nEtxea\r\n".encode("utf-16"), import_errors.CsvFileNotText),
        ("Nom\r\nEtxea\r\n".encode("utf-16-le"), import_errors.CsvFileNotText),
        (b"Nom\r\n" + b"a" * MAX_BYTES, import_errors.CsvFileTooLarge),
        (b"Nom\r\n" + b"a\r\n" * (MAX_LINES + 1), import_errors.TooManyLines),
        (b"Nom\r\n" + b'a";"\r\n' * (MAX_BYTES // 8), import_errors.TooManyLines),
        (b"Nom\r\nEtxea\r\n" + b"\n" * (MAX_BYTES // 2), import_errors.TooManyLines),
        (b"Nom;" + b";" * (MAX_BYTES // 2) + b"\r\n" + b";" * (MAX_BYTES // 4), import_errors.CsvFileEmpty),
        (b"Etxea\r\nMendi\r\n", import_errors.UnknownColumns),
        (b"Nom;Telephonne\r\nEtxea;1\r\n", import_errors.UnknownColumns),
        (b"Nom;name\r\nEtxea;Etxea\r\n", import_errors.DuplicateColumns),
        ("État\r\nActif\r\n".encode(), import_errors.MissingColumns),
        (b'"Nom\r\nEtxea\r\n', import_errors.UnknownColumns),
    ],
)
def test_an_unusable_file_is_refused(data: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        read_csv(data, ORGANISATIONS)


def test_a_mistyped_heading_is_listed_with_the_accepted_ones() -> None:
    with pytest.raises(import_errors.UnknownColumns) as refused:
        read_csv(b"Mail;Nom;Telephonne;Role\r\n", ACCOUNTS)

    assert refused.value.names == ("Telephonne",)
    assert refused.value.known == ("Mail", "Nom", "Téléphone", "Rôle", "Client", "État")


def test_the_first_of_many_unknown_headings_are_listed() -> None:
    with pytest.raises(import_errors.UnknownColumns) as refused:
        read_csv(b"Nom;" + b";".join(b"%d-" % number + b"x" * 100 for number in range(30_000)), ORGANISATIONS)

    assert refused.value.names == tuple(f"{number}-" + "x" * 58 for number in range(10))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+33 5 59", "-2", "@sum", "\tx", "\rx", "\uff1d1", "\uff20x", "'=1", "''+1", "'t Hof", "Etxea", "", "'"],
)
def test_a_formula_is_escaped_and_unescaped(cell: str) -> None:
    written = escape_formula(cell)

    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff20"))
    assert unescape_formula(written) == cell
