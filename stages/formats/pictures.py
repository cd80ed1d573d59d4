"""Pictures made of pictures: the small JPEG that stands for a comic, a page made narrower, and a
page in a format that browsers show.

Pillow decodes, no larger than needed and in no format but those that comics use. Which page is the
cover, and where what is made is kept, is decided elsewhere.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from PIL import Image, ImageFile

from stages.formats import limits
from stages.formats.errors import ErrorClass, FormatError
from stages.formats.picture_kinds import BROWSERS_SHOW, UNKNOWN, page_media_type, size_of

EXTRAS = {"image/jxl": "jxl", "image/heic": "heif", "image/heif": "heif"}
"""Media type → the extra of this package (`pip install longbox[…]`) that brings its decoder."""

# Media type → Pillow's name for the format and the module that knows it.
_DECODERS = {
    "image/jpeg": ("JPEG", "PIL.JpegImagePlugin"),
    "image/png": ("PNG", "PIL.PngImagePlugin"),
    "image/webp": ("WEBP", "PIL.WebPImagePlugin"),
    "image/gif": ("GIF", "PIL.GifImagePlugin"),
    "image/avif": ("AVIF", "PIL.AvifImagePlugin"),
    "image/bmp": ("BMP", "PIL.BmpImagePlugin"),
    "image/tiff": ("TIFF", "PIL.TiffImagePlugin"),
}
# Those that are no part of Pillow, by preference.
_PLUGINS = {
    "image/jxl": ("JXL", ("pillow_jxl", "jxlpy.JXLImagePlugin")),
    "image/heic": ("HEIF", ("pi_heif", "pillow_heif")),
    "image/heif": ("HEIF", ("pi_heif", "pillow_heif")),
}
_NAMES = {
    "image/tiff": "TIFF",
    "image/jxl": "JPEG XL",
    "image/heic": "HEIC",
    "image/heif": "HEIF",
}
_LONGEST_SIDE = 65_000  # what a JPEG can have

_ORIENTATION = 0x0112  # the EXIF tag
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LYING = (5, 6, 7, 8)
_TURNED_BY_DECODER = ("HEIF", "JXL")  # and AVIF's turn is no matter of EXIF

# Our own limit is checked before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

Make = Callable[[Image.Image], Image.Image]

_one_at_a_time = threading.Lock()
"""Python's warning filters and Pillow's tolerance of broken pictures are the whole process's."""


def can_decode(media_type: str) -> bool:
    """Whether pictures of this type can be decoded here; some need an extra to be installed."""
    return _decoder(media_type) is not None


def _decoder(media_type: str) -> tuple[str, str] | None:
    """Pillow's name for the format and the module that knows it."""
    if media_type in _DECODERS:
        return _DECODERS[media_type]
    name, modules = _PLUGINS.get(media_type, ("", ()))
    there = (one for one in modules if find_spec(one.partition(".")[0]) is not None)
    module = next(there, None)
    return None if module is None else (name, module)


def cover_jpeg(data: bytes, box: tuple[int, int] = (300, 450), quality: int = 80) -> bytes:
    """The picture upright, on white, as a JPEG that fits `box` (pixels) and is never enlarged.

    Of an animation the first frame counts. Of a picture whose end is missing or broken, what can be
    decoded is shown, in a second attempt in which Pillow is told to put up with that; only if
    that is nothing at all, it is an error. One picture at a time is decoded in a process.

    Raises `FormatError`: unsupported, too_large or damaged.
    """
    return _as_jpeg(_made(data, lambda image: _fitting(image, box)), quality)


def scaled(data: bytes, width: int) -> tuple[bytes, str]:
    """The picture as a JPEG at most `width` pixels across, and its media type; as it is where it is
    no wider and browsers show it. Raises as `cover_jpeg` does."""
    media_type = page_media_type(data)
    size = size_of(data)
    if size and size[0] <= width and media_type in BROWSERS_SHOW:
        return data, media_type
    box = max(1, width), _LONGEST_SIDE
    return _as_jpeg(_made(data, lambda image: _fitting(image, box)), 85), "image/jpeg"


def as_browser_picture(data: bytes) -> tuple[bytes, str]:
    """The picture in a format that browsers show, and its media type: as it is, or converted.

    TIFF, JPEG XL and HEIC become JPEG, or PNG where all is black and white. Raises as `cover_jpeg`
    does.
    """
    media_type = page_media_type(data)
    if media_type in BROWSERS_SHOW:
        return data, media_type
    made = _made(data, _whole)
    return (_as_png(made), "image/png") if made.mode == "1" else (_as_jpeg(made, 90), "image/jpeg")


def _as_jpeg(image: Image.Image, quality: int) -> bytes:
    import_module("PIL.JpegImagePlugin")
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=quality)
    return jpeg.getvalue()


def _as_png(image: Image.Image) -> bytes:
    import_module("PIL.PngImagePlugin")
    png = io.BytesIO()
    image.save(png, "PNG")
    return png.getvalue()


def _made(data: bytes, make: Make) -> Image.Image:
    """What is made of the picture, its end missing or not."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd EXIF blocks and the like
        # What Pillow raises for broken pictures has no common class: OSError, SyntaxError,
        # ValueError, EOFError, IndexError, struct.error, ZeroDivisionError and others.
        try:
            return _attempt(data, make)
        except FormatError:
            raise
        except MemoryError as error:
            raise FormatError(
                ErrorClass.TOO_LARGE, "The picture takes more memory than a comic's may."
            ) from error
        except Exception:
            return _remains(data, make)


def _remains(data: bytes, make: Make) -> Image.Image:
    """What is made of a broken picture, what cannot be decoded left blank."""
    damaged = FormatError(ErrorClass.DAMAGED, "The picture is damaged.")
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        made = _attempt(data, make)
    except Exception as error:
        raise damaged from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    if made.getcolors(1):  # one colour: nothing could be decoded
        raise damaged
    return made


def _attempt(data: bytes, make: Make) -> Image.Image:
    with _opened(data) as image:
        pixels = image.width * image.height
        if pixels > limits.current.picture_pixels:
            raise FormatError(
                ErrorClass.TOO_LARGE,
                f"The picture has {image.width:,} × {image.height:,} pixels.",
            )
        made = make(image)
    made.info.clear()  # what was in the picture's comments does not belong into what we make
    return made


def _opened(data: bytes) -> Image.Image:
    media_type = page_media_type(data)
    if media_type == UNKNOWN:
        raise FormatError(ErrorClass.DAMAGED, "The page is not a picture.")
    decoder = _decoder(media_type)
    if decoder is None:
        raise FormatError(
            ErrorClass.UNSUPPORTED,
            f"{_NAMES[media_type]} pictures need a decoder that is not installed: "
            f"pip install 'longbox[{EXTRAS[media_type]}]'.",
        )
    name, module = decoder
    plugin = import_module(module)  # Pillow would import all its formats to find one
    if name == "HEIF":
        plugin.register_heif_opener()
    return Image.open(io.BytesIO(data), formats=(name,))


def _fitting(image: Image.Image, box: tuple[int, int]) -> Image.Image:
    """The image upright, on white, as large as fits the box, and never larger than it is."""
    turn = _orientation(image)
    size = _fitted(image.size, box[::-1] if turn in _LYING else box)
    # A JPEG is decoded at the half, quarter or eighth that is just large enough.
    image.draft(None, size)
    made = _resizable(image)
    if made.size != size:
        made = made.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)
    made = _on_white(made)
    if made is image:  # which is about to be closed
        made = image.copy()
    return made.transpose(_UPRIGHT[turn]) if turn in _UPRIGHT else made


def _whole(image: Image.Image) -> Image.Image:
    """The image upright and in full; in black and white where it is."""
    if image.mode == "1" and _orientation(image) not in _UPRIGHT:
        return image.copy()
    return _fitting(image, (_LONGEST_SIDE, _LONGEST_SIDE))


def _orientation(image: Image.Image) -> int | None:
    if image.format in _TURNED_BY_DECODER:
        return None
    try:
        return image.getexif().get(_ORIENTATION)
    except Exception:  # a broken EXIF block is no reason to go without the picture
        return None


def _fitted(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the same shape that is neither beyond `box` nor beyond `size`."""
    width, height = size
    scale = min(1.0, box[0] / width, box[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _resizable(image: Image.Image) -> Image.Image:
    """The image in a mode whose pixels can be averaged, transparency told in a band of its own."""
    if image.mode in ("RGBA", "LA", "La", "RGBa"):
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("P", "PA"):
        return image.convert("RGB")
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in ("1", "F"):
        return image.convert("L")
    return image


def _on_white(image: Image.Image) -> Image.Image:
    """The image in a mode that JPEG knows and every browser shows."""
    if image.mode in ("L", "RGB"):
        return image
    if image.mode in ("RGBA", "LA", "La", "RGBa"):
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    return image.convert("RGB")
