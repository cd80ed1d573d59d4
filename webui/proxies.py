"""A reverse proxy in front of Longbox: whom it is believed, and what it says of a request.

It says for whom it asks, and at which address people did: `X-Forwarded-For`, `-Proto`, `-Host`, and
`-Prefix` for a path that it takes off, as `/comics`. From there on Flask's addresses begin with it.
Who is not among the trusted proxies is taken for a browser, and its words for a stranger's.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from db.settings import settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "HTTP_X_FORWARDED_PREFIX"
SAYS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", PREFIX)

# A path, or none. A proxy may pass on what a stranger wrote here.
_A_PATH = re.compile(r"(/[\w.~%-]+)*/?", re.ASCII)

_log = logging.getLogger(__name__)


class Forwarded:
    """A WSGI application behind proxies: of several in a row, the last one is heard."""

    def __init__(self, direct: WSGIApplication, trusted: str) -> None:
        self._direct = direct
        self._forwarded = ProxyFix(direct, x_for=1, x_proto=1, x_host=1, x_prefix=1)
        self._networks = tuple(map(ip_network, trusted.split(",")))
        self._has_told = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR", "")
        if self._trusts(peer):
            _check_prefix(environ)
            return self._forwarded(environ, start_response)
        if not self._has_told and any(name in environ for name in SAYS):
            self._tell(peer)
        return self._direct(environ, start_response)

    def _trusts(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:  # no address at all, as of a Unix socket
            return False
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        return any(address in network for network in self._networks)

    def _tell(self, peer: str) -> None:
        """Note, once, that somebody speaks like a proxy: `longbox doctor` tells."""
        self._has_told = True
        _log.warning(
            "%s forwards requests, and is not believed. If it is your proxy, name it in "
            "LONGBOX_TRUSTED_PROXIES.",
            peer,
        )
        with suppress(OSError):
            settings().distrusted_proxy_file.write_text(peer)


def init_app(app: Flask) -> None:
    with suppress(OSError):
        settings().distrusted_proxy_file.unlink(missing_ok=True)
    app.wsgi_app = Forwarded(app.wsgi_app, settings().trusted_proxies)  # type: ignore[method-assign]


def cookie_path() -> str:
    """What of this host a cookie is for: Longbox, and not its neighbours."""
    return request.script_root or "/"


def _check_prefix(environ: WSGIEnvironment) -> None:
    prefix = environ.get(PREFIX, "").rpartition(",")[2].strip()
    if _A_PATH.fullmatch(prefix):
        environ[PREFIX] = prefix.rstrip("/")
    else:
        del environ[PREFIX]
