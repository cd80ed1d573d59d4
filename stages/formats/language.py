"""Languages by their codes and by their English names, as metadata says either.

Codes are those of ISO 639-1 (639-2 where there is none of two letters), with a region behind a dash
where one is told.
"""

from __future__ import annotations

import re

NAMES = {
    "af": "Afrikaans",
    "ar": "Arabic",
    "be": "Belarusian",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "br": "Breton",
    "bs": "Bosnian",
    "ca": "Catalan",
    "co": "Corsican",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "eo": "Esperanto",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fil": "Filipino",
    "fo": "Faroese",
    "fr": "French",
    "ga": "Irish",
    "gd": "Scottish Gaelic",
    "gl": "Galician",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "hy": "Armenian",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "kk": "Kazakh",
    "ko": "Korean",
    "la": "Latin",
    "lb": "Luxembourgish",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mk": "Macedonian",
    "ml": "Malayalam",
    "mn": "Mongolian",
    "mr": "Marathi",
    "ms": "Malay",
    "nb": "Norwegian Bokmål",
    "ne": "Nepali",
    "nl": "Dutch",
    "nn": "Norwegian Nynorsk",
    "no": "Norwegian",
    "oc": "Occitan",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}

_CODES = {name.lower(): code for code, name in NAMES.items()}
# The bibliographic and terminological codes of three letters that books carry.
_PAIRS = """
ara:ar bul:bg cat:ca ces:cs cze:cs chi:zh zho:zh dan:da deu:de ger:de dut:nl nld:nl ell:el
gre:el eng:en est:et eus:eu baq:eu fin:fi fra:fr fre:fr glg:gl heb:he hrv:hr hun:hu ind:id
isl:is ice:is ita:it jpn:ja kor:ko lat:la nor:no pol:pl por:pt ron:ro rum:ro rus:ru slk:sk
slo:sk slv:sl spa:es srp:sr swe:sv tha:th tur:tr ukr:uk vie:vi
"""
_THREE_LETTERS = dict(pair.split(":") for pair in _PAIRS.split())
_NOBODYS = frozenset(("un", "und", "mul", "zxx", "xx", "unknown", "none"))
_TAGGED = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?").fullmatch


def code_of(said: str | None) -> str | None:
    """The code for a code in any spelling or an English name; None for what is no language.

    "en", "EN", "eng" and "English" are "en", "pt_br" is "pt-BR".
    """
    said = (said or "").strip()
    if not said or said.lower() in _NOBODYS:
        return None
    if said in NAMES:
        return said
    named = _CODES.get(said.lower())
    if named:
        return named
    tagged = _TAGGED(said)
    if tagged is None:
        return None
    language = tagged[1].lower()
    language = _THREE_LETTERS.get(language, language)
    script, region = (tagged[2] or "").title(), (tagged[3] or "").upper()
    return "-".join(filter(None, (language, script, region)))


def name_of(code: str) -> str:
    """A code as English: "Portuguese (BR)"; the code itself where its language is not known."""
    language, _, rest = code.partition("-")
    name = NAMES.get(language.lower())
    if name is None:
        return code
    return f"{name} ({rest})" if rest else name
