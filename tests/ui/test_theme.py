from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QFontInfo, QFontMetricsF

from app.domain.verdicts import Severity
from app.ui import resources
from app.ui.i18n import Words
from app.ui.look import Look, SystemTheme, ThemeChoice, fitting_scale
from app.ui.theme import Pattern, Size, State, Theme, ThemeName, font, load_theme, style_sheet
from tests.ui.colour_science import Sight, contrast, distance, lab

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

ROOT = Path(__file__).parents[2]
THEMES = [load_theme(name) for name in ThemeName]
BOTH = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)


def least(theme: Theme) -> float:
    return 7.0 if theme.name is ThemeName.CONTRAST else 4.5


def test_the_distance_of_colours_is_that_of_its_paper() -> None:
    # Pairs 1, 7, 17 and 24 of the table of Sharma, Wu and Dalal.
    for one, other, expected in (
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (50, 3.2592, 0.3350), 1.0),
    ):
        assert distance(one, other) == pytest.approx(expected, abs=1e-4)


@BOTH
def test_words_are_legible_on_every_ground_they_lie_on(theme: Theme) -> None:
    grounds = (theme.window, theme.surface, theme.sunken)
    for ink in (theme.text, theme.muted, theme.accent_text, *theme.states.values()):
        for ground in grounds:
            assert contrast(ink, ground) >= least(theme), (ink, ground)
    for ground in (theme.accent, theme.accent_hover, theme.accent_pressed):
        assert contrast(theme.on_accent, ground) >= least(theme), ground
    for ink in (theme.accent_text, theme.text, theme.muted):
        assert contrast(ink, theme.accent_soft) >= least(theme), ink
    assert contrast(theme.on_preview, theme.preview) >= 7


@BOTH
def test_edges_of_controls_are_seen(theme: Theme) -> None:
    for ground in (theme.window, theme.surface):
        assert contrast(theme.control, ground) >= 3
        assert contrast(theme.focus, ground) >= 3


@BOTH
def test_severities_are_legible(theme: Theme) -> None:
    for look in theme.severities.values():
        assert contrast(look.on, look.fill) >= least(theme)


@BOTH
@pytest.mark.parametrize("sight", Sight)
def test_severities_stay_apart_for_every_kind_of_sight(theme: Theme, sight: Sight) -> None:
    seen = {severity: lab(look.fill, sight) for severity, look in theme.severities.items()}
    for one, other in itertools.combinations(Severity, 2):
        assert distance(seen[one], seen[other]) >= 20, (one, other)


def test_hatches_are_six_in_high_contrast_and_none_elsewhere() -> None:
    for theme in THEMES:
        patterns = [look.pattern for look in theme.severities.values()]
        if theme.name is ThemeName.CONTRAST:
            assert theme.patterns
            assert len(set(patterns) - {Pattern.NONE}) == len(Severity)
        else:
            assert not theme.patterns
            assert set(patterns) == {Pattern.NONE}


def test_a_severity_has_no_colour_of_anything_else() -> None:
    for theme in THEMES:
        fills = {look.fill for look in theme.severities.values()}
        assert fills.isdisjoint({theme.accent, theme.text, theme.window, *theme.states.values()})


def test_the_files_hold_no_token_that_nothing_reads() -> None:
    for name in ThemeName:
        tree = tomllib.loads(resources.text(f"themes/{name}.toml"))
        assert set(tree) == {"dark", "patterns", "neutral", "accent", "state", "severity"}
        assert set(tree["state"]) == set(State)
        assert set(tree["severity"]) == set(Severity)
        # name, dark, patterns, 7 of the accent, states, severities and scale are no neutrals
        assert len(tree["neutral"]) == len(Theme.__dataclass_fields__) - 13
        assert len(tree["accent"]) == 7


def test_marks_of_fields_have_the_colours_of_their_theme() -> None:
    for theme in THEMES:
        assert theme.on_accent in resources.text(f"themes/{theme.name}/tick.svg")
        assert theme.muted in resources.text(f"themes/{theme.name}/down.svg")


def test_only_the_theme_knows_colours_and_style_sheets() -> None:
    literal = re.compile(r"""["']#[0-9A-Fa-f]{3,8}["']|setStyleSheet|QColor\(\s*\d|\brgba?\(""")
    for file in (ROOT / "app").rglob("*.py"):
        if file != ROOT / "app/ui/theme.py":
            found = literal.findall(file.read_text(encoding="utf-8"))
            assert not found, f"{file.relative_to(ROOT)}: {found}"


def test_the_style_sheet_has_no_colour_of_its_own() -> None:
    template = resources.text("themes/app.qss")
    assert not re.search(r"#[0-9A-Fa-f]{3,8}\b|rgb", template)
    for theme in THEMES:
        assert "{{" not in style_sheet(theme)


def test_only_figures_that_change_are_tabular(look: Look) -> None:
    def width(text: str, *, tabular: bool) -> float:
        return QFontMetricsF(font(40, tabular=tabular)).horizontalAdvance(text)

    assert look.theme.name is ThemeName.LIGHT
    assert width("1111", tabular=True) == width("8888", tabular=True)
    assert width("1111", tabular=False) < width("8888", tabular=False)


@pytest.mark.parametrize("strong", [False, True])
def test_words_are_set_in_the_shipped_font(look: Look, *, strong: bool) -> None:
    info = QFontInfo(look.theme.font(Size.LEAD, strong=strong))
    assert (info.family(), info.pixelSize(), info.weight()) == ("Inter", 16, 600 if strong else 400)


def test_a_choice_changes_the_look_at_once(look: Look, qt: QApplication) -> None:
    changes: list[ThemeName] = []
    look.changed.connect(lambda: changes.append(look.theme.name))
    look.choose(ThemeChoice.DARK)
    look.choose(ThemeChoice.DARK)
    look.choose(ThemeChoice.CONTRAST)
    assert changes == [ThemeName.DARK, ThemeName.CONTRAST]
    assert qt.palette().window().color().name() == look.theme.window.lower()
    assert look.theme.accent in qt.styleSheet()
    look.changed.disconnect()


class FakeSystem(SystemTheme):
    asked = ThemeName.LIGHT

    def ask(self, name: ThemeName) -> None:
        self.asked = name
        self.changed.emit()

    def name(self) -> ThemeName:
        return self.asked


def test_the_system_is_followed_until_a_person_chooses(look: Look, qt: QApplication) -> None:
    assert look.theme.name is ThemeName.LIGHT
    system = FakeSystem(qt)
    own = Look(qt, ThemeChoice.SYSTEM, system=system)
    seen = []
    for asked in (ThemeName.DARK, ThemeName.CONTRAST, ThemeName.LIGHT):
        system.ask(asked)
        seen.append(own.theme.name)
    own.choose(ThemeChoice.CONTRAST)
    system.ask(ThemeName.DARK)
    seen.append(own.theme.name)
    own.choose(ThemeChoice.SYSTEM)
    seen.append(own.theme.name)
    own.deleteLater()
    system.deleteLater()
    assert seen == ["dark", "contrast", "light", "contrast", "dark"]


def test_qt_is_asked_what_the_system_wants(qt: QApplication) -> None:
    assert SystemTheme(qt).name() in ThemeName


def test_the_scale_reaches_type_and_grid(look: Look) -> None:
    look.set_scale(1.5)
    assert look.theme.font(Size.LEAD).pixelSize() == 24
    assert look.theme.space(2) == 24
    look.set_scale(99)
    assert look.theme.scale == 3


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [(1024, 600, 1), (1366, 768, 1), (1920, 1080, 1.5), (3840, 2160, 3), (7680, 4320, 3)],
)
def test_a_full_screen_gets_a_fitting_scale(width: int, height: int, scale: float) -> None:
    assert fitting_scale(width, height) == scale


def test_reduced_motion_stands_still(look: Look) -> None:
    assert 0 < look.motion_ms <= 150
    look.set_reduced_motion(reduced=True)
    assert look.motion_ms == 0


@pytest.mark.parametrize("name", ["/etc/passwd", "../pyproject.toml", "a/../../b", ""])
def test_names_of_files_stay_inside(name: str) -> None:
    with pytest.raises(ValueError, match="not a name below"):
        resources.data(name)


def test_licences_are_shipped_beside_what_they_are_for() -> None:
    assert "SIL OPEN FONT LICENSE" in resources.text("fonts/OFL.txt")
    assert "ISC License" in resources.text("icons/lucide/LICENSE.txt")


def test_english_needs_no_catalogue_for_its_plurals() -> None:
    tr = Words()
    forms = [tr.plural("{count} ticket", "{count} tickets", count) for count in (0, 1, 2)]
    assert forms == ["{count} tickets", "{count} ticket", "{count} tickets"]
