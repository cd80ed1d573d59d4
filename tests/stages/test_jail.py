"""What the jail of a process holds it to, tried by processes that want more."""

from __future__ import annotations

import bz2
import functools
import gzip
import lzma
import os
import signal
import struct
import subprocess
import sys
import tarfile
import threading
import zipfile
import zlib
from pathlib import Path

import pytest

from db import in_hand, shards
from db.engine import reading
from db.settings import Settings, from_environment
from db.states import JobStatus
from pipeline.runner import Runner
from stages.formats import unpacker
from stages.formats.limits import Limits
from stages.formats.zstandard import zstd
from tests.stages.formats.documents import Pdf, stream
from tests.trial import JPEG, Trial, wait_for

BOMBS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": functools.partial(lzma.compress, preset=0),
    "zst": zstd.compress,
}
BURN = "until = time.process_time() + {}\nwhile time.process_time() < until: pass\n"


def in_jail(program: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a program that enters the jail first."""
    entered = "import resource, subprocess, sys, time\nfrom stages import jail\njail.enter()\n"
    return subprocess.run(
        [sys.executable, "-c", entered + program],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_limits_of_comics_are_the_settings_and_have_their_defaults() -> None:
    assert Limits(**Settings().limits) == Limits()
    found = from_environment({"LONGBOX_MAX_PAGE_MB": "1", "LONGBOX_MAX_ENTRIES": "7"})
    assert Limits(**found.limits) == Limits(page_bytes=1 << 20, entries=7)


def test_whoever_enters_the_jail_knows_the_limits_of_comics() -> None:
    told = in_jail(
        "from stages.formats import limits; print(limits.current.metadata_bytes)",
        LONGBOX_MAX_METADATA_MB="2",
    )
    assert told.stdout == f"{2 << 20}\n"


def test_memory_ends_where_the_setting_says_and_is_an_error_that_can_be_caught() -> None:
    told = in_jail(
        "try: bytes(300 << 20)\nexcept MemoryError: print(len(bytes(30 << 20)))",
        LONGBOX_MAX_MEMORY_MB="256",
    )
    assert told.stdout == f"{30 << 20}\n"


def test_the_programs_that_a_process_in_jail_starts_are_in_it_too() -> None:
    asked = "import resource as r; print(r.getrlimit(r.RLIMIT_AS), r.getrlimit(r.RLIMIT_CORE))"
    told = in_jail(
        f"subprocess.run([sys.executable, '-c', {asked!r}], check=True)",
        LONGBOX_MAX_MEMORY_MB="256",
    )
    assert told.stdout == f"({256 << 20}, {256 << 20}) (0, 0)\n"


def test_a_lower_limit_that_is_there_already_stays() -> None:
    told = in_jail("jail.enter(); print(resource.getrlimit(resource.RLIMIT_NOFILE)[1] <= 256)")
    assert told.stdout == "True\n"


def test_the_processors_time_ends_a_process_over_one_item_and_not_over_many() -> None:
    many = "for _ in range(5):\n  jail.next_item()\n  " + BURN.format(0.5).replace("\n", "\n  ")
    ended = in_jail(
        many + "\nprint('well', flush=True)\nwhile True: pass", LONGBOX_MAX_CPU_SECONDS="1"
    )
    assert ended.stdout == "well\n"
    assert ended.returncode == -signal.SIGXCPU


# ---- the stages ----


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/1.cbz", "Saga/3.cbz")
    return trial


def test_a_comic_that_takes_more_memory_than_there_is_is_one_row_and_ends_no_stage(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_MAX_MEMORY_MB", "256")
    monkeypatch.setenv("LONGBOX_MAX_METADATA_MB", "256")
    with zipfile.ZipFile(trial.root / "Saga" / "2.cbz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.jpg", JPEG)
        with archive.open("ComicInfo.xml", "w") as info:
            for _ in range(120):
                info.write(bytes(1 << 20))
    job = trial.scan(thumbnails="none")
    assert job.status == JobStatus.COMPLETED
    assert trial.errors() == {"Saga/2.cbz": "too_large"}
    assert "memory" in trial.messages()["Saga/2.cbz"]


def test_a_pdf_whose_page_takes_more_memory_than_there_is_is_too_large(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_MAX_MEMORY_MB", "256")
    pdf = Pdf()
    pdf.page()
    content = b"q " * 10_000_000  # states of graphics, one within the other; no bomb by its size
    pdf.objects[pdf.pages[0] - 2] = stream("/Filter /FlateDecode", zlib.compress(content))
    pdf.write(trial.root / "Saga" / "2.pdf")
    job = trial.scan(thumbnails="none")
    assert (job.status, job.index_done, job.index_failed) == (JobStatus.COMPLETED, 2, 1)
    assert trial.errors() == {"Saga/2.pdf": "too_large"}
    assert "memory" in trial.messages()["Saga/2.pdf"]


def test_compressed_bombs_are_refused_early_and_leave_nothing_on_the_disk(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_MAX_PAGE_MB", "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    header = tarfile.TarInfo("1.jpg")
    header.size = 64 << 20
    bomb = header.tobuf() + bytes(header.size)
    for suffix, compress in BOMBS.items():
        (trial.root / "Saga" / f"2.tar.{suffix}").write_bytes(compress(bomb))
    before = {file for file in tmp_path.rglob("*") if file.is_file()}
    job = trial.scan(thumbnails="none")
    assert (job.status, job.index_failed) == (JobStatus.COMPLETED, len(BOMBS))
    assert trial.errors() == {f"Saga/2.tar.{suffix}": "too_large" for suffix in BOMBS}
    assert all("200 times its size" in message for message in trial.messages().values())
    new = {file for file in tmp_path.rglob("*") if file.is_file()} - before
    assert sum(file.stat().st_size for file in new) < 1 << 20


def test_a_comic_on_which_the_processors_time_ran_out_is_named_at_the_first_death(
    trial: Trial,
) -> None:
    with zipfile.ZipFile(trial.root / "Saga" / "2.cbz", "w") as archive:
        for number in range(60_000):  # long enough in the stage's hands for a test to see it
            archive.writestr(zipfile.ZipInfo(f"{number % 97}/{number} page {number}.jpg"), b"")
    job_id = trial.discover(thumbnails="none").id
    with reading() as connection:
        [index] = shards.queued(connection, job_id)
    runner = Runner("test.1")
    thread = threading.Thread(target=runner.run, args=[index])
    thread.start()
    wait_for(lambda: in_hand.read(index) == b"Saga/2.cbz", "the comic to be opened")
    [stage] = runner.stages.values()
    stage.process.send_signal(signal.SIGXCPU)  # as the kernel does
    thread.join()
    assert trial.errors() == {"Saga/2.cbz": "timeout"}
    assert "60 seconds of the processor" in trial.messages()["Saga/2.cbz"]
    job = trial.go_on(job_id)
    assert (job.status, job.index_done, job.index_failed) == (JobStatus.COMPLETED, 2, 1)


def test_a_comic_that_takes_a_program_too_much_memory_to_unpack_is_too_large(
    tmp_path: Path,
) -> None:
    program = unpacker.engine()
    if program is None or program.name != "7zz":
        pytest.skip("there is no 7-Zip to pack with")
    page, comic = tmp_path / "1.jpg", tmp_path / "comic.cb7"
    page.write_bytes(JPEG * 1000)
    command = [program.path, "a", "-t7z", "-bd", "-mhc=off", "-m0=lzma:d=64k", comic, page]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    # The archive says how large a dictionary its decoder is to have: half a gigabyte from now on.
    archive = bytearray(comic.read_bytes())
    struct.pack_into("<L", archive, archive.index(b"\x03\x01\x01\x05\x5d") + 5, 512 << 20)
    offset, size = struct.unpack_from("<QQ", archive, 12)
    struct.pack_into("<L", archive, 28, zlib.crc32(archive[32 + offset : 32 + offset + size]))
    struct.pack_into("<L", archive, 8, zlib.crc32(archive[12:32]))
    comic.write_bytes(archive)
    read = (
        "from stages.formats import FormatError, open_comic\n"
        f"comic = open_comic({bytes(comic)!r})\n"
        "try: print(len(comic.read(comic.pages[0])))\n"
        "except FormatError as error: print(error.error_class)\n"
    )
    assert in_jail(read).stdout == f"{len(JPEG) * 1000}\n"
    assert in_jail(read, LONGBOX_MAX_MEMORY_MB="256").stdout == "too_large\n"
