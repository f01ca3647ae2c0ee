"""The files that the demo's people attach, made here: a graph, a report, a trace. Small, and what they claim to be."""

import struct
import zlib
from collections.abc import Sequence

from izarlink_tickets.attachments import Upload

_WIDTH, _HEIGHT, _MARGIN = 480, 160, 16
# Palette: paper, grid, good minute, bad minute.
_PALETTE = bytes.fromhex("ffffffd9dee42f6f9fc0392b")
_PAPER, _GRID, _GOOD, _BAD = range(4)
_BAD_PERCENT = 5


def loss_graph(name: str, percents: Sequence[int]) -> Upload:
    """Draw packet loss, one bar a minute (0–20 %), as a PNG of four colours."""
    step = (_WIDTH - 2 * _MARGIN) // len(percents)
    rows = b"".join(b"\0" + _row(y, percents, step) for y in range(_HEIGHT))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", _PALETTE), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return Upload(name, b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks))


def _row(y: int, percents: Sequence[int], step: int) -> bytes:
    height = _HEIGHT - _MARGIN - y
    row = bytearray([_GRID if height >= 0 and height % 32 == 0 else _PAPER]) * _WIDTH
    for minute, percent in enumerate(percents):
        if 0 <= height <= percent * 6:
            left = _MARGIN + minute * step
            row[left : left + step - 2] = bytes([_BAD if percent >= _BAD_PERCENT else _GOOD]) * (step - 2)
    return bytes(row)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def report(name: str, lines: Sequence[str]) -> Upload:
    """Set some lines on an A4 page as a PDF."""
    text = b"BT /F1 12 Tf 60 780 Td 18 TL " + b" ".join(b"(" + _escaped(line) + b") '" for line in lines) + b" ET"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page + b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    content += b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return Upload(name, content + trailer % (size, content.index(b"xref\n0 ")))


def _escaped(line: str) -> bytes:
    return line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def trace(name: str, lines: Sequence[str]) -> Upload:
    """Keep what a console said, as text."""
    return Upload(name, ("\n".join(lines) + "\n").encode())
