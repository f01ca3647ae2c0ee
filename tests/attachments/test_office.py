"""Parts and relationships of Word and Excel documents."""

import pytest
from tests.attachments.documents import EXCEL, OFFICE, WORD, archive_of, excel_files, relationships, word_files

from izarlink_tickets.attachments import ArchiveFault, ArchiveRefused, Upload, check

PROGRAM = b"MZ\x90\x00\x03"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships"


def check_document(files: dict[str, bytes | str], *, name: str = "note.docx") -> None:
    check(Upload(name, archive_of(files)), max_bytes=2_097_152)


def refusal_of(files: dict[str, bytes | str], *, name: str = "note.docx") -> tuple[ArchiveFault, str]:
    with pytest.raises(ArchiveRefused) as refused:
        check_document(files, name=name)
    return refused.value.fault, refused.value.entry


@pytest.mark.parametrize("main", ["word/document.xml", "word/document2.xml", "word/document22.xml", "story/main.xml"])
def test_the_main_part_is_the_one_that_the_relationships_name(main: str):
    check_document(word_files(main))


@pytest.mark.parametrize(
    "related",
    [
        (f"{OFFICE}/hyperlink", "https://www.izarlink.example/", "External"),
        (f"{OFFICE}/hyperlink", "mailto:support@izarlink.example", "External"),
        (f"{OFFICE}/attachedTemplate", "file:///C:\\Users\\alice\\Templates\\Rapport.dotx", "External"),
        (f"{OFFICE}/attachedTemplate", "Normal.dotm", "External"),
        (f"{OFFICE}/image", "media/image1.png"),
        ("http://schemas.microsoft.com/office/2011/relationships/people", "people.xml"),
        ("http://purl.oclc.org/ooxml/officeDocument/relationships/styles", "styles.xml"),
    ],
)
def test_an_ordinary_relationship_is_accepted(related: tuple[str, ...]):
    check_document(word_files(related=(related,)))


@pytest.mark.parametrize(
    "target",
    [
        "https://attaquant.example/modele.dotm",
        "http://attaquant.example/modele.dotm",
        "\\\\attaquant\\partage\\modele.dotm",
        "//attaquant/partage/modele.dotm",
        "file://attaquant/partage/modele.dotm",
        "file:///\\\\attaquant\\modele.dotm",
        "mhtml:http://attaquant.example/x",
    ],
)
@pytest.mark.parametrize("kind", ["attachedTemplate", "image", "externalLinkPath"])
def test_what_another_machine_would_send_is_refused(kind: str, target: str):
    related = (f"{OFFICE}/{kind}", target, "External")

    assert refusal_of(word_files(related=(related,))) == (ArchiveFault.REMOTE, target)


@pytest.mark.parametrize(
    ("related", "fault"),
    [
        ((f"{OFFICE}/hyperlink", "javascript:alert(1)", "External"), ArchiveFault.REMOTE),
        ((f"{OFFICE}/hyperlink", "ms-msdt:/id", "External"), ArchiveFault.REMOTE),
        ((f"{OFFICE}/frame", "https://a.example", "External"), ArchiveFault.KIND),
        ((f"{OFFICE}/aFChunk", "a.html"), ArchiveFault.KIND),
        ((f"{OFFICE}/oleObject", "embeddings/o.bin"), ArchiveFault.KIND),
        ((f"{OFFICE}/control", "activeX/a.xml"), ArchiveFault.KIND),
        ((f"{MICROSOFT}/vbaProject", "x.bin"), ArchiveFault.MACROS),
        ((f"{MICROSOFT}/xlMacrosheet", "macrosheets/s.xml"), ArchiveFault.MACROS),
        (("http://attaquant.example/relationships/image", "a.png"), ArchiveFault.KIND),
    ],
)
def test_a_relationship_of_another_kind_is_refused(related: tuple[str, ...], fault: ArchiveFault):
    assert refusal_of(word_files(related=(related,)))[0] is fault


@pytest.mark.parametrize(
    ("changes", "parts", "expected"),
    [
        ({}, {"word/setup.exe": PROGRAM}, (ArchiveFault.KIND, "word/setup.exe")),
        ({}, {"word/media/image1.png": PROGRAM}, (ArchiveFault.PROGRAM, "word/media/image1.png")),
        (
            {"defaults": {"bin": f"{EXCEL}.printerSettings"}},
            {"word/a.bin": PROGRAM},
            (ArchiveFault.PROGRAM, "word/a.bin"),
        ),
        (
            {"defaults": {"bin": "application/vnd.openxmlformats-officedocument.oleObject"}},
            {"word/embeddings/o.bin": b"\xd0\xcf\x11\xe0"},
            (ArchiveFault.KIND, "word/embeddings/o.bin"),
        ),
        ({"defaults": {"bin": "application/vnd.ms-office.vbaProject"}}, {}, (ArchiveFault.MACROS, "")),
        ({"types": {"word/a.xml": "application/vnd.ms-word.vbaData+xml"}}, {}, (ArchiveFault.MACROS, "")),
        ({"types": {"word/a.xml": "application/vnd.ms-excel.macrosheet+xml"}}, {}, (ArchiveFault.MACROS, "")),
        ({"kind": "application/vnd.ms-word.document.macroEnabled.main+xml"}, {}, (ArchiveFault.MACROS, "")),
        ({"kind": f"{WORD}.template.main+xml"}, {}, (ArchiveFault.KIND, "")),
        ({"kind": f"{EXCEL}.sheet.main+xml"}, {}, (ArchiveFault.KIND, "")),
        ({}, {"word/vbaProject.bin": b"\0"}, (ArchiveFault.MACROS, "")),
        ({}, {"xl/macrosheets/sheet1.xml": "<a/>"}, (ArchiveFault.MACROS, "")),
        ({}, {"../../etc/cron.d/a.xml": "<a/>"}, (ArchiveFault.PATH, "../../etc/cron.d/a.xml")),
    ],
)
def test_a_part_outside_the_list_is_refused(changes, parts, expected):
    assert refusal_of({**word_files(**changes), **parts}) == expected


@pytest.mark.parametrize(
    "types",
    ["", "<Types", "<!DOCTYPE t [<!ENTITY a 'b'>]><Types/>", "<Types/>".encode("utf-16")],
    ids=["empty", "cut", "entities", "utf-16"],
)
def test_odd_lists_of_types_are_refused(types: str | bytes):
    files = word_files()
    files["[Content_Types].xml"] = types

    assert refusal_of(files)[0] in {ArchiveFault.DAMAGED, ArchiveFault.KIND}


def test_the_workbook_of_a_chart_is_inspected_too():
    name, kind = "word/embeddings/classeur.xlsx", {"xlsx": f"{EXCEL}.sheet"}
    document = word_files(defaults=kind)

    check_document({**document, name: archive_of(excel_files())})
    fault = refusal_of({**document, name: archive_of({**excel_files(), "xl/a.exe": PROGRAM})})

    assert fault == (ArchiveFault.KIND, name)


def test_a_very_regular_document_is_no_bomb():
    check_document({**word_files(), "word/styles.xml": "<a>" + " " * 5_000_000 + "</a>"})


def test_a_document_packed_again_on_a_mac_is_accepted():
    check_document({**word_files(), "__MACOSX/word/._document.xml": b"\x00\x05\x16\x07" + bytes(20), "word/": ""})


def test_a_workbook_may_link_to_another_on_the_same_disk():
    links = relationships((f"{OFFICE}/externalLinkPath", "file:///C:\\Ventes\\2026.xlsx", "External"))

    check_document({**excel_files(), "xl/externalLinks/_rels/a.xml.rels": links}, name="note.xlsx")
