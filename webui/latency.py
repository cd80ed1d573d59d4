"""Every request is timed, for `/metrics` and for background work that makes way for readers."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from time import perf_counter

from flask import Flask, Response, g, request

from db.latency import Meter, RequestKind
from db.settings import settings

_meters: dict[tuple[int, Path], Meter] = {}  # of this process; a server forks behind the start
_opening = threading.Lock()


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_note)


def _begin() -> None:
    g.began = perf_counter()


def _note(response: Response) -> Response:
    if began := g.pop("began", None):
        _meter().note(_kind(), perf_counter() - began, failed=response.status_code >= 500)
    return response


def _kind() -> RequestKind:
    path = request.path
    if not path.startswith("/api/"):
        return RequestKind.FILE if request.endpoint == "static" else RequestKind.PAGE
    if path.startswith("/api/cover/"):
        return RequestKind.COVER
    if (path.startswith("/api/read/") and "/pages/" in path) or path.endswith("/file"):
        return RequestKind.FILE
    return RequestKind.API


def _meter() -> Meter:
    mine = (os.getpid(), settings().run)
    if mine not in _meters:
        with _opening:
            if mine not in _meters:
                _meters[mine] = Meter(mine[1])
    return _meters[mine]
