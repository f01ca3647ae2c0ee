"""QR codes as paths of inline SVG, which our policy allows."""

from dataclasses import dataclass

import segno

# Scanners need a light margin of four modules. Source: ISO/IEC 18004.
MARGIN = 4


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code to draw. size: of its square; path: of dark modules."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """Build the code of a text."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=MARGIN)]
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return QrCode(len(rows), "".join(dark))
