"""What the program looks like: tokens from ``resources/themes`` and everything made of them.

No other module knows a colour, a font's name or a style sheet.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDir
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette

from app.domain.verdicts import Severity
from app.ui import resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QApplication

FAMILY = "Inter"
GRID = 8


class ThemeName(StrEnum):
    """The themes there are."""

    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class Pattern(StrEnum):
    """Hatches of the high-contrast theme, one a severity."""

    NONE = "none"
    RISING = "rising"
    DOTS = "dots"
    UPRIGHT = "upright"
    CROSSED = "crossed"
    LEVEL = "level"
    BRICKS = "bricks"


class State(StrEnum):
    """How a thing on the status line is doing."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    NEUTRAL = "neutral"


class Size(IntEnum):
    """The type scale, in pixels at scale 1."""

    CAPTION = 12
    BODY = 14
    LEAD = 16
    TITLE = 20
    HEAD = 28
    FIGURE = 40
    DISPLAY = 64
    VERDICT = 96


@dataclass(frozen=True, slots=True)
class SeverityLook:
    """Ground, what is written on it, and the hatch of one severity."""

    fill: str
    on: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Theme:
    """Every token, as ``#RRGGBB``; ``scale`` multiplies every length and type size."""

    name: ThemeName
    dark: bool
    patterns: bool
    window: str
    surface: str
    sunken: str
    border: str
    control: str
    text: str
    muted: str
    disabled: str
    preview: str
    on_preview: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    accent_text: str
    accent_soft: str
    focus: str
    states: Mapping[State, str]
    severities: Mapping[Severity, SeverityLook]
    scale: float = 1.0

    def px(self, pixels: float) -> int:
        """Return a length at this theme's scale, in whole pixels."""
        return round(pixels * self.scale)

    def space(self, steps: float = 1) -> int:
        """Return ``steps`` of the 8-pixel grid; halves are for small gaps."""
        return self.px(GRID * steps)

    def font(self, size: float, *, strong: bool = False, tabular: bool = False) -> QFont:
        """Return a font of the scale; ``tabular`` for every number that changes."""
        return font(self.px(size), strong=strong, tabular=tabular)


def font(pixels: float, *, strong: bool = False, tabular: bool = False) -> QFont:
    """Return the program's font at an exact size in pixels."""
    made = QFont([FAMILY])
    made.setPixelSize(max(1, round(pixels)))
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    if tabular:
        # Qt 6.7 and newer; without it figures stay proportional, which is only less steady.
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def load_theme(name: ThemeName, scale: float = 1.0) -> Theme:
    """Read a theme's tokens; a missing or misspelt one is a bug and raises ``KeyError``."""
    tree: dict[str, Any] = tomllib.loads(resources.text(f"themes/{name}.toml"))
    neutral, accent = tree["neutral"], tree["accent"]
    return Theme(
        name=name,
        dark=tree["dark"],
        patterns=tree["patterns"],
        **{key: neutral[key] for key in _NEUTRALS},
        accent=accent["fill"],
        accent_hover=accent["hover"],
        accent_pressed=accent["pressed"],
        on_accent=accent["on"],
        accent_text=accent["text"],
        accent_soft=accent["soft"],
        focus=accent["focus"],
        states={state: tree["state"][state] for state in State},
        severities={
            severity: SeverityLook(look["fill"], look["on"], Pattern(look["pattern"]))
            for severity, look in ((each, tree["severity"][each]) for each in Severity)
        },
        scale=scale,
    )


_NEUTRALS = (
    "window",
    "surface",
    "sunken",
    "border",
    "control",
    "text",
    "muted",
    "disabled",
    "preview",
    "on_preview",
)


def show_files_to_qt() -> None:
    """Let style sheets name files of ``resources/themes`` as ``themes:…``."""
    QDir.setSearchPaths("themes", [resources.folder("themes")])


def load_fonts() -> tuple[str, ...]:
    """Give Qt the shipped fonts and return the families it found in them."""
    families: list[str] = []
    for name in resources.names("fonts", ".otf"):
        number = QFontDatabase.addApplicationFontFromData(resources.data(f"fonts/{name}.otf"))
        families.extend(QFontDatabase.applicationFontFamilies(number))
    return tuple(dict.fromkeys(families))


def palette(theme: Theme) -> QPalette:
    """Return Qt's palette for the parts that no style sheet reaches."""
    role = QPalette.ColorRole
    made = QPalette()
    for key, colour in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.sunken),
        (role.Text, theme.text),
        (role.Button, theme.surface),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.on_accent),
        (role.ToolTipBase, theme.surface),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Link, theme.accent_text),
        (role.LinkVisited, theme.accent_text),
        (role.Mid, theme.border),
        (role.Accent, theme.accent),
    ):
        made.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.disabled))
    return made


def dress(app: QApplication, theme: Theme) -> None:
    """Give the whole application a theme: palette, font and style sheet."""
    app.setPalette(palette(theme))
    app.setFont(theme.font(Size.BODY))
    app.setStyleSheet(style_sheet(theme))


def style_sheet(theme: Theme) -> str:
    """Fill the one QSS template; an unknown token is a bug and raises ``KeyError``."""
    tokens = _tokens(theme)
    pieces = resources.text("themes/app.qss").split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        token, _, rest = piece.partition("}}")
        filled.append(tokens[token.strip()] + rest)
    return "".join(filled)


def _tokens(theme: Theme) -> dict[str, str]:
    """Return what ``{{name}}`` may stand for in the template."""
    colours = {key: getattr(theme, key) for key in _NEUTRALS}
    colours |= {
        key: getattr(theme, key)
        for key in (
            "accent",
            "accent_hover",
            "accent_pressed",
            "on_accent",
            "accent_text",
            "accent_soft",
            "focus",
        )
    }
    colours |= {f"state_{state}": colour for state, colour in theme.states.items()}
    sizes = {f"type_{size.name.lower()}": f"{theme.px(size)}px" for size in Size}
    lengths = {
        f"px_{n}": f"{theme.px(n)}px" for n in (1, 2, 4, 6, 8, 12, 16, 20, 24, 32, 40, 48, 56, 64)
    }
    return colours | sizes | lengths | {"family": FAMILY, "name": theme.name.value}
