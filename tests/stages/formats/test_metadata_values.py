"""Single values of metadata, usable or left out; languages by code and name."""

from __future__ import annotations

import pytest

from stages.formats import language, metadata_values


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (None, None),
        ("  ", None),
        ("A storm.\nTwo lines.", "A storm.\nTwo lines."),
        ("Tom & Jerry <3 cheese", "Tom & Jerry <3 cheese"),
        ("He said <sigh> no", "He said <sigh> no"),
        ("R&amp;D", "R&D"),
        ("<p>One</p>\n<p>Two <b>bold</b>&nbsp;words</p>", "One\n\nTwo bold\xa0words"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ('<a href="https://a.example/">Link</a> text', "Link text"),
        ("<h2>Head</h2><ul><li>a</li><li>b</li></ul>", "Head\n\n• a\n• b"),
        ("<p>a<script>evil()</script></p><!-- no -->", "a"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 2"),
        ("<P>UPPER</P>", "UPPER"),
    ],
)
def test_prose_is_told_without_html(written: str | None, plain: str | None) -> None:
    assert metadata_values.prose(written) == plain


@pytest.mark.parametrize("piece", ["x", " ", "<p", "<script>", "<!--", "<p >", "&amp;", "\n", "<"])
def test_prose_without_end_has_one(piece: str) -> None:
    found = metadata_values.prose("<p>a</p>" + piece * 1_000_000) or ""
    assert found.startswith("a")
    assert len(found) <= metadata_values.LONGEST_PROSE


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2021-03-09", "2021-03-09"),
        ("2021-03", "2021-03"),
        ("2021", "2021"),
        ("20210309", "2021-03-09"),
        ("2021-03-09T10:00:00Z", "2021-03-09"),
        ("2021-02-31", "2021-02"),
        ("2021-13-01", "2021"),
        ("0591-01-01", None),
        ("12345", None),
        ("", None),
        (None, None),
    ],
)
def test_of_a_date_what_is_one_is_kept(written: str | None, meant: str | None) -> None:
    assert metadata_values.iso_date(written) == meant


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Moore, Alan", "Alan Moore"),
        ("Alan Moore", "Alan Moore"),
        ("Doe, Jr.", "Doe, Jr."),
        ("One, Two, Three", "One, Two, Three"),
        ("Moore,", "Moore,"),
    ],
)
def test_names_are_turned_the_right_way_round(written: str, name: str) -> None:
    assert metadata_values.right_way_round(written) == name


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("eng", "en"),
        ("English", "en"),
        ("pt-br", "pt-BR"),
        ("zh_hant_tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("qaa", "qaa"),
        ("und", None),
        ("", None),
        (None, None),
        ("of the south", None),
    ],
)
def test_a_language_has_a_code(said: str | None, code: str | None) -> None:
    assert language.code_of(said) == code


@pytest.mark.parametrize(
    ("code", "name"), [("en", "English"), ("pt-BR", "Portuguese (BR)"), ("qaa", "qaa")]
)
def test_a_code_has_a_name(code: str, name: str) -> None:
    assert language.name_of(code) == name
