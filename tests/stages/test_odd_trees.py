"""What the discover stage makes of names, links and folders that are out of the ordinary."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from db.schema import comics, series
from db.states import ScanKind
from tests.trial import PATIENCE, Trial, age, write_comic

NOBODY_MAY_READ = 0o000


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    return Trial(tmp_path / "comics")


def test_a_name_that_is_not_utf_8_is_kept_as_it_is(trial: Trial) -> None:
    folder = os.fsencode(trial.root) + b"/Ast\xe9rix"
    os.mkdir(folder)
    file = folder + b"/caf\xe9 1.cbz"
    write_comic(Path(os.fsdecode(file)))
    trial.discover()
    row = trial.rows(comics)[0]
    assert row.file_name == b"caf\xe9 1.cbz"
    assert trial.rows(series)[0].name == "Ast\ufffdrix"
    assert trial.errors() == {}


def test_a_link_that_leads_back_to_a_folder_above_is_an_error(trial: Trial) -> None:
    trial.add("Image/Saga/1.cbz")
    (trial.root / "Image" / "Saga" / "back").symlink_to(trial.root)
    (trial.root / "Image" / "Saga" / "here").symlink_to(".")
    trial.discover()
    assert trial.errors() == {"Image/Saga/back": "link_loop", "Image/Saga/here": "link_loop"}
    assert trial.paths() == {"Image/Saga/1.cbz"}


def test_links_that_lead_to_each_other_hide_nothing_beside_them(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    (trial.root / "Saga" / "a").symlink_to("b")
    (trial.root / "Saga" / "b").symlink_to("a")
    (trial.root / "Saga" / "2.cbz").symlink_to("2.cbz")
    trial.discover()
    assert trial.paths() == {"Saga/1.cbz"}
    assert trial.errors() == {
        "Saga/a": "link_loop",
        "Saga/b": "link_loop",
        "Saga/2.cbz": "link_loop",
    }


def test_a_link_to_a_folder_elsewhere_is_followed(trial: Trial, tmp_path: Path) -> None:
    write_comic(tmp_path / "elsewhere" / "1.cbz")
    (trial.root / "Saga").symlink_to(tmp_path / "elsewhere")
    trial.discover()
    assert trial.paths() == {"Saga/1.cbz"}


def test_a_broken_link_is_an_error_beside_comics_that_are_fine(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    (trial.root / "Saga" / "2.cbz").symlink_to("nowhere.cbz")
    (trial.root / "Gone").symlink_to("/nowhere/at/all")
    trial.discover()
    assert trial.errors() == {"Saga/2.cbz": "broken_link", "Gone": "broken_link"}
    assert trial.paths() == {"Saga/1.cbz"}


def test_a_pipe_and_a_folder_with_a_comics_name_are_not_waited_for(trial: Trial) -> None:
    trial.add("Saga/1.cbz", "Saga/folder.cbz/1.cbz")
    os.mkfifo(trial.root / "Saga" / "2.cbz")
    os.mkfifo(trial.root / "Saga" / "series.json")
    trial.discover()
    assert trial.paths() >= {"Saga/1.cbz", "Saga/folder.cbz/1.cbz"}


def test_a_link_that_is_mended_is_found_by_a_quick_scan(trial: Trial, tmp_path: Path) -> None:
    trial.add("Saga/1.cbz")
    (trial.root / "Saga" / "2.cbz").symlink_to(tmp_path / "disk" / "2.cbz")
    age(trial.root)
    trial.discover()
    write_comic(tmp_path / "disk" / "2.cbz")
    trial.discover()
    assert trial.paths() == {"Saga/1.cbz", "Saga/2.cbz"}
    assert trial.errors() == {}


def test_a_folder_that_may_not_be_read_protects_what_lies_below_it(
    trial: Trial, unprivileged: tuple[str, ...]
) -> None:
    trial.add("Image/Saga/1.cbz", "Image/Chew/1.cbz", "DC/Lobo/1.cbz")
    trial.discover()
    shutil.rmtree(trial.root / "Image" / "Chew")
    (trial.root / "Image").chmod(NOBODY_MAY_READ)
    (trial.root / "DC" / "Lobo" / "2.cbz").write_bytes(b"new")
    try:
        job_id = trial.request()
        with trial.stage(trial.claim(), unprivileged) as stage:
            assert stage.wait(PATIENCE) == 0
    finally:
        (trial.root / "Image").chmod(0o755)
    assert trial.errors() == {"Image": "denied"}
    assert trial.paths("missing") == set()
    assert trial.job(job_id).comics_new == 1


def test_a_folder_that_may_be_read_again_is_found_by_a_quick_scan(
    trial: Trial, unprivileged: tuple[str, ...]
) -> None:
    trial.add("Image/Saga/1.cbz", "DC/Lobo/1.cbz")
    age(trial.root)
    (trial.root / "Image").chmod(NOBODY_MAY_READ)
    try:
        trial.request()
        with trial.stage(trial.claim(), unprivileged) as stage:
            assert stage.wait(PATIENCE) == 0
    finally:
        (trial.root / "Image").chmod(0o755)
    assert trial.paths() == {"DC/Lobo/1.cbz"}
    trial.discover()
    assert trial.paths() == {"DC/Lobo/1.cbz", "Image/Saga/1.cbz"}
    assert trial.errors() == {}


def test_folders_that_come_and_go_during_the_walk_stop_nothing(trial: Trial) -> None:
    trial.add(*(f"Stays {number}/1.cbz" for number in range(300)))
    trial.request()
    with trial.stage(trial.claim()) as stage:
        while stage.poll() is None:
            for number in range(40):
                write_comic(trial.root / f"Goes {number}" / "in" / "1.cbz")
            for number in range(40):
                shutil.rmtree(trial.root / f"Goes {number}")
        assert stage.returncode == 0
    assert {f"Stays {number}/1.cbz" for number in range(300)} <= trial.paths()
    assert set(trial.errors().values()) <= {"vanished"}
    trial.discover(ScanKind.FULL)
    assert trial.errors() == {}


def test_an_error_is_closed_when_its_folder_is_gone(trial: Trial) -> None:
    trial.add("Image/Saga/1.cbz", "Image/Chew/1.cbz")
    (trial.root / "Image" / "Saga" / "2.cbz").symlink_to("nowhere.cbz")
    trial.discover()
    shutil.move(trial.root / "Image" / "Saga", trial.root / "Saga")
    (trial.root / "Saga" / "2.cbz").unlink()
    trial.discover()
    assert trial.errors() == {}
