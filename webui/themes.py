"""The theme of the pages: what the visitor prefers, wherever they sign in.

A cookie of the device has it for pages without a visitor, such as the sign-in.
"""

from __future__ import annotations

from flask import Flask, g, request
from flask_login import current_user

USUAL = "dark"

# Each theme's words in the menu, and the media for which its style sheets hold: light.css, and
# contrast.css on top. Longbox is dark by default.
THEMES = {
    "dark": ("Dark", "not all", "not all"),
    "light": ("Light", "all", "not all"),
    "device": ("As device", "(prefers-color-scheme: light)", "not all"),
    "contrast": ("E-ink", "all", "all"),
}


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        theme=theme, themes=THEMES, light_media=light_media, contrast_media=contrast_media
    )


def theme() -> str:
    """The theme of this request's page."""
    if "theme" not in g:
        g.theme = _theme()
    chosen: str = g.theme
    return chosen


def light_media() -> str:
    return THEMES[theme()][1]


def contrast_media() -> str:
    return THEMES[theme()][2]


def _theme() -> str:
    chosen = current_user.theme if current_user.is_authenticated else None
    chosen = chosen or request.cookies.get("theme")
    return chosen if chosen in THEMES else USUAL
