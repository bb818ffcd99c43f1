"""Signed documents as one line of text: short enough for a QR code, safe to paste into a mail.

``prefix:`` and Base45 (RFC 9285) of 64 bytes of signature, 8 bytes of the last valid second (big
endian) and the content, deflated (RFC 1951) with a dictionary that both sides know. Mails and chats
swallow doubled blanks, which Base45 has; for them there is ``prefix.`` and base64url (RFC 4648).
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Final

from app.domain import base45

MAX_TEXT: Final = 4_096
MAX_CONTENT: Final = 4_096
_SIGNATURE: Final = 64
_HEAD: Final = _SIGNATURE + 8
_RAW: Final = -zlib.MAX_WBITS
# What is likely stands at the end: deflate reaches it with the shortest distances. Never change a
# dictionary that is in use: what was made with it could not be read any more.
_DICTIONARY: Final = (
    b"https://rpc.ankr.com/https://base-rpc.publicnode.comhttps://base-sepolia-rpc.publicnode.com"
    b"https://mainnet.base.orghttps://sepolia.base.orghttp://127.0.0.1:8545"
    b'","key":"0x{"block":,"bundle":"","chain":31337,"chain":8453,"chain":84532,"contract":"0x'
    b'","door":1,"event":1,"factory":"0x","from":"","issued":17,"name":"","rpc":["https://"],'
    b'"signer":"0x","starts":17,"v":1}'
)


def write(prefix: str, content: bytes, valid_until: int, signature: bytes) -> str:
    """Return the text for a QR code: alphanumeric mode throughout."""
    return f"{prefix}:{base45.encode(_packed(content, valid_until, signature))}"


def write_message(prefix: str, content: bytes, valid_until: int, signature: bytes) -> str:
    """Return the text for a mail or a chat: no blanks, nothing that is taken for a link."""
    packed = base64.urlsafe_b64encode(_packed(content, valid_until, signature))
    return f"{prefix}.{packed.decode().rstrip('=')}"


def read(prefix: str, text: str) -> tuple[bytes, int, bytes]:
    """Read either form, trusting nothing; whoever reads on checks content and signature.

    Line breaks are taken out, for mails break lines; blanks around the text as well.

    Returns:
        Content, last valid second, and signature.

    Raises:
        ValueError: It has another prefix, is cut off, damaged, or too large.
    """
    if len(text) > MAX_TEXT + 2 * MAX_TEXT // 64:
        raise ValueError("it is too long")
    text = text.replace("\r", "").replace("\n", "").strip(" \t")
    if text.startswith(f"{prefix}:"):
        packed = base45.decode(text[len(prefix) + 1 :])
    elif text.startswith(f"{prefix}."):
        packed = _from_base64(text[len(prefix) + 1 :])
    else:
        raise ValueError("it begins as something else")
    if packed is None or len(packed) <= _HEAD:
        raise ValueError("it is cut off, or characters of it are wrong")
    content = _inflated(packed[_HEAD:])
    return content, int.from_bytes(packed[_SIGNATURE:_HEAD], "big"), packed[:_SIGNATURE]


def _packed(content: bytes, valid_until: int, signature: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, _RAW, 9, zdict=_DICTIONARY)
    return signature + valid_until.to_bytes(8, "big") + deflate.compress(content) + deflate.flush()


def _inflated(data: bytes) -> bytes:
    inflate = zlib.decompressobj(_RAW, zdict=_DICTIONARY)
    try:
        content = inflate.decompress(data, MAX_CONTENT + 1)
    except zlib.error as trouble:
        raise ValueError("it is damaged") from trouble
    if len(content) > MAX_CONTENT:
        raise ValueError("it is too large")
    if not inflate.eof or inflate.unused_data:
        raise ValueError("it is cut off, or something follows it")
    return content


def _from_base64(text: str) -> bytes | None:
    try:
        # Decoders differ in how much they forgive; only what we would write is taken.
        packed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    again = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return packed if again == text else None
