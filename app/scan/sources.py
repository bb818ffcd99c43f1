"""From what the operator wrote (a folder, a film, a URL, a camera) to a source of frames."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from app.domain.errors import CameraError
from app.scan.capture import Capture, open_device, open_stream, safe_url
from app.scan.documents import PDF_SUFFIX, DocumentSource, is_pdf
from app.scan.film import FilmSource
from app.scan.frames import FrameSource, SourceHooks
from app.scan.live import LiveSource
from app.scan.opencv import settle_opencv
from app.scan.pictures import PICTURE_SUFFIXES, PictureSource, pictures_in

if TYPE_CHECKING:
    from collections.abc import Callable

_SCHEMES = ("rtsp://", "rtsps://", "http://", "https://")
_CAMERA = "camera:"


class SourceKind(StrEnum):
    """What a spec means."""

    FOLDER = "folder"
    PICTURE = "picture"
    DOCUMENT = "document"
    FILM = "film"
    STREAM = "stream"
    CAMERA = "camera"


class SourceSpec(NamedTuple):
    """A spec, understood: its kind, and the path, URL or camera."""

    kind: SourceKind
    target: str


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How sources behave.

    Args:
        hooks: Who hears of states and of trouble that is survived.
        clock: Monotonic seconds; stamps the frames.
        patient: Whether a camera or stream that is missing at the start is waited for.
        open_camera: Opens a camera by number, device file or whatever name it knows.
        open_url: Opens a stream.
    """

    hooks: SourceHooks = field(default_factory=SourceHooks)
    clock: Callable[[], float] = time.monotonic
    patient: bool = False
    open_camera: Callable[[str], Capture] = open_device
    open_url: Callable[[str], Capture] = open_stream


def parse_spec(spec: str) -> SourceSpec:
    """Understand what the operator wrote.

    ``0``, ``/dev/video0``, ``camera:0`` and ``camera:<name>`` are cameras; ``rtsp://`` and
    ``http://`` (motion JPEG) streams; everything else is a path: a folder, a picture by its
    suffix, a PDF by how it begins, otherwise a film.

    Raises:
        CameraError: ``camera.missing``, when nothing was written or the path does not exist.
    """
    text = spec.strip()
    if text.lower().startswith(_SCHEMES):
        return SourceSpec(SourceKind.STREAM, text)
    if text.startswith(_CAMERA):
        text = text.removeprefix(_CAMERA).strip()
        if text:
            return SourceSpec(SourceKind.CAMERA, text)
    if (text.isascii() and text.isdigit()) or text.startswith("/dev/"):
        return SourceSpec(SourceKind.CAMERA, text)
    if not text:
        raise CameraError(
            "No camera was named; give 0 for the first one, a folder, a file or a stream's URL.",
            code="camera.missing",
        )
    return _parse_path(text)


def _parse_path(text: str) -> SourceSpec:
    try:
        path = Path(text).expanduser()
        if path.is_dir():
            return SourceSpec(SourceKind.FOLDER, str(path))
        exists = path.exists()
    except (OSError, RuntimeError, ValueError):  # too long, a NUL byte, ~ of nobody
        exists = False
    if not exists:
        raise CameraError(
            f"There is no file or folder {text}; check the path. A camera is written as 0 or "
            "camera:<name>.",
            code="camera.missing",
        )
    suffix = path.suffix.lower()
    if suffix in PICTURE_SUFFIXES:
        return SourceSpec(SourceKind.PICTURE, str(path))
    is_document = suffix == PDF_SUFFIX or is_pdf(path)
    return SourceSpec(SourceKind.DOCUMENT if is_document else SourceKind.FILM, str(path))


def open_source(spec: str, options: SourceOptions | None = None) -> FrameSource:
    """Make the source that a spec names.

    Folders are listed here. Films, streams and cameras are opened by the first read, on the
    thread that reads, since that may take seconds; what is wrong with them is raised there.

    Args:
        spec: See `parse_spec`.
        options: Hooks, clock and ports.

    Raises:
        CameraError: ``camera.missing``, ``camera.empty`` or ``camera.unreadable``, with what to do.
    """
    settle_opencv()
    chosen = options or SourceOptions()
    kind, target = parse_spec(spec)
    match kind:
        case SourceKind.FOLDER:
            return _pictures(target, pictures_in(Path(target)), chosen)
        case SourceKind.PICTURE:
            return _pictures(target, [Path(target)], chosen)
        case SourceKind.DOCUMENT:
            return DocumentSource(Path(target), hooks=chosen.hooks, clock=chosen.clock)
        case SourceKind.FILM:
            return FilmSource(Path(target), hooks=chosen.hooks, clock=chosen.clock)
        case SourceKind.STREAM:
            return _live(safe_url(target), partial(chosen.open_url, target), chosen)
        case SourceKind.CAMERA:
            return _live(f"camera {target}", partial(chosen.open_camera, target), chosen)


def _pictures(name: str, paths: list[Path], options: SourceOptions) -> PictureSource:
    return PictureSource(name, paths, hooks=options.hooks, clock=options.clock)


def _live(name: str, opener: Callable[[], Capture], options: SourceOptions) -> LiveSource:
    return LiveSource(
        name, opener, patient=options.patient, hooks=options.hooks, clock=options.clock
    )
