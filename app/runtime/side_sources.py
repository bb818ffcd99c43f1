"""What reads beside the main camera: scanner guns, more cameras, files and the clipboard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.runtime.intake import Intake, IntakeHooks
from app.runtime.scanner import ScanHooks, Scanner
from app.runtime.wedge import WedgeFilter, WedgeSettings
from app.scan.decoder import Decoder
from app.scan.serial_gun import SerialGun

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.errors import AppError
    from app.runtime.scanner import SourceFactory
    from app.scan.frames import Frame

SERIAL: Final = "serial:"
GUN: Final = "scanner gun"
STOP_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class SideChoices:
    """What an operator set.

    Args:
        also: More cameras and streams (see `app.scan.sources.parse_spec`), and serial guns as
            ``serial:`` and a port (see `app.scan.serial_gun.SerialGun`).
        gun: How guns that type are set; None: there are none, every key is a person's.
    """

    also: tuple[str, ...] = ()
    gun: WedgeSettings | None = field(default_factory=WedgeSettings)


def split_sources(text: str) -> tuple[str, ...]:
    """Take a setting apart: sources stand between semicolons, since names hold blanks."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


@dataclass(frozen=True, slots=True)
class SideHooks:
    """Who hears what; all are called on the sources' threads.

    Args:
        present: A payload, and the frame that says where it came from; may raise AppError.
        on_nothing: The origin of a picture or file without a code.
        on_trouble: What cannot be used or read.
    """

    present: Callable[[bytes, Frame], None]
    on_nothing: Callable[[str], None] = field(default=lambda _origin: None)
    on_trouble: Callable[[AppError], None] = field(default=lambda _error: None)


class SideSources:
    """Runs them from `start` to `close`; made and closed on the main thread.

    Args:
        choices: What was set.
        hooks: Who hears what.
        camera: Makes the source of a camera's or stream's spec.
    """

    def __init__(
        self, choices: SideChoices, hooks: SideHooks, camera: Callable[[str], SourceFactory]
    ) -> None:
        """Open nothing yet."""
        self.intake = Intake(IntakeHooks(hooks.present, hooks.on_nothing, hooks.on_trouble))
        self._typed = choices.gun is not None
        self.wedge = WedgeFilter(choices.gun)
        self.wedge.scanned.connect(self._take_typed)
        guns = [spec for spec in choices.also if spec.startswith(SERIAL)]
        others = [spec for spec in choices.also if not spec.startswith(SERIAL)]
        self._guns = [self._gun(spec, hooks) for spec in guns]
        seen = ScanHooks(on_payload=hooks.present, on_trouble=hooks.on_trouble)
        self._scanners = [Scanner(camera(spec), Decoder, seen, debounce=0) for spec in others]

    def start(self) -> None:
        """Begin to read."""
        self.intake.start()
        if self._typed:
            self.wedge.install()
        for gun in self._guns:
            gun.start()
        for scanner in self._scanners:
            scanner.start()

    def close(self) -> None:
        """End everything and wait for the threads; may be called again."""
        self.wedge.remove()
        for scanner in self._scanners:
            scanner.stop()
        for gun in self._guns:
            gun.close(STOP_SECONDS)
        for scanner in self._scanners:
            scanner.join(STOP_SECONDS)
        self.intake.stop(STOP_SECONDS)

    def _take_typed(self, text: str) -> None:
        self.intake.give_text(text.encode(), GUN)

    def _gun(self, spec: str, hooks: SideHooks) -> SerialGun:
        gun = SerialGun(
            spec,
            lambda code: self._take_code(code, gun.name),
            on_trouble=hooks.on_trouble,
        )
        return gun

    def _take_code(self, code: bytes, origin: str) -> None:
        self.intake.give_text(code, origin)
