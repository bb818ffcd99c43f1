"""A keyring that keeps its passwords in memory: a real backend, for vault tests."""

from __future__ import annotations

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

MODULES = frozenset({__name__})


class MemoryKeyring(KeyringBackend):
    priority = 1

    def __init__(self, *, locked: bool = False, forgetful: bool = False) -> None:
        # keyring has types, but not for this one.
        super().__init__()  # type: ignore[no-untyped-call]
        self.passwords: dict[tuple[str, str], str] = {}
        self.locked = locked
        self.forgetful = forgetful

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("the collection is locked")
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked(f"cannot store {password}")
        if not self.forgetful:
            self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.passwords:
            raise PasswordDeleteError("there is no such password")
        del self.passwords[service, username]
