"""Small pictures of large ones, made within bounds: of pixels, of time, and of how many at once.

What is no picture, or a broken one, or one that would fill the memory, gives none; it never does harm.
"""

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import structlog
from PIL import Image, ImageOps

log = structlog.get_logger()

SIDE_PIXELS = 640
# Decoded they take four bytes each.
PIXELS_MAX = 25_000_000
SECONDS_MAX = 15.0
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MEDIA_TYPE = "image/webp"
QUALITY = 80
# EXIF's word for how a camera was held, and its values for "on its side".
ORIENTATION = 0x0112
SIDEWAYS = frozenset({5, 6, 7, 8})

# Pillow warns of pictures above a size of its own; the size is held here.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Picture:
    """A picture's measures, the right way up, and its preview, a WebP without any of its metadata."""

    width: int
    height: int
    preview: bytes | None


class Previews:
    """Makes previews in threads of its own, so that one that hangs keeps nothing else waiting."""

    def __init__(self, *, pixels_max: int = PIXELS_MAX, seconds_max: float = SECONDS_MAX) -> None:
        self._pixels_max = pixels_max
        self._seconds_max = seconds_max
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="previews")

    async def make(self, path: Path) -> Picture | None:
        """Look at a file. None when it is no picture that we read; raises nothing because of its contents."""
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, _look, path, self._pixels_max)
        try:
            return await asyncio.wait_for(work, self._seconds_max)
        except Exception as error:  # noqa: BLE001 - a decoder meets what strangers made, and fails in many ways
            log.info("no_preview", error=type(error).__name__)
            return None

    async def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look(path: Path, pixels_max: int) -> Picture:
    with Image.open(path, formats=FORMATS) as image:
        # The header alone says this; nothing is decoded yet.
        width, height = image.size
        turned = image.getexif().get(ORIENTATION, 1) in SIDEWAYS
        size = (height, width) if turned else (width, height)
        if width * height > pixels_max:
            return Picture(*size, preview=None)
        try:
            return Picture(*size, preview=_preview(image))
        except Exception as error:  # noqa: BLE001 - as above; the header was readable
            log.info("no_preview", error=type(error).__name__)
            return Picture(*size, preview=None)


def _preview(image: Image.Image) -> bytes:
    image.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
    small = ImageOps.exif_transpose(image)
    has_alpha = small.has_transparency_data
    written = BytesIO()
    # Drawn anew, so that nothing of the original's metadata comes along.
    clean = Image.new("RGBA" if has_alpha else "RGB", small.size)
    clean.paste(small.convert(clean.mode))
    clean.save(written, "WEBP", quality=QUALITY, method=2)
    return written.getvalue()
