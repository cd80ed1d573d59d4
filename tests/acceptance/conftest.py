"""Longbox as a person runs it: `honcho start` over a data folder of its own, used over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import pytest

from bench import catalogue
from bench.library import plan, write_library
from bench.processes import family
from tests.ports import free_port
from tests.trial import PATIENCE, age, wait_for, write_comic

ROOT = Path(__file__).parents[2]
LONGBOX = "from pipeline.cli import main; main()"
PASSWORD = "correct horse"
SERIES, COMICS = 20, 600  # that are drawn; some that are odd come beside them
FOUND = COMICS + 5


class Answer(NamedTuple):
    """What came back; `json` is None where it is none."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Longbox:
    """One installation: started, killed, started again. Its processes end with the block."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.data = folder / "data"
        self.log = folder / "log"
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if "LONGBOX" not in name}
        self.environment = kept | {
            "LONGBOX_DATA": str(self.data),
            "LONGBOX_ADMIN_USER": "Ada",
            "LONGBOX_ADMIN_PASSWORD": PASSWORD,
            "LONGBOX_WORKERS": "2",
            "PORT": str(self.port),
            **environment,
        }
        self._honcho: subprocess.Popen[bytes] | None = None
        self._procfile = folder / "Procfile"
        self._cookie = ""
        program = shlex.join([sys.executable, "-c", LONGBOX])
        lines = (ROOT / "Procfile").read_text()
        assert ".venv/bin/longbox" in lines
        self._procfile.write_text(lines.replace(".venv/bin/longbox", program))

    def __enter__(self) -> Self:
        self.command("init")
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for pid in self.processes(""):
            _kill(pid)
        if self._honcho is not None:
            self._honcho.wait()

    # ---- processes

    def command(self, *words: str, status: int = 0) -> str:
        """Run `longbox …` to its end; answers what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", LONGBOX, *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def start(self) -> None:
        """`honcho start`; returns when the application answers."""
        if self._honcho is not None:
            self._honcho.wait(PATIENCE)
        with self.log.open("ab") as log:
            self._honcho = subprocess.Popen(
                [sys.executable, "-m", "honcho", "-e", "/dev/null", "-f", self._procfile, "start"],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        wait_for(self._is_healthy, "a healthy application")

    def stop(self) -> None:
        """What the system's shutdown does; returns when honcho has left."""
        assert self._honcho is not None
        self._honcho.terminate()
        self._honcho.wait(PATIENCE)

    def wait_until_down(self) -> None:
        """Wait until no process of this installation is left."""
        assert self._honcho is not None
        self._honcho.wait(PATIENCE)
        wait_for(lambda: not self.processes(""), "the end of all processes")

    def processes(self, words: str) -> list[int]:
        """The living processes of this installation whose command line has these words."""
        mark = b"LONGBOX_DATA=" + bytes(self.data) + b"\0"
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                    line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if line and words in line:  # a zombie has none
                        found.append(int(entry.name))
            except OSError:
                continue  # it has ended
        return sorted(found)

    def kill(self, words: str) -> None:
        """SIGKILL to the processes whose command line has these words; there must be one."""
        victims = self.processes(words)
        assert victims, f"no process {words} is left to be killed\n{self.said()}"
        for pid in victims:
            _kill(pid)
        wait_for(lambda: not {*victims} & {*self.processes(words)}, "the end of the killed")

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    # ---- HTTP

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        cookie: str | None = None,
        token: str | None = None,
    ) -> Answer:
        """What comes back; a program's token goes instead of the cookie."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with closing(connection):
            headers = {"Content-Type": "application/json"}
            if token:
                headers["Authorization"] = f"Bearer {token}"
            else:
                headers["Cookie"] = cookie or self._cookie
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.json

    def post(self, path: str, body: Any = None) -> Answer:
        return self.ask("POST", path, {} if body is None else body)

    def sign_in(self) -> None:
        answer = self.post("/api/auth/login", {"username": "Ada", "password": PASSWORD})
        assert answer.status == 200, answer
        cookie = re.search(r"session_token=[^;]+", answer.headers["Set-Cookie"])
        assert cookie
        self._cookie = cookie[0]

    def add_library(self, folder: Path) -> None:
        self.command("library", "add", str(folder), "--name", "Comics")

    def scan(self) -> int:
        """Ask for a scan; answers the job's id."""
        answer = self.post("/api/scan")
        assert answer.status == 202, answer
        return int(answer.json["job_id"])

    def status(self, job_id: int) -> Any:
        return self.get(f"/api/scan/status?job={job_id}")

    def wait_until_ended(self, job_id: int) -> Any:
        """The job as the API tells of it, when it has ended."""

        def ended() -> Any:
            told = self.status(job_id)
            return None if told["active"] else told

        return wait_for(ended, f"the end of job {job_id}")["job"]

    # ---- the database, past all processes

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction during which nobody else can write."""
        with closing(sqlite3.connect(self.data / "library.db", timeout=PATIENCE)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def rows(self, sql: str) -> list[Any]:
        return catalogue.rows(self.data, sql)

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def catalogue(self) -> dict[str, list[Any]]:
        """All that is known of the comics, in terms that are the same in every installation."""
        return catalogue.told(self.data)

    def _is_healthy(self) -> bool:
        assert self._honcho is not None
        assert self._honcho.poll() is None, self.said()
        if not {*self.processes("main() web")} <= {*family(self._honcho.pid)}:
            return False  # the one before is still there, and it might be the one that answers
        try:
            return self.ask("GET", "/healthz").status == 200
        except (ConnectionError, http.client.HTTPException):
            return False


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def comics(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that tests only read: 600 comics, and some that are odd."""
    root = tmp_path_factory.mktemp("library") / "comics"
    write_library(root, plan(SERIES, COMICS), pages=3)
    write_comic(root / "Odd" / "pages.zip")
    (root / "Odd" / "zero.cbz").touch()
    (root / "Odd" / "text.cbz").write_text("This is no archive.")
    whole = write_comic(root / "Odd" / "short.cbz").read_bytes()
    (root / "Odd" / "short.cbz").write_bytes(whole[: len(whole) // 2])
    (root / "Odd" / "link.cbz").symlink_to("nowhere.cbz")
    name = os.fsdecode(b"caf\xe9 1.cbz")
    write_comic(root / "Odd" / "Latin" / name, "<ComicInfo><Title>Ol\u00e9</Title></ComicInfo>")
    age(root)
    return root


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Longbox]]:
    """Prepares installations and starts them; settings are `LONGBOX_…=…`."""
    begun: list[Longbox] = []

    def begin(**environment: str) -> Longbox:
        longbox = Longbox(tmp_path / f"longbox {len(begun)}", **environment)
        begun.append(longbox)
        longbox.__enter__()
        longbox.start()
        longbox.sign_in()
        return longbox

    yield begin
    for longbox in begun:
        longbox.__exit__(None, None, None)


@pytest.fixture(scope="session")
def undisturbed(comics: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The catalogue of the library after a scan that nothing disturbed."""
    with Longbox(tmp_path_factory.mktemp("undisturbed")) as longbox:
        longbox.add_library(comics)
        longbox.start()
        longbox.sign_in()
        job = longbox.wait_until_ended(longbox.scan())
        assert job["status"] == "completed"
        return longbox.catalogue()
