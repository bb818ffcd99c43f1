"""Pictures on disk as a source of frames: one file, or a folder in natural order."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import cv2
import numpy as np

from app.domain.errors import CameraError
from app.scan.frames import Frame, SourceHooks, SourceState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from app.scan.frames import Pixels

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})
_MAX_BYTES = 1 << 26
_WHITE = 255


def read_picture(path: Path) -> Pixels:
    """Unpack a picture file to gray or B G R with 8 bits a sample; transparency becomes white.

    Raises:
        CameraError: ``camera.missing`` when there is no such file, ``camera.unreadable`` when it
            may not be read, is larger than 64 MB or 64 Mpx, or is not a picture.
    """
    packed = read_bytes(path)
    if packed.size == 0:
        raise CameraError(f"{path} is empty; save the picture again.", code="camera.unreadable")
    try:
        image = cv2.imdecode(packed, cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError) as too_much:
        raise CameraError(
            f"{path} cannot be unpacked; save it as PNG or JPEG of at most 64 megapixels.",
            code="camera.unreadable",
        ) from too_much
    if image is None:
        raise CameraError(
            f"{path} is not a picture, or is damaged; save it again as PNG or JPEG.",
            code="camera.unreadable",
        )
    return _flat(np.asarray(image))


def read_bytes(path: Path) -> Pixels:
    """Read a whole file of at most 64 MB.

    Raises:
        CameraError: ``camera.missing`` or ``camera.unreadable``, as `read_picture`.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise CameraError(
                f"{path} is larger than {_MAX_BYTES >> 20} MB; save it smaller.",
                code="camera.unreadable",
            )
        return np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except FileNotFoundError as missing:
        raise CameraError(
            f"There is no file {path}; check the name.", code="camera.missing"
        ) from missing
    except OSError as refused:
        raise CameraError(
            f"{path} cannot be read ({refused.strerror}); check its permissions.",
            code="camera.unreadable",
        ) from refused


def _flat(image: np.ndarray) -> Pixels:
    """Bring any depth to 8 bits, and lay a transparent picture on white."""
    if image.dtype == np.uint16:
        image = image >> 8
    elif image.dtype != np.uint8:
        image = np.clip(np.nan_to_num(image) * _WHITE, 0, _WHITE)
    pixels = image.astype(np.uint8)
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        alpha = pixels[:, :, 3:].astype(np.uint16)
        mixed = (pixels[:, :, :3] * alpha + _WHITE * (_WHITE - alpha)) // _WHITE
        return mixed.astype(np.uint8)
    return pixels


def pictures_in(folder: Path) -> list[Path]:
    """List a folder's pictures as people count: 2 before 10. Hidden files are left out.

    Raises:
        CameraError: ``camera.empty`` when there is none, ``camera.unreadable`` when the folder
            may not be listed.
    """
    try:
        found = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")
        ]
    except OSError as refused:
        raise CameraError(
            f"The folder {folder} cannot be listed ({refused.strerror}); check its permissions.",
            code="camera.unreadable",
        ) from refused
    if not found:
        raise CameraError(
            f"The folder {folder} holds no pictures; put PNG, JPEG, BMP, WebP or TIFF files there.",
            code="camera.empty",
        )
    return sorted(found, key=lambda path: natural_key(path.name))


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Give a sort key under which ``scan-2`` comes before ``scan-10``, whatever the case."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple(
        (0, int(part), part) if part[0].isdecimal() else (1, 0, part.casefold()) for part in parts
    )


class PictureSource:
    """Gives each picture once, then ends; a `FrameSource`.

    A broken picture among several is told to the hooks and passed over; when none of them can be
    read, the last one's trouble is raised.

    Args:
        name: For people.
        paths: The pictures, in order; at least one.
        hooks: Who hears of states and of broken pictures.
        clock: Monotonic seconds, for the frames' times.
    """

    live = False

    def __init__(
        self,
        name: str,
        paths: Sequence[Path],
        *,
        hooks: SourceHooks | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the list; files are opened one by one as they are read."""
        self._name = name
        self._paths = list(paths)
        self._hooks = hooks or SourceHooks()
        self._clock = clock
        self._next = 0
        self._given = 0
        self._state = SourceState.OPENING

    @property
    def name(self) -> str:
        """The folder or file."""
        return self._name

    @property
    def exhausted(self) -> bool:
        """Whether every picture was given, or the source closed."""
        return self._state in {SourceState.ENDED, SourceState.CLOSED}

    def read(self, timeout: float) -> Frame | None:  # noqa: ARG002 - a file does not wait
        """Give the next readable picture; see `FrameSource.read`."""
        while not self.exhausted:
            if self._next == len(self._paths):
                self._enter(SourceState.ENDED)
                return None
            path = self._paths[self._next]
            self._next += 1
            try:
                image = read_picture(path)
            except CameraError as broken:
                self._pass_over(broken)
                continue
            self._enter(SourceState.RUNNING)
            self._given += 1
            return Frame(image, self._given - 1, self._clock(), str(path))
        return None

    def close(self) -> None:
        """Give no more pictures."""
        self._enter(SourceState.CLOSED)

    def _pass_over(self, broken: CameraError) -> None:
        if self._given == 0 and self._next == len(self._paths):
            self._enter(SourceState.ENDED)
            raise broken
        self._hooks.on_trouble(broken)

    def _enter(self, state: SourceState) -> None:
        if state is not self._state and self._state is not SourceState.CLOSED:
            self._state = state
            self._hooks.on_state(state)
