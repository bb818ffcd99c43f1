"""Cameras by the names people know, and what is plugged in just now."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal

from app.domain.errors import CameraError
from app.scan.camera_controls import controls_of
from app.scan.capture import open_device
from app.scan.sources import SourceOptions, open_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtMultimedia import QMediaDevices

    from app.runtime.scanner import SourceFactory
    from app.scan.camera_controls import CameraControls
    from app.scan.capture import Capture
    from app.scan.frames import FrameSource, SourceHooks

_SYSFS = Path("/sys/class/video4linux")
_DEVICES = Path("/dev")
_PREFIX = "camera:"


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera.

    Args:
        name: What its maker calls it; a second one of the same name gets `` (2)``.
        device: What opens it: a device file, or a number where the system has no files.
        front: Whether it looks at whoever looks at the screen: its picture is shown mirrored.
    """

    name: str
    device: str
    front: bool = False

    @property
    def spec(self) -> str:
        """What to write into the settings: it still names this camera after a replug."""
        return _PREFIX + self.name


def cameras_in_sysfs(folder: Path = _SYSFS) -> tuple[CameraInfo, ...]:
    """List cameras as Linux's video4linux names them; of each, the node that gives pictures."""
    found = []
    for node in sorted(folder.glob("video*"), key=lambda path: (len(path.name), path.name)):
        try:
            name = (node / "name").read_text("utf-8").strip()
            index = (node / "index").read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):  # unplugged while we looked
            continue
        if index == "0":  # the others carry metadata
            found.append((name, str(_DEVICES / node.name), False))
    return _told_apart(found)


def _told_apart(found: Sequence[tuple[str, str, bool]]) -> tuple[CameraInfo, ...]:
    """Number cameras of the same name, so that each name opens one."""
    seen: dict[str, int] = {}
    cameras = []
    for name, device, front in found:
        seen[name] = seen.get(name, 0) + 1
        label = name if seen[name] == 1 else f"{name} ({seen[name]})"
        cameras.append(CameraInfo(label, device, front))
    return tuple(cameras)


class Cameras(QObject):
    """Knows the cameras of this computer; made and asked on the main thread.

    Qt Multimedia is loaded by `watch`, after the window is up: it takes a quarter of a second and
    needs libpulse0. Until then, and without it, Linux is asked directly.

    Signals:
        changed: A camera was plugged in or out.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None, *, sysfs: Path = _SYSFS) -> None:
        """Look once, without Qt Multimedia."""
        super().__init__(parent)
        self._sysfs = sysfs
        self._devices: QMediaDevices | None = None
        self._watcher: QFileSystemWatcher | None = None
        self._known = cameras_in_sysfs(sysfs)

    @property
    def known(self) -> tuple[CameraInfo, ...]:
        """The cameras that are plugged in."""
        return self._known

    def watch(self) -> None:
        """Keep `known` true from now on; again: nothing."""
        if self._devices is not None or self._watcher is not None:
            return
        try:
            from PySide6.QtMultimedia import QMediaDevices
        except ImportError:  # libpulse0 is not installed
            self._watcher = QFileSystemWatcher([str(_DEVICES)], self)
            self._watcher.directoryChanged.connect(self._look)
        else:
            self._devices = QMediaDevices(self)
            self._devices.videoInputsChanged.connect(self._look)
        self._look()

    def source(self, spec: str) -> SourceFactory:
        """Return what opens a source by its spec; a camera that is away is waited for.

        Args:
            spec: See `app.scan.sources.parse_spec`; ``camera:<name>`` names one of these.
        """

        def opened(hooks: SourceHooks) -> FrameSource:
            options = SourceOptions(hooks=hooks, patient=True, open_camera=self.open)
            return open_source(spec, options)

        return opened

    def open(self, camera: str) -> Capture:
        """Open a camera by name, number or device file; called on the scanner's threads.

        Raises:
            CameraError: ``camera.missing`` (retryable) while no camera has this name;
                ``camera.unreadable`` as `app.scan.capture.open_device`.
        """
        # A camera that was plugged in again may have got another device file.
        known = cameras_in_sysfs(self._sysfs) if sys.platform == "linux" else self._known
        for info in known:
            if camera in (info.name, info.device):
                return open_device(info.device)
        if camera.isdecimal() or camera.startswith("/dev/"):
            return open_device(camera)
        raise CameraError(
            f"There is no camera '{camera}'; plug it in, or choose another.",
            code="camera.missing",
            retryable=True,
        )

    def controls(self, spec: str) -> CameraControls:
        """Return torch, exposure and focus of a camera by its spec; asking them may wait."""
        wanted = spec.removeprefix(_PREFIX)
        for info in self._known:
            if wanted in (info.name, info.device):
                return controls_of(info.device)
        return controls_of(f"/dev/video{wanted}" if wanted.isdecimal() else wanted)

    def _look(self) -> None:
        before = self._known
        self._known = self._by_qt() or cameras_in_sysfs(self._sysfs)
        if self._known != before:
            self.changed.emit()

    def _by_qt(self) -> tuple[CameraInfo, ...]:
        if self._devices is None:
            return ()
        from PySide6.QtMultimedia import QCameraDevice

        front = QCameraDevice.Position.FrontFace
        linux = sys.platform == "linux"
        return _told_apart(
            [
                (
                    camera.description(),
                    bytes(camera.id().data()).decode("utf-8", "replace") if linux else str(number),
                    camera.position() is front,
                )
                for number, camera in enumerate(self._devices.videoInputs())
            ]
        )
