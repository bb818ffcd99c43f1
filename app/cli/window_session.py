"""One run with windows: the Qt program, the look, the device once it is open, and what is asked."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QTimer

from app.bootstrap import Device, Link
from app.cli.kiosk_lock import KioskLock
from app.cli.kiosk_terms import KioskTerms
from app.cli.session import find_factory, show_bug
from app.cli.vaults import LaterVault, needs_passphrase, open_vault, unattended
from app.diagnostics import BugHandler, logging_to
from app.domain.errors import SettingsError
from app.paths import DataFolder, make_private_folder
from app.remembered import Remembered, recall, remember
from app.runtime.clock import SystemClock
from app.runtime.display import has_display
from app.runtime.handover import News
from app.runtime.pin_desk import PinDesk
from app.runtime.qt_app import QtProgram
from app.runtime.supervisor import AGAIN
from app.services.ports import TROUBLE
from app.services.staff_pin import StaffPinFile
from app.ui.i18n import Words
from app.ui.languages import Languages
from app.ui.look import Look, ThemeChoice
from app.ui.out_of_order.page import OutOfOrderPage
from app.ui.out_of_order.words import Fault
from app.ui.shells.kiosk_window import KioskWindow
from app.ui.shells.state_screen import opening_screen, trouble_screen
from app.ui.shells.window import ShellWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from PySide6.QtCore import SignalInstance

    from app.chain.vault import Vault
    from app.settings import Settings
    from app.ui.lock.cover import Unlock
    from app.ui.shells.page import Page

T = TypeVar("T")
APP_ID = "echain-gate"
TITLE = "Echain Gate"
HEARTBEAT_MS = 1_000
AGAIN_SECONDS = 10.0
"""A locked kiosk in trouble tries again by itself: perhaps nobody stands in front of it."""


class WindowSession:
    """Carries one role's window from start to end; made and used on the main thread.

    Args:
        settings: What this device was told.
        terms: Whether the window is locked, and who restarts it.
    """

    def __init__(self, settings: Settings, terms: KioskTerms | None = None) -> None:
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
        self.terms = terms or KioskTerms()
        self._passphrase = self.terms.handover.passphrase
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
        self.staff_pin = StaffPinFile(DataFolder(settings.data).pin_file, SystemClock())
        self.pins = PinDesk(self.staff_pin)
        self.lock: KioskLock | None = None
        self.window = self._make_window()
        self.languages.changed.connect(self.window.retranslate)
        if self.lock is not None:
            self.languages.changed.connect(self.lock.retranslate)
        self.window.language_wanted.connect(self._next_language)
        self._heartbeat = QTimer(self.window, interval=HEARTBEAT_MS)
        self._heartbeat.timeout.connect(lambda: self.terms.tell(News(alive=True)))
        self.program.on_close(self._close)

    def run(
        self, work: Callable[[], Coroutine[Any, Any, None]], *, full_screen: bool = False
    ) -> int:
        """Show the window and run a role until the window is closed; returns the exit code."""
        self.window.show_page(opening_screen(self.look, self.tr))
        self.terms.tell(News(alive=True))
        self._heartbeat.start()
        if self.lock is not None:
            self.lock.lock(self.settings.screen)
        elif full_screen:
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

    async def be_out_of_order(self) -> None:
        """Say why the last runs ended, until it is time to be started again; never returns."""
        said = self.terms.handover
        fault = Fault(said.reason, str(said.code))
        page = OutOfOrderPage(self.look, self.tr, fault, again_seconds=said.wait_seconds)
        page.again_wanted.connect(lambda: self.program.quit(AGAIN))
        page.staff_wanted.connect(self.program.quit if self.lock is None else self.lock.ask_way_out)
        self.window.show_page(page)
        await asyncio.Event().wait()

    async def link(self, device: Device) -> Link | None:
        """Return a connection to the chain, nothing asked yet; None where no factory is known."""
        try:
            factory, start_block = await self.wait_for(partial(find_factory, device.settings))
        except SettingsError:
            return None
        # It may need secrets, and the vault may make it wait.
        return await self.wait_for(partial(device.link, factory, start_block))

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

    # ── keys and lock ─────────────────────────────────────────────────────────────────────────────

    async def unlocking(self) -> Unlock | None:
        """Return what opens the sealed keys with a passphrase; None: nobody has to."""
        folder = DataFolder(self.settings.data)
        if self._passphrase or not await self.wait_for(partial(needs_passphrase, folder)):
            return None
        return lambda words: self._waiting.submit(self._unlock, words)

    async def stays_closed(self) -> bool:
        """Tell whether a locked kiosk waits for the staff PIN before it scans.

        It does not after a crash: staff had opened it. Nor where the operator has put the
        passphrase into a systemd credential, so that it opens by itself after a power cut.
        """
        if self.lock is None or self.terms.handover.resumed:
            return False
        return not await self.wait_for(unattended)

    def unlock_keys(self, words: str) -> None:
        """Open the sealed keys with a passphrase, or seal new ones with it; blocks.

        Raises:
            KeyTrouble: ``keys.*``, among them a passphrase that is wrong or too weak.
        """
        self._unlock(words)

    def _unlock(self, words: str) -> None:
        open_vault(DataFolder(self.settings.data), ask=False, entered=words)
        self._passphrase = words
        self.terms.tell(News(passphrase=words))

    def _open_vault(self, folder: DataFolder) -> Vault:
        return open_vault(folder, ask=False, entered=self._passphrase)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _open(self) -> Device:
        folder = DataFolder(make_private_folder(self.settings.data))
        with ExitStack() as stack:
            stack.enter_context(logging_to(folder.log_file))
            vault = LaterVault(partial(self._open_vault, folder))
            device = stack.enter_context(Device(self.settings, vault, on_bug=self.bugs.report))
            self._stack = stack.pop_all()
        self.device = device
        return device

    async def _again(self, code: str, detail: str) -> None:
        again = asyncio.Event()
        if self.lock is not None:
            fault = Fault(code, detail)
            page = OutOfOrderPage(self.look, self.tr, fault, again_seconds=AGAIN_SECONDS)
            page.again_wanted.connect(again.set)
            page.staff_wanted.connect(self.lock.ask_way_out)
            self.window.show_page(page)
            await again.wait()
            return
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

    def _make_window(self) -> ShellWindow:
        if not self.terms.locked:
            return ShellWindow(self.look, TITLE)
        window = KioskWindow(self.look, TITLE, self.program.app, self.settings.screen)
        self.lock = KioskLock(window, self.look, self.tr, self.pins.ask, leave=self.program.quit)
        return window

    def _next_language(self) -> None:
        self.use_language(self.languages.next())

    def _bug_rose(self, bug: BaseException) -> None:
        if sys.stderr is not None:
            show_bug(bug)
        self.on_bug()

    def _close(self) -> None:
        self._heartbeat.stop()
        self.window.leave_page()
        if self.lock is not None:
            self.lock.close()
        self.pins.close()
        # What is being opened is opened first, so that it can be closed.
        self._waiting.shutdown(wait=True, cancel_futures=True)
        self._stack.close()
        self.window.close()
        self.window.deleteLater()
        self.languages.close()


def _remember(settings: Settings, memory: Remembered) -> None:
    try:
        remember(settings.data, memory)
    except TROUBLE:
        return
