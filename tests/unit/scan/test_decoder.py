from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import segno

from app.domain.errors import CameraError
from app.scan.decoder import STANDARD, Decoder, Plan
from app.scan.passes import BASE, Pass
from app.scan.scene import (
    CONDITIONS,
    HD,
    Carrier,
    Difficulty,
    Pose,
    blur,
    draw_carrier,
    draw_room,
    sense,
)
from app.scan.simulated import photograph, render
from tests.unit.scan.pictures_for_tests import code, pass_text

if TYPE_CHECKING:
    from app.scan.frames import Pixels

ZXING_ALONE = Plan(region=(), zbar_every=0)
ZBAR_ALONE = Plan(base=(), region=(), zbar_every=1)


@pytest.mark.parametrize(("length", "version"), [(136, 6), (226, 9), (300, 10)])
def test_a_mildly_held_pass_is_read_within_three_frames(length: int, version: int) -> None:
    rng = np.random.default_rng(length)
    read = 0
    guests = 70
    for guest in range(guests):
        text = pass_text(length, rng)
        assert segno.make_qr(text, error="m", boost_error=False).version == version
        carried = draw_carrier(text, (Carrier.PHONE, Carrier.PRINT)[guest % 2])
        conditions = CONDITIONS[Difficulty.MILD]
        room, pose = draw_room(HD, rng), Pose.draw(conditions, rng)
        decoder = Decoder()
        for _ in range(3):
            found = decoder(photograph(room, carried, pose, conditions, rng))
            assert found in ([], [text.encode()])  # never a misread
            if found:
                read += 1
                break
            pose = pose.shaken(rng)
    assert read / guests >= 0.99


def test_closer_looks_read_what_one_look_cannot_and_lose_nothing() -> None:
    rng = np.random.default_rng(7)
    plain, cascade = set(), set()
    for index in range(24):
        text = pass_text(136, rng)
        frame = render(text, rng=rng, difficulty="moderate")
        if Decoder(ZXING_ALONE)(frame) == [text.encode()]:
            plain.add(index)
        if Decoder(Plan(zbar_every=0))(frame) == [text.encode()]:
            cascade.add(index)
    assert plain < cascade


def test_several_codes_in_one_frame_are_all_read_once() -> None:
    frame = np.full((720, 1280), 255, dtype=np.uint8)
    for index, (x, y) in enumerate([(40, 40), (500, 60), (900, 300), (60, 380)]):
        drawn = code(f"EG1:GUEST{index % 3}", scale=6)
        frame[y : y + drawn.shape[0], x : x + drawn.shape[1]] = drawn
    found = Decoder()(frame)
    assert sorted(found) == [b"EG1:GUEST0", b"EG1:GUEST1", b"EG1:GUEST2"]


def test_a_code_that_needs_a_closer_look_is_read_beside_a_clear_one() -> None:
    rng = np.random.default_rng(11)
    dim = _frame_that_needs_a_region(rng)
    clear = code("EG1:CLEAR", scale=4)
    frame = np.full((dim.shape[0], dim.shape[1] + 300, 3), 255, dtype=np.uint8)
    frame[:, : dim.shape[1]] = dim
    frame[20 : 20 + clear.shape[0], -clear.shape[1] - 20 : -20] = clear[:, :, np.newaxis]
    found = Decoder(Plan(zbar_every=0))(frame)
    assert b"EG1:CLEAR" in found
    assert len(found) == 2


def _frame_that_needs_a_region(rng: np.random.Generator) -> Pixels:
    regions = Plan(zbar_every=0)
    for _ in range(100):
        frame = render(pass_text(136, rng), rng=rng, difficulty="moderate")
        if not Decoder(ZXING_ALONE)(frame) and Decoder(regions)(frame):
            return frame
    raise AssertionError("no such frame in a hundred")


@pytest.mark.parametrize(
    "payload",
    [bytes(range(256)), b"\x00\xff\xfe\x80", "Größe €".encode(), b"https://shop.example/?id=1"],
)
def test_payload_bytes_are_exact(payload: bytes) -> None:
    assert Decoder()(code(payload, scale=4)) == [payload]


def test_the_largest_code_is_read_whole() -> None:
    text = "A" * 3391  # version 40, level M
    assert Decoder()(code(text, scale=3)) == [text.encode()]


def test_an_empty_code_is_told_as_an_empty_payload() -> None:
    assert Decoder()(code("", scale=8)) == [b""]


def test_light_on_dark_is_read() -> None:
    assert Decoder()(255 - code("EG1:DARK")) == [b"EG1:DARK"]


def test_a_code_cut_in_half_gives_nothing() -> None:
    drawn = code("EG1:" + "B" * 132)
    assert Decoder()(drawn[: drawn.shape[0] // 2]) == []


def test_micro_qr_is_nobodys_ticket() -> None:
    assert Decoder()(code("A1", scale=8, micro=True)) == []


def test_a_door_with_nobody_there_gives_nothing() -> None:
    decoder = Decoder()
    rng = np.random.default_rng(3)
    assert all(decoder(draw_room(HD, rng)) == [] for _ in range(12))


def test_pure_noise_gives_nothing() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    assert Decoder()(noise) == []


@pytest.mark.parametrize(
    "shape",
    [
        *[(0, 0), (0, 5), (5, 0), (1, 1), (1, 4000), (4000, 1), (7, 3)],
        *[(0, 0, 3), (1, 1, 3), (2, 2, 4), (1, 1, 1), (9, 9, 2), (9, 9, 7), (9, 9, 0)],
        *[(), (9,), (3, 3, 3, 3)],
    ],
)
def test_frames_of_odd_shapes_hold_no_code(shape: tuple[int, ...]) -> None:
    decoder = Decoder()
    for _ in range(3):
        assert decoder(np.zeros(shape, dtype=np.uint8)) == []


@pytest.mark.parametrize("dtype", [np.uint16, np.float32, np.int8, np.bool_])
def test_samples_of_other_widths_are_refused_by_name(dtype: type) -> None:
    with pytest.raises(CameraError, match="8 bits a sample") as refused:
        Decoder()(np.zeros((40, 40), dtype=dtype))
    assert refused.value.code == "camera.unreadable"


@pytest.mark.parametrize(
    "arrange",
    [
        lambda gray: gray,
        lambda gray: gray[:, :, np.newaxis],
        lambda gray: cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR),
        lambda gray: cv2.cvtColor(gray, cv2.COLOR_GRAY2BGRA),
        lambda gray: np.repeat(gray, 2, axis=1)[:, ::2],
        lambda gray: np.asfortranarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)),
        np.rot90,
        lambda gray: cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)[:, :, ::-1],
    ],
)
def test_gray_colour_alpha_and_views_read_alike(arrange: object) -> None:
    assert callable(arrange)
    assert Decoder()(arrange(code("EG1:LAYOUT"))) == [b"EG1:LAYOUT"]


def test_frames_change_size_without_harm() -> None:
    decoder = Decoder()
    for size in [(320, 240), (1280, 720), (64, 64), (1920, 1080)]:
        assert decoder(draw_room(size, np.random.default_rng(1))) == []
    assert decoder(code("EG1:LATER")) == [b"EG1:LATER"]


def test_pyzbar_reads_what_zxing_is_kept_from() -> None:
    decoder = Decoder(ZBAR_ALONE)
    assert decoder.has_zbar
    assert decoder(code("EG1:ZBAR")) == [b"EG1:ZBAR"]
    large = np.full((720, 1280), 200, dtype=np.uint8)
    drawn = code("EG1:ZBAR", scale=10)
    large[100 : 100 + drawn.shape[0], 100 : 100 + drawn.shape[1]] = drawn
    assert decoder(large) == [b"EG1:ZBAR"]


def test_pyzbar_is_not_trusted_with_bytes_that_it_recodes() -> None:
    assert Decoder(ZBAR_ALONE)(code(bytes(range(128, 200)))) == []


def test_pyzbar_is_asked_rarely() -> None:
    decoder = Decoder(Plan(base=(), region=(), still_every=1, zbar_every=4))
    answers = [decoder(code("EG1:ZBAR")) != [] for _ in range(9)]
    assert answers == [True, False, False, False, True, False, False, False, True]


def test_without_libzbar_the_decoder_says_so_and_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar", None)
    decoder = Decoder()
    assert not decoder.has_zbar
    assert decoder(code("EG1:ALONE")) == [b"EG1:ALONE"]
    assert decoder(np.zeros((50, 50), dtype=np.uint8)) == []


def _code_before_a_room(seed: int, text: str = "EG1:ROOM") -> Pixels:
    frame = draw_room(HD, np.random.default_rng(seed))
    drawn = code(text, scale=9)
    frame[200 : 200 + drawn.shape[0], 500 : 500 + drawn.shape[1]] = drawn[:, :, np.newaxis]
    return frame


def test_an_unchanged_picture_is_searched_closely_only_now_and_then() -> None:
    looks: list[int] = []

    def count(gray: Pixels) -> Pixels:
        looks.append(frame_number)
        return np.zeros_like(gray)

    decoder = Decoder(Plan(base=(), region=(Pass("counting", count),), still_every=5, zbar_every=0))
    still = _code_before_a_room(2)
    for number in range(11):
        frame_number = number
        decoder(still)
    assert sorted(set(looks)) == [0, 5, 10]
    frame_number = 11
    decoder(_code_before_a_room(99))
    assert looks[-1] == 11


def test_a_picture_that_cannot_be_read_costs_less_and_less() -> None:
    looks: list[int] = []

    def count(gray: Pixels) -> Pixels:
        looks.append(frame_number)
        return np.zeros_like(gray)

    passes = tuple(Pass(f"look {number}", count, 640) for number in range(30))
    decoder = Decoder(Plan(base=(), region=passes, still_every=1, zbar_every=0))
    still = _code_before_a_room(2)
    for number in range(200):
        frame_number = number
        decoder(still)
    assert looks.count(0) >= 4
    assert sum(number >= 150 for number in looks) <= 50 * 1.5


def test_a_code_in_the_aiming_frame_comes_first() -> None:
    frame = np.full((720, 1280), 255, dtype=np.uint8)
    for text, x, y in (("EG1:LEFT", 20, 20), ("EG1:AIMED", 560, 280), ("EG1:RIGHT", 1050, 500)):
        drawn = code(text, scale=6)
        frame[y : y + drawn.shape[0], x : x + drawn.shape[1]] = drawn
    found = Decoder()(frame)
    assert found[0] == b"EG1:AIMED"
    assert sorted(found) == [b"EG1:AIMED", b"EG1:LEFT", b"EG1:RIGHT"]


@pytest.mark.parametrize(
    "size", [(7680, 4320), (4320, 7680), (20_000, 30), (100_000, 2), (1, 100_000)]
)
def test_huge_frames_are_read_in_bounded_time(size: tuple[int, int]) -> None:
    frame = np.full((size[1], size[0]), 255, dtype=np.uint8)
    if min(size) > 1000:
        drawn = code("EG1:HUGE", scale=20)
        frame[1000 : 1000 + drawn.shape[0], 1000 : 1000 + drawn.shape[1]] = drawn
    assert Decoder()(frame) == ([b"EG1:HUGE"] if min(size) > 1000 else [])


def test_a_code_that_pyzbar_stumbles_over_is_nobody_s_trouble(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def decode(_image: Pixels, symbols: object) -> list[object]:
        raise ValueError("4294967295 is not a valid ZBarOrientation", symbols)

    fake = SimpleNamespace(decode=decode, ZBarSymbol=SimpleNamespace(QRCODE=64))
    monkeypatch.setitem(sys.modules, "pyzbar", SimpleNamespace(pyzbar=fake))
    assert Decoder(ZBAR_ALONE)(code("EG1:ODD")) == []


# ── can't read it? ────────────────────────────────────────────────────────────────────────────────


def test_a_study_reads_shaken_frames_that_a_quick_look_cannot() -> None:
    rng = np.random.default_rng(2)
    quick = study = 0
    for _ in range(8):
        text = pass_text(136, rng)
        frame = np.full((720, 1280, 3), 200, dtype=np.uint8)
        drawn = code(text, scale=6)
        frame[150 : 150 + drawn.shape[0], 400 : 400 + drawn.shape[1]] = drawn[:, :, np.newaxis]
        shaken = blur(frame, 1.0, float(rng.uniform(9, 15)), float(rng.uniform(0, np.pi)))
        seen = sense(shaken, 0.8, 3.0, rng)
        quick += Decoder()(seen) == [text.encode()]
        found = Decoder().study(seen, 20.0)
        assert found in ([], [text.encode()])
        study += bool(found)
    assert study > quick


def test_a_study_begins_nothing_new_when_its_time_is_over() -> None:
    frame = _code_before_a_room(4, "EG1:" + "A" * 132)
    blurred = cv2.GaussianBlur(frame, (0, 0), 9.0)
    ticks = iter(range(10_000))
    decoder = Decoder(clock=lambda: float(next(ticks)))
    assert decoder.study(np.asarray(blurred, dtype=np.uint8), 3.0) == []
    assert next(ticks) <= 6


def test_a_study_reads_a_code_as_light_as_its_paper() -> None:
    drawn = code("EG1:COLOUR", scale=6)
    dark = drawn < 128
    frame = np.full((*drawn.shape, 3), (200, 100, 160), dtype=np.uint8)
    frame[dark] = (200, 162, 38)  # the same gray
    assert Decoder().study(frame) == [b"EG1:COLOUR"]


def test_a_study_of_nothing_finds_nothing() -> None:
    assert Decoder().study(np.zeros((0, 5), dtype=np.uint8)) == []
    assert Decoder().study(np.zeros((2, 2), dtype=np.uint8)) == []
    with pytest.raises(CameraError, match="8 bits"):
        Decoder().study(np.zeros((40, 40), dtype=np.float32))


def test_the_base_look_is_taken_at_every_frame() -> None:
    assert STANDARD.base == (BASE,)
    decoder = Decoder()
    drawn = code("EG1:AGAIN")
    assert [decoder(drawn) for _ in range(20)] == [[b"EG1:AGAIN"]] * 20
