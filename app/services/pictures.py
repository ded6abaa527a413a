"""Pictures are drawn anew: what comes out holds the picture and nothing else of the file, no place and no camera."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from app.domain.errors import InvalidInput
from app.domain.file_kinds import FIELD

FORMATS = {"jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}
MOST_PIXELS = 40_000_000  # of what comes in; a phone of today makes some 12 million
LONGEST_SIDE = 3000  # of what is kept: enough to read a page of a notebook
QUALITY = 85


def drawn_anew(content: bytes, kind: str) -> tuple[bytes, str]:
    """The picture and its kind: PNG stays PNG, GIF becomes one, all else JPEG. Raises InvalidInput on `files`."""
    try:
        with Image.open(io.BytesIO(content), formats=(FORMATS[kind],)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise InvalidInput(FIELD, "file.pixels", limit=MOST_PIXELS // 1_000_000)
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is read smaller at once
            ImageOps.exif_transpose(picture, in_place=True)
            return _kept(picture, kind)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError):
        raise InvalidInput(FIELD, "file.damaged") from None


def _kept(picture: Image.Image, kind: str) -> tuple[bytes, str]:
    is_drawing = kind in ("png", "gif")
    mode = ("RGBA" if picture.has_transparency_data else "RGB") if is_drawing else "RGB"
    plain = picture.convert(mode)
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    kept = Image.new(mode, plain.size)  # a new one: nothing of what hangs on the old one comes along
    kept.paste(plain)
    out = io.BytesIO()
    if is_drawing:
        kept.save(out, "PNG", optimize=False)
        return out.getvalue(), "png"
    kept.save(out, "JPEG", quality=QUALITY)
    return out.getvalue(), "jpeg"
