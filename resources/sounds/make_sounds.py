"""Makes the eight sounds of the door: ``python -m resources.sounds.make_sounds`` writes them.

They differ in contour, rhythm and length, not only in pitch, so that they stay apart in noise and
on a bad loudspeaker; all lie where loudspeakers and ears are good (200 Hz to 4 kHz).

- admit: two notes up, a fifth.
- admit_note: the same two notes, then two quick high ones.
- desk: down and up again, like a doorbell.
- refuse: two rough low pulses.
- retry: two equal short pips.
- stop: one long fall.
- exit: three notes down, a farewell.
- waiting: one soft tone that swells and is cut, and once more.
"""

from __future__ import annotations

import io
import math
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RATE = 44_100
PEAK = 0.82
FADE_S = 0.008
BELL = (1.0, 0.35, 0.18, 0.06)
ROUGH = (1.0, 0.75, 0.6, 0.5, 0.42, 0.35, 0.3, 0.25)


@dataclass(frozen=True, slots=True)
class Note:
    """A tone: when it starts and how long it is (seconds), from and to which pitch (hertz)."""

    at: float
    length: float
    start: float
    end: float
    partials: tuple[float, ...] = BELL
    decay: float = 1.0


SOUNDS: Mapping[str, tuple[Note, ...]] = {
    "admit": (Note(0, 0.09, 784, 784), Note(0.09, 0.17, 1175, 1175, decay=3.0)),
    "admit_note": (
        Note(0, 0.09, 784, 784),
        Note(0.09, 0.11, 1175, 1175, decay=2.0),
        Note(0.22, 0.07, 1760, 1760, decay=2.0),
        Note(0.31, 0.08, 1760, 1760, decay=2.0),
    ),
    "desk": (
        Note(0, 0.13, 880, 880),
        Note(0.13, 0.12, 587, 587),
        Note(0.25, 0.14, 880, 880, decay=2.0),
    ),
    "refuse": (
        Note(0, 0.16, 208, 208, ROUGH, 0.3),
        Note(0.20, 0.20, 196, 185, ROUGH, 0.3),
    ),
    "retry": (Note(0, 0.05, 1480, 1480), Note(0.11, 0.05, 1480, 1480)),
    "exit": (
        Note(0, 0.08, 1175, 1175),
        Note(0.08, 0.08, 784, 784),
        Note(0.16, 0.16, 523, 523, decay=3.0),
    ),
    "waiting": (
        Note(0, 0.08, 392, 330, (1.0, 0.2), 0.5),
        Note(0.28, 0.12, 392, 330, (1.0, 0.2), 0.5),
    ),
    "stop": (Note(0, 0.40, 740, 220, (1.0, 0.5, 0.4, 0.3, 0.2), 0.4),),
}


def samples(notes: tuple[Note, ...]) -> array[int]:
    """Return a sound as 16-bit samples at 44.1 kHz."""
    length = round(max(note.at + note.length for note in notes) * RATE)
    mixed = [0.0] * length
    for note in notes:
        start, count = round(note.at * RATE), round(note.length * RATE)
        phase = 0.0
        for n in range(min(count, length - start)):
            mixed[start + n] += _shape(note, n / RATE) * _wave(note.partials, phase)
            # A fall in equal steps of pitch, as ears hear it.
            pitch = note.start * (note.end / note.start) ** (n / count)
            phase += 2 * math.pi * pitch / RATE
    loudest = max(abs(value) for value in mixed)
    return array("h", [round(value / loudest * PEAK * 32_767) for value in mixed])


def _shape(note: Note, t: float) -> float:
    """Fade in and out, so that nothing clicks, and let the tone die away."""
    edge = min(1.0, t / FADE_S, (note.length - t) / FADE_S)
    return max(0.0, edge) * math.exp(-note.decay * t / note.length)


def _wave(partials: tuple[float, ...], phase: float) -> float:
    return sum(part * math.sin(phase * (n + 1)) for n, part in enumerate(partials))


def wav(name: str) -> bytes:
    """Return a sound as a WAV file (mono, 16 bit, 44.1 kHz)."""
    data = samples(SOUNDS[name])
    if data.itemsize != 2:
        raise RuntimeError("this system's short integers are not 16 bit")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(_little_endian(data))
    return file.getvalue()


def _little_endian(data: array[int]) -> bytes:
    return b"".join(value.to_bytes(2, "little", signed=True) for value in data)


if __name__ == "__main__":
    for each in SOUNDS:
        (Path(__file__).parent / f"{each}.wav").write_bytes(wav(each))
