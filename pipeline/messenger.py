"""The messenger: sends webhooks' messages out of the outbox, and tries again what did not arrive.

Of several workers one is it. Nothing waits for it, and it waits for nobody long: a receiver has
some seconds, what it answers is its status alone, and where it points elsewhere nobody follows.
"""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from db import webhooks
from db.engine import reading, writing
from db.webhooks import Letter
from pipeline import slots

SLOT = "messenger"
EVERY = 1.0  # seconds
AT_ONCE = 20
PATIENCE = 10.0  # seconds for a receiver, from the connection's beginning to its answer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an attempt came to, in words; a status of 200 to 299 says that it has arrived."""

    words: str
    arrived: bool


class HttpsConnection(http.client.HTTPSConnection):
    """A connection on which nobody has shaken hands yet, so that it can be hung up meanwhile."""

    def __init__(self, host: str, port: int | None, timeout: float) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=timeout, context=self._tls)

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._tls.wrap_socket(
            self.sock, server_hostname=self.host, do_handshake_on_connect=False
        )


def keep_telling(stop: threading.Event) -> None:
    """Send what is due until the worker stops, if it is this worker's turn."""
    duty = slots.Duty(SLOT)
    while not stop.wait(EVERY):
        try:
            if duty.is_ours:
                send_due(stop)
        except Exception:
            log.exception("Messages could not be sent; it is tried again")


def send_due(stop: threading.Event | None = None) -> None:
    """Send all that is due now."""
    with reading() as connection:
        letters = webhooks.due(connection, AT_ONCE)
    for letter in letters:
        if stop is not None and stop.is_set():
            return
        send(letter)


def send(letter: Letter) -> Answer:
    """Send a message, and write down what came of it."""
    answer = _post(letter)
    with writing() as connection:
        webhooks.note(connection, letter.id, answer.words, arrived=answer.arrived)
    if not answer.arrived:
        log.warning("Message %d to %s did not arrive: %s", letter.id, letter.url, answer.words)
    return answer


def _post(letter: Letter) -> Answer:
    parts = urlsplit(letter.url)
    kind = HttpsConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
    # A receiver that goes on answering bit by bit would never be too late for a single read.
    late = threading.Event()
    limit = threading.Timer(PATIENCE, _hang_up, (connection, late))
    limit.start()
    try:
        body = letter.body.encode()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.connect()
        if late.is_set():  # there was nothing yet to hang up
            return _too_late()
        if isinstance(connection.sock, ssl.SSLSocket):
            connection.sock.do_handshake()
        connection.request("POST", target, body, _headers(letter, body))
        response = connection.getresponse()
        if late.is_set():  # this is what there was when we hung up
            return _too_late()
        return _answer(response.status, response.reason)
    except TimeoutError:
        return _too_late()
    except (OSError, http.client.HTTPException, ValueError) as error:
        if late.is_set():
            return _too_late()
        words = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return Answer(words, False)
    finally:
        limit.cancel()
        connection.close()


def _headers(letter: Letter, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "Longbox",
        "X-Longbox-Event": letter.event,
        "X-Longbox-Message": letter.name,
        "X-Longbox-Signature": webhooks.signature(letter.secret, int(time.time()), body),
        "Connection": "close",
    }


def _answer(status: int, reason: str) -> Answer:
    words = f"{status} {reason}".strip()[:200]
    if 300 <= status < 400:
        words += " (redirects are not followed; give the address that it leads to)"
    return Answer(words, 200 <= status < 300)


def _too_late() -> Answer:
    return Answer(f"no answer within {PATIENCE:.0f} seconds", False)


def _hang_up(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    late.set()
    if (sock := connection.sock) is not None:
        with suppress(OSError):  # it is over
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # and leave TLS to who is in it
