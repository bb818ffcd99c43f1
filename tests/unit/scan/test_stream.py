"""A motion-JPEG camera on loopback, through FFmpeg."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import cv2
import pytest

from app.domain.errors import AppError, CameraError
from app.scan.decoder import Decoder
from app.scan.frames import SourceHooks, SourceState
from app.scan.sources import SourceOptions, open_source
from tests.unit.scan.pictures_for_tests import code

if TYPE_CHECKING:
    from collections.abc import Iterator


class MjpegCamera(ThreadingHTTPServer):
    """Serves one code as a film; hangs up after some frames."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, frames_a_visit: int) -> None:
        super().__init__(("127.0.0.1", 0), _Visit)
        self.frames_a_visit = frames_a_visit
        self.stopping = threading.Event()
        self.jpeg = cv2.imencode(".jpg", code("EG1:STREAM", scale=8))[1].tobytes()

    @property
    def url(self) -> str:
        return f"http://ann:secret@127.0.0.1:{self.server_port}/video?key=hidden"


class _Visit(BaseHTTPRequestHandler):
    server: MjpegCamera

    def do_GET(self) -> None:
        if not self.path.startswith("/video"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(self.server.jpeg)}"
        try:
            for _ in range(self.server.frames_a_visit):
                self.wfile.write(head.encode() + b"\r\n\r\n" + self.server.jpeg + b"\r\n")
                if self.server.stopping.wait(0.02):
                    return
        except OSError:
            return  # the viewer left

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def camera(request: pytest.FixtureRequest) -> Iterator[MjpegCamera]:
    server = MjpegCamera(getattr(request, "param", 1000))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.stopping.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_motion_jpeg_stream_is_read(
    camera: MjpegCamera, capfd: pytest.CaptureFixture[str]
) -> None:
    source = open_source(camera.url)
    decoder = Decoder()
    for index in range(5):
        frame = source.read(1)
        assert frame is not None
        assert frame.index == index
        assert decoder(frame.image) == [b"EG1:STREAM"]
        assert "secret" not in frame.origin
        assert "hidden" not in frame.origin
    assert source.live
    source.close()
    assert source.exhausted
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("camera", [3], indirect=True)
def test_a_stream_that_hangs_up_is_opened_again(camera: MjpegCamera) -> None:
    states: list[SourceState] = []
    troubles: list[AppError] = []
    hooks = SourceHooks(on_state=states.append, on_trouble=troubles.append)
    source = open_source(camera.url, SourceOptions(hooks=hooks))
    taken = 0
    for _ in range(100):
        if source.read(0.2) is not None:
            taken += 1
        if states.count(SourceState.RUNNING) == 2:
            break
    source.close()
    assert states == [
        SourceState.RUNNING,
        SourceState.LOST,
        SourceState.RUNNING,
        SourceState.CLOSED,
    ]
    assert taken >= 3
    assert [trouble.code for trouble in troubles] == ["camera.lost"]
    assert "secret" not in str(troubles[0])


def test_a_page_that_is_no_film_is_refused_without_its_secrets(
    camera: MjpegCamera, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CameraError) as raised:
        open_source(camera.url.replace("/video", "/page")).read(1)
    assert raised.value.code == "camera.missing"
    assert raised.value.retryable
    assert "secret" not in str(raised.value)
    assert capfd.readouterr() == ("", "")


def test_nobody_listening_is_refused_in_words() -> None:
    with MjpegCamera(1) as gone:
        url = gone.url
    with pytest.raises(CameraError, match="does not answer"):
        open_source(url).read(1)
