"""The kiosk at work: door runner, view-model, view, cameras and sounds, wired together."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Slot

from app.runtime.door_runner import DoorRunner, both
from app.runtime.preview import PreviewPainter, PreviewSize
from app.runtime.side_sources import SideChoices
from app.runtime.sounds import EVERY_SOUND
from app.runtime.staff_desk import StaffDesk
from app.ui.kiosk.handed_in import HandedIn
from app.ui.kiosk.light import CameraLight
from app.ui.kiosk.sheet import Wishes
from app.ui.kiosk.staff_model import StaffViewModel
from app.ui.kiosk.staff_view import StaffView
from app.ui.kiosk.view import KioskView
from app.ui.kiosk.view_model import KioskOptions, KioskViewModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.runtime.cameras import Cameras
    from app.runtime.door_runner import DoorHooks, DoorParts
    from app.runtime.pin_desk import PinAsker
    from app.runtime.scanner import SourceFactory
    from app.runtime.sounds import Sound, Sounds
    from app.scan.frames import Frame
    from app.services.ports import Clock
    from app.services.staff import StaffService
    from app.ui.i18n import Words
    from app.ui.look import Look, ThemeChoice

MOST_PREVIEW_PIXELS = 1_600 * 1_000
"""A bigger picture is scaled up by the painter: converting it would cost more than it shows."""


@dataclass(frozen=True, slots=True)
class KioskChoices:
    """What a person chose earlier.

    Args:
        camera: A spec, see `app.scan.sources.parse_spec`.
        mirrored: Whether the picture is shown as in a mirror.
        options: How long verdicts stay.
        amber_seconds: Age from which the ticket list is called old.
        side: Scanner guns, and more cameras than the one that is shown.
    """

    camera: str
    mirrored: bool = False
    options: KioskOptions = KioskOptions()  # noqa: RUF009 - frozen
    amber_seconds: int = 900
    side: SideChoices = SideChoices()  # noqa: RUF009 - frozen


class Keeper(Protocol):
    """Remembers what a person chooses at the door."""

    def camera(self, spec: str) -> None:
        """Keep the camera."""

    def mirrored(self, *, mirrored: bool) -> None:
        """Keep whether the picture is mirrored."""

    def theme(self, choice: ThemeChoice) -> None:
        """Keep the theme."""


class KioskScreen(QObject):
    """A door on the screen, from `start` to `close`.

    Args:
        parts: The door.
        look: The look in force.
        tr: Words of the language in force.
        clock: Wall time.
        sounds: Plays the verdicts.
        cameras: Lists and opens cameras.
        choices: What was chosen earlier.
        keeper: Remembers new choices; None: nobody does.
        full_screen: Changes to the whole screen and back.
        leave: Closes this door to choose again; None: not offered.
        source: Opens something else than the chosen camera, such as a simulated one.
        listener: Hears what the door tells, besides the screen.
        ask: Looks at staff PINs; None: what wants one cannot be done.
        exports: The folder for summaries.
    """

    def __init__(  # noqa: PLR0913 - each is one part of the door
        self,
        parts: DoorParts,
        look: Look,
        tr: Words,
        clock: Clock,
        *,
        sounds: Sounds,
        cameras: Cameras,
        choices: KioskChoices,
        keeper: Keeper | None = None,
        full_screen: Callable[[], None] = lambda: None,
        leave: Callable[[], None] | None = None,
        source: SourceFactory | None = None,
        listener: DoorHooks | None = None,
        ask: PinAsker | None = None,
        exports: Path = Path("exports"),
    ) -> None:
        """Wire everything; nothing runs before `start`."""
        super().__init__()
        self._cameras, self._keeper, self._source = cameras, keeper, source
        self._look = look
        self._camera, self._mirrored = choices.camera, choices.mirrored
        self._painter = PreviewPainter()
        self.model = KioskViewModel(sounds, clock, choices.options, self)
        hooks = self.model.hooks(self._picture)
        self.runner = DoorRunner(parts, hooks if listener is None else both(hooks, listener))
        self.staff: StaffView | None = None
        staffed = parts.staff is not None
        wishes = Wishes(
            self._use_camera,
            self._mirror,
            self._use_theme,
            full_screen,
            leave,
            self._test if staffed else None,
            self._see_to_the_light,
        )
        self.view = KioskView(look, tr, self.model, wishes, choices.amber_seconds, staffed=staffed)
        if parts.staff is not None:
            self.staff = self._staff_of(parts.staff, tr, clock, exports, ask)
            self.view.take_staff(self.staff)
        self.handed_in = HandedIn(
            self.view, tr, self.runner.present, choices.side, self._cameras.source
        )
        self.light = self._light_of(tr)
        self.view.preview_resized.connect(self._fit_preview)
        self.view.settings_opened.connect(self._fill_settings)
        cameras.changed.connect(self._fill_settings)

    def _light_of(self, tr: Words) -> CameraLight:
        return CameraLight(
            self._look,
            tr,
            self.view,
            controls=lambda: self._cameras.controls(self._camera),
            work=self.handed_in.sources.intake.give_work,
            say=self.view.say,
        )

    def _staff_of(
        self, service: StaffService, tr: Words, clock: Clock, exports: Path, ask: PinAsker | None
    ) -> StaffView:
        return StaffView(
            self._look,
            tr,
            self.model,
            StaffViewModel(StaffDesk(service), self.runner, self),
            clock=clock,
            exports=exports,
            ask=ask,
            say=self.view.say,
            below=self.view,
        )

    def start(self) -> None:
        """Begin to scan; sounds and the list of cameras follow when the window is up."""
        # What is loaded by now stays: walking it in each full collection would hold Python,
        # and with it the window, for a tenth of a second.
        gc.freeze()
        self.model.attach(self.runner, self._camera)
        self.runner.start(self._source or self._cameras.source(self._camera))
        self.handed_in.start()
        QTimer.singleShot(0, self, self.model.prepare_sounds)
        QTimer.singleShot(0, self, self._cameras.watch)

    def close(self) -> None:
        """End camera and loops, then the view-model; may be called again. Waits for threads."""
        self.light.close()
        self.handed_in.close()
        self.runner.stop()
        staff, self.staff = self.staff, None  # its cards may be gone when this is called again
        if staff is not None:
            staff.close()
        self.model.close()

    def _picture(self, frame: Frame) -> object:
        """Make of a frame what the view shows; on the thread that captured it."""
        self.handed_in.note(frame)
        return self._painter.image(frame)

    # ── what the settings change ──────────────────────────────────────────────────────────────────

    def _use_camera(self, spec: str, _checked: object = None) -> None:
        self._camera = spec
        self.model.attach(self.runner, spec)
        self.runner.use_camera(self._cameras.source(spec))
        if self._keeper is not None:
            self._keeper.camera(spec)

    def _see_to_the_light(self) -> None:
        self.view.settings.put_away()
        self.light.open()

    def _test(self, test: bool) -> None:
        if self.staff is not None:
            self.staff.set_test(test)
            self.view.settings.put_away()

    def _mirror(self, mirrored: bool) -> None:
        self._mirrored = mirrored
        wanted = self._painter.wanted
        self._painter.wanted = PreviewSize(wanted.width, wanted.height, mirrored)
        if self._keeper is not None:
            self._keeper.mirrored(mirrored=mirrored)

    def _use_theme(self, choice: ThemeChoice, _checked: object = None) -> None:
        self._look.choose(choice)
        if self._keeper is not None:
            self._keeper.theme(choice)

    @Slot(int, int)
    def _fit_preview(self, width: int, height: int) -> None:
        scale = min(1.0, (MOST_PREVIEW_PIXELS / max(1, width * height)) ** 0.5)
        self._painter.wanted = PreviewSize(
            round(width * scale), round(height * scale), self._mirrored
        )

    @Slot()
    def _fill_settings(self) -> None:
        self.view.settings.show_cameras(self._cameras.known, self._camera)
        self.view.settings.show_choices(self._look.choice, mirrored=self._mirrored)


def verdict_sounds() -> dict[Sound, Path]:
    """Return where each sound lies."""
    folder = Path(str(files("resources") / "sounds"))
    return {sound: folder / f"{sound}.wav" for sound in EVERY_SOUND}
