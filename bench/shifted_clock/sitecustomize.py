"""Moves the clock on the wall of every Python that finds this folder on its path.

The file named by SHIFTED_CLOCK holds the seconds (a double) by which the clock is wrong; it is read
at every look, so that the clock can jump under a running program.
"""

import mmap
import os
import struct
import time

_RIGHT, _RIGHT_NS = time.time, time.time_ns

if "SHIFTED_CLOCK" in os.environ:
    with open(os.environ["SHIFTED_CLOCK"], "rb") as file:
        _SHIFT = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)

    def _seconds() -> float:
        shift: float = struct.unpack("d", _SHIFT)[0]
        return shift

    time.time = lambda: _RIGHT() + _seconds()
    time.time_ns = lambda: _RIGHT_NS() + int(_seconds() * 1e9)
