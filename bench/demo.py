"""Draws the small library that `make demo` shows: eight series of four invented publishers.

python -m bench.demo DEST
"""

from __future__ import annotations

import argparse
import io
import json
import os
import zipfile
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image

from bench.artwork.covers import Cover, Masthead, cover, page
from bench.artwork.palettes import PALETTES

SIZE = (1000, 1537)
PAGES = 5  # a comic, its cover included
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """One series of the demo; `titles` names its issues, `lines` is what its captions say."""

    name: str
    publisher: str
    year: int
    scene: str
    masthead: Masthead
    writer: str
    artist: str
    colorist: str
    genre: str
    age: str
    summary: str
    characters: str
    titles: tuple[str, ...]
    lines: tuple[str, ...]
    manga: bool = False


DEMO = (
    Series(
        name="Salt & Lantern",
        publisher="Lantern Press",
        year=2018,
        scene="lighthouse",
        masthead=Masthead(("SALT & LANTERN",), weight=0.03, tall=0.115),
        writer="Ines Calder",
        artist="Tom Ahlberg",
        colorist="Noor Haddad",
        genre="Adventure, Mystery",
        age="Everyone 10+",
        summary="The last keeper of Gannet Rock counts the ships at night. One more comes in than "
        "ever went out.",
        characters="Marit Gannet, The Pilot, Old Brandt",
        titles=(
            "The Keeper Counts", "A Ship Too Many", "What the Fog Bought", "Brandt's Ledger",
            "Low Water", "The Pilot's Wife", "All Lamps Out",
        ),
        lines=(
            "Eleven out, twelve in.", "The lamp has never been late.", "Nobody signals from there.",
            "Brandt kept a second book.", "The tide takes minutes. I take names.",
            "She had no draught and no wake.", "Count them again.",
        ),
    ),
    Series(
        name="Hollow Pines",
        publisher="Lantern Press",
        year=2020,
        scene="mountains",
        masthead=Masthead(("Hollow", "Pines"), 0.012, 0.01, tall=0.12, align=0, width=0.6),
        writer="Petra Lindqvist",
        artist="Jae Park",
        colorist="Jae Park",
        genre="Horror, Drama",
        age="Mature 17+",
        summary="A ranger winters alone above the tree line. The light in the other cabin is lit "
        "every evening, and there is no other cabin.",
        characters="Ada Vance, Dispatch",
        titles=("First Snow", "The Other Cabin", "Dispatch", "Long Dark", "Thaw"),
        lines=(
            "Station Nine, all quiet.", "There is no Station Ten.", "The tracks only go out.",
            "Who keeps the stove warm?", "It snowed upwards for an hour.", "Say again, Dispatch?",
        ),
    ),
    Series(
        name="Nightjar",
        publisher="Meridian Comics",
        year=2016,
        scene="city",
        masthead=Masthead(("NIGHTJAR",), weight=0.05, tracking=0.035, tall=0.21),
        writer="Marco Reyes",
        artist="Gwen Okafor",
        colorist="Lars Eriksen",
        genre="Superhero, Crime",
        age="Teen",
        summary="By day she restores old maps of the city. By night somebody uses them, and she "
        "means to know who.",
        characters="Nightjar, Inspector Sato, The Surveyor",
        titles=(
            "Rooflines", "The Surveyor", "Rain on Ninth", "A City Drawn from Memory",
            "Inspector Sato Declines", "The Long Ledge", "Contour", "Every Light a Window",
        ),
        lines=(
            "The city has a second floor plan.", "Ninth and Harbour. Again.", "Maps do not lie.",
            "She never looks down.", "Rain is cover, and evidence.", "Somebody is redrawing us.",
            "Sato, you are late.", "Jump.",
        ),
    ),
    Series(
        name="Bolt Brigade",
        publisher="Meridian Comics",
        year=1978,
        scene="burst",
        masthead=Masthead(
            ("BOLT", "BRIGADE!"), 0.055, 0.05, tall=0.15, shadow=True, plates=True
        ),
        writer="Sam Kowalski",
        artist="June Wright",
        colorist="Paul Baker",
        genre="Superhero, Humor",
        age="Everyone",
        summary="Four substitute teachers, one thunderstorm, and the loudest super team of the "
        "seventies.",
        characters="Volta, Fuse, Kid Static, Mrs. Ampère",
        titles=(
            "Struck Twice!", "Kid Static Stays After School!", "The Amp of Doom!",
            "Who Pulled the Plug?", "Short Circuit City!", "The Brigade Goes Solar!",
        ),
        lines=(
            "Stand back, this one is live!", "Class dismissed!", "Watts the matter?",
            "That is no ordinary cloud!", "Fuse! Now!", "We are substitutes. For justice!",
        ),
    ),
    Series(
        name="Perihelion",
        publisher="Orbital",
        year=2021,
        scene="orbit",
        masthead=Masthead(("PERI", "HELION"), weight=0.02, tracking=0.10, tall=0.105),
        writer="Leila Rahman",
        artist="Viktor Novak",
        colorist="Uma Singh",
        genre="Science Fiction",
        age="Teen",
        summary="The courier Anselm makes one delivery every nine years, at the point where the "
        "comet is nearest to the sun.",
        characters="Captain Anselm, Iko, The Addressee",
        titles=(
            "Nine Years of Mail", "Iko Wakes", "The Addressee", "Slow Burn", "Return to Sender",
            "Nearest Approach",
        ),
        lines=(
            "Closest approach in four hours.", "You have been asleep for nine years.",
            "Somebody down there is waving.", "No return address.", "Hold her steady, Iko.",
            "The ring is made of letters.",
        ),
    ),
    Series(
        name="Far Signal",
        publisher="Orbital",
        year=2019,
        scene="signal",
        masthead=Masthead(("FAR SIGNAL",), weight=0.012, tracking=0.24, tall=0.06),
        writer="Akira Tanaka",
        artist="Mina Hayashi",
        colorist="",
        genre="Science Fiction, Mystery",
        age="Teen",
        summary="A radio telescope hears a song that was broadcast forty years from now.",
        characters="Dr. Hana Ito, The Listener",
        titles=("Carrier", "Noise Floor", "Forty Years", "Sideband", "Reply"),
        lines=(
            "It repeats every 1.337 seconds.", "That is not a pulsar.", "Play it backwards.",
            "I know this song.", "The dish has not moved.", "Then who is receiving?",
        ),
        manga=True,
    ),
    Series(
        name="Forms of Play",
        publisher="Petit Atelier",
        year=2015,
        scene="blocks",
        masthead=Masthead(
            ("Forms", "of Play"), 0.03, 0.0, width=0.6, tall=0.13, align=0, dark=True
        ),
        writer="Chiara Marchetti",
        artist="Anton Weber",
        colorist="Anton Weber",
        genre="Slice of Life, Design",
        age="Everyone",
        summary="Four short pieces about circles and squares and those who cannot leave them be.",
        characters="",
        titles=("Circle", "Square", "Stripe", "Rest"),
        lines=("A circle rolls.", "A square decides.", "Stripes are in a hurry.", "Rest."),
    ),
    Series(
        name="Night Garden",
        publisher="Petit Atelier",
        year=2017,
        scene="garden",
        masthead=Masthead(("NIGHT", "GARDEN"), weight=0.035, tracking=0.06, tall=0.1),
        writer="Sofia Moreau",
        artist="Maja Zielinski",
        colorist="Sofia Moreau",
        genre="Fantasy, Romance",
        age="Everyone 10+",
        summary="A gardener plants only what blooms after midnight, and falls in love with "
        "whoever waters it by day.",
        characters="Elena, The Day Gardener, Atlas Moth",
        titles=(
            "Moonflower", "Evening Stock", "The Day Gardener", "Atlas Moth", "Grafting",
            "First Frost", "What Opens at Midnight",
        ),
        lines=(
            "It opens at twelve and not before.", "Someone has been pruning.", "Leave a note.",
            "The moth knows the way.", "By day I am only soil.", "Water me.", "Wait for dark.",
        ),
    ),
)  # fmt: skip


def _spec(series: Series, number: int) -> Cover:
    year, month = _date(series, number)
    palettes = PALETTES[series.scene]
    return Cover(
        scene=series.scene,
        palette=palettes[(number - 1) % len(palettes)],
        masthead=series.masthead,
        publisher=series.publisher,
        number=number,
        date=f"{MONTHS[month - 1]} {year}",
        title=series.titles[number - 1],
        seed=f"{series.name} {number}",
    )


def _date(series: Series, number: int) -> tuple[int, int]:
    months = len(series.name) + number  # two series seldom begin in the same month
    return (series.year + months // 12, months % 12 + 1)


def comic_info(series: Series, number: int) -> str:
    """The ComicInfo.xml of one issue."""
    year, month = _date(series, number)
    fields = {
        "Title": series.titles[number - 1],
        "Series": series.name,
        "Number": number,
        "Count": len(series.titles),
        "Volume": series.year,
        "Summary": series.summary,
        "Year": year,
        "Month": month,
        "Writer": series.writer,
        "Penciller": series.artist,
        "CoverArtist": series.artist,
        "Colorist": series.colorist,
        "Publisher": series.publisher,
        "Genre": series.genre,
        "PageCount": PAGES,
        "LanguageISO": "en",
        "Manga": "YesAndRightToLeft" if series.manga else "No",
        "Characters": series.characters,
        "AgeRating": series.age,
    }
    body = "".join(
        f"  <{name}>{escape(str(value))}</{name}>\n" for name, value in fields.items() if value
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<ComicInfo>\n{body}</ComicInfo>\n'


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=80)
    return stream.getvalue()


def write_issue(destination: Path, issue: tuple[Series, int]) -> None:
    """Draw one comic and write its archive."""
    series, number = issue
    folder = destination / series.publisher / f"{series.name} ({series.year})"
    folder.mkdir(parents=True, exist_ok=True)
    spec = _spec(series, number)
    pages = [cover(spec, SIZE)]
    pages += [page(spec, n, series.lines, SIZE) for n in range(1, PAGES)]
    path = folder / f"{series.name} {number:03d} ({series.year}).cbz"
    with zipfile.ZipFile(path, "w") as archive:
        for n, picture in enumerate(pages):
            archive.writestr(
                zipfile.ZipInfo(f"{series.name} {number:03d} p{n:02d}.jpg"), _jpeg(picture)
            )
        info = zipfile.ZipInfo("ComicInfo.xml")
        archive.writestr(info, comic_info(series, number), zipfile.ZIP_DEFLATED)


def write_series_json(destination: Path, series: Series) -> None:
    """Write what the common taggers leave beside a series, as of Mylar's version 1.0.2."""
    metadata = {
        "type": "comicSeries",
        "publisher": series.publisher,
        "name": series.name,
        "year": series.year,
        "description_text": series.summary,
        "booktype": "Print",
        "total_issues": len(series.titles),
        "status": "Ended",
    }
    path = destination / series.publisher / f"{series.name} ({series.year})" / "series.json"
    text = json.dumps({"version": "1.0.2", "metadata": metadata}, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Draw the demo into the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="bench.demo", description="Draw a small library.")
    parser.add_argument("destination", type=Path)
    destination: Path = parser.parse_args().destination
    issues = [(series, n) for series in DEMO for n in range(1, len(series.titles) + 1)]
    print(f"Drawing {len(issues)} comics …", flush=True)
    unfinished = destination.with_name(destination.name + ".part")
    with Pool(os.cpu_count()) as pool:
        pool.map(partial(write_issue, unfinished), issues, chunksize=1)
    write_series_json(unfinished, DEMO[0])
    unfinished.rename(destination)


if __name__ == "__main__":
    main()
