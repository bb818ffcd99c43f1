"""The language in force: its words, its reading direction, its dates, and Qt's own words in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, Qt, QTranslator, Signal

from app.ui.i18n import LANGUAGES, best_language

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.ui.i18n import Words


class Languages(QObject):
    """Changes the language of the whole program while it runs.

    Args:
        app: The application to turn and to translate.
        tr: The words that every widget says; their language is changed.
        language: The code to begin with; empty: the best one of the system's list.

    Signals:
        changed(): Another language is in force; say everything again.
    """

    changed = Signal()

    def __init__(self, app: QApplication, tr: Words, language: str = "") -> None:
        """Put the first language in force."""
        super().__init__(app)
        self._app, self._tr = app, tr
        self._qt_words: QTranslator | None = None
        tr.choose(language or best_language(QLocale.system().uiLanguages()))
        self._put_in_force()

    @property
    def language(self) -> str:
        """The code of the language in force."""
        return self._tr.language

    def choose(self, language: str) -> None:
        """Speak another language from now on."""
        if language != self._tr.language:
            self._tr.choose(language)
            self._put_in_force()
            self.changed.emit()

    def close(self) -> None:
        """Take Qt's words, direction and dates out of force: the program's windows are gone."""
        if self._qt_words is not None:
            self._app.removeTranslator(self._qt_words)
            self._qt_words = None
        self._app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        QLocale.setDefault(QLocale.system())

    def next(self) -> str:
        """Return the code of the language after the one in force, around the list."""
        codes = [each.code for each in LANGUAGES]
        place = codes.index(self.language) if self.language in codes else -1
        return codes[(place + 1) % len(codes)]

    def _put_in_force(self) -> None:
        tr, direction = self._tr, Qt.LayoutDirection
        QLocale.setDefault(QLocale(tr.language))
        self._app.setLayoutDirection(
            direction.RightToLeft if tr.right_to_left else direction.LeftToRight
        )
        if self._qt_words is not None:
            self._app.removeTranslator(self._qt_words)
            self._qt_words = None
        made = QTranslator(self)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if made.load(QLocale(tr.language), "qtbase", "_", folder):
            self._app.installTranslator(made)
            self._qt_words = made
