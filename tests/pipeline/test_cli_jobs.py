"""The commands about scans, as a person at a terminal or a script meets them."""

from __future__ import annotations

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest
from click.testing import CliRunner, Result

from db import jobs
from db.engine import reading
from db.states import ErrorClass, JobStatus, Phase
from pipeline.cli import COMMANDS, main
from tests.scan_rows import add_errors, add_job, add_library, change_job, ended, over, under_way

ROOT = Path(__file__).parents[2]


@pytest.fixture
def library(data: Path) -> int:
    return add_library("Comics")


@pytest.fixture
def job_with_errors(library: int) -> int:
    job = add_job(library, **ended(**over(Phase.INDEX, 10, failed=3)), comics_found=10)
    add_errors(job, library, [b"Saga/Saga 1.cbz", b"Saga/\xff\x1b[31m.cbz"])
    add_errors(job, library, [b"Saga/Saga 3.cbz"], ErrorClass.EMPTY)
    return job


def longbox(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="longbox")


LONGBOX = [
    sys.executable,
    "-c",
    "import sys; sys.argv[0] = 'longbox'; from pipeline.cli import main; main()",
]


class Waiting:
    """`longbox scan --wait` as a process of its own, with lines that can be waited for."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line_with(self, words: str) -> str:
        """The next line that has these words in it."""
        assert self.process.stdout is not None
        return next(line for line in self.process.stdout if words in line)


def read_until(terminal: IO[bytes], words: str) -> str:
    """What the terminal shows, up to and with these words."""
    shown = b""
    while words.encode() not in shown:
        shown += terminal.read(4096)
    return shown.decode(errors="replace")


def read_to_the_end(terminal: IO[bytes]) -> None:
    with suppress(OSError):  # a terminal that nobody writes to any more ends with one
        while terminal.read(4096):
            pass


@pytest.fixture
def waiting(library: int) -> Iterator[Waiting]:
    """The command waits for a queued job, which no worker is there to begin."""
    with subprocess.Popen(
        [*LONGBOX, "scan", "--wait"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        started = Waiting(process)
        started.line_with("Waiting to start")
        yield started
        process.kill()


# ---- asking for a scan


def test_a_scan_is_queued_and_says_what_is_needed(library: int) -> None:
    result = longbox("scan", "--kind", "full")
    assert result.exit_code == 0
    assert "A full scan of Comics is queued as job 1." in result.output
    assert "honcho start" in result.output
    with reading() as connection:
        job = jobs.get(connection, 1)
    assert (job.kind, job.requested_by) == ("full", "the command line")


def test_a_second_scan_is_refused_with_a_status_of_its_own(library: int) -> None:
    longbox("scan")
    result = longbox("scan")
    assert result.exit_code == 3
    assert result.stderr == (
        "A scan of Comics is already under way (job 1). Wait until it ends, or cancel it.\n"
    )


def test_of_several_libraries_each_gets_a_job(library: int) -> None:
    add_library("Manga")
    longbox("scan", "Comics")
    result = longbox("scan")
    assert result.exit_code == 0
    assert "A scan of Comics is already under way (job 1)." in result.output
    assert "A quick scan of Manga is queued as job 2." in result.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("scan", "Nix"), "There is no library named Nix."),
        (("job", "7"), "There is no job 7."),
        (("errors", "7"), "There is no job 7."),
        (("cancel", "7"), "There is no job 7."),
        (("resume", "7"), "There is no job 7."),
        (("retry", "7"), "There is no job 7."),
    ],
)
def test_an_error_is_one_clear_line(library: int, words: tuple[str, ...], sentence: str) -> None:
    result = longbox(*words)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {sentence}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["job", "errors", "losses", "confirm", "changes", "retry"])
@pytest.mark.parametrize("number", ["0", str(2**63)])
def test_a_number_that_no_job_can_have_is_refused(command: str, number: str) -> None:
    result = longbox(command, number)
    assert result.exit_code == 2
    assert f"{number} is not in the range" in result.stderr


OF_SCANS = [name for name in COMMANDS if COMMANDS[name] in ("jobs", "looking")]


@pytest.mark.parametrize("command", OF_SCANS)
def test_without_a_database_a_command_says_what_to_run(environment: Path, command: str) -> None:
    words = {"priority": ["1", "low"], "scan": [], "jobs": [], "errors": []}.get(command, ["1"])
    result = longbox(command, *words)
    assert result.exit_code == 1
    assert "Run `longbox init` first." in result.stderr


def test_every_command_has_a_sentence_of_help() -> None:
    result = longbox("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert longbox(command, "--help").exit_code == 0
        [line] = [line for line in result.output.splitlines() if line.split()[:1] == [command]]
        assert len(line.split()) > 2


def test_a_setting_that_is_none_is_told_in_one_line_unless_debugging(
    library: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "eighty")
    plain, debug = (
        subprocess.run([*LONGBOX, *words, "jobs"], cwd=ROOT, capture_output=True, text=True)
        for words in ([], ["--debug"])
    )
    assert plain.stderr == "Error: PORT must be a whole number from 1 to 65535, not 'eighty'.\n"
    assert "Traceback" in debug.stderr


# ---- looking


def test_jobs_are_listed_for_people_and_for_programs(job_with_errors: int) -> None:
    table = longbox("jobs").output
    assert "Comics" in table
    assert "completed" in table
    [job] = json.loads(longbox("jobs", "--json").output)
    assert (job["id"], job["library"], job["errors"]) == (job_with_errors, "Comics", 3)


def test_no_job_yet_says_how_to_begin(library: int) -> None:
    assert "`longbox scan` begins one" in longbox("jobs").output
    assert longbox("jobs", "--json").output == "[]\n"


def test_a_job_is_shown_with_its_phases_and_its_sentence(library: int) -> None:
    columns = over(Phase.DISCOVER, 60_000) | under_way(Phase.INDEX, 24_012, 60_000, seconds=120)
    job = add_job(library, **columns, comics_found=60_000)
    told = longbox("job", str(job)).output
    for words in ("Discover", "Index", "Covers", "24,012 of 60,000 comics", "about 3 minutes left"):
        assert words in told
    assert json.loads(longbox("job", str(job), "--json").output)["phase"] == "index"


def test_a_held_job_says_how_to_answer(library: int) -> None:
    job = add_job(library, status=JobStatus.HELD, last_error="Most comics are gone.")
    told = longbox("job", str(job)).output
    assert "Most comics are gone." in told
    assert f"longbox resume {job}" in told


def test_errors_are_listed_by_class_with_what_to_do(job_with_errors: int) -> None:
    told = longbox("errors").output
    assert "2 truncated" in told
    assert "1 empty" in told
    assert "Copy or download the file again" in told
    assert "Saga/Saga 3.cbz" in told
    listed = json.loads(longbox("errors", str(job_with_errors), "--json").output)
    assert [error["error"] for error in listed] == ["truncated", "truncated", "empty"]


def test_a_files_name_cannot_speak_to_the_terminal(job_with_errors: int) -> None:
    assert "\x1b" not in longbox("errors").output


def test_no_error_is_good_news(library: int) -> None:
    assert longbox("errors").output == "No file or folder has failed.\n"


# ---- doing


def test_a_job_is_cancelled(library: int) -> None:
    longbox("scan")
    assert longbox("cancel", "1").exit_code == 0
    assert longbox("scan").exit_code == 0
    result = longbox("cancel", "1")
    assert (result.exit_code, "has already ended" in result.stderr) == (1, True)


def test_a_held_job_is_resumed(library: int) -> None:
    job = add_job(library, status=JobStatus.HELD)
    assert longbox("resume", str(job)).exit_code == 0
    with reading() as connection:
        assert jobs.get(connection, job).status is JobStatus.RUNNING


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ((), "3 files or folders will be tried again"),
        (("--error", "empty"), "1 file or folder will be tried again"),
        (("--path", "Saga/*1.cbz"), "1 file or folder will be tried again"),
        (("--stage", "index"), "3 files or folders will be tried again"),
    ],
)
def test_what_failed_is_retried_as_picked(
    job_with_errors: int, filters: tuple[str, ...], sentence: str
) -> None:
    result = longbox("retry", str(job_with_errors), *filters)
    assert result.exit_code == 0
    assert sentence in result.output


def test_a_retry_of_nothing_is_refused(job_with_errors: int) -> None:
    result = longbox("retry", str(job_with_errors), "--stage", "thumbnail")
    assert (result.exit_code, "nothing to retry" in result.stderr) == (1, True)


# ---- waiting


def test_waiting_tells_each_phase_in_a_line_and_ends_with_the_scan(waiting: Waiting) -> None:
    change_job(1, status=JobStatus.RUNNING, **under_way(Phase.DISCOVER, 10, 0))
    assert "Looking for comics" in waiting.line_with("Comics: ")
    change_job(1, **over(Phase.DISCOVER, 10), **under_way(Phase.INDEX, 1, 10))
    assert "Reading 1 of 10 comics" in waiting.line_with("Comics: ")
    change_job(1, **ended(), comics_found=10, comics_new=10)
    assert waiting.line_with("Comics: ") == "Comics: 10 comics, all new\n"
    assert waiting.process.wait() == 0


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.HELD, JobStatus.CANCELLED])
def test_a_scan_that_did_not_end_well_is_an_exit_status(
    waiting: Waiting, status: JobStatus
) -> None:
    change_job(1, status=status, last_error="The disk is full.")
    assert waiting.process.wait() == 1


def test_control_c_ends_the_waiting_and_not_the_scan(waiting: Waiting) -> None:
    waiting.process.send_signal(signal.SIGINT)
    assert "`longbox job 1` shows it" in waiting.line_with("goes on")
    assert waiting.process.wait() == 130
    with reading() as connection:
        assert jobs.get(connection, 1).status is JobStatus.QUEUED


def test_on_a_terminal_there_are_bars(library: int) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen([*LONGBOX, "scan", "--wait"], cwd=ROOT, stdout=theirs) as process:
        os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as terminal:
            screen = read_until(terminal, "━")
            change_job(1, status=JobStatus.RUNNING, **under_way(Phase.DISCOVER, 10, 0))
            screen += read_until(terminal, "10 comics found so far")
            change_job(1, **ended(), comics_found=10, comics_new=10)
            screen += read_until(terminal, "10 comics, all new")
            read_to_the_end(terminal)
    assert process.returncode == 0
    for words in ("Discover", "Index", "Covers"):
        assert words in screen


def test_a_reader_who_leaves_early_causes_no_noise(library: int) -> None:
    for _ in range(300):
        add_job(library, **ended())
    command = f"{shlex.join(LONGBOX)} jobs --json --limit 300 | head -n 1"
    told = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=True)
    assert (told.stdout, told.stderr) == (b"[\n", b"")


def test_the_commands_of_the_processes_do_without_the_tables_of_the_others() -> None:
    code = (
        "import sys; from pipeline.cli import main;"
        "main.get_command(None, 'worker');"
        "assert 'rich' not in sys.modules and 'sqlalchemy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
