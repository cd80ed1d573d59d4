"""The times of requests, counted by several web processes and read as one."""

from __future__ import annotations

from pathlib import Path

from db import latency
from db.latency import BUCKETS, Meter, RequestKind


def test_the_counts_of_all_processes_are_one_and_never_fall(tmp_path: Path) -> None:
    first, second = Meter(tmp_path), Meter(tmp_path)
    first.note(RequestKind.PAGE, 0.004)
    second.note(RequestKind.PAGE, 0.2, failed=True)
    second.note(RequestKind.PAGE, 60.0)
    second.note(RequestKind.COVER, 0.005)
    second.close()  # its successor goes on where it was
    third = Meter(tmp_path)
    third.note(RequestKind.PAGE, 0.2)
    assert len([*tmp_path.iterdir()]) == 2

    page = latency.histograms(tmp_path)[RequestKind.PAGE]
    counted = dict(zip((*BUCKETS, "more"), page.buckets, strict=True))
    assert {end: many for end, many in counted.items() if many} == {0.005: 1, 0.25: 2, "more": 1}
    assert (round(page.seconds, 3), page.failures) == (60.404, 1)
    assert latency.histograms(tmp_path)[RequestKind.COVER].buckets[0] == 1
    first.close()
    third.close()


def test_lately_is_told_of_what_people_wait_for(tmp_path: Path) -> None:
    assert latency.lately(tmp_path) == []
    meter = Meter(tmp_path)
    another = Meter(tmp_path)
    for number in range(latency.RECENT + 10):
        meter.note(RequestKind.API, float(number))
    another.note(RequestKind.PAGE, 0.5)
    another.note(RequestKind.COVER, 9.0)
    found = latency.lately(tmp_path)
    assert found == [0.5, *map(float, range(11, latency.RECENT + 10))]
    assert latency.lately(tmp_path, 0.0) == []
    meter.close()
    another.close()


def test_what_is_no_such_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "latency.0").write_bytes(b"half")
    assert latency.lately(tmp_path) == []
