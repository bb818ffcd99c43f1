from __future__ import annotations

import io
import itertools
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.runtime.sounds import EVERY_SOUND
from app.ui import resources
from resources.sounds import make_sounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 2_205


def heard(severity: str) -> tuple[int, NDArray[np.float64]]:
    with wave.open(io.BytesIO(resources.data(f"sounds/{severity}.wav"))) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        rate = file.getframerate()
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return rate, frames.astype(float) / 32_768


def contour(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Loudness and pitch in each twentieth of a second of half a second, as ears group them."""
    padded = np.zeros(10 * WINDOW)
    padded[: samples.size] = samples
    rows = []
    for part in padded.reshape(10, WINDOW):
        power = np.abs(np.fft.rfft(part * np.hanning(WINDOW))) ** 2
        total = power.sum()
        centre = (power * np.arange(power.size)).sum() / total * 20 if total > 1e-6 else 0.0
        rows.append((min(1.0, np.sqrt(np.mean(part**2)) * 3), centre / 2_000))
    return np.array(rows).ravel()


@pytest.mark.parametrize("severity", EVERY_SOUND)
def test_a_sound_is_what_its_script_makes(severity: str) -> None:
    assert resources.data(f"sounds/{severity}.wav") == make_sounds.wav(severity)


@pytest.mark.parametrize("severity", EVERY_SOUND)
def test_a_sound_is_short_loud_and_does_not_click(severity: str) -> None:
    rate, samples = heard(severity)
    assert rate == 44_100
    assert 0.1 <= samples.size / rate <= 0.4
    assert 0.7 <= np.abs(samples).max() <= 0.9
    assert np.abs(samples[:20]).max() < 0.1
    assert np.abs(samples[-20:]).max() < 0.1


def test_sounds_are_distinct_in_loudness_and_pitch_over_time() -> None:
    contours = {severity: contour(heard(severity)[1]) for severity in EVERY_SOUND}
    for one, other in itertools.combinations(EVERY_SOUND, 2):
        apart = np.linalg.norm(contours[one] - contours[other])
        assert apart > 0.8, (one, other, apart)


def test_there_are_no_more_sounds_than_ears_keep_apart() -> None:
    assert len(EVERY_SOUND) <= 10
