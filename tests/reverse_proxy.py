"""A small reverse proxy, real to both sides: it has Longbox below a path, and nothing beside it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = "/comics"
OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding"}


class Proxy(ThreadingHTTPServer):
    """What it was asked for besides Longbox stands in `elsewhere`."""

    daemon_threads = True

    def __init__(self, behind: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = behind
        self.elsewhere: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{PATH}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.startswith(f"{PATH}/"):
            self.server.elsewhere.append(self.path)
            self.send_error(404)
            return
        kept = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in OF_THE_CONNECTION | {"host"}
        }
        said = {
            "X-Forwarded-For": self.client_address[0],
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": self.headers["Host"],
            "X-Forwarded-Prefix": PATH,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.server.behind)
        try:
            connection.request(self.command, self.path.removeprefix(PATH), body, kept | said)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in OF_THE_CONNECTION | {"content-length"}:
                self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _forward  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Nothing: what matters is in `elsewhere`."""


@contextmanager
def below_a_path(behind: int) -> Iterator[Proxy]:
    """A proxy for whoever listens on a port of this machine."""
    with Proxy(behind) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
