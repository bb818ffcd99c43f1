"""Read many logs of one event at once: one conversion from digits, words cut by ``struct``.

A first sync reads logs by the hundred thousand, nearly all of a few events whose fields have a
fixed length. For these the work of each log is done by a handful of calls for all of them, as
strictly as ``EventReader`` does it for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from app.chain.abi import Entry, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Column: TypeAlias = tuple[Any, ...]

WORD: Final = 32
_WORD_DIGITS: Final = 2 + 2 * WORD
_WORDS_OF: Final = itemgetter(slice(1, None))
_WHOLE_NUMBERS: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}


@dataclass(frozen=True, slots=True)
class _Word:
    """How a word is cut: its form for ``struct``, and which of the two parts must be zero."""

    form: str
    padding: bytes = b""
    padding_first: bool = True
    is_number: bool = False


def _word(kind: str) -> _Word | None:
    """Return how a word of this type is cut, None for a type that is rare in logs."""
    if kind == "address":
        return _Word("12s20s", bytes(12))
    for prefix in ("uint", "bytes"):
        size = kind.removeprefix(prefix)
        if size == kind or not size.isdecimal():
            continue
        length = int(size) // 8 if prefix == "uint" else int(size)
        rest = WORD - length
        if not rest:
            return _Word("32s", is_number=prefix == "uint")
        if prefix == "bytes":
            return _Word(f"{length}s{rest}s", bytes(rest), padding_first=False)
        plain = _WHOLE_NUMBERS.get(length)
        return _Word(f"{rest}s{plain or f'{length}s'}", bytes(rest), is_number=plain is None)
    return None


class _Words:
    """Cuts texts of equally many words, each text ``0x`` and digits, into one column a word.

    Args:
        texts: The words of each text of a log; all logs have texts of these lengths.
    """

    def __init__(self, texts: Sequence[Sequence[_Word]]) -> None:
        self._words = [word for text in texts for word in text]
        # The 0x of a text is read as a byte of zeros, which the x of the form passes over.
        self._cut = Struct(">" + "".join("x" + "".join(w.form for w in text) for text in texts))

    def columns(self, texts: Sequence[str], logs: int) -> list[Column]:
        """Return a column for each word.

        Args:
            texts: Those of all logs, one after another; all are equally long.
            logs: How many logs they are of.

        Raises:
            ValueError: A text is no ``0x`` with so many digits, or a word has a wrong padding.
        """
        length = len(texts[0]) if texts else 0
        joined = "".join(texts)
        zeros, marks = joined[::length], joined[1::length]
        count = len(texts)
        if zeros != "0" * count or marks != "x" * count or joined.count("x") != count:
            raise ValueError("a text does not begin with 0x")
        raw = bytes.fromhex(joined.replace("x", "0"))
        # Blanks, which fromhex passes over, show here as well.
        if len(raw) != self._cut.size * logs or 2 * len(raw) != len(joined):
            raise ValueError("a text has not as many digits as the event's words")
        cut = zip(*self._cut.iter_unpack(raw), strict=True)
        return [_column(word, cut, logs) for word in self._words]


def _column(word: _Word, cut: Iterator[Column], logs: int) -> Column:
    values = next(cut)
    if word.padding:
        padding, values = (values, next(cut)) if word.padding_first else (next(cut), values)
        if padding.count(word.padding) != logs:
            raise ValueError("a padding is not zero")
    return tuple(map(int.from_bytes, values)) if word.is_number else values


class RunReader:
    """Reads runs of logs of one event; made by ``run_reader``.

    Args:
        indexed: The words in topics, in the order of the ABI.
        plain: The words in the data.
        order: For each field in the order of the ABI, which of all words it is, topics first.
    """

    def __init__(
        self, indexed: Sequence[_Word], plain: Sequence[_Word], order: Sequence[int]
    ) -> None:
        """Lay out the words once."""
        self._topics = len(indexed)
        self._indexed = _Words([[word] for word in indexed])
        self._plain = _Words([plain])
        self._order = order

    def read(self, topics: Sequence[Sequence[str]], data: Sequence[str]) -> Iterable[Column]:
        """Return the values of each log, in the order of the ABI, as ``EventReader.read`` does.

        Args and errors as for ``columns``.
        """
        columns = self.columns(topics, data)
        return zip(*columns, strict=True) if columns else [()] * len(data)

    def columns(self, topics: Sequence[Sequence[str]], data: Sequence[str]) -> list[Column]:
        """Return the values of each field over all logs, in the order of the ABI.

        Args:
            topics: All topics of each log, the event's own first.
            data: The data of each log.

        Raises:
            ValueError: One of the logs does not have this event's form; which, is not said.
            TypeError: A part of a log is no text.
        """
        logs = len(data)
        if set(map(len, topics)) != {self._topics + 1} or len(set(map(len, data))) != 1:
            raise ValueError("the logs are not of one form")
        columns: list[Column] = []
        if self._topics:
            texts = list(chain.from_iterable(map(_WORDS_OF, topics)))
            if set(map(len, texts)) != {_WORD_DIGITS}:
                raise ValueError("a topic is not 32 bytes")
            columns = self._indexed.columns(texts, logs)
        columns += self._plain.columns(data, logs)
        return [columns[at] for at in self._order]


def run_reader(entry: Entry) -> RunReader | None:
    """Return the reader of an event's runs, None if a field has no fixed length or a rare type.

    Args:
        entry: The event's entry in the JSON ABI.
    """
    inputs = cast("Sequence[Entry]", entry["inputs"])
    words = [_word(type_of(item)) for item in inputs]
    marks = [bool(item["indexed"]) for item in inputs]
    known = [word for word in words if word is not None]
    if len(known) != len(words):
        return None
    places = sorted(range(len(marks)), key=lambda at: (not marks[at], at))
    order = sorted(range(len(places)), key=places.__getitem__)
    split = sum(marks)
    return RunReader(
        [known[at] for at in places[:split]], [known[at] for at in places[split:]], order
    )


TOPICS_OF: Final = itemgetter("topics")
DATA_OF: Final = itemgetter("data")
BLOCK_OF: Final = itemgetter("blockNumber")
INDEX_OF: Final = itemgetter("logIndex")
