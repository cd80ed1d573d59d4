"""What is kept for comics that are not here is handed to them when a scan finds them."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from db import users
from db.engine import reading, writing
from db.reading import keep, progress
from db.schema import comics, reading_awaited
from pipeline.homecoming import Homecoming
from tests.catalogue_rows import add_comic
from tests.reading_rows import count
from tests.reading_traces import NOON, Place, make_place, read
from tests.scan_rows import add_job, ended
from tests.trial import wait_for


@pytest.fixture
def place(data: object) -> Place:
    return make_place()


def test_a_comic_that_was_purged_and_is_found_again_is_as_far_read_as_it_was(
    place: Place, reader: users.User
) -> None:
    comic = place.numbers[0]
    read(reader, comic, 7, NOON)
    with writing() as connection:
        keep.set_aside(connection, comic_ids=[comic])
        connection.execute(delete(comics).where(comics.c.id == comic))
    homecoming = Homecoming()
    homecoming.pass_by()
    back = add_comic(place.bone, "renamed.cbz", fingerprint=b"\1" * 16)
    homecoming.pass_by()
    assert count(reading_awaited) == 1  # no scan has ended
    add_job(place.library_id, **ended())

    def is_settled() -> bool:
        homecoming.pass_by()
        return not count(reading_awaited)

    wait_for(is_settled, "handing over")
    with reading() as connection:
        found = progress.find(connection, reader.id, back)
    assert found is not None
    assert found.page == 7
