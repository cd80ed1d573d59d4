"""Ports for servers that a test starts as processes: none of those that connections are given."""

from __future__ import annotations

import itertools
import os
import socket

MANY = 500  # of each of the processes that run tests side by side
FIRST = 20_000 + MANY * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

_next = itertools.count(os.getpid())


def free_port() -> int:
    """A port that nobody has, and that stays free until a server takes it, also again: the system
    gives connections those from 32,768 on."""
    while True:
        port = FIRST + next(_next) % MANY
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
