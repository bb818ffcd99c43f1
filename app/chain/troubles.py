"""What can go wrong with a node, told apart by code: our own families and what providers write.

Providers word the same trouble in dozens of ways and share codes between troubles (-32005 is a rate
limit here and an answer too large there), so both the message and ``error.data`` are read.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNREACHABLE: Final = "rpc.unreachable"
TIMEOUT: Final = "rpc.timeout"
RATE_LIMITED: Final = "rpc.rate_limited"
TOO_MUCH: Final = "rpc.too_much"
BEHIND: Final = "rpc.behind"
BAD_ANSWER: Final = "rpc.bad_answer"
REFUSED: Final = "rpc.refused"
WRONG_ID: Final = "chain.wrong_id"
WRONG_CODE: Final = "chain.wrong_code"
DISTRUSTED: Final = "chain.distrusted"
FEE_CEILING: Final = "chain.fee_ceiling"
NOT_SENT: Final = "chain.not_sent"
REVERTED: Final = "chain.reverted"

SEND_RAW: Final = "eth_sendRawTransaction"
_MESSAGE_CAP: Final = 300


class RateLimitedError(ChainError):
    """The provider asks for a pause.

    Args:
        message: A sentence for logs.
        retry_after: Seconds the provider asked for, if it said so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Keep the pause beside the sentence."""
        super().__init__(message, code=RATE_LIMITED, retryable=True)
        self.retry_after = retry_after


class TooMuchError(ChainError):
    """A page was too long or its answer too large: ask for fewer blocks.

    Args:
        message: A sentence for logs.
        structural: The provider never gives so many blocks: worth remembering. Otherwise only
            this page was too dense.
        max_blocks: The provider's limit of blocks a request, where it named one.
        max_logs: Its limit of logs a request, where it named one.
        suggested: How many blocks it proposes for this page.
    """

    def __init__(
        self,
        message: str,
        *,
        structural: bool = False,
        max_blocks: int | None = None,
        max_logs: int | None = None,
        suggested: int | None = None,
    ) -> None:
        """Keep what the provider said beside the sentence."""
        super().__init__(message, code=TOO_MUCH, retryable=True)
        self.structural = structural
        self.max_blocks = max_blocks
        self.max_logs = max_logs
        self.suggested = suggested


class RefusedError(ChainError):
    """The node understood and said no: a revert, an unknown method, an invalid parameter.

    Args:
        message: A sentence for logs, with the node's own words.
        rpc_code: The JSON-RPC error code, 0 where there was none.
        node_message: The node's words alone.
        data: The revert data (RFC: EIP-1474 ``error.data``), empty where there was none.
    """

    def __init__(
        self, message: str, *, rpc_code: int = 0, node_message: str = "", data: bytes = b""
    ) -> None:
        """Keep the node's own words and data."""
        super().__init__(message, code=REFUSED)
        self.rpc_code = rpc_code
        self.node_message = node_message
        self.data = data


def unreachable(message: str) -> ChainError:
    """Return the trouble of a node that cannot be reached or is not serving."""
    return ChainError(message, code=UNREACHABLE, retryable=True)


def timed_out(message: str) -> ChainError:
    """Return the trouble of a node that did not answer in time."""
    return ChainError(message, code=TIMEOUT, retryable=True)


def behind(message: str) -> ChainError:
    """Return the trouble of a node that does not know the asked block yet (or any more)."""
    return ChainError(message, code=BEHIND, retryable=True)


def bad_answer(message: str) -> ChainError:
    """Return the trouble of an answer that is not what the protocol promises."""
    return ChainError(message, code=BAD_ANSWER)


def wrong_chain(expected: int, found: int, label: str) -> ChainError:
    """Return the trouble of a node that serves another chain."""
    return ChainError(
        f"The node at {label} serves chain {found}, but chain {expected} is set. "
        "Choose the right network profile or another node.",
        code=WRONG_ID,
    )


def wrong_code(message: str) -> ChainError:
    """Return the trouble of an address whose code is not the contract that it should be."""
    return ChainError(message, code=WRONG_CODE)


def distrusted(message: str) -> ChainError:
    """Return the trouble of answers that contradict each other: they may agree again later."""
    return ChainError(message, code=DISTRUSTED, retryable=True)


def fee_ceiling(message: str) -> ChainError:
    """Return the trouble of a network that is dearer than the policy allows right now."""
    return ChainError(message, code=FEE_CEILING, retryable=True)


def not_sent(message: str) -> ChainError:
    """Return the trouble of a transaction that the node did not take."""
    return ChainError(message, code=NOT_SENT)


def reverted(message: str) -> ChainError:
    """Return the trouble of a transaction that the contract refused, or would refuse."""
    return ChainError(message, code=REVERTED)


# ── what providers write ──────────────────────────────────────────────────────────────────────────

_NEVER_RETRY: Final = frozenset({-32700, -32601, -32004, 3})

_NUMBER: Final = r"([\d,_]+)(\s*k)?\b"
_HEX_RANGE: Final = re.compile(
    r"(?:range should work|this block range|with the range)\D{0,20}?"
    r"\[?\s*(0x[0-9a-f]+|\d+)\s*[,-]\s*(0x[0-9a-f]+|\d+)",
    re.IGNORECASE,
)
_RANGE_LIMITS: Final = tuple(
    re.compile(pattern.replace("N", _NUMBER), re.IGNORECASE)
    for pattern in (
        r"limited to (?:a )?N(?: blocks?)?",
        r"up to a N block range",
        r"max(?:imum)? (?:block )?range:? N",
        r"limit the query to at most N blocks",
        r"maximum allowed is N blocks",
        r"maximum is set to N",
        r"block range greater than N max",
        r"allowed for your plan \([\d,]+ > N\)",
        r"ranges over N blocks",
        r"range is too large,? max is N",
    )
)
_RANGE_TEXTS: Final = (
    "block range limit exceeded",
    "block range is too wide",
    "block range too large",
    "block range too wide",
    "range is too large",
    "requested too many blocks",
    "exceeds the range allowed",
    "exceed maximum block range",
)
_DENSE_TEXTS: Final = (
    "query returned more than",
    "query exceeds max results",
    "logs matched by query exceeds",
    "response too large",
    "response size should not",
    "response size exceeded",
    "response is too big",
    "response exceeds",
    "log response size",
    "query timeout exceeded",
)
_RESULT_LIMIT: Final = re.compile(
    rf"more than {_NUMBER} (?:logs|results)|query exceeds max results {_NUMBER}"
    rf"|logs matched by query exceeds limit of {_NUMBER}|cap of {_NUMBER} logs"
)
_BEHIND_TEXTS: Final = (
    "beyond current head",
    "after last accepted block",
    "not currently canonical",
    "unknown block",
    "header not found",
    "block not found",
    "blockoutofrange",
    "block out of range",
)
_RATE_TEXTS: Final = ("rate limit", "too many requests", "quota", "throttl", "request limit")
_DOWN_TEXTS: Final = ("no backend is currently healthy",)


def classify(
    error: Mapping[str, object], method: str, label: str, clean: Callable[[str], str] = str
) -> ChainError:
    """Turn a JSON-RPC error object into the trouble that it means.

    Args:
        error: The ``error`` member of an answer.
        method: The method that was called, for the sentence.
        label: The node's masked address, for the sentence.
        clean: Removes secrets that a provider may echo (its own URL with the key).
    """
    code = _code_of(error)
    words = clean(_words(error.get("message")))
    text = (words + " " + clean(_words(error.get("data")))).lower()
    sentence = f"{label} refused {method}: {words or 'no reason given'} (code {code})"
    if code in _NEVER_RETRY or "execution reverted" in text:
        return _refused(sentence, code, words, error)
    # A transaction can be refused for a limit of its own, which is no range of blocks.
    about_blocks = None if method == SEND_RAW else _about_blocks(text, sentence, label)
    if about_blocks is not None:
        return about_blocks
    if code in {429, -32005} or any(part in text for part in _RATE_TEXTS):
        return RateLimitedError(f"{label} asks for fewer requests: {words}")
    if any(part in text for part in _DOWN_TEXTS):
        return unreachable(f"{label} has no working back end: {words}")
    return _refused(sentence, code, words, error)


def _about_blocks(text: str, sentence: str, label: str) -> ChainError | None:
    """Read a trouble with the asked blocks out of a provider's words."""
    too_much = _too_much(text, sentence)
    if too_much is None and any(part in text for part in _BEHIND_TEXTS):
        return behind(f"{label} does not know the asked block (yet): {sentence}")
    return too_much


def _code_of(error: Mapping[str, object]) -> int:
    code = error.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else 0


def _too_much(text: str, sentence: str) -> TooMuchError | None:
    """Read a range limit or a density complaint out of a provider's words."""
    most = _RESULT_LIMIT.search(text)
    max_logs = max(1, _number(most)) if most is not None else None
    hint = _HEX_RANGE.search(text)
    if hint is not None:
        first, last = (int(value, 0) for value in hint.groups())
        # Some providers print the two ends in the wrong order.
        return TooMuchError(sentence, max_logs=max_logs, suggested=abs(last - first) + 1)
    if max_logs is not None or any(part in text for part in _DENSE_TEXTS):
        return TooMuchError(sentence, max_logs=max_logs)
    for pattern in _RANGE_LIMITS:
        match = pattern.search(text)
        if match is not None:
            return TooMuchError(sentence, structural=True, max_blocks=max(1, _number(match)))
    if any(part in text for part in _RANGE_TEXTS):
        return TooMuchError(sentence, structural=True)
    return None


def _number(match: re.Match[str]) -> int:
    digits, thousands = next(
        (found, match.group(place + 1))
        for place, found in enumerate(match.groups(), start=1)
        if found and found.strip() != "k"
    )
    plain = digits.replace(",", "").replace("_", "")
    return int(plain or "1") * (1000 if thousands else 1)


def _refused(sentence: str, code: int, words: str, error: Mapping[str, object]) -> RefusedError:
    return RefusedError(sentence, rpc_code=code, node_message=words, data=_revert_data(error))


def _revert_data(error: Mapping[str, object]) -> bytes:
    """Return revert data from where nodes put it: ``data`` itself or ``data.data``."""
    data = error.get("data")
    if isinstance(data, dict):
        data = data.get("data")
    if isinstance(data, str) and data.startswith("0x"):
        try:
            return bytes.fromhex(data[2:])
        except ValueError:
            return b""
    return b""


def _words(value: object) -> str:
    """Return a provider's text, short and on one line."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return " ".join(text.split())[:_MESSAGE_CAP]
