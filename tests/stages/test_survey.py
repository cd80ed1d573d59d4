"""Surveys of a library on the disk: what is found, what is kept, what becomes of covers."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from db import cover_files, covers, duplicates, hidden_pages, shared_pages, surveys
from db.duplicates import Choice, Group
from db.engine import reading, writing
from db.schema import comic_pages, comics, duplicate_groups
from db.settings import settings
from db.states import DuplicateKind, Exit, WorkState
from pipeline import surveying
from pipeline.surveying import Surveyor
from tests.copies import AD, survey, surveyed, write
from tests.trial import PATIENCE, Trial, wait_for


@pytest.fixture
def trial(data: Path, tmp_path: Path, made_library: Path) -> Trial:
    return surveyed(tmp_path / "Comics", made_library)


def groups(kind: DuplicateKind | None = None, *, dismissed: bool = False) -> list[Group]:
    with reading() as connection:
        return duplicates.page(connection, Choice(kind, dismissed=dismissed), limit=100).items


def paths(kind: DuplicateKind) -> list[list[str]]:
    """The copies of each group of a kind, the one to keep first."""
    return [[one.path for one in group.copies] for group in groups(kind)]


def ad_of(trial: Trial) -> bytes:
    """The sum of the page that all comics have."""
    comic_id = trial.comic("Lobo/Lobo 001.cbz").id
    with reading() as connection:
        query = select(comic_pages.c.sums).where(comic_pages.c.comic_id == comic_id)
        return bytes(connection.execute(query).scalar_one()[:8])


def hide(page: bytes, *, is_hidden: bool = True) -> None:
    with writing() as connection:
        (hidden_pages.hide if is_hidden else hidden_pages.show)(connection, [page], "Ada")


def test_copies_are_found_and_the_best_is_suggested(trial: Trial) -> None:
    saga = "Saga (2012)/"
    assert paths(DuplicateKind.CONTENT) == [[f"{saga}Saga 001.cbz", f"{saga}saga one.cbz"]]
    assert paths(DuplicateKind.PAGES) == [["Inbox/s2.cbz", f"{saga}Saga 002.cbz"]]
    assert paths(DuplicateKind.ISSUE) == [[f"{saga}Saga 003.cbz", f"{saga}Saga 003 (scan).cbz"]]
    whys = [groups(kind)[0].best.why for kind in DuplicateKind]
    assert whys[0] == "It has more details (1 field against 0)."  # its name has the number
    assert whys[1].startswith("It has more details (")
    assert whys[2].startswith("It has more pages (3 against 2)")


def test_what_is_no_duplicate_stays_hidden_unless_another_copy_comes(trial: Trial) -> None:
    [group] = groups(DuplicateKind.ISSUE)
    with writing() as connection:
        duplicates.dismiss(connection, group.id)
    assert groups(DuplicateKind.ISSUE) == []
    survey()
    assert groups(DuplicateKind.ISSUE) == []
    [again] = groups(DuplicateKind.ISSUE, dismissed=True)
    write(trial.root / "Saga (2012)/Saga 003 (web).cbz", ["gold", "pink", "gray"])
    trial.scan(thumbnails="none")
    survey()
    assert [len(one.copies) for one in groups(DuplicateKind.ISSUE)] == [3]
    with pytest.raises(duplicates.NoSuchGroup), writing() as connection:
        duplicates.restore(connection, again.id)


def test_a_dismissal_can_be_taken_back(trial: Trial) -> None:
    [group] = groups(DuplicateKind.CONTENT)
    with writing() as connection:
        duplicates.dismiss(connection, group.id)
        duplicates.restore(connection, group.id)
    assert len(groups(DuplicateKind.CONTENT)) == 1
    survey()
    assert len(groups(DuplicateKind.CONTENT)) == 1


def test_a_copy_that_is_removed_is_no_copy_at_once_and_leaves_no_group(trial: Trial) -> None:
    (trial.root / "Saga (2012)/saga one.cbz").unlink()
    trial.scan(thumbnails="none")
    assert groups(DuplicateKind.CONTENT) == []
    survey()
    with reading() as connection:
        kinds = connection.execute(select(duplicate_groups.c.kind)).scalars().all()
    assert sorted(kinds) == ["issue", "pages"]  # of the new survey alone


def test_shared_pages_are_found_with_where_they_stand(trial: Trial) -> None:
    with reading() as connection:
        [page] = shared_pages.page(connection, limit=10).items
    assert page.sum == ad_of(trial)
    assert (page.comics, page.series, page.first, page.last) == (6, 3, 1, 6)
    assert len(page.examples) == 6
    assert not page.is_hidden


def test_a_cover_of_a_hidden_page_is_made_anew_of_the_first_that_is_shown(trial: Trial) -> None:
    lobo = trial.comic("Lobo/Lobo 001.cbz")
    saga = trial.comic("Saga (2012)/Saga 001.cbz")
    made = [covers.Made(one.id, one.version) for one in (lobo, saga)]
    for one in made:
        cover_files.cover_file(*one).parent.mkdir(exist_ok=True)
        cover_files.cover_file(*one).write_bytes(b"a cover")
    with writing() as connection:
        covers.record(connection, made, [])
    hide(ad_of(trial))
    survey()
    with reading() as connection:
        source = covers.source(connection, lobo.id)
        assert source is not None
        assert (source.page, source.state) == (1, WorkState.PENDING)
        assert hidden_pages.numbers(connection, lobo.id) == {0, 3}
        assert hidden_pages.numbers(connection, saga.id) == {2}
        assert hidden_pages.now_and_before(connection).is_settled
    assert [cover_files.cover_file(*one).exists() for one in made] == [False, True]
    trial.scan(thumbnails="all")
    assert trial.comic("Lobo/Lobo 001.cbz").thumbnail_state == WorkState.DONE
    hide(ad_of(trial), is_hidden=False)
    survey()
    assert not cover_files.cover_file(*made[0]).exists()
    assert trial.comic("Saga (2012)/Saga 001.cbz").thumbnail_state == WorkState.DONE


def test_hiding_and_showing_at_once_changes_nothing(trial: Trial) -> None:
    hide(ad_of(trial))
    hide(ad_of(trial), is_hidden=False)
    with reading() as connection:
        assert hidden_pages.now_and_before(connection).is_settled
    hide(ad_of(trial))
    with reading() as connection:
        assert not hidden_pages.now_and_before(connection).is_settled


def test_a_comic_whose_pages_would_all_be_hidden_shows_them(trial: Trial) -> None:
    write(trial.root / "Tags/tag 1.cbz", [AD])
    trial.scan(thumbnails="none")
    hide(ad_of(trial))
    with reading() as connection:
        comic_id = trial.comic("Tags/tag 1.cbz").id
        assert hidden_pages.numbers(connection, comic_id) == frozenset()
        assert hidden_pages.covers(connection, {comic_id: 0}) == {comic_id: 0}


def test_a_hidden_page_is_listed_wherever_it_stands_now(trial: Trial) -> None:
    hide(b"\1" * 8)
    survey()
    with reading() as connection:
        [page] = shared_pages.page(connection, hidden=True, limit=10).items
    assert (page.comics, page.examples) == (0, [])


# ---- when surveys are made


def test_a_scan_that_changed_something_gives_rise_to_a_survey(data: Path, tmp_path: Path) -> None:
    trial = Trial(tmp_path / "Comics")
    surveyor = Surveyor()
    surveyor.pass_by()
    with reading() as connection:
        assert surveys.wanted(connection) is None
    trial.add("Saga/1.cbz")
    trial.scan(thumbnails="none")
    surveyor.pass_by()

    def newest() -> surveys.Survey | None:
        with reading() as connection:
            return surveys.newest(connection)

    first = wait_for(newest, "a survey")
    assert (first.comics, first.requested_by) == (1, None)
    trial.scan(thumbnails="none")  # changes nothing
    with reading() as connection:
        assert not surveys.is_due(connection)


def test_one_file_of_several_names_takes_its_room_once(trial: Trial) -> None:
    one, other = (trial.root / "Saga (2012)" / name for name in ("Saga 001.cbz", "saga one.cbz"))
    [group] = groups(DuplicateKind.CONTENT)
    assert group.spare == one.stat().st_size
    other.unlink()
    other.hardlink_to(one)
    trial.scan("full", thumbnails="none")
    survey()
    assert [group.spare for group in groups(DuplicateKind.CONTENT)] == [0]


def test_a_survey_that_was_killed_is_made_from_its_start(trial: Trial) -> None:
    some = [row.id for row in trial.rows(comics)][:3]
    with writing() as connection:
        survey_id = surveys.ask(connection, "Ada")
    with writing() as connection:  # as far as it came
        surveys.begin(connection, survey_id)
        surveys.add_groups(
            connection, survey_id, [surveys.Found(DuplicateKind.ISSUE, some, 9)], [False]
        )
    assert len(groups()) == 3  # those of the survey before
    surveying.make(survey_id)
    assert sorted(len(group.copies) for group in groups()) == [2, 2, 2]


def test_a_survey_leaves_with_its_parent(trial: Trial) -> None:
    with writing() as connection:
        survey_id = surveys.ask(connection, "Ada")
    program = [sys.executable, "-m", "stages.survey", str(survey_id)]
    with (settings().run / "survey.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # it waits for this one
        with subprocess.Popen(program, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(PATIENCE) == Exit.STOPPED
    with reading() as connection:
        assert surveys.wanted(connection) == survey_id


def test_what_a_survey_dies_of_is_told(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveying, "TRIES", 1)
    with writing() as connection:
        survey_id = surveys.ask(connection, "Ada")
        connection.exec_driver_sql("DROP TABLE shared_pages")
    surveying.make(survey_id)
    with reading() as connection:
        failed = surveys.failed(connection)
        assert surveys.wanted(connection) is None
    assert failed is not None
    assert failed.problem == (
        "The process that looked over the library ended (exit status 1); "
        "the worker's log says more."
    )
