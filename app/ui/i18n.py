"""Words in the reader's language: gettext, bound at call time so that the language may change."""

from __future__ import annotations

import gettext as _gettext
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.resources.abc import Traversable

DOMAIN: Final = "echain"
ENGLISH: Final = "en"
RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur", "yi"})
_CODE: Final = re.compile(r"[A-Za-z]{2,8}([_-][A-Za-z0-9]{2,8})*")
_RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT MARK}"
_LEFT_TO_RIGHT, _END = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


@dataclass(frozen=True, slots=True)
class Language:
    """A language that the program speaks: its code, and its name in itself."""

    code: str
    name: str


LANGUAGES: Final = (
    Language(ENGLISH, "English"),
    Language("de", "Deutsch"),
    Language("es", "Español"),
)
"""Every language with a complete catalogue; names are not translated."""


class Words:
    """Translates sentences; unknown ones stay English.

    One object is handed to every widget, and ``choose`` changes the language of all of them: what
    is said after it is said in the new one, and ``Page.retranslate`` says again what stands there.

    Args:
        language: A language code such as ``de`` or ``de-AT``; English needs no catalogue.
    """

    def __init__(self, language: str = ENGLISH) -> None:
        """Load the catalogue of ``language`` if there is one."""
        self._language = ENGLISH
        self._catalogue: _gettext.NullTranslations = _gettext.NullTranslations()
        self.choose(language)

    @property
    def language(self) -> str:
        """The code of the language in force: for dates and numbers, too."""
        return self._language

    @property
    def right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return _base(self._language) in RIGHT_TO_LEFT

    def choose(self, language: str) -> None:
        """Speak another language from now on; one without a catalogue keeps its dates only."""
        if not _CODE.fullmatch(language):
            language = ENGLISH  # it becomes part of a path
        self._language = language
        self._catalogue = _load(language)

    def __call__(self, sentence: str) -> str:
        """Return the sentence in this language."""
        return self._catalogue.gettext(sentence) if sentence else ""

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form of a sentence that fits a count, its place still to be filled.

        Args:
            one: The English sentence for 1, such as ``{count} ticket``.
            many: The English sentence for any other count.
            count: How many.
        """
        return self._catalogue.ngettext(one, many, count)

    def isolated(self, text: str) -> str:
        """Keep an address, a number or a path in its own order inside of right-to-left words."""
        return f"{_LEFT_TO_RIGHT}{text}{_END}" if self.right_to_left and text else text

    def leading(self, text: str) -> str:
        """Begin a line where the language's lines begin, though it is a name of another script."""
        return f"{_RIGHT_TO_LEFT}{text}" if self.right_to_left and text else text


def best_language(wanted: Iterable[str], spoken: Iterable[str] = ()) -> str:
    """Return the first language of a person's list that the program speaks; else English.

    Args:
        wanted: Codes such as ``de-AT`` or ``es_MX``, the best first.
        spoken: Codes to choose from; every language of the program if empty.
    """
    known = tuple(spoken) or tuple(each.code for each in LANGUAGES)
    for code in wanted:
        if _base(code) in known:
            return _base(code)
    return ENGLISH


def _load(language: str) -> _gettext.NullTranslations:
    for name in (language.replace("-", "_"), _base(language)):
        file = catalogue_file(name)
        if file.is_file():
            with file.open("rb") as stream:
                return _gettext.GNUTranslations(stream)
    return _gettext.NullTranslations()


def catalogue_file(language: str) -> Traversable:
    """Return where the compiled catalogue of a language lies, whether there is one or not."""
    return files("resources") / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.mo"


def _base(code: str) -> str:
    return re.split("[_-]", code, maxsplit=1)[0].lower()


class Said:
    """Fixed words of a widget: said now, and again whenever the language has changed.

    ``say(button.set_text, _("Pause"))`` in the constructor, ``say.again()`` in ``retranslate``.

    Args:
        tr: Words of the language in force.
    """

    def __init__(self, tr: Words) -> None:
        """Say nothing yet."""
        self._tr = tr
        self._lines: list[tuple[Callable[[str], object], tuple[str, ...]]] = []

    def __call__(self, setter: Callable[[str], object], *sentences: str) -> None:
        """Say sentences with a setter of a widget that lives as long as this does."""
        self._lines.append((setter, sentences))
        self._say(setter, sentences)

    def again(self) -> None:
        """Say everything in the language that is in force now."""
        for setter, sentences in self._lines:
            self._say(setter, sentences)

    def _say(self, setter: Callable[[str], object], sentences: tuple[str, ...]) -> None:
        setter(" ".join(self._tr(sentence) for sentence in sentences))
