"""What is known of a comic, in one record for every format of metadata.

Each format's module reads its files into this; which of several counts is `precedence`'s business.
"""

from __future__ import annotations

from typing import NamedTuple

from stages.formats.issue_number import number_value


class Metadata(NamedTuple):  # which is made four times as fast as a frozen dataclass
    """What one source, or all of them together, say of a comic.

    None, False or nothing in it means that nothing usable is said. The fields are as the catalogue
    keeps them: `release_date` and `store_date` are YYYY, YYYY-MM or YYYY-MM-DD, `language` is a
    code of ISO 639 ("en", "pt-BR"), `community_rating` is between 0 and 5; `web` holds addresses,
    `external_ids` pairs as "metron:12" and `prices` pairs as "US:3.99", a space between them.

    `credits` holds (role, name), roles being writer, artist, penciller, inker, colorist, letterer,
    cover_artist, editor, translator, designer and other. `tags` holds (kind, name), kinds being
    genre, tag, character, team, location, story_arc, universe, other_name (of the series) and
    reprint; `story_arcs` holds the arcs again as (name, number in the arc or None). The front cover
    is the page with the index `cover_page`, or the one whose file has the name `cover_name`.
    """

    title: str | None = None
    series_title: str | None = None
    number: str | None = None
    issue_count: int | None = None
    volume: int | None = None
    alternate_series: str | None = None
    alternate_number: str | None = None
    alternate_count: int | None = None
    summary: str | None = None
    notes: str | None = None
    review: str | None = None
    release_date: str | None = None
    store_date: str | None = None
    web: str | None = None
    language: str | None = None
    format: str | None = None
    age_rating: str | None = None
    community_rating: float | None = None
    black_and_white: bool | None = None
    manga: bool | None = None
    right_to_left: bool = False
    scan_information: str | None = None
    series_groups: str | None = None
    main_character_or_team: str | None = None
    gtin: str | None = None
    external_ids: str | None = None
    prices: str | None = None
    publisher: str | None = None
    imprint: str | None = None
    credits: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    story_arcs: tuple[tuple[str, str | None], ...] = ()
    cover_page: int | None = None
    cover_name: str | None = None

    @property
    def sort_number(self) -> float | None:
        """Where the comic comes among those of its series; a volume without a number by itself."""
        if self.number is None:
            return None if self.volume is None else float(self.volume)
        return number_value(self.number, self.format)
