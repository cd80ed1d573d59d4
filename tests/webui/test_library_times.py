"""The forms and the API for when libraries are scanned by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from db import folders, libraries, quiet_hours, watches
from db.engine import reading, writing
from db.libraries import Library
from db.states import WatchMode


@pytest.fixture
def library(data: Path, tmp_path: Path) -> Library:
    folder = tmp_path / "shelf"
    folder.mkdir()
    with writing() as connection:
        return libraries.add(connection, libraries.usable_folder(str(folder)))


def times(client: FlaskClient, library: Library) -> dict[str, object]:
    answer = client.get(f"/api/libraries/{library.id}/times")
    assert answer.status_code == 200
    return dict(answer.json)


FORM = {"quick": "daily 03:00", "full": "", "quiet_hours": "22-7", "watch": "1"}


def test_the_form_keeps_what_it_says_and_shows_the_next_run(
    admin_client: FlaskClient, library: Library
) -> None:
    where = f"/libraries/{library.id}/times"
    page = admin_client.post(where, data=FORM, follow_redirects=True).text
    assert "The times are kept." in page
    assert "03:00" in page.partition("Next: ")[2][:30]
    assert "Not watched yet: that begins in a few seconds, if the worker runs." in page
    told = times(admin_client, library)
    assert [one["rule"] for one in told["schedules"]] == ["daily 03:00"]
    assert told["quiet_hours"] == "22:00-07:00"
    assert told["watch"] == {"on": True, "mode": None, "reason": None}
    admin_client.post(where, data={})
    told = times(admin_client, library)
    assert (told["schedules"], told["quiet_hours"], told["watch"]["on"]) == ([], "", False)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [("quick", "now & then", "cannot tell when “now &amp; then” is"), ("quiet_hours", "x", "“x”")],
)
def test_what_cannot_be_kept_is_said_beside_what_was_written(
    admin_client: FlaskClient, library: Library, field: str, value: str, sentence: str
) -> None:
    answer = admin_client.post(f"/libraries/{library.id}/times", data=FORM | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'name="{field}" value="{value.replace("&", "&amp;")}"' in answer.text


def test_all_that_cannot_be_kept_is_named_at_once_and_nothing_is_kept(
    admin_client: FlaskClient, library: Library
) -> None:
    wrong = {"full": "now and then", "quiet_hours": "x"}
    answer = admin_client.post(f"/libraries/{library.id}/times", data=FORM | wrong)
    assert "“now and then”" in answer.text
    assert "“x”" in answer.text
    told = times(admin_client, library)
    assert (told["schedules"], told["watch"]["on"]) == ([], False)
    assert times(admin_client, library)["schedules"] == []


def test_the_page_says_how_a_library_is_watched_and_why(
    admin_client: FlaskClient, library: Library
) -> None:
    with writing() as connection:
        watches.turn(connection, library.id, True)
        watches.tell(connection, library.id, WatchMode.POLLING, "it lies on a network file system")
        folders.doubt_stamps(connection, library.id, b"Saga")
    where = f"/libraries/{library.id}"
    page = admin_client.get(where).text
    assert "Looked at every 5 minutes, as it lies on a network file system." in page
    assert "a scan found changes in Saga although its time stamp was the same" in page
    page = admin_client.post(f"{where}/time-stamps", follow_redirects=True).text
    assert "although its time stamp" not in page


def test_the_api_changes_what_it_is_told_and_leaves_the_rest(
    admin_client: FlaskClient, library: Library
) -> None:
    where = f"/api/libraries/{library.id}/times"
    said = {"schedules": {"quick": "hourly", "full": "sunday 04:00"}, "quiet_hours": "never"}
    assert admin_client.put(where, json=said).status_code == 200
    answer = admin_client.put(where, json={"schedules": {"quick": None}, "watch": True})
    assert [one["kind"] for one in answer.json["schedules"]] == ["full"]
    assert answer.json["quiet_hours"] == "never"
    assert answer.json["watch"]["on"]
    for bad in ({"schedules": {"all": "hourly"}}, {"schedules": {"quick": 3}}, {"watch": "yes"}):
        assert admin_client.put(where, json=bad).status_code == 422
    assert admin_client.get("/api/libraries/99/times").status_code == 404
    assert admin_client.put("/api/libraries/99/times", json={}).status_code == 404


def test_quiet_hours_of_all_libraries(admin_client: FlaskClient, library: Library) -> None:
    page = admin_client.post(
        "/libraries/quiet-hours", data={"quiet_hours": "23:00 to 6:00"}, follow_redirects=True
    ).text
    assert "The quiet hours are kept." in page
    assert times(admin_client, library)["quiet_hours_in_force"] == "23:00-06:00"
    assert admin_client.put("/api/quiet-hours", json={"hours": ""}).json == {"hours": ""}
    assert admin_client.get("/api/quiet-hours").json == {"hours": ""}
    for where in ("/libraries/quiet-hours", f"/libraries/{library.id}/times"):
        answer = admin_client.post(where, data={"quiet_hours": "always"})
        assert answer.status_code == 422
        assert "Write them as 22:00-07:00" in answer.text
    with reading() as connection:
        assert quiet_hours.of_all(connection) is None


def test_only_an_admin_sets_times(reader_client: FlaskClient, library: Library) -> None:
    assert reader_client.get(f"/api/libraries/{library.id}/times").status_code == 403
    assert reader_client.put("/api/quiet-hours", json={"hours": ""}).status_code == 403
    assert reader_client.post(f"/libraries/{library.id}/times", data=FORM).status_code == 403
