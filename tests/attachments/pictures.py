"""Pictures that decode, unlike the bare signatures of other tests."""

import io
from functools import cache

from PIL import Image

_GPS = 0x8825


@cache
def picture(file_format: str = "PNG", *, width: int = 40, height: int = 30) -> bytes:
    """Return a small picture of one colour."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, file_format)
    return written.getvalue()


def photo_with_position(*, orientation: int = 1) -> bytes:
    """Return a JPEG of 400 × 200 with position, comment, profile."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(_GPS)[1] = "N"
    written = io.BytesIO()
    Image.new("RGB", (400, 200), "teal").save(written, "JPEG", exif=exif, comment=b"chez moi", icc_profile=b"profil")
    return written.getvalue()
