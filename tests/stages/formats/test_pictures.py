"""Covers made of pictures that are sound, odd or broken, and telling pictures apart."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from PIL import Image, ImageFile

from stages.formats import ErrorClass, FormatError, limits
from stages.formats.limits import Limits
from stages.formats.picture_kinds import BROWSERS_SHOW, UNKNOWN, page_media_type, size_of
from stages.formats.pictures import as_browser_picture, can_decode, cover_jpeg, scaled
from tests.stages.formats.archives import REAL, needs_real

RED, BLUE, WHITE = (230, 20, 20), (20, 20, 230), (255, 255, 255)


def picture(size: tuple[int, int] = (400, 600), mode: str = "RGB") -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, size[1] // 2, *size))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def decoded(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return image.convert("RGB")


def is_like(pixel: Any, colour: tuple[int, int, int], tolerance: int = 40) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=True))


def assert_red_above_blue(image: Image.Image) -> None:
    middle = image.width // 2
    assert is_like(image.getpixel((middle, image.height // 10)), RED)
    assert is_like(image.getpixel((middle, image.height * 9 // 10)), BLUE)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
    ],
)
def test_every_usual_format_becomes_a_cover(kind: str, media_type: str) -> None:
    data = encoded(picture(), kind)
    assert page_media_type(data) == media_type
    cover = decoded(cover_jpeg(data))
    assert cover.size == (300, 450)
    assert_red_above_blue(cover)


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1988, 3056), (293, 450)),
        ((3000, 1000), (300, 100)),
        ((120, 160), (120, 160)),
        ((1, 9000), (1, 450)),
        ((9000, 2), (300, 1)),
    ],
)
def test_a_cover_fits_the_box_and_is_never_enlarged(
    size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    for kind in ("JPEG", "PNG"):
        assert decoded(cover_jpeg(encoded(picture(size), kind))).size == fitted


def test_box_and_quality_can_be_chosen() -> None:
    data = encoded(Image.effect_noise((400, 600), 80))
    assert decoded(cover_jpeg(data, box=(100, 100))).size == (67, 100)
    assert len(cover_jpeg(data, quality=30)) < len(cover_jpeg(data, quality=90))


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("RGB", "PNG"),
        ("RGBA", "PNG"),
        ("P", "PNG"),
        ("CMYK", "JPEG"),
        ("YCbCr", "JPEG"),
        ("LAB", "TIFF"),
    ],
)
def test_pictures_of_every_colour_model_keep_their_colours(mode: str, kind: str) -> None:
    assert_red_above_blue(decoded(cover_jpeg(encoded(picture(mode=mode), kind))))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "I"])
def test_grey_pictures_keep_their_shades(mode: str) -> None:
    image = Image.new("L", (400, 600), 0)
    image.paste(255, (0, 300, 400, 600))
    if mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * 257).convert(mode)
    else:
        image = image.convert(mode)
    cover = decoded(cover_jpeg(encoded(image, "TIFF" if mode == "I" else "PNG")))
    assert is_like(cover.getpixel((150, 20)), (0, 0, 0))
    assert is_like(cover.getpixel((150, 430)), WHITE)


def transparent() -> Image.Image:
    image = picture(mode="RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 400, 200))
    return image


def transparent_palette() -> Image.Image:
    return transparent().quantize(8)


def transparent_grey() -> Image.Image:
    image = Image.new("LA", (400, 600), (60, 255))
    image.paste((0, 0), (0, 0, 400, 200))
    return image


@pytest.mark.parametrize("make", [transparent, transparent_palette, transparent_grey])
def test_what_is_transparent_becomes_white(make: Callable[[], Image.Image]) -> None:
    cover = decoded(cover_jpeg(encoded(make())))
    assert is_like(cover.getpixel((150, 50)), WHITE)
    assert not is_like(cover.getpixel((150, 400)), WHITE)


def test_a_transparent_colour_becomes_white() -> None:
    cover = decoded(cover_jpeg(encoded(picture(), transparency=RED)))
    assert is_like(cover.getpixel((150, 50)), WHITE)
    assert is_like(cover.getpixel((150, 400)), BLUE)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_is_turned_as_the_camera_said(orientation: int, kind: str) -> None:
    upright = picture((400, 600))
    upright.paste(WHITE, (0, 0, 100, 100))  # top left
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    cover = decoded(cover_jpeg(encoded(lying, kind, exif=exif)))
    assert cover.size == (300, 450)
    assert_red_above_blue(cover)
    assert is_like(cover.getpixel((10, 10)), WHITE)


def test_of_an_animation_the_first_picture_is_shown() -> None:
    second = Image.new("RGB", (400, 600), WHITE)
    for kind in ("GIF", "WEBP", "PNG", "AVIF"):
        data = encoded(picture(), kind, save_all=True, append_images=[second])
        assert_red_above_blue(decoded(cover_jpeg(data)))


def test_comments_and_profiles_do_not_go_into_the_cover() -> None:
    data = encoded(picture(), "JPEG", comment=b"scanned by me", icc_profile=b"p" * 500)
    cover = cover_jpeg(data)
    assert b"scanned" not in cover
    assert b"pppp" not in cover


def noisy_jpeg() -> bytes:
    noise = Image.effect_noise((800, 1200), 60)
    return encoded(noise, "JPEG", quality=85)


def test_of_a_picture_that_is_cut_off_the_rest_is_shown() -> None:
    for data in (noisy_jpeg(), encoded(Image.effect_noise((400, 600), 60))):
        cover = decoded(cover_jpeg(data[: len(data) // 2])).convert("L")
        above, below = (cover.crop((0, y, cover.width, y + 20)) for y in (5, cover.height - 25))
        assert above.getextrema() != below.getextrema()
        assert below.getcolors(1) or len(set(below.tobytes())) < 5


def test_tolerance_of_broken_pictures_ends_with_the_cover() -> None:
    data = noisy_jpeg()
    cover_jpeg(data[: len(data) // 2])
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        encoded(picture(), "PNG")[:60],
        encoded(picture(), "WEBP")[:40],
        encoded(picture(), "GIF")[:20],
    ],
)
def test_a_picture_of_which_nothing_is_left_is_damaged(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        cover_jpeg(data)
    assert caught.value.error_class is ErrorClass.DAMAGED


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it has this size, and holds hardly anything."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        )

    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("size", [(10_000, 10_000), (60_000, 60_000)])
def test_a_picture_of_too_many_pixels_is_not_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(FormatError, match=f"{size[0]:,} × {size[1]:,} pixels") as caught:
        cover_jpeg(png_of(*size))
    assert caught.value.error_class is ErrorClass.TOO_LARGE


def test_how_many_pixels_are_too_many_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "current", Limits(picture_pixels=60 * 90))
    cover_jpeg(encoded(picture((60, 90))))
    for make in (cover_jpeg, lambda data: scaled(data, 30)):
        with pytest.raises(FormatError, match="61 × 90 pixels"):
            make(encoded(picture((61, 90))))


@pytest.mark.parametrize(
    ("data", "media_type", "extra"),
    [
        (b"\xff\x0a\xfa\x7f", "image/jxl", "jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl", "jxl"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic", "heif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heix", "image/heif", "heif"),
    ],
)
def test_a_format_without_its_decoder_says_which_extra_to_install(
    data: bytes, media_type: str, extra: str
) -> None:
    assert page_media_type(data) == media_type
    for make in (cover_jpeg, as_browser_picture):
        with pytest.raises(FormatError) as caught:
            make(data)
        if can_decode(media_type):
            assert caught.value.error_class is ErrorClass.DAMAGED
        else:
            assert caught.value.error_class is ErrorClass.UNSUPPORTED
            assert f"longbox[{extra}]" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image/avif"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp41", UNKNOWN),
        (b"RIFF\0\0\0\0WAVE", UNKNOWN),
        (b"<svg onload='alert(1)'>", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_what_is_no_picture_is_not_called_one(data: bytes, media_type: str) -> None:
    assert page_media_type(data) == media_type


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_the_size_of_a_picture_is_told_by_its_beginning(kind: str) -> None:
    data = encoded(picture((123, 77)), kind)
    assert size_of(data[: 64 << 10]) == (123, 77)
    for length in range(0, 200, 7):
        assert size_of(data[:length]) in (None, (123, 77))


def test_the_size_of_lossless_and_transparent_webp_is_told() -> None:
    assert size_of(encoded(picture((123, 77)), "WEBP", lossless=True)) == (123, 77)
    assert size_of(encoded(picture((123, 77), "RGBA"), "WEBP", exif=exif(1))) == (123, 77)


def test_the_size_of_a_picture_is_that_of_the_picture_upright() -> None:
    for orientation, size in ((1, (60, 90)), (3, (60, 90)), (6, (90, 60)), (8, (90, 60))):
        data = encoded(picture((60, 90)), "JPEG", exif=exif(orientation))
        assert size_of(data) == size
        assert scaled(data, 500) == (data, "image/jpeg")
        assert decoded(scaled(data, 30)[0]).width == 30


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_a_picture_is_made_narrower_and_never_wider(kind: str) -> None:
    data = encoded(picture((400, 600)), kind)
    narrow, media_type = scaled(data, 100)
    assert media_type == "image/jpeg"
    assert decoded(narrow).size == (100, 150)
    assert_red_above_blue(decoded(narrow))
    same, media_type = scaled(data, 400)
    assert media_type in BROWSERS_SHOW
    assert same == data or kind == "TIFF"
    assert Image.open(io.BytesIO(same)).size == (400, 600)


def test_what_browsers_show_is_handed_out_as_it_is() -> None:
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "AVIF"):
        data = encoded(picture((40, 60)), kind)
        assert as_browser_picture(data) == (data, page_media_type(data))


def test_what_browsers_do_not_show_is_converted() -> None:
    data, media_type = as_browser_picture(encoded(picture(), "TIFF", compression="tiff_lzw"))
    assert media_type == page_media_type(data) == "image/jpeg"
    assert_red_above_blue(decoded(data))
    assert decoded(data).size == (400, 600)


def test_a_scan_in_black_and_white_stays_sharp() -> None:
    drawing = Image.effect_noise((60, 90), 90).convert("1")
    data, media_type = as_browser_picture(encoded(drawing, "TIFF", compression="group4"))
    assert media_type == page_media_type(data) == "image/png"
    assert Image.open(io.BytesIO(data)).tobytes() == drawing.tobytes()


@pytest.mark.parametrize("mode", ["CMYK", "I;16", "LA", "P", "L", "RGBA"])
def test_every_mode_of_tiff_is_converted(mode: str) -> None:
    image = Image.new(mode, (40, 60))
    data, _ = as_browser_picture(encoded(image, "TIFF"))
    assert decoded(data).size == (40, 60)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_no_broken_picture_raises_anything_else(kind: str) -> None:
    rng = random.Random(11)
    whole = encoded(picture((60, 90)), kind)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 9)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        length = rng.choice((len(data), rng.randrange(len(data))))
        size_of(bytes(data[:length]))
        with suppress(FormatError):
            decoded(cover_jpeg(bytes(data[:length])))


@needs_real
def test_no_real_picture_raises_anything_else() -> None:
    made = 0
    for file in sorted((REAL / "images").rglob("*")):
        if file.is_file():
            data = file.read_bytes()
            size_of(data)
            with suppress(FormatError):
                decoded(cover_jpeg(data))
                assert page_media_type(as_browser_picture(data)[0]) in BROWSERS_SHOW
                made += 1
    assert made > 150


@needs_real
def test_the_sizes_of_real_pictures_are_those_that_a_decoder_finds() -> None:
    agreed = 0
    for file in sorted(REAL.rglob("*")):
        if file.suffix.lower() not in (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"):
            continue
        told = size_of(file.read_bytes()[: 64 << 10])
        with suppress(OSError, RuntimeError), Image.open(file) as image:
            assert told is None or sorted(told) == sorted(image.size), file
            agreed += told is not None
    assert agreed > 150
