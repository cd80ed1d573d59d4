"""Reading what EPUBs say of themselves."""

from __future__ import annotations

import zipfile

import pytest

from stages.formats import ErrorClass, FormatError
from stages.formats.metadata import Metadata
from stages.formats.opf import parse
from tests.stages.formats.archives import REAL, needs_real


def package(metadata: str, spine: str = "<spine/>") -> bytes:
    return f"""<?xml version="1.0" encoding="utf-8"?>
        <package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf"
                 xmlns:dc="http://purl.org/dc/elements/1.1/" version="3.0">
        <metadata>{metadata}</metadata><manifest/>{spine}</package>""".encode()


def test_an_epub_of_version_3_is_read() -> None:
    data = package(
        """
        <dc:identifier>urn:isbn:9781607066019</dc:identifier>
        <dc:title id="t2">A Storm</dc:title><dc:title id="t1">Harbour 12</dc:title>
        <meta refines="#t1" property="title-type">main</meta>
        <meta refines="#t2" property="title-type">subtitle</meta>
        <dc:creator id="c1">Ann One</dc:creator>
        <meta refines="#c1" property="role" scheme="marc:relators">aut</meta>
        <meta refines="#c1" property="file-as">One, Ann</meta>
        <dc:creator id="c2">Two, Bob</dc:creator>
        <meta refines="#c2" property="role" scheme="marc:relators">ill</meta>
        <dc:creator>Cy Three</dc:creator>
        <dc:contributor id="c4">Di Four</dc:contributor>
        <meta refines="#c4" property="role">clr</meta>
        <dc:contributor id="c5">Some program</dc:contributor>
        <meta refines="#c5" property="role">bkp</meta>
        <meta property="belongs-to-collection" id="s0">A set</meta>
        <meta refines="#s0" property="collection-type">set</meta>
        <meta property="belongs-to-collection" id="s1">Harbour</meta>
        <meta refines="#s1" property="collection-type">series</meta>
        <meta refines="#s1" property="group-position">12</meta>
        <dc:date>2021-03-09T00:00:00Z</dc:date><dc:publisher>Quay</dc:publisher>
        <dc:language>en-GB</dc:language><dc:subject>Drama</dc:subject>
        <dc:description>&lt;p&gt;A storm.&lt;/p&gt;&lt;p&gt;Wet.&lt;/p&gt;</dc:description>
        """,
        '<spine page-progression-direction="rtl"/>',
    )
    assert parse(data) == Metadata(
        title="Harbour 12: A Storm",
        series_title="Harbour",
        number="12",
        summary="A storm.\n\nWet.",
        release_date="2021-03-09",
        language="en-GB",
        right_to_left=True,
        gtin="9781607066019",
        publisher="Quay",
        credits=(
            ("writer", "Ann One"),
            ("artist", "Bob Two"),
            ("writer", "Cy Three"),
            ("colorist", "Di Four"),
        ),
        tags=(("genre", "Drama"),),
    )


def test_an_epub_of_version_2_by_calibre_is_read() -> None:
    data = package(
        """
        <dc:title>Harbour</dc:title>
        <dc:creator opf:role="aut" opf:file-as="One, Ann">Ann One</dc:creator>
        <dc:contributor opf:role="bkp">calibre (1.42)</dc:contributor>
        <dc:identifier opf:scheme="ISBN">978-1-60706-601-9</dc:identifier>
        <dc:identifier opf:scheme="uuid">46ee6894-3936-41ca-8e83-ee6d135aa436</dc:identifier>
        <dc:date opf:event="modification">2022-02-02</dc:date>
        <dc:date opf:event="publication">2020-01</dc:date><dc:language>fre</dc:language>
        <meta name="calibre:series" content="Port"/>
        <meta name="calibre:series_index" content="7.0"/>
        """
    )
    assert parse(data) == Metadata(
        title="Harbour",
        series_title="Port",
        number="7",
        release_date="2020-01",
        language="fr",
        gtin="9781607066019",
        credits=(("writer", "Ann One"),),
    )


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "<dc:title/><dc:creator/><dc:date>a while ago</dc:date><dc:language>und</dc:language>",
        "<dc:identifier>http://www.gutenberg.org/11</dc:identifier>",
        '<meta refines="#nothing" property="role">aut</meta><meta/>',
    ],
)
def test_what_says_nothing_is_nothing(metadata: str) -> None:
    assert parse(package(metadata)) == Metadata()
    assert parse(b"<package/>") == Metadata()


def test_elements_in_a_group_of_their_own_are_read() -> None:
    data = package("<dc-metadata><dc:title>Old</dc:title></dc-metadata><x-metadata/>")
    assert parse(data).title == "Old"


@pytest.mark.parametrize("data", [b"", b"<html/>", b"<package><metadata></package>"])
def test_what_is_no_package_document_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="package document") as caught:
        parse(data)
    assert caught.value.error_class is ErrorClass.METADATA_INVALID


@needs_real
def test_samples_of_other_projects_are_read() -> None:
    samples = [path.read_bytes() for path in (REAL / "archives").rglob("*.opf")]
    for epub in (REAL / "archives").rglob("*.epub"):
        with zipfile.ZipFile(epub) as archive:
            names = [name for name in archive.namelist() if name.endswith(".opf")]
            samples += [archive.read(name) for name in names]
    assert samples
    assert all(parse(sample).title for sample in samples)
