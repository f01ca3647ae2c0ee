"""Inspection of Word and Excel documents: parts and relationships by an allow-list.

The main part is the one that the relationships name, as Office itself reads them.
Source: ECMA-376-2 (Open Packaging Conventions), ASVS 5.2.2.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote
from xml.parsers import expat
from zipfile import ZipFile, ZipInfo

from izarlink_tickets.attachments import archives
from izarlink_tickets.attachments.inspection_budget import InspectionBudget
from izarlink_tickets.attachments.refusals import ArchiveFault, ContentFault

_TYPES = "[Content_Types].xml"
_ROOT_RELATIONSHIPS = "_rels/.rels"
# The workbook of a chart in a text; nothing embeds deeper.
_MAX_DEPTH = 1
_PREFIX = "application/vnd.openxmlformats-officedocument"
MAIN_TYPES = {
    "docx": f"{_PREFIX}.wordprocessingml.document.main+xml",
    "xlsx": f"{_PREFIX}.spreadsheetml.sheet.main+xml",
}
_MACROS = re.compile("macro|vba", re.IGNORECASE)
_PART_TYPES = re.compile(
    r"(?:application|text)/xml|application/inkml\+xml"
    r"|image/(?:(?:x-)?(?:png|emf|wmf)|p?jpe?g|gif|bmp|tiff|svg\+xml|webp|vnd\.ms-photo)"
    r"|application/x-font(?:data|-ttf)"
    r"|application/vnd\.openxmlformats-package\.(?:relationships|core-properties|digital-signature-[a-z-]+)(?:\+xml)?"
    r"|application/vnd\.openxmlformats-officedocument\."
    r"(?:(?:wordprocessingml|spreadsheetml|drawingml)\.(?!.*template|dialogsheet)[A-Za-z.]+(?:\+xml)?"
    r"|(?:theme|themeOverride|custom-properties|extended-properties|customXmlProperties|bibliography)\+xml"
    r"|vmlDrawing|obfuscatedFont)"
    r"|application/vnd\.ms-office\."
    r"(?:chartcolorstyle|chartstyle|chartex|drawingml\.[A-Za-z]+|intelligence2?|classificationlabels)\+xml"
    r"|application/vnd\.ms-excel\.(?:slicer(?:Cache)?|timeline(?:Cache)?|threadedcomments|person|namedsheetviews"
    r"|featurepropertybag|rd[a-z]+|controlproperties)\+xml",
    re.IGNORECASE,
)
_RELATIONSHIP_NAMESPACES = (
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/ooxml/",
    "http://schemas.microsoft.com/office/",
)
_MAIN_RELATIONSHIP = "officedocument"
# The last segment of a type, in lower case.
_RELATIONSHIPS = frozenset(
    {
        *(_MAIN_RELATIONSHIP, "extended-properties", "custom-properties", "core-properties", "thumbnail", "package"),
        *("styles", "styleswitheffects", "settings", "websettings", "fonttable", "font", "theme", "themeoverride"),
        *("numbering", "footnotes", "endnotes", "header", "footer", "glossarydocument", "people", "bibliography"),
        *("comments", "commentsextended", "commentsids", "commentsextensible", "threadedcomment", "person"),
        *("image", "hdphoto", "hyperlink", "customxml", "customxmlprops", "drawing", "vmldrawing", "ink"),
        *("chart", "chartusershapes", "chartcolorstyle", "chartstyle", "chartex"),
        *("diagramdata", "diagramlayout", "diagramquickstyle", "diagramcolors", "diagramdrawing"),
        *("worksheet", "chartsheet", "sharedstrings", "calcchain", "sheetmetadata", "table", "tablesinglecells"),
        *("pivottable", "pivotcachedefinition", "pivotcacherecords", "querytable", "connections", "xmlmaps"),
        *("slicer", "slicercache", "timeline", "timelinecache", "namedsheetview", "printersettings", "customproperty"),
        *("rdrichvalue", "rdrichvaluestructure", "rdrichvaluetypes", "richvaluerel", "ctrlprop", "featurepropertybag"),
        *("externallink", "externallinkpath", "xlpathmissing", "xllibrary", "xlstartup", "attachedtemplate"),
        *("revisionheaders", "revisionlog", "usernames", "volatiledependencies"),
        *("origin", "signature", "certificate", "classificationlabels", "intelligence2", "intelligence"),
    }
)
# What may stand outside of the document, on the person's own disk.
_OUTSIDE = frozenset({"image", "attachedtemplate", "externallinkpath", "xlpathmissing", "xllibrary", "xlstartup"})
_LINK_SCHEMES = frozenset({"", "http", "https", "mailto", "tel", "ftp", "file", "sip", "callto"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.IGNORECASE)
# A drive or a folder of this machine, not a host: file:///C:/…, file:///home/….
_LOCAL_FILE = re.compile(r"file:(?:/{0,3}[a-z]:[\\/|]|///[^/\\])", re.IGNORECASE)

Attributes = Mapping[str, str]


def fault_of(document: ZipFile, budget: InspectionBudget, *, extension: str, depth: int = 0) -> ContentFault | None:
    """Return the fault of a document, or None.

    Raises: the errors of `archives.UNREADABLE`, InspectionTooLong.
    """
    names = {name.lower(): name for name in document.namelist()}
    lists = [entry for entry in document.infolist() if _is_list(entry.filename)]
    if _TYPES not in document.namelist() or _ROOT_RELATIONSHIPS not in document.namelist():
        return ContentFault(ArchiveFault.KIND)
    budget.spend(list_bytes=sum(entry.file_size for entry in lists))
    types = _ContentTypes(document.read(_TYPES))
    main = _main_part(_relationships(document.read(_ROOT_RELATIONSHIPS)))
    if main is None or main.lower() not in names or types.of(main) != MAIN_TYPES[extension].lower():
        return ContentFault(ArchiveFault.MACROS if main and types.has_macros else ArchiveFault.KIND)
    parts = [part for part in archives.contained(document) if part.filename != _TYPES]
    return (
        _fault_of_types(types, parts)
        or archives.program_among(document, iter(parts))
        or _fault_of_relationships(document, lists)
        or _fault_of_embedded(document, parts, budget, depth=depth)
    )


def _is_list(name: str) -> bool:
    return name == _TYPES or name.lower().endswith(".rels")


class _ContentTypes:
    """The types of a document's parts, in lower case."""

    def __init__(self, content: bytes) -> None:
        self._by_extension, self._by_part = dict[str, str](), dict[str, str]()
        for element, attributes in _elements(content):
            media_type = attributes.get("ContentType", "").lower()
            if element == "Default":
                self._by_extension[attributes.get("Extension", "").lower()] = media_type
            elif element == "Override":
                self._by_part[attributes.get("PartName", "").lstrip("/").lower()] = media_type

    def of(self, name: str) -> str:
        """Return the type of a part; empty for an unlisted one."""
        extension = name.rpartition("/")[2].rpartition(".")[2].lower()
        return self._by_part.get(name.lower()) or self._by_extension.get(extension, "")

    @property
    def has_macros(self) -> bool:
        """Whether any type is one of macros, of a part or not."""
        return any(_MACROS.search(value) for value in (*self._by_extension.values(), *self._by_part.values()))


def _fault_of_types(types: _ContentTypes, parts: list[ZipInfo]) -> ContentFault | None:
    macros = next((part.filename for part in parts if _MACROS.search(part.filename.rpartition("/")[0])), None)
    macros = macros or next((part.filename for part in parts if _MACROS.search(types.of(part.filename))), None)
    if macros or types.has_macros or any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        return ContentFault(ArchiveFault.MACROS)
    unknown = (part.filename for part in parts if not _PART_TYPES.fullmatch(types.of(part.filename)))
    return next((ContentFault(ArchiveFault.KIND, name) for name in unknown), None)


def _relationships(content: bytes) -> list[Attributes]:
    return [attributes for element, attributes in _elements(content) if element == "Relationship"]


def _main_part(relationships: list[Attributes]) -> str | None:
    """Return the name of the part that the package begins with."""
    targets = (
        relationship.get("Target", "") for relationship in relationships if _kind(relationship) == _MAIN_RELATIONSHIP
    )
    return next((unquote(target).removeprefix("./").lstrip("/") for target in targets), None)


def _kind(relationship: Attributes) -> str:
    """Return the lower-case last segment of a known type."""
    kind = relationship.get("Type", "")
    return kind.rpartition("/")[2].lower() if kind.startswith(_RELATIONSHIP_NAMESPACES) else ""


def _fault_of_relationships(document: ZipFile, lists: list[ZipInfo]) -> ContentFault | None:
    relationships = (
        each for entry in lists if entry.filename != _TYPES for each in _relationships(document.read(entry))
    )
    return next((fault for each in relationships if (fault := _fault_of_relationship(each))), None)


def _fault_of_relationship(relationship: Attributes) -> ContentFault | None:
    kind, target = _kind(relationship), relationship.get("Target", "")
    if kind not in _RELATIONSHIPS:
        fault = ArchiveFault.MACROS if _MACROS.search(kind) else ArchiveFault.KIND
        return ContentFault(fault, relationship.get("Type", "").rpartition("/")[2])
    if relationship.get("TargetMode", "").lower() != "external":
        return None
    if kind == "hyperlink":
        scheme = _SCHEME.match(target.strip())
        is_allowed = not scheme or scheme[1].lower() in _LINK_SCHEMES
    else:
        is_allowed = kind in _OUTSIDE and not is_remote(target)
    return None if is_allowed else ContentFault(ArchiveFault.REMOTE, target)


def is_remote(target: str) -> bool:
    """Whether opening the target asks another machine."""
    target = unquote(target).strip()
    # One letter and a colon is a drive.
    if _SCHEME.match(target):
        return not _LOCAL_FILE.match(target)
    return target.startswith(("\\\\", "//"))


def _fault_of_embedded(
    document: ZipFile, parts: list[ZipInfo], budget: InspectionBudget, *, depth: int
) -> ContentFault | None:
    """Return the fault of an embedded document, such as a chart's workbook."""
    for part in parts:
        extension = part.filename.rpartition(".")[2].lower()
        if not archives.head_of(document, part).startswith(b"PK"):
            continue
        if extension not in MAIN_TYPES or depth >= _MAX_DEPTH:
            return ContentFault(ArchiveFault.NESTED, part.filename)
        budget.spend(read_bytes=part.file_size)
        with archives.opened(document.read(part)) as inner:
            fault = archives.fault_of_list(inner.infolist())
            budget.spend(entries=len(inner.infolist()))
            fault = fault or fault_of(inner, budget, extension=extension, depth=depth + 1)
        if fault:
            return ContentFault(fault.fault, part.filename)
    return None


def _elements(content: bytes) -> Iterator[tuple[str, Attributes]]:
    """Return the elements of an XML part: local name and attributes.

    Raises: ValueError for a malformed one, or one with a document type.
    """
    found: list[tuple[str, Attributes]] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, attributes: found.append((name.rpartition(" ")[2], attributes))
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        parser.Parse(content, True)  # noqa: FBT003 - the end of the content, as the library has it
    except expat.ExpatError as error:
        raise ValueError("malformed XML") from error
    return iter(found)


def _refuse_document_type(*_declaration: object) -> None:
    raise ValueError("a document type")
