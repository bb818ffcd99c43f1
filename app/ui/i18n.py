"""Words in the reader's language: gettext, bound at call time so that the language may change."""

from __future__ import annotations

import gettext as _gettext
import re
from importlib.resources import files


class Words:
    """Translates sentences; unknown ones stay English.

    Args:
        language: A language code such as ``de``; English needs no catalogue.
    """

    def __init__(self, language: str = "en") -> None:
        """Load the catalogue of ``language`` if there is one."""
        if not re.fullmatch(r"[A-Za-z]{2,8}([_-][A-Za-z0-9]{2,8})*", language):
            language = "en"  # it becomes part of a path
        self.language = language
        self._catalogue: _gettext.NullTranslations = _gettext.NullTranslations()
        catalogue = files("resources") / "locale" / language / "LC_MESSAGES" / "echain.mo"
        if catalogue.is_file():
            with catalogue.open("rb") as stream:
                self._catalogue = _gettext.GNUTranslations(stream)

    def __call__(self, sentence: str) -> str:
        """Return the sentence in this language."""
        return self._catalogue.gettext(sentence)

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form of a sentence that fits a count, its place still to be filled.

        Args:
            one: The English sentence for 1, such as ``{count} ticket``.
            many: The English sentence for any other count.
            count: How many.
        """
        return self._catalogue.ngettext(one, many, count)
