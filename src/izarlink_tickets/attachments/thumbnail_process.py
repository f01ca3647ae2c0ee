"""The process that turns one picture into a thumbnail.

It reads the picture from its input and writes width, height and a JPEG to its output. It runs by its path, without the
rest of the program: what a crafted picture does to the decoder stays within the limits of a process that holds nothing.
"""

import io
import resource
import sys
import warnings

from PIL import ExifTags, Image, ImageOps

# Twice what a page shows, for dense screens; about 10 kB.
SIDE = 320
QUALITY = 72
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
# 50 million pixels, a telephone's largest photo; without compression 200 MB.
MAX_PIXELS = 50_000_000
_MEMORY_BYTES = 768 * 1024 * 1024
_CPU_SECONDS = 5


def set_limits() -> None:
    """Bound memory and processor time; allow no new file or process."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    for nothing in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(nothing, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def thumbnail_of(content: bytes) -> "Image.Image":
    """Return the upright thumbnail, on white, without the picture's data."""
    picture: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        raise Image.DecompressionBombError(picture.size)
    # A JPEG is decoded at a fraction of its size.
    picture.draft("RGB", (SIDE * 2, SIDE * 2))
    picture.thumbnail((SIDE, SIDE))
    picture = ImageOps.exif_transpose(picture).convert("RGBA")
    # A new picture has no EXIF, comment or profile.
    clean = Image.new("RGB", picture.size, "white")
    clean.paste(picture, mask=picture)
    return clean


def load_decoders() -> None:
    """Decode a picture of our own in each format.

    The library imports its parts when it needs them, which the limits forbid.
    """
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    for name in FORMATS:
        written = io.BytesIO()
        Image.new("RGB", (2, 1)).save(written, name, exif=exif)
        thumbnail_of(written.getvalue())


def main() -> None:
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    load_decoders()
    set_limits()
    thumbnail = thumbnail_of(sys.stdin.buffer.read())
    written = io.BytesIO()
    thumbnail.save(written, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    sys.stdout.buffer.write(b"%d %d\n" % thumbnail.size + written.getvalue())


if __name__ == "__main__":
    main()
