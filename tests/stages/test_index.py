"""What the index stage reads out of comics, and what it makes of those that cannot be read."""

from __future__ import annotations

import itertools
import os
import signal
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from db import dialect, in_hand, jobs, shards, worklists
from db.engine import reading, writing
from db.schema import (
    comic_credits,
    comic_pages,
    comic_tags,
    comics,
    job_errors,
    people,
    publishers,
    series,
    tags,
)
from db.states import JobStatus, Phase, ScanKind, WorkState
from stages.formats.sources import unpacked
from tests.gates import Gates
from tests.stages.formats.archives import needs_real, pages_of, rar_of, zip_of
from tests.trial import JPEG, PATIENCE, Trial, age, wait_for, write_comic

REAL = Path(__file__).parents[3] / "shared" / "real"

EVERYTHING = """<?xml version="1.0" encoding="utf-8"?>
<ComicInfo>
  <Title>The Will</Title><Series>Saga</Series><Number>7.5</Number><Count>66</Count>
  <Volume>2012</Volume><AlternateSeries>Saga Deluxe</AlternateSeries>
  <AlternateNumber>1</AlternateNumber><AlternateCount>3</AlternateCount>
  <Summary>Two soldiers.</Summary><Notes>Tagged by hand.</Notes><Review>Good.</Review>
  <Year>2012</Year><Month>3</Month><Day>14</Day>
  <Writer>Brian K. Vaughan</Writer><Penciller>Fiona Staples</Penciller>
  <Inker>Fiona Staples</Inker><Colorist>Fiona Staples</Colorist><Letterer>Fonografiks</Letterer>
  <CoverArtist>Fiona Staples, Somebody Else</CoverArtist><Editor>Eric Stephenson</Editor>
  <Translator>Nobody</Translator>
  <Publisher>Image</Publisher><Imprint>Shadowline</Imprint>
  <Genre>Science Fiction, War</Genre><Tags>ghosts</Tags>
  <Web>https://comics.example/1 https://comics.example/2</Web>
  <PageCount>44</PageCount><LanguageISO>en</LanguageISO><Format>Limited Series</Format>
  <BlackAndWhite>No</BlackAndWhite><Manga>YesAndRightToLeft</Manga>
  <Characters>Alana, Marko</Characters><Teams>Wreath</Teams><Locations>Cleave</Locations>
  <ScanInformation>by nobody</ScanInformation><StoryArc>Flight, War</StoryArc>
  <StoryArcNumber>2, 5</StoryArcNumber><SeriesGroup>Space</SeriesGroup>
  <AgeRating>Mature 17+</AgeRating><CommunityRating>4.5</CommunityRating>
  <MainCharacterOrTeam>Alana</MainCharacterOrTeam><GTIN>9781607066019</GTIN>
  <Pages><Page Image="0"/><Page Image="1" Type="FrontCover"/></Pages>
</ComicInfo>
"""
COLUMNS = {
    "index_state": WorkState.DONE,
    "container": "zip",
    "page_count": 2,
    "cover_page": 1,
    "title": "The Will",
    "series_title": "Saga",
    "number": "7.5",
    "sort_number": 7.5,
    "issue_count": 66,
    "volume": 2012,
    "alternate_series": "Saga Deluxe",
    "alternate_number": "1",
    "alternate_count": 3,
    "summary": "Two soldiers.",
    "notes": "Tagged by hand.",
    "review": "Good.",
    "release_date": "2012-03-14",
    "web": "https://comics.example/1 https://comics.example/2",
    "language": "en",
    "format": "Limited Series",
    "age_rating": "Mature 17+",
    "community_rating": 4.5,
    "black_and_white": False,
    "manga": True,
    "right_to_left": True,
    "scan_information": "by nobody",
    "series_groups": "Space",
    "main_character_or_team": "Alana",
    "gtin": "9781607066019",
}


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    return Trial(tmp_path / "comics")


def scan(trial: Trial, kind: ScanKind = ScanKind.QUICK) -> Any:
    job = trial.scan(kind, thumbnails="none")
    assert job.status == JobStatus.COMPLETED
    return job


def index_claim(trial: Trial) -> tuple[int, shards.Claim]:
    """A new scan whose index stage is next to be started."""
    job_id = trial.discover(thumbnails="none").id
    return job_id, trial.claim()


def found(words: str) -> set[int]:
    with reading() as connection:
        return set(dialect.search(connection, "comic_search", words, limit=100, by_rank=True))


def credits_of(comic_id: int) -> list[tuple[str, str]]:
    with reading() as connection:
        rows = connection.execute(
            select(comic_credits.c.role, people.c.name)
            .join(people)
            .where(comic_credits.c.comic_id == comic_id)
            .order_by(comic_credits.c.position)
        )
        return [tuple(row) for row in rows]


def tags_of(comic_id: int) -> set[tuple[str, str, str | None]]:
    with reading() as connection:
        rows = connection.execute(
            select(tags.c.kind, tags.c.name, comic_tags.c.number)
            .join(tags)
            .where(comic_tags.c.comic_id == comic_id)
        )
        return {tuple(row) for row in rows}


# ---- what is read ----


def test_every_field_arrives_in_its_place(trial: Trial) -> None:
    trial.add("Saga/7.cbz", info=EVERYTHING)
    job = scan(trial)
    row = trial.comic("Saga/7.cbz")
    assert {name: getattr(row, name) for name in COLUMNS} == COLUMNS
    assert len(row.fingerprint) == len(row.full_fingerprint) == 16
    assert row.sources == "comicinfo"
    houses = {one.id: one.name for one in trial.rows(publishers)}
    assert (houses[row.publisher_id], houses[row.imprint_id]) == ("Image", "Shadowline")
    assert credits_of(row.id) == [
        ("writer", "Brian K. Vaughan"),
        ("penciller", "Fiona Staples"),
        ("inker", "Fiona Staples"),
        ("colorist", "Fiona Staples"),
        ("letterer", "Fonografiks"),
        ("cover_artist", "Fiona Staples"),
        ("cover_artist", "Somebody Else"),
        ("editor", "Eric Stephenson"),
        ("translator", "Nobody"),
    ]
    assert tags_of(row.id) == {
        ("genre", "Science Fiction", None),
        ("genre", "War", None),
        ("tag", "ghosts", None),
        ("character", "Alana", None),
        ("character", "Marko", None),
        ("team", "Wreath", None),
        ("location", "Cleave", None),
        ("story_arc", "Flight", "2"),
        ("story_arc", "War", "5"),
    }
    assert (job.index_total, job.index_done, job.index_failed, job.errors_count) == (1, 1, 0, 0)


def test_a_comic_is_found_by_all_its_names(trial: Trial) -> None:
    trial.add("Saga/7.cbz", info=EVERYTHING)
    trial.add("Chew/1.cbz")
    scan(trial)
    comic = trial.comic("Saga/7.cbz").id
    for words in (
        *("saga", "the will", "7.5", "staples", "vaughan SAGA", "fonogr"),
        *("alana", "wreath", "cleave", "flight", "science fiction", "ghosts", "image", "shadowl"),
    ):
        assert found(words) == {comic}, words
    assert found("chew 1") == {trial.comic("Chew/1.cbz").id}


def test_a_comic_without_metadata_is_found_by_its_file_and_series(trial: Trial) -> None:
    trial.add("Saga/Saga 012 (2013).cbz")
    scan(trial)
    row = trial.comic("Saga/Saga 012 (2013).cbz")
    assert (row.index_state, row.page_count, row.title) == (WorkState.DONE, 2, None)
    assert row.sort_number == 12
    assert found("saga 012") == {row.id}


def test_a_comic_is_found_by_the_series_of_its_metadata_and_by_that_of_its_folder(
    trial: Trial,
) -> None:
    trial.add("Unsorted/x.cbz", info="<ComicInfo><Series>Saga</Series></ComicInfo>")
    scan(trial)
    assert found("unsorted") == found("saga") == {trial.comic("Unsorted/x.cbz").id}


def test_each_page_leaves_its_checksum_and_size(trial: Trial) -> None:
    pages = pages_of(3)
    (trial.root / "Saga").mkdir()
    zip_of(trial.root / "Saga" / "1.cbz", pages)
    scan(trial)
    comic = trial.comic("Saga/1.cbz")
    (row,) = trial.rows(comic_pages)
    sums = b"".join(struct.pack("<II", zlib.crc32(page), len(page)) for page in pages.values())
    assert (row.comic_id, row.sums) == (comic.id, sums)


def test_metadata_of_several_formats_is_brought_together(trial: Trial) -> None:
    folder = trial.root / "Saga"
    folder.mkdir()
    zip_of(
        folder / "Saga 012 (of 54) (2013).cbz",
        pages_of(3)
        | {
            "ComicInfo.xml": b"<ComicInfo><Title>A</Title><Writer>Ann One</Writer></ComicInfo>",
            "MetronInfo.xml": b"<MetronInfo><Series><Name>Saga</Name></Series><Credits><Credit>"
            b"<Creator>Bob Two</Creator><Roles><Role>Inker</Role></Roles></Credit></Credits>"
            b"<Prices><Price country='US'>2.99</Price></Prices></MetronInfo>",
            "CoMet.xml": b"<comet><title>B</title><coverImage>page 002.jpg</coverImage></comet>",
        },
    )
    with zipfile.ZipFile(folder / "Saga 012 (of 54) (2013).cbz", "a") as archive:
        archive.comment = b'{"ComicBookInfo/1.0": {"volume": 3, "publisher": "Image"}}'
    scan(trial)
    row = trial.comic("Saga/Saga 012 (of 54) (2013).cbz")
    assert (row.title, row.series_title, row.volume, row.prices) == ("A", "Saga", 3, "US:2.99")
    assert (row.number, row.issue_count, row.release_date) == ("12", 54, "2013")
    assert row.cover_page == 2
    assert credits_of(row.id) == [("inker", "Bob Two"), ("writer", "Ann One")]
    fields = ("title", "series_title", "volume", "number", "prices", "publisher", "writer", "inker")
    assert list(unpacked(row.sources, fields).values()) == [
        *("comicinfo", "metroninfo", "comicbookinfo", "filename"),
        *("metroninfo", "comicbookinfo", "comicinfo", "metroninfo"),
    ]
    assert trial.errors() == {}


def test_a_broken_metadata_file_is_told_and_hides_none_of_the_others(trial: Trial) -> None:
    folder = trial.root / "Saga"
    folder.mkdir()
    good = b"<MetronInfo><Number>7</Number></MetronInfo>"
    broken = {"ComicInfo.xml": b"<ComicInfo>", "CoMet.xml": b"<comet>", "MetronInfo.xml": good}
    zip_of(folder / "1.cbz", pages_of(2) | broken)
    job = scan(trial)
    assert (job.index_done, job.index_failed, job.errors_count) == (1, 0, 1)
    row = trial.comic("Saga/1.cbz")
    assert (row.index_state, row.number) == (WorkState.DONE, "7")
    assert trial.errors() == {"Saga/1.cbz": "metadata_invalid"}
    message = trial.messages()["Saga/1.cbz"]
    assert "ComicInfo.xml" in message
    assert "CoMet.xml" in message


def test_a_comic_that_is_cut_off_is_read_as_far_as_it_is_whole(trial: Trial) -> None:
    folder = trial.root / "Saga"
    folder.mkdir()
    zip_of(folder / "1.cbz", pages_of(9))
    whole = (folder / "1.cbz").read_bytes()
    (folder / "1.cbz").write_bytes(whole[: len(whole) // 4])
    age(trial.root)
    job = scan(trial)
    assert (job.index_done, job.index_failed, job.errors_count) == (1, 0, 1)
    row = trial.comic("Saga/1.cbz")
    assert row.index_state == WorkState.DONE
    assert 0 < row.page_count < 9
    assert trial.errors() == {"Saga/1.cbz": "truncated"}


def test_archives_are_told_by_their_content_and_not_by_their_names(trial: Trial) -> None:
    folder = trial.root / "Saga"
    folder.mkdir()
    pages = pages_of(3)
    rar_of(folder / "1.cbz", pages)
    zip_of(folder / "2.cbr", pages)
    rar_of(folder / "3.rar", pages | {"ComicInfo.xml": EVERYTHING.encode()})
    scan(trial)
    rows = [trial.comic(f"Saga/{name}") for name in ("1.cbz", "2.cbr", "3.rar")]
    assert [(row.container, row.page_count) for row in rows] == [("rar", 3), ("zip", 3), ("rar", 3)]
    assert len({row.fingerprint for row in rows}) == 1
    assert rows[2].title == "The Will"
    assert trial.errors() == {}


def test_comics_of_one_series_share_their_people(trial: Trial) -> None:
    for number in range(5):
        trial.add(f"Saga/{number}.cbz", info=EVERYTHING)
    scan(trial)
    assert trial.count(people) == 6
    assert trial.count(comic_credits) == 5 * 9


@needs_real
def test_real_comics_are_read(trial: Trial) -> None:
    (trial.root / "Real").symlink_to(REAL)
    job = scan(trial)
    assert job.index_done > 0
    assert {row.error_class for row in trial.rows(job_errors)} & {"internal", "crashed"} == set()


# ---- what cannot be read ----


def broken(folder: Path) -> dict[str, str]:
    """Files that are no comics, and the class of what is wrong with each."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "zero.cbz").touch()
    (folder / "text.cbz").write_text("This is no archive.")
    zip_of(folder / "words.cbz", {"readme.txt": b"no picture here"})
    zip_of(folder / "nothing.cbz", {})
    (folder / "picture.cbr").write_bytes(JPEG)
    rar_of(folder / "locked.cbr", pages_of(2), encrypted_list=True)
    return {
        "zero.cbz": "empty",
        "text.cbz": "unsupported",
        "words.cbz": "no_pages",
        "nothing.cbz": "no_pages",
        "picture.cbr": "unsupported",
        "locked.cbr": "encrypted",
    }


def test_what_is_no_comic_is_an_error_in_words_and_stops_nothing(trial: Trial) -> None:
    trial.add("Saga/1.cbz", "Saga/z.cbz")
    classes = broken(trial.root / "Saga")
    job = scan(trial)
    assert trial.errors() == {f"Saga/{name}": error for name, error in classes.items()}
    for sentence in trial.messages().values():
        assert sentence.endswith(".")
        assert "Error" not in sentence
        assert "Traceback" not in sentence
    assert (job.index_done, job.index_failed, job.errors_count) == (2, 6, 6)
    assert job.index_total == 8
    for name in classes:
        row = trial.comic(f"Saga/{name}")
        assert (row.index_state, row.page_count) == (WorkState.FAILED, None)
        assert found(name.partition(".")[0]) >= {row.id}


def test_what_cannot_be_read_keeps_its_place_on_the_shelf(trial: Trial) -> None:
    trial.add("Saga/Saga 001.cbz", "Saga/Saga 003.cbz")
    (trial.root / "Saga/Saga 002.cbz").write_bytes(b"")
    scan(trial)
    torn = trial.comic("Saga/Saga 002.cbz")
    assert (torn.index_state, torn.number, torn.sort_number) == (WorkState.FAILED, "2", 2.0)


def test_a_comic_with_a_bad_comicinfo_is_readable_and_has_an_error(trial: Trial) -> None:
    trial.add("Saga/1.cbz", info="<ComicInfo><Title>half")
    trial.add("Saga/2.cbz", info="<Other/>")
    job = scan(trial)
    assert trial.errors() == {
        "Saga/1.cbz": "metadata_invalid",
        "Saga/2.cbz": "metadata_invalid",
    }
    assert trial.comic("Saga/1.cbz").page_count == 2
    assert trial.comic("Saga/1.cbz").index_state == WorkState.DONE
    assert (job.index_done, job.index_failed, job.errors_count) == (2, 0, 2)


def test_of_a_comic_that_is_cut_off_the_whole_pages_are_read_and_it_is_told(trial: Trial) -> None:
    whole = write_comic(trial.root / "Saga" / "short.cbz", pages=20)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    job = scan(trial)
    assert trial.errors() == {"Saga/short.cbz": "truncated"}
    row = trial.comic("Saga/short.cbz")
    assert row.index_state == WorkState.DONE
    assert 0 < row.page_count < 20
    assert (job.index_done, job.index_failed, job.errors_count) == (1, 0, 1)


def test_a_comic_that_went_away_since_it_was_found_is_an_error(trial: Trial) -> None:
    trial.add("Saga/1.cbz", "Saga/2.cbz")
    job_id, claimed = index_claim(trial)
    (trial.root / "Saga" / "1.cbz").unlink()
    assert trial.run(claimed) == 0
    assert trial.errors() == {"Saga/1.cbz": "vanished"}
    assert trial.job(job_id).status == JobStatus.COMPLETED


def test_a_mended_file_is_read_by_a_retry_and_its_error_closed(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    broken(trial.root / "Saga")
    job = scan(trial)
    write_comic(trial.root / "Saga" / "zero.cbz", EVERYTHING)
    comic = trial.comic("Saga/zero.cbz").id
    with writing() as connection:
        assert jobs.retry(connection, job.id, comic_id=comic) == 1
    job = trial.go_on(job.id)
    assert job.status == JobStatus.COMPLETED
    assert (job.index_total, job.index_done, job.index_failed) == (7, 2, 5)
    assert job.errors_count == 5
    assert "Saga/zero.cbz" not in trial.errors()
    row = trial.comic("Saga/zero.cbz")
    assert (row.title, row.index_state) == ("The Will", WorkState.DONE)
    assert comic in found("staples")


def test_a_retry_of_a_file_that_is_still_broken_counts_its_attempts(trial: Trial) -> None:
    broken(trial.root / "Saga")
    job = scan(trial)
    for _ in range(2):
        with writing() as connection:
            assert jobs.retry(connection, job.id, path_glob="*zero*") == 1
        job = trial.go_on(job.id)
    assert (job.status, job.index_failed, job.errors_count) == (JobStatus.COMPLETED, 6, 6)
    [row] = [row for row in trial.rows(job_errors) if row.path == b"Saga/zero.cbz"]
    assert row.attempts == 3
    assert row.resolved_at is None


def test_a_full_scan_tries_again_what_failed_and_a_quick_one_does_not(trial: Trial) -> None:
    broken(trial.root / "Saga")
    age(trial.root)
    scan(trial)
    quick = scan(trial)
    assert (quick.index_total, quick.errors_count) == (0, 0)
    full = scan(trial, ScanKind.FULL)
    assert (full.index_total, full.index_failed, full.errors_count) == (6, 6, 6)


# ---- again ----


def test_a_changed_file_replaces_what_was_known_of_it(trial: Trial) -> None:
    trial.add("Saga/7.cbz", "Saga/8.cbz", info=EVERYTHING)
    scan(trial)
    other = "<ComicInfo><Title>Landfall</Title><Writer>Ann Other</Writer></ComicInfo>"
    trial.add("Saga/7.cbz", info=other)
    job = scan(trial, ScanKind.FULL)
    assert (job.comics_updated, job.index_total) == (1, 1)
    row = trial.comic("Saga/7.cbz")
    assert (row.title, row.number, row.summary, row.publisher_id) == ("Landfall", "7", None, None)
    assert (row.right_to_left, row.cover_page) == (False, 0)
    assert credits_of(row.id) == [("writer", "Ann Other")]
    assert tags_of(row.id) == set()
    assert found("landfall") == {row.id}
    assert found("staples") == {trial.comic("Saga/8.cbz").id}
    with reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM comic_search")).scalar() == 2


def test_a_comic_that_breaks_is_not_said_to_be_fine(trial: Trial) -> None:
    trial.add("Saga/7.cbz", info=EVERYTHING)
    scan(trial)
    (trial.root / "Saga" / "7.cbz").write_bytes(b"")
    job = scan(trial, ScanKind.FULL)
    assert (job.index_done, job.index_failed) == (0, 1)
    assert trial.errors() == {"Saga/7.cbz": "empty"}
    assert trial.comic("Saga/7.cbz").index_state == WorkState.FAILED
    assert trial.rows(comic_pages) == []


def test_a_scan_of_what_was_indexed_opens_no_archive(trial: Trial) -> None:
    trial.add("Saga/7.cbz", info=EVERYTHING)
    age(trial.root)
    scan(trial)
    for kind in set(ScanKind) - {ScanKind.METADATA}:
        job = scan(trial, kind)
        assert (job.index_total, job.index_done) == (0, 0)
        assert job.index_started_at is not None
        assert job.index_completed_at is not None


# ---- stopping, dying, going on ----


@pytest.fixture
def gates(gates: Gates) -> Gates:
    gates.shut("index")
    return gates


@pytest.fixture
def large(trial: Trial) -> Trial:
    """Enough comics that the index takes several commits."""
    trial.root.joinpath("Saga").mkdir()
    model = write_comic(trial.root.parent / "model.cbz", EVERYTHING)
    for number in range(4000):
        os.link(model, trial.root / "Saga" / f"{number}.cbz")
    return trial


def done(trial: Trial, job_id: int) -> int:
    return int(trial.job(job_id).index_done)


def indexed(trial: Trial) -> int:
    return sum(row.index_state == WorkState.DONE for row in trial.rows(comics))


def test_a_stage_that_is_asked_to_stop_commits_what_it_has_and_leaves_with_75(
    large: Trial, gates: Gates
) -> None:
    job_id, claimed = index_claim(large)
    with large.stage(claimed) as stage:
        gates.waiting("index")
        stage.terminate()
        gates.open("index")
        assert stage.wait(PATIENCE) == 75
    many = indexed(large)
    assert 0 < done(large, job_id) == many < 4000
    with writing() as connection:
        assert shards.hand_back(connection, claimed.shard_id, claimed.fence)
    assert large.go_on(job_id).status == JobStatus.COMPLETED
    assert done(large, job_id) == indexed(large) == 4000


def test_a_stage_leaves_when_its_parent_dies(large: Trial, gates: Gates) -> None:
    job_id, claimed = index_claim(large)
    with large.stage(claimed) as stage:
        gates.waiting("index")
        assert stage.stdin
        stage.stdin.close()
        assert stage.wait(PATIENCE) == 75
    assert done(large, job_id) == indexed(large) < 4000


def test_a_stage_that_is_killed_loses_and_doubles_nothing(large: Trial, gates: Gates) -> None:
    job_id, claimed = index_claim(large)
    with large.stage(claimed):
        gates.waiting("index")
    gates.open("index")
    assert done(large, job_id) == indexed(large) < 4000
    with writing() as connection:
        assert shards.bury(connection, claimed.shard_id, "killed", fence=claimed.fence)
    assert large.go_on(job_id).status == JobStatus.COMPLETED
    assert done(large, job_id) == indexed(large) == 4000
    assert large.count(comic_credits) == 4000 * 9
    assert large.errors() == {}


def test_a_stage_whose_shard_was_taken_away_writes_no_more(large: Trial, gates: Gates) -> None:
    _job_id, claimed = index_claim(large)
    with large.stage(claimed) as stage:
        gates.waiting("index")
        with writing() as connection:
            shards.bury(connection, claimed.shard_id, "taken for dead", fence=claimed.fence)
        many = indexed(large)
        assert stage.wait(PATIENCE) == 75
    assert indexed(large) == many < 4000


def test_nothing_is_written_of_a_comic_that_is_removed_while_it_is_read(
    trial: Trial, gates: Gates
) -> None:
    gates.open("index")
    trial.add(*(f"Saga/{number:02d}.cbz" for number in range(20)), info=EVERYTHING)
    job_id, claimed = index_claim(trial)
    gates.shut("10.cbz")
    with trial.stage(claimed) as stage:
        gates.waiting("10.cbz")
        with writing() as connection:
            connection.execute(delete(comics).where(comics.c.file_name.in_([b"05.cbz", b"15.cbz"])))
        gates.open("10.cbz")
        assert stage.wait(PATIENCE) == 0
    with reading() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    assert indexed(trial) == done(trial, job_id) == 18
    assert trial.count(comic_credits) == 18 * 9


# ---- a file that kills ----


def die_of_poison(trial: Trial, claimed: shards.Claim, gates: Gates) -> None:
    """Run a stage that dies of a file, and bury it as the runner does."""
    gates.shut("10 poison.cbz")
    with trial.stage(claimed) as stage:
        gates.waiting("10 poison.cbz")
        stage.send_signal(signal.SIGKILL)
        assert stage.wait(PATIENCE) == -signal.SIGKILL
        gates.open("10 poison.cbz")
        with writing() as connection:
            shards.bury(
                connection,
                claimed.shard_id,
                "killed by signal 9 (SIGKILL)",
                fence=claimed.fence,
                exit_code=-9,
                in_hand=in_hand.read(claimed.shard_id),
            )


@pytest.fixture
def poisoned(trial: Trial) -> Trial:
    """Twenty comics, and one in their middle that a stage dies of."""
    trial.add(*(f"Saga/{number:02d}.cbz" for number in range(20)), info=EVERYTHING)
    trial.add("Saga/10 poison.cbz")
    return trial


def test_a_file_that_a_stage_dies_of_twice_is_named_and_the_rest_is_done(
    poisoned: Trial, gates: Gates
) -> None:
    gates.open("index")
    job_id, claimed = index_claim(poisoned)
    die_of_poison(poisoned, claimed, gates)
    assert poisoned.errors() == {}
    die_of_poison(poisoned, poisoned.claim(), gates)
    assert poisoned.errors() == {"Saga/10 poison.cbz": "crashed"}
    assert "killed by signal 9" in poisoned.messages()["Saga/10 poison.cbz"]
    job = poisoned.go_on(job_id)
    assert job.status == JobStatus.COMPLETED
    assert (job.index_total, job.index_done, job.index_failed) == (21, 20, 1)
    assert poisoned.comic("Saga/10 poison.cbz").index_state == WorkState.FAILED

    with writing() as connection:
        assert jobs.retry(connection, job_id, path_glob="*poison*") == 1
    job = poisoned.go_on(job_id)
    assert (job.index_done, job.index_failed, job.errors_count) == (21, 0, 0)
    assert poisoned.errors() == {}


def test_a_death_that_is_no_files_fault_names_none(poisoned: Trial, gates: Gates) -> None:
    gates.open("index")
    job_id, claimed = index_claim(poisoned)
    die_of_poison(poisoned, claimed, gates)
    assert poisoned.go_on(job_id).status == JobStatus.COMPLETED
    assert poisoned.errors() == {}
    assert done(poisoned, job_id) == 21


def test_a_file_is_in_hand_only_while_it_is_open(large: Trial, gates: Gates) -> None:
    _job_id, claimed = index_claim(large)
    with large.stage(claimed) as stage:
        gates.waiting("index")
        assert not in_hand.read(claimed.shard_id)
        with writing():  # the stage comes to its next commit and waits
            gates.open("index")
            wait_for(lambda: in_hand.read(claimed.shard_id), "the next batch")
            wait_for(lambda: not in_hand.read(claimed.shard_id), "empty hands")
            stage.kill()
            stage.wait(PATIENCE)
    assert in_hand.read(claimed.shard_id) is None


def test_what_was_learnt_in_a_transaction_that_failed_is_not_believed(trial: Trial) -> None:
    trial.add("Saga/1.cbz", info=EVERYTHING)
    job_id, claimed = index_claim(trial)
    with writing() as connection:
        connection.exec_driver_sql("ALTER TABLE comic_credits RENAME TO away")
    assert trial.run(claimed) == 1
    with writing() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO comic_credits")
    assert trial.go_on(job_id).status == JobStatus.COMPLETED
    assert len(credits_of(trial.comic("Saga/1.cbz").id)) == 9


def test_a_work_list_is_cut_into_slices_that_touch_and_hold_all(large: Trial) -> None:
    job_id = large.discover(thumbnails="none").id
    with reading() as connection:
        for many in (1, 2, 3, 7, 50):
            slices = worklists.cut(connection, Phase.INDEX, job_id, many)
            assert len(slices) == many
            assert sum(total for _first, _last, total in slices) == 4000
            for (_, last, _), (first, _, _) in itertools.pairwise(slices):
                assert first == last + 1
            for first, last, total in slices:
                items = worklists.next_items(
                    connection, Phase.INDEX, job_id, first, last, limit=5000
                )
                assert len(items) == total


def test_an_error_is_closed_when_its_comic_is_gone(trial: Trial) -> None:
    trial.add(*(f"Saga/{number}.cbz" for number in range(9)))
    (trial.root / "Saga" / "zero.cbz").touch()
    scan(trial)
    assert trial.errors() == {"Saga/zero.cbz": "empty"}
    (trial.root / "Saga" / "zero.cbz").unlink()
    assert scan(trial).comics_missing == 1
    assert trial.errors() == {}


def test_a_comic_that_is_back_is_read_if_it_could_not_be_before(trial: Trial) -> None:
    trial.add(*(f"Saga/{number}.cbz" for number in range(9)))
    (trial.root / "Saga" / "zero.cbz").touch()
    scan(trial)
    (trial.root / "Saga" / "zero.cbz").unlink()
    scan(trial)
    trial.add("Saga/zero.cbz", info=EVERYTHING)
    job = scan(trial)
    assert (job.comics_back, job.index_done) == (1, 1)
    assert trial.comic("Saga/zero.cbz").title == "The Will"
    assert trial.errors() == {}


def test_a_comic_that_cannot_be_read_does_not_stand_for_its_series(trial: Trial) -> None:
    trial.add("Saga/2.cbz", "Saga/3.cbz")
    (trial.root / "Saga" / "1.cbz").write_bytes(b"no archive")
    scan(trial)
    [saga] = trial.rows(series)
    assert saga.cover_comic_id == trial.comic("Saga/2.cbz").id
    assert saga.comic_count == 3
