"""What a scanner gun meant: it types as an American keyboard would, whatever this one is set to."""

from __future__ import annotations

import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from app.domain.passes import PREFIX, GatePass, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_CHARACTERS: Final = 4_296
"""What the largest QR code holds in alphanumeric mode; a longer text is no single code."""

# The keys of an American keyboard, row by row from the top left, without and with shift, and what
# the same keys give under another layout. Only keys whose character differs matter; a dead key
# (which gives nothing by itself) is written as the accent that it puts on the next letter.
_US: Final = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
_US_SHIFT: Final = '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
_LAYOUTS: Final = MappingProxyType(
    {
        "german": (
            "^1234567890ß\u00b4qwertzuiopü+#asdfghjklöäyxcvbnm,.-",
            "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_",
        ),
        "french": (
            "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!",
            "~1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§",
        ),
        "spanish": (
            "º1234567890'¡qwertyuiop`+çasdfghjklñ\u00b4zxcvbnm,.-",
            'ª!"·$%&/()=?¿QWERTYUIOP^*ÇASDFGHJKLÑ¨ZXCVBNM;:_',
        ),
        "italian": (
            "\\1234567890'ìqwertyuiopè+ùasdfghjklòàzxcvbnm,.-",
            '|!"£$%&/()=?^QWERTYUIOPé*§ASDFGHJKLç°ZXCVBNM;:_',
        ),
        "swedish": (
            "§1234567890+\u00b4qwertyuiopå¨'asdfghjklöäzxcvbnm,.-",
            '½!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLÖÄZXCVBNM;:_',
        ),
        "danish": (
            "½1234567890+\u00b4qwertyuiopå¨'asdfghjklæøzxcvbnm,.-",
            '§!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLÆØZXCVBNM;:_',
        ),
        "norwegian": (
            "|1234567890+\\qwertyuiopå¨'asdfghjkløæzxcvbnm,.-",
            '§!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLØÆZXCVBNM;:_',
        ),
        "swiss": (
            "§1234567890'^qwertzuiopü¨$asdfghjklöäyxcvbnm,.-",
            '°+"*ç%&/()=?`QWERTZUIOPè!£ASDFGHJKLéàYXCVBNM;:_',
        ),
    }
)
_ACCENTS: Final = MappingProxyType(
    {"\u0300": "`", "\u0301": "\u00b4", "\u0302": "^", "\u0308": "¨"}
)


def typed_as(layout: str, text: str) -> str:
    """Return what a system with this layout receives from a gun that sends the text.

    Args:
        layout: One of ``german``, ``french``, ``spanish``, ``italian``, ``swedish``, ``danish``,
            ``norwegian``, ``swiss``.
        text: Of characters on an American keyboard; others stay as they are.
    """
    plain, shifted = _LAYOUTS[layout]
    return text.translate(str.maketrans(_US + _US_SHIFT, plain + shifted))


def meant(text: str) -> str:
    """Return what a gun meant by what it typed.

    A ticket's text begins with ``EG1:``, which every layout spells in its own way; where two
    agree, the ticket's own form decides (it is checked whole). A text that no layout turns into a
    ticket's is returned as it came: it may be any other code.

    Args:
        text: The characters that arrived, without prefix and suffix of the gun.
    """
    beginning = ""
    for candidate in _readings(text[:MOST_CHARACTERS]):
        if isinstance(parse(candidate), GatePass):
            return candidate
        if candidate.startswith(PREFIX):
            beginning = beginning or candidate
    return beginning or text


def _readings(text: str) -> Iterator[str]:
    """Give the text as it came, as each layout would explain it, and with the caps lock on."""
    for spelled in (text, text.swapcase()):
        yield spelled
        for table in _UNDO.values():
            yield _without_composed(spelled, table).translate(table)


def _without_composed(text: str, table: Mapping[int, str]) -> str:
    """Take apart what a dead key made of the next letter, unless the layout has that letter."""
    return "".join(letter if ord(letter) in table else _two_strokes(letter) for letter in text)


def _two_strokes(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    if len(parts) == 2 and parts[1] in _ACCENTS:
        return _ACCENTS[parts[1]] + parts[0]
    return letter


def _undo(plain: str, shifted: str) -> Mapping[int, str]:
    return MappingProxyType(
        {ord(typed): us for typed, us in zip(plain + shifted, _US + _US_SHIFT, strict=True)}
    )


_UNDO: Final = MappingProxyType({name: _undo(*keys) for name, keys in _LAYOUTS.items()})
