"""Environment trouble with stable codes; outcomes are values and bugs simply rise.

AppError
├── StoreTrouble      store.*     (translated from offline_cache.errors)
├── ChainError        rpc.*, chain.*
├── NodeError         node.*
├── KeyTrouble        keys.*
├── CameraError       camera.*
├── SettingsError     settings.*
├── HardwareTrouble   relay.*, printer.*
├── InvitationError   invitation.*
└── BundleError       bundle.*
"""

from __future__ import annotations

from typing import ClassVar


class AppError(Exception):
    """Something outside the program is not as it must be.

    Args:
        message: An English sentence for logs: what is wrong and what to do. Never a secret.
        code: A stable code such as ``rpc.unreachable``; the user's words hang on it.
        retryable: Whether the same call may succeed later without anybody acting.
    """

    family: ClassVar[str] = "app"

    def __init__(self, message: str, *, code: str, retryable: bool = False) -> None:
        """Keep the code and whether to retry beside the sentence."""
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class StoreTrouble(AppError):
    """The database files cannot be used as they are (``store.*``)."""

    family = "store"


class ChainError(AppError):
    """A node, or what it answered, cannot be used (``rpc.*``, ``chain.*``)."""

    family = "chain"


class NodeError(AppError):
    """The embedded development node did not start or is missing (``node.*``)."""

    family = "node"


class KeyTrouble(AppError):
    """A key store is locked, missing or unsafe (``keys.*``)."""

    family = "keys"


class CameraError(AppError):
    """A source of frames cannot be opened or was lost (``camera.*``)."""

    family = "camera"


class HardwareTrouble(AppError):
    """A relay or printer of a self-service door is missing or failed (``relay.*``, ``printer.*``).

    Args:
        message: An English sentence for logs.
        code: A stable code.
        certain: Whether it surely has done nothing; False: nobody knows.
    """

    family = "hardware"

    def __init__(self, message: str, *, code: str, certain: bool = True) -> None:
        """Keep what is known beside the sentence; it may work the next time."""
        super().__init__(message, code=code, retryable=True)
        self.certain = certain


class SettingsError(AppError):
    """A setting is unknown, of the wrong type or contradictory (``settings.*``)."""

    family = "settings"


class BundleError(AppError):
    """An event bundle or policy is unsigned, altered, older or foreign (``bundle.*``)."""

    family = "bundle"


class InvitationError(AppError):
    """An invitation to a door is damaged, altered, over or foreign (``invitation.*``)."""

    family = "invitation"
