"""The barest web application that serves what Longbox serves, over the database of the floors.

    FLOOR_DATABASE=… FLOOR_FILES=… gunicorn --worker-class gthread bench.floor_app:app

No sessions, no rights, no cursors: one query and one template for a page, a file as it is.
"""

from __future__ import annotations

import os
import sqlite3

from flask import Flask, Response, render_template_string, send_from_directory

app = Flask(__name__)

PAGE = """<!doctype html><html lang="en"><title>Floor</title><body><ul>
{% for comic in comics %}<li><a href="/comic/{{ comic[0] }}"><img src="/cover/{{ comic[0] }}"
 loading="lazy" alt=""><h2>{{ comic[1] }}</h2><p>{{ comic[2] }}</p></a></li>
{% endfor %}</ul></body></html>"""


def _comics(query: str, *values: str) -> str:
    connection = sqlite3.connect(f"file:{os.environ['FLOOR_DATABASE']}?mode=ro", uri=True)
    try:
        return render_template_string(PAGE, comics=connection.execute(query, values).fetchall())
    finally:
        connection.close()


@app.get("/wall")
def wall() -> str:
    """Sixty comics in order."""
    return _comics("SELECT id, title, number FROM comics ORDER BY id LIMIT 60")


@app.get("/search/<words>")
def search(words: str) -> str:
    """Sixty comics that have the words."""
    return _comics(
        "SELECT comics.id, comics.title, number FROM search JOIN comics ON comics.id = search.rowid"
        " WHERE search MATCH ? LIMIT 60",
        words,
    )


@app.get("/file/<path:name>")
def file(name: str) -> Response:
    """A file, with an ETag."""
    return send_from_directory(os.environ["FLOOR_FILES"], name, max_age=0)
