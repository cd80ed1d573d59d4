"""Zstandard, which the standard library has from Python 3.14 on, with a bound on its memory."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_WINDOW_LOG = 27
"""The most that a stream may ask its decoder to look back at: 128 MB, what `zstd` itself allows."""


def decompressor() -> zstd.ZstdDecompressor:
    """For one frame; its `decompress(data, max_length)` raises `ZstdError`."""
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})
