"""A comic is its content: wherever its file turns up, it keeps its id and what hangs on it.

Each case plays in a folder of its own and yields when it wants to be scanned. All of them share
the scans, so that whatever can be done to files is done at once.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

import db.engine
from db import cover_files, dialect
from db.engine import reading, writing
from db.schema import reading_progress, series, users
from db.settings import settings
from db.states import ScanKind, WorkState
from tests.stages.moving import Place, scan
from tests.trial import Trial

Case = Callable[[Place], Generator[None, None, None]]
CASES: list[Case] = []


def case(play: Case) -> Case:
    CASES.append(play)
    return play


# ---- files that are moved and renamed ----


@case
def a_comic_with_another_name_is_the_same_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before = here.ids()
    here.move("Saga/1.cbz", "Saga/The first.cbz")
    yield
    assert here.ids() == {
        "Saga/The first.cbz": before["Saga/1.cbz"],
        "Saga/2.cbz": before["Saga/2.cbz"],
    }
    assert here.gone() == {}
    assert here.told() == {"moved": 1}
    assert here.details() == {"Saga/1.cbz → Saga/The first.cbz"}
    yield
    assert here.told() == {}


@case
def a_comic_in_another_series_is_the_same_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz", "Chew/1.cbz")
    yield
    before, shelves = here.ids(), here.series()
    here.move("Saga/1.cbz", "Chew/0.cbz")
    yield
    assert here.ids()["Chew/0.cbz"] == before["Saga/1.cbz"]
    assert here.series() == shelves
    assert here.told() == {"moved": 1}


@case
def a_series_in_another_folder_keeps_its_id(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before, shelves = here.ids(), here.series()
    here.move("Saga", "Saga (2012)")
    yield
    assert here.ids() == {f"Saga (2012)/{n}.cbz": before[f"Saga/{n}.cbz"] for n in (1, 2)}
    assert here.series() == {"Saga (2012)": shelves["Saga"]}
    assert here.told() == {"moved": 2}
    with reading() as connection:
        row = connection.execute(select(series).where(series.c.id == shelves["Saga"])).one()
        found = dialect.search(connection, "series_search", "Saga 2012", limit=9, by_rank=True)
    assert (row.name, row.year, row.comic_count) == ("Saga (2012)", 2012, 2)
    assert row.id in found


@case
def a_category_with_another_name_keeps_all_that_is_in_it(here: Place) -> Iterator[None]:
    here.put(*(f"Image/{name}/{n}.cbz" for name in ("Saga", "Chew") for n in range(3)))
    yield
    before, shelves = here.ids(), here.series()
    here.move("Image", "Image Comics")
    yield
    assert here.ids() == {path.replace("Image", "Image Comics"): before[path] for path in before}
    assert here.series() == {
        path.replace("Image", "Image Comics"): shelves[path] for path in shelves
    }
    assert here.told() == {"moved": 6}


@case
def a_missing_comic_goes_with_its_series(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before = here.ids()
    content = here.remove("Saga/2.cbz")
    yield
    here.move("Saga", "Saga (2012)")
    yield
    assert here.gone() == {"Saga (2012)/2.cbz": before["Saga/2.cbz"]}
    here.write("Saga (2012)/2.cbz", content)
    yield
    assert here.ids()["Saga (2012)/2.cbz"] == before["Saga/2.cbz"]
    assert here.told() == {"back": 1, "updated": 1}


@case
def a_new_issue_in_a_renamed_series_is_new_in_it(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    shelves = here.series()
    here.move("Saga", "Saga (2012)")
    here.put("Saga (2012)/3.cbz")
    yield
    assert here.told() == {"new": 1, "moved": 2}
    assert here.series() == {"Saga (2012)": shelves["Saga"]}


@case
def of_a_series_in_two_parts_the_larger_one_keeps_its_id(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz", "Saga/3.cbz")
    yield
    saga = here.series()["Saga"]
    here.move("Saga/1.cbz", "Early/1.cbz")
    here.move("Saga", "Late")
    yield
    assert here.told() == {"moved": 3}
    assert here.series()["Late"] == saga
    assert here.series().keys() == {"Early", "Late"}


@case
def a_series_that_goes_into_another_leaves_nothing_empty_behind(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Chew/2.cbz")
    yield
    shelves = here.series()
    here.move("Saga/1.cbz", "Chew/1.cbz")
    yield
    assert here.told() == {"moved": 1}
    assert here.series() == {"Chew": shelves["Chew"]}


@case
def two_series_whose_folders_swap_names_keep_their_ids(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz", "Saga/3.cbz", "Chew/1.cbz", "Chew/2.cbz")
    yield
    before, shelves = here.ids(), here.series()
    here.rename({"Saga": "Chew", "Chew": "Saga"})
    yield
    other = {"Saga": "Chew", "Chew": "Saga"}
    swapped = {re.sub("Saga|Chew", lambda found: other[found[0]], path): path for path in before}
    assert here.ids() == {path: before[old] for path, old in swapped.items()}
    assert here.series() == {name: shelves[other[name]] for name in shelves}
    assert here.told() == {"moved": 5}


# ---- files that take each other's places ----


def changing_places(names: dict[int, int]) -> Case:
    def play(here: Place) -> Iterator[None]:
        here.put(*(f"Saga/{number}.cbz" for number in range(1, 6)))
        yield
        before = here.ids()
        paths = {f"Saga/{old}.cbz": f"Saga/{new}.cbz" for old, new in names.items()}
        here.rename(paths)
        yield
        assert here.ids() == {paths.get(path, path): one for path, one in before.items()}
        assert here.gone() == {}
        assert here.told() == {"moved": len(names)}

    return play


for name, names in {
    "a_swap_of_two_names": {1: 2, 2: 1},
    "a_circle_of_three": {1: 2, 2: 3, 3: 1},
    "a_swap_beside_a_circle": {1: 2, 2: 1, 3: 5, 4: 3, 5: 4},
    "a_chain": {3: 4, 4: 5, 5: 6},
}.items():
    play = changing_places(names)
    play.__name__ = name
    case(play)


@case
def a_new_comic_at_the_head_of_a_chain_is_new(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before = here.ids()
    here.move("Saga/2.cbz", "Saga/3.cbz")
    here.move("Saga/1.cbz", "Saga/2.cbz")
    here.put("Saga/1.cbz")
    here.retag("Saga/1.cbz")
    with zipfile.ZipFile(here.folder / "Saga/1.cbz", "a") as archive:
        archive.writestr("another page.jpg", b"\xff\xd8\xff another")
    here.touch("Saga/1.cbz")
    yield
    assert (here.ids()["Saga/2.cbz"], here.ids()["Saga/3.cbz"]) == tuple(before.values())
    assert here.ids()["Saga/1.cbz"] not in before.values()
    assert here.told() == {"new": 1, "moved": 2}


@case
def a_comic_that_is_overwritten_by_another_is_missing_until_it_is_back(
    here: Place,
) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before = here.ids()
    content = (here.folder / "Saga/2.cbz").read_bytes()
    here.move("Saga/1.cbz", "Saga/2.cbz")
    yield
    assert here.ids() == {"Saga/2.cbz": before["Saga/1.cbz"]}
    assert here.gone() == {"Saga/2.cbz/": before["Saga/2.cbz"]}
    assert here.told() == {"moved": 1, "missing": 1}
    assert "Saga/2.cbz is now what was Saga/1.cbz" in here.details()
    here.move("Saga/2.cbz", "Saga/1.cbz")
    here.write("Saga/2.cbz", content)
    yield
    assert here.ids() == before
    assert here.gone() == {}
    assert here.told() == {"moved": 1, "back": 1}


@case
def what_comes_to_the_place_of_one_that_overwrote_another_is_neither(
    here: Place,
) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz", "Chew/3.cbz")
    yield
    before = here.ids()
    here.move("Saga/1.cbz", "Saga/2.cbz")
    here.write("Saga/1.cbz", (here.folder / "Chew/3.cbz").read_bytes())
    yield
    assert here.ids()["Saga/2.cbz"] == before["Saga/1.cbz"]
    assert here.ids()["Saga/1.cbz"] not in before.values()
    assert here.told() == {"new": 1, "moved": 1, "missing": 1}


@case
def a_comic_that_somebody_reads_does_not_go_for_one_that_nobody_does(
    here: Place,
) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before = here.ids()
    read(before["Saga/2.cbz"])
    here.move("Saga/1.cbz", "Saga/2.cbz")
    yield
    assert here.ids() == {"Saga/2.cbz": before["Saga/2.cbz"]}
    assert here.gone() == {"Saga/1.cbz": before["Saga/1.cbz"]}
    assert here.told() == {"updated": 1, "missing": 1}


def read(comic_id: int) -> None:
    """Somebody reads a comic."""
    with writing() as connection:
        user_id = connection.execute(
            insert(users)
            .values(
                name=f"{comic_id}",
                name_key=f"{comic_id}",
                password_hash="",
                is_admin=False,
                created_at=1.0,
            )
            .returning(users.c.id)
        ).scalar_one()
        required = {
            column.name: 1
            for column in reading_progress.c
            if not column.nullable and column.server_default is None
        }
        connection.execute(
            insert(reading_progress).values(
                required | {"user_id": user_id, "comic_id": comic_id, "page": 3, "started_at": 1.0}
            )
        )


# ---- copies ----


@case
def while_another_copy_stays_the_one_that_moves_keeps_its_id(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Chew/1.cbz")
    here.copy("Saga/1.cbz", "Chew/copy.cbz")
    yield
    before = here.ids()
    here.move("Saga/1.cbz", "Saga/elsewhere.cbz")
    yield
    assert here.ids()["Saga/elsewhere.cbz"] == before["Saga/1.cbz"]
    assert here.ids()["Chew/copy.cbz"] == before["Chew/copy.cbz"]
    assert here.told() == {"moved": 1}


@case
def a_copy_beside_the_original_is_new(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Saga/copy.cbz")
    yield
    assert here.ids().items() > before.items()
    assert here.told() == {"new": 1}
    here.remove("Saga/1.cbz")
    yield
    assert here.gone() == before
    assert here.told() == {"missing": 1}


@case
def a_comic_that_is_copied_and_deleted_has_moved(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Chew/1 copied.cbz")
    here.remove("Saga/1.cbz")
    yield
    assert here.ids() == {"Chew/1 copied.cbz": before["Saga/1.cbz"]}
    assert here.told() == {"moved": 1}


@case
def of_two_copies_none_is_taken_when_nothing_tells_them_apart(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Chew/a.cbz")
    here.copy("Saga/1.cbz", "Chew/b.cbz")
    here.remove("Saga/1.cbz")
    yield
    assert here.gone() == before
    assert here.told() == {"new": 2, "missing": 1, "ambiguous": 1}
    assert here.details() == {
        "Its pages turned up in 2 files, and nothing tells which it became: "
        "“Chew/a.cbz” and “Chew/b.cbz”."
    }


@case
def of_two_copies_the_one_with_the_same_time_stamp_is_the_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Chew/1.cbz")
    here.move("Saga/1.cbz", "Chew/a.cbz")
    yield
    assert here.ids()["Chew/a.cbz"] == before["Saga/1.cbz"]
    assert here.told() == {"new": 1, "moved": 1}


@case
def of_two_copies_the_one_with_the_same_name_is_the_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Chew/a.cbz")
    here.copy("Saga/1.cbz", "Chew/1.cbz")
    here.remove("Saga/1.cbz")
    yield
    assert here.ids()["Chew/1.cbz"] == before["Saga/1.cbz"]
    assert here.told() == {"new": 1, "moved": 1}


@case
def of_two_copies_the_one_that_was_not_retagged_is_the_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Chew/a.cbz")
    here.copy("Saga/1.cbz", "Chew/b.cbz")
    here.retag("Chew/a.cbz")
    here.remove("Saga/1.cbz")
    yield
    assert here.ids()["Chew/b.cbz"] == before["Saga/1.cbz"]
    assert here.told() == {"new": 1, "moved": 1}


@case
def copies_that_move_together_are_told_apart_by_their_folders(here: Place) -> Iterator[None]:
    here.put("Image/Saga/1.cbz")
    here.copy("Image/Saga/1.cbz", "Image/Old/Saga/1.cbz")
    here.copy("Image/Saga/1.cbz", "Image/Best of/1.cbz")
    yield
    before = here.ids()
    here.move("Image", "Image Comics")
    for path in before:
        here.touch(path.replace("Image", "Image Comics"))
    yield
    assert here.ids() == {path.replace("Image", "Image Comics"): before[path] for path in before}
    assert here.told() == {"moved": 3}


# ---- files that change ----


@case
def a_retagged_comic_is_changed_and_nothing_else(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before, version = here.ids(), here.row("Saga/1.cbz").version
    here.retag("Saga/1.cbz")
    yield
    assert here.ids() == before
    assert here.told() == {"updated": 1}
    assert here.row("Saga/1.cbz").version != version


@case
def a_comic_with_other_pages_keeps_its_id(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    with zipfile.ZipFile(here.folder / "Saga/1.cbz", "a") as archive:
        archive.writestr("one more.jpg", b"\xff\xd8\xff one more")
    here.touch("Saga/1.cbz")
    yield
    assert here.ids() == before
    assert here.told() == {"updated": 1}


@case
def a_comic_moved_and_retagged_in_one_go_keeps_its_id_and_its_cover(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    row = here.row("Saga/1.cbz")
    cover = cover_files.cover_file(row.id, row.version)
    cover.parent.mkdir(parents=True, exist_ok=True)
    cover.write_bytes(b"a cover")
    here.move("Saga/1.cbz", "Chew/Saga.cbz")
    here.retag("Chew/Saga.cbz")
    yield
    after = here.row("Chew/Saga.cbz")
    assert (after.id, after.thumbnail_state) == (row.id, WorkState.DONE)
    assert after.version != row.version
    assert cover_files.cover_file(after.id, after.version).read_bytes() == b"a cover"
    assert here.told() == {"moved": 1}


@case
def a_moved_comic_that_cannot_be_read_at_first_is_known_when_it_can(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    content = here.remove("Saga/1.cbz")
    (here.folder / "Chew").mkdir()
    here.write("Chew/1.cbz", b"")
    yield
    assert here.told() == {"new": 1, "missing": 1}
    here.write("Chew/1.cbz", content)
    yield
    assert here.ids() == {"Chew/1.cbz": before["Saga/1.cbz"]}
    assert here.told() == {"moved": 1}


@case
def a_comic_that_moved_from_a_file_that_is_broken_now_keeps_its_id(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.move("Saga/1.cbz", "Saga/2.cbz")
    here.write("Saga/1.cbz", b"")
    yield
    assert here.ids()["Saga/2.cbz"] == before["Saga/1.cbz"]
    assert here.row("Saga/1.cbz").index_state == WorkState.FAILED
    assert here.told() == {"new": 1, "moved": 1}
    here.remove("Saga/1.cbz")
    yield
    assert here.told() == {"missing": 1}


# ---- away and back ----


@case
def a_comic_that_moves_there_and_back_again_is_one_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before, shelves = here.ids(), here.series()
    here.move("Saga", "elsewhere")
    yield
    here.move("elsewhere", "Saga")
    yield
    assert (here.ids(), here.series()) == (before, shelves)
    assert here.told() == {"moved": 2}


@case
def a_copy_at_the_old_place_of_a_moved_comic_is_new(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.move("Saga/1.cbz", "Saga/moved.cbz")
    yield
    here.copy("Saga/moved.cbz", "Saga/1.cbz")
    yield
    assert here.ids()["Saga/moved.cbz"] == before["Saga/1.cbz"]
    assert here.told() == {"new": 1}


@case
def a_missing_comic_is_known_again_scans_later(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    content = here.remove("Saga/1.cbz")
    yield
    assert here.told() == {"missing": 1}
    here.put("Saga/2.cbz")
    yield
    here.write("Saga/found.cbz", content)
    yield
    assert here.ids()["Saga/found.cbz"] == before["Saga/1.cbz"]
    assert here.told() == {"moved": 1}


# ---- all of them ----


@pytest.fixture(scope="module")
def outcomes(
    prepared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Exception | None]]:
    """What became of each case: the first thing that was wrong, if any was."""
    folder = tmp_path_factory.mktemp("moves")
    shutil.copytree(prepared_data, folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGBOX_DATA", str(folder / "data"))
        patch.setenv("LONGBOX_MISSING_SHARE", "1")
        db.engine.close()
        settings.cache_clear()
        trial = Trial(folder / "comics")
        places = {play.__name__: Place(trial, play.__name__) for play in CASES}
        found: dict[str, Exception | None] = dict.fromkeys(places)
        playing = {play.__name__: play(places[play.__name__]) for play in CASES}
        while playing:
            for name in list(playing):
                try:
                    next(playing[name])
                except StopIteration:
                    del playing[name]
                except Exception as error:
                    found[name] = error
                    del playing[name]
            if playing:
                job = scan(trial, ScanKind.FULL)
                for place in places.values():
                    place.job = job
        yield found
    db.engine.close()
    settings.cache_clear()


@pytest.mark.parametrize("name", [play.__name__ for play in CASES])
def test_a_comic_is_its_content(outcomes: dict[str, Exception | None], name: str) -> None:
    if error := outcomes[name]:
        raise error
