"""Builders of documents and archives, as Office and other systems write them."""

import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONSHIPS = "application/vnd.openxmlformats-package.relationships+xml"


def archive_of(files: Mapping[str, bytes | str], *, compression: int = ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def content_types(overrides: Mapping[str, str], defaults: Mapping[str, str] | None = None) -> str:
    known = {"rels": _RELATIONSHIPS, "xml": "application/xml", "png": "image/png", **(defaults or {})}
    lines = [f'<Default Extension="{end}" ContentType="{kind}"/>' for end, kind in known.items()]
    lines += [f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in overrides.items()]
    return f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{"".join(lines)}</Types>'


def relationships(*entries: tuple[str, str] | tuple[str, str, str]) -> str:
    """Build a list of relationships. entries: type, target, mode."""
    lines = []
    for nth, (kind, target, *mode) in enumerate(entries):
        outside = f' TargetMode="{mode[0]}"' if mode else ""
        lines.append(f'<Relationship Id="r{nth}" Type="{kind}" Target="{target}"{outside}/>')
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{"".join(lines)}</Relationships>'


def word_files(
    main: str = "word/document.xml",
    *,
    kind: str = f"{WORD}.document.main+xml",
    related: tuple[tuple[str, ...], ...] = (),
    types: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
) -> dict[str, bytes | str]:
    """Build the parts of a text document."""
    return {
        "[Content_Types].xml": content_types({main: kind, **(types or {})}, defaults),
        "_rels/.rels": relationships((f"{OFFICE}/officeDocument", main)),
        main: "<w:document/>",
        "word/_rels/document.xml.rels": relationships(*related),  # type: ignore[arg-type] # two or three texts
    }


def excel_files(**parts: bytes | str) -> dict[str, bytes | str]:
    """Build the parts of a workbook."""
    main = "xl/workbook.xml"
    return {
        "[Content_Types].xml": content_types({main: f"{EXCEL}.sheet.main+xml"}),
        "_rels/.rels": relationships((f"{OFFICE}/officeDocument", "/" + main)),
        main: "<workbook/>",
        **parts,
    }
