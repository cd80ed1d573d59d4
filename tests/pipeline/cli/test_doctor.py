"""`longbox doctor`, which asks the stages in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from db import jobs, libraries, users
from db.engine import writing
from db.settings import settings
from db.states import ScanKind
from pipeline import slots
from pipeline.cli import main


def examine(status: int = 0) -> dict[str, Any]:
    """What `doctor --json` says, having checked its exit status."""
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert result.exit_code == status, result.output
    answer: dict[str, Any] = json.loads(result.output)
    return answer


def finding(answer: dict[str, Any], name: str) -> tuple[str, str]:
    [found] = [one for one in answer["findings"] if one["name"] == name]
    return found["verdict"], found["message"]


def add_library(folder: Path) -> libraries.Library:
    folder.mkdir()
    (folder / "a comic").mkdir()
    with writing() as connection:
        return libraries.add(connection, libraries.usable_folder(str(folder)))


def test_when_all_is_well_it_says_so(
    data: Path, tmp_path: Path, add_user: Callable[..., users.User]
) -> None:
    add_user("Ada", is_admin=True)
    add_library(tmp_path / "shelf")
    answer = examine()
    assert finding(answer, "Library shelf") == ("ok", str(tmp_path / "shelf"))
    assert finding(answer, "Users") == ("ok", "1 in all, admins: 1")
    for name in ("Python", "SQLite", "RAR", "Pictures", "Data folder", "Database"):
        assert finding(answer, name)[0] == "ok"


def test_it_prints_for_people_too(data: Path) -> None:
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0
    assert "✓" in result.output
    assert "LONGBOX_DATA" in result.output
    assert result.output.endswith("Longbox works; 2 things are odd.\n")


def test_without_a_data_folder_it_says_what_to_run(environment: Path) -> None:
    answer = examine(status=1)
    assert "longbox init" in finding(answer, "Data folder")[1]
    assert "longbox init" in finding(answer, "Database")[1]
    assert not environment.exists()


def test_a_damaged_database_is_an_error(data: Path) -> None:
    (data / "library.db").write_bytes(b"This is no database. " * 500)
    verdict, words = finding(examine(status=1), "Database")
    assert verdict == "error"
    assert "damaged" in words


def test_a_library_whose_disk_is_gone_is_an_error(data: Path, tmp_path: Path) -> None:
    add_library(tmp_path / "shelf")
    (tmp_path / "shelf").rename(tmp_path / "elsewhere")
    verdict, words = finding(examine(status=1), "Library shelf")
    assert verdict == "error"
    assert words.endswith("is not there: is its disk mounted?")


def test_a_library_that_is_empty_is_odd(data: Path, tmp_path: Path) -> None:
    add_library(tmp_path / "shelf")
    (tmp_path / "shelf" / "a comic").rmdir()
    verdict, words = finding(examine(), "Library shelf")
    assert verdict == "warn"
    assert words.endswith("is empty: is its disk mounted?")


def test_a_damaged_queue_is_odd(data: Path) -> None:
    (data / "queue.db").write_bytes(b"This is no database. " * 500)
    assert finding(examine(), "Queue")[0] == "warn"


def test_a_proxy_that_is_not_believed_is_odd(data: Path) -> None:
    (data / "run").mkdir(exist_ok=True)
    settings().distrusted_proxy_file.write_text("172.18.0.2")
    verdict, words = finding(examine(), "Proxy")
    assert verdict == "warn"
    assert words.startswith("172.18.0.2 forwards requests and is not believed")


def test_a_scan_that_waits_for_a_worker_is_told(data: Path, tmp_path: Path) -> None:
    library = add_library(tmp_path / "shelf")
    assert finding(examine(), "Worker") == ("ok", "not running")
    with writing() as connection:
        jobs.request_scan(connection, library.id, ScanKind.QUICK, {}, "a test")
    verdict, words = finding(examine(), "Worker")
    assert verdict == "warn"
    assert "start Longbox" in words


def test_a_worker_that_runs_is_seen(data: Path) -> None:
    holder = (
        "from pipeline import slots; import sys; slots.take('worker');"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"HONCHO_PROCESS_NAME": "worker.1"},
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        assert slots.any_held("worker")
        assert finding(examine(), "Worker") == ("ok", "running")
        process.stdin.close()


def test_settings_are_shown_without_secrets(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGBOX_ADMIN_USER", "Ada")
    monkeypatch.setenv("LONGBOX_ADMIN_PASSWORD", "correct horse")
    monkeypatch.setenv("LONGBOX_MISSING_PERCENT", "40")
    settings.cache_clear()
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert "correct horse" not in result.output
    shown = json.loads(result.output)["settings"]
    assert shown["LONGBOX_ADMIN_USER"] == "Ada"
    assert shown["LONGBOX_ADMIN_PASSWORD"] == "(set)"
    assert shown["LONGBOX_MISSING_PERCENT"] == "40"
    assert shown["LONGBOX_LOG_MB"] == "10"
    assert shown["LONGBOX_DATA"] == str(data)


def test_a_setting_that_makes_no_sense_is_one_clear_line(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "many")
    settings.cache_clear()
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: PORT must be a whole number")


def test_the_stages_tell_what_they_find() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "stages.doctor"], capture_output=True, check=True
    ).stdout
    answer = json.loads(told)
    assert answer["pillow"]["pictures"]["JPEG"] is True
    assert answer["pillow"]["pictures"]["TIFF"] is True
    assert answer["pillow"]["extras"]["JPEG XL"]["extra"] == "jxl"
    assert answer["pdf"]["problem"] is None
    assert answer["pdf"]["version"].startswith("pdfium ")
    assert answer["rar"]["problem"] is None
    assert os.access(answer["rar"]["path"], os.X_OK)
