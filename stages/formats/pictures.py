"""Pictures: the small JPEG that stands for a comic, and what kind of picture some bytes are.

Pillow decodes covers, no larger than needed and in no format but those that comics use. Which
page is the cover, and where covers are kept, is decided elsewhere.
"""

from __future__ import annotations

import io
import threading
import warnings
from importlib import import_module

from PIL import Image, ImageFile

from stages.formats.errors import ErrorClass, FormatError

UNKNOWN = "application/octet-stream"

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
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\xff\x0a", "image/jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
)
# The brands of ISO/IEC 23008-12 and AV1's image format that begin a picture file.
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"heim": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
}

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

_BEYOND_LIMITS = (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError)

_one_at_a_time = threading.Lock()
"""Python's warning filters and Pillow's tolerance of broken pictures are the whole process's."""


def page_media_type(data: bytes) -> str:
    """The picture's media type by its first bytes; `UNKNOWN` for what is no picture."""
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        # An AVIF may open with the general brand and name its own among the compatible ones.
        brands = [data[i : i + 4] for i in (8, *range(16, min(data[3], 64), 4))]
        found = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
        return "image/avif" if "image/avif" in found else found[0] if found else UNKNOWN
    return UNKNOWN


def cover_jpeg(data: bytes, box: tuple[int, int] = (300, 450), quality: int = 80) -> bytes:
    """The picture upright, on white, as a JPEG that fits `box` (pixels) and is never enlarged.

    Of an animation the first frame counts. Of a picture whose end is missing or broken, what can be
    decoded is shown, in a second attempt in which Pillow is told to put up with that; only if
    that is nothing at all, it is an error. One cover at a time is made in a process.

    Raises `FormatError`: unsupported, too_large or damaged.
    """
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd EXIF blocks and the like
        # Pillow warns of pictures beyond 89 megapixels (a quarter of a gigabyte unpacked) and
        # refuses those beyond twice that; we refuse both.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        cover = _cover_or_remains(data, box)
    jpeg = io.BytesIO()
    cover.save(jpeg, "JPEG", quality=quality)
    return jpeg.getvalue()


def _cover_or_remains(data: bytes, box: tuple[int, int]) -> Image.Image:
    # What Pillow raises for broken pictures has no common class: OSError, SyntaxError, ValueError,
    # EOFError, IndexError, struct.error, ZeroDivisionError and others. Hence Exception.
    try:
        return _cover(data, box)
    except FormatError:
        raise
    except _BEYOND_LIMITS as error:
        raise FormatError(
            ErrorClass.TOO_LARGE,
            "The picture has too many pixels to make a cover of it. Make the picture smaller.",
        ) from error
    except Exception:
        return _remains(data, box)


def _remains(data: bytes, box: tuple[int, int]) -> Image.Image:
    """The cover of a broken picture, what cannot be decoded left blank."""
    damaged = FormatError(
        ErrorClass.DAMAGED, "The picture is damaged. Replace the comic with a sound copy."
    )
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        cover = _cover(data, box)
    except Exception as error:
        raise damaged from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    if cover.getcolors(1):  # one colour: nothing could be decoded
        raise damaged
    return cover


def _cover(data: bytes, box: tuple[int, int]) -> Image.Image:
    with _opened(data) as image:
        turn = _orientation(image)
        size = _fitted(image.size, box[::-1] if turn in _LYING else box)
        # A JPEG is decoded at the half, quarter or eighth that is just large enough.
        image.draft(None, size)
        cover = _resizable(image).resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)
    cover = _on_white(cover)
    cover.info.clear()  # what was in the picture's comments does not belong into the cover
    return cover.transpose(_UPRIGHT[turn]) if turn in _UPRIGHT else cover


def _opened(data: bytes) -> Image.Image:
    media_type = page_media_type(data)
    if media_type in _DECODERS:
        name, module = _DECODERS[media_type]
        import_module(module)  # Pillow would import all its formats to find one
        return Image.open(io.BytesIO(data), formats=(name,))
    if media_type != UNKNOWN:
        raise FormatError(
            ErrorClass.UNSUPPORTED,
            f"Covers cannot be made of {media_type} pictures. Use JPEG, PNG, WebP or AVIF.",
        )
    raise FormatError(
        ErrorClass.DAMAGED, "The page is not a picture. Replace the comic with a sound copy."
    )


def _orientation(image: Image.Image) -> int | None:
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
