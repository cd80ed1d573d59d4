"""How many stages run side by side, by processors, disks and memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.file_systems import FileSystem
from pipeline import parallel


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """A disk that spins (8:0) with a partition (8:1), one that does not (259:0), a virtual one."""
    for disk, spins in (("sda", "1"), ("nvme", "0"), ("vda", "1")):
        (tmp_path / disk / "queue").mkdir(parents=True)
        (tmp_path / disk / "queue" / "rotational").write_text(f"{spins}\n")
    (tmp_path / "sda" / "sda1").mkdir()
    (tmp_path / "sda" / "sda1" / "partition").write_text("1\n")
    for number, target in (
        ("8:0", "sda"),
        ("8:1", "sda/sda1"),
        ("259:0", "nvme"),
        ("253:0", "vda"),
    ):
        (tmp_path / number).symlink_to(target)
    return tmp_path


@pytest.mark.parametrize(
    ("device", "spins"),
    [("8:0", True), ("8:1", True), ("259:0", False), ("253:0", False), ("0:55", False)],
)
def test_a_disk_spins_when_the_kernel_says_so(devices: Path, device: str, spins: bool) -> None:
    assert parallel.is_spinning(FileSystem("ext4", b"/comics", device), devices) is spins


def test_there_is_a_stage_for_each_processor() -> None:
    choice = parallel.fitting([b"/"], 6, None)
    assert (choice.stages, choice.reason) == (6, "one for each of 6 processors")


def test_where_one_waits_for_the_disk_there_are_four(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "why_slow", lambda root: "it is on a share")
    assert parallel.fitting([b"/comics"], 2, None) == parallel.Choice(4, "it is on a share")
    assert parallel.fitting([b"/comics"], 8, None).stages == 8


def test_there_are_no_more_than_fit_into_memory() -> None:
    choice = parallel.fitting([b"/"], 8, 300)
    assert choice.stages == 2
    assert "300 MB" in choice.reason
    assert parallel.fitting([b"/"], 8, 10).stages == 1


def test_the_system_tells_what_memory_there_is(tmp_path: Path) -> None:
    file = tmp_path / "meminfo"
    file.write_text("MemTotal: 4096000 kB\nMemAvailable:    2048000 kB\n")
    assert parallel.available_mb(file) == 2000
    assert parallel.available_mb(tmp_path / "nowhere") is None
