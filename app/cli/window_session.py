"""One run with windows: the Qt program, the look, the device once it is open, and what is asked."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from app.bootstrap import Device, Link
from app.cli.session import find_factory, show_bug
from app.cli.vaults import LaterVault, open_vault
from app.diagnostics import BugHandler, logging_to
from app.domain.errors import SettingsError
from app.paths import DataFolder, make_private_folder
from app.remembered import Remembered, recall, remember
from app.runtime.display import has_display
from app.runtime.qt_app import QtProgram
from app.services.ports import TROUBLE
from app.ui.i18n import Words
from app.ui.languages import Languages
from app.ui.look import Look, ThemeChoice
from app.ui.shells.state_screen import opening_screen, trouble_screen
from app.ui.shells.window import ShellWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from PySide6.QtCore import SignalInstance

    from app.settings import Settings
    from app.ui.shells.page import Page

T = TypeVar("T")
APP_ID = "echain-gate"
TITLE = "Echain Gate"


class WindowSession:
    """Carries one role's window from start to end; made and used on the main thread.

    Args:
        settings: What this device was told.
    """

    def __init__(self, settings: Settings) -> None:
        """Make program and window; nothing is opened, nothing shown.

        Raises:
            SettingsError: ``settings.no_display`` where no window can be shown.
        """
        if not has_display():
            raise SettingsError(
                "neither DISPLAY nor WAYLAND_DISPLAY is set; 'echain --help' lists what works"
                " without a window",
                code="settings.no_display",
            )
        self.settings = settings
        self.bugs = BugHandler(self._bug_rose)
        self.on_bug: Callable[[], None] = lambda: None
        self.program = QtProgram(APP_ID, self.bugs)
        self._waiting = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="opener")
        self._stack = ExitStack()
        self.device: Device | None = None
        self.memory = recall(settings.data)
        choice = self.memory.theme
        self.look = Look(
            self.program.app,
            ThemeChoice(choice) if choice in set(ThemeChoice) else ThemeChoice.SYSTEM,
        )
        self.tr = Words()
        self.languages = Languages(self.program.app, self.tr, self.memory.language)
        self.window = ShellWindow(self.look, TITLE)
        self.languages.changed.connect(self.window.retranslate)
        self.window.language_wanted.connect(self._next_language)
        self.program.on_close(self._close)

    def run(
        self, work: Callable[[], Coroutine[Any, Any, None]], *, full_screen: bool = False
    ) -> int:
        """Show the window and run a role until the window is closed; returns the exit code."""
        self.window.show_page(opening_screen(self.look, self.tr))
        if full_screen:
            self.window.showFullScreen()
        else:
            self.window.show()
        with self.bugs.installed():
            return self.program.run(work())

    # ── waiting, where the main thread may not ────────────────────────────────────────────────────

    async def wait_for(self, work: Callable[[], T]) -> T:
        """Do something that reads files or asks a keyring, on a thread that may wait."""
        return await asyncio.get_running_loop().run_in_executor(self._waiting, work)

    async def ask(self, page: Page, answer: SignalInstance) -> Any:  # noqa: ANN401 - a signal's
        """Show a page until it answers."""
        answered: asyncio.Future[object] = asyncio.get_running_loop().create_future()

        def settle(value: object = None) -> None:
            if not answered.done():
                answered.set_result(value)

        answer.connect(settle)
        self.window.show_page(page)
        return await answered

    async def opened(self) -> Device:
        """Open the data folder; trouble is shown with its remedy until it is gone."""
        return await self.insist(self._open)

    async def insist(self, work: Callable[[], T]) -> T:
        """Do something that may meet trouble; a person decides when to try again."""
        while True:
            try:
                return await self.wait_for(work)
            except TROUBLE as trouble:
                await self._again(trouble.code, str(trouble))
                self.window.show_page(opening_screen(self.look, self.tr))

    async def link(self, device: Device) -> Link | None:
        """Return a connection to the chain, nothing asked yet; None where no factory is known."""
        try:
            factory, start_block = await self.wait_for(partial(find_factory, device.settings))
        except SettingsError:
            return None
        return device.link(factory, start_block)

    def keep(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Remembered
        """Remember choices; a disk that does not take them costs nothing but the memory."""
        self.memory = replace(self.memory, **changes)
        self._waiting.submit(_remember, self.settings, self.memory)

    def use_language(self, language: str) -> None:
        """Speak another language from now on, on every open screen, and in the next run."""
        self.languages.choose(language)
        self.keep(language=language)

    def use_theme(self, choice: ThemeChoice) -> None:
        """Look another way from now on, and in the next run."""
        self.look.choose(choice)
        self.keep(theme=choice.value)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _open(self) -> Device:
        folder = DataFolder(make_private_folder(self.settings.data))
        with ExitStack() as stack:
            stack.enter_context(logging_to(folder.log_file))
            vault = LaterVault(partial(open_vault, folder, ask=False))
            device = stack.enter_context(Device(self.settings, vault, on_bug=self.bugs.report))
            self._stack = stack.pop_all()
        self.device = device
        return device

    async def _again(self, code: str, detail: str) -> None:
        again = asyncio.Event()
        self.window.show_page(
            trouble_screen(
                self.look,
                self.tr,
                code,
                again=again.set,
                close=self.program.quit,
                detail=detail,
            )
        )
        await again.wait()

    def _next_language(self) -> None:
        self.use_language(self.languages.next())

    def _bug_rose(self, bug: BaseException) -> None:
        if sys.stderr is not None:
            show_bug(bug)
        self.on_bug()

    def _close(self) -> None:
        self.window.leave_page()
        # What is being opened is opened first, so that it can be closed.
        self._waiting.shutdown(wait=True, cancel_futures=True)
        self._stack.close()
        self.window.close()
        self.window.deleteLater()


def _remember(settings: Settings, memory: Remembered) -> None:
    try:
        remember(settings.data, memory)
    except TROUBLE:
        return
