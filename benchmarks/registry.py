"""The benchmarks by name, what each measures, and what must hold of its results."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Results = dict[str, float]


class Run(Protocol):
    """What each benchmark's module offers as ``run``."""

    def __call__(self, *, quick: bool = False) -> Results:
        """Measure; ``quick`` only shows that it runs."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A target: how it is written, and whether results meet it."""

    says: str
    holds: Callable[[Mapping[str, float]], bool]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark; its module, named as it is, is imported only when it runs."""

    name: str
    measures: str
    keys: tuple[str, ...]
    bars: tuple[Bar, ...] = ()

    def run(self, *, quick: bool = False) -> Results:
        """Measure in this process."""
        module = import_module(f"benchmarks.{self.name}")
        return cast("Run", module.run)(quick=quick)


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        "decide",
        "payload to decision with 100,000 tickets, all but the journal's write",
        ("p50_ms", "p99_ms", "ratio_1m_to_1k"),
        (
            Bar("p99_ms ≤ 0.5", lambda found: found["p99_ms"] <= 0.5),
            Bar("ratio_1m_to_1k ≤ 1.5", lambda found: found["ratio_1m_to_1k"] <= 1.5),
        ),
    ),
    Benchmark(
        "journal",
        "payload to durable verdict, beside a bare 4-kB write and flush",
        ("p50_ms", "p99_ms", "fsync_p99_ms"),
        (
            Bar(
                "p99_ms ≤ 3 x fsync_p99_ms + 1",
                lambda found: found["p99_ms"] <= 3 * found["fsync_p99_ms"] + 1,
            ),
        ),
    ),
    Benchmark(
        "decode",
        "simulated door frames, beside zxing-cpp and pyzbar alone",
        (
            *("frames", "decoder", "zxing", "pyzbar", "gain_points", "gain_points_least", "lost"),
            *("misreads", "false_positives", "empty_ratio_720", "empty_ratio_1080"),
            "decoder_approach_read",
        ),
        (
            Bar(
                "zxing alone reads 65 to 80 %",
                lambda found: 0.65 <= found["zxing"] <= 0.80,
            ),
            Bar("gain_points_least ≥ 5", lambda found: found["gain_points_least"] >= 5),
            Bar("gain_points ≥ 8", lambda found: found["gain_points"] >= 8),
            Bar("lost = 0", lambda found: found["lost"] == 0),
            Bar(
                "no misread, no false positive",
                lambda found: found["misreads"] == found["false_positives"] == 0,
            ),
            Bar(
                "empty frames ≤ 0.35 x pyzbar",
                lambda found: max(found["empty_ratio_720"], found["empty_ratio_1080"]) <= 0.35,
            ),
            Bar(
                "80 % of approaches in 0.5 s",
                lambda found: found["decoder_approach_read"] >= 0.8,
            ),
        ),
    ),
    Benchmark(
        "sync",
        "first sync from a local node, beside plain web3.py and sqlite-utils, and its own parts",
        ("logs", "logs_per_second", "ratio_naive", "ratio_ceiling", "peak_mb", "seconds"),
        (
            Bar("ratio_naive ≥ 20", lambda found: found["ratio_naive"] >= 20),
            Bar("ratio_ceiling ≥ 0.7", lambda found: found["ratio_ceiling"] >= 0.7),
            Bar("seconds ≤ 3", lambda found: found["seconds"] <= 3),
            Bar("peak_mb ≤ 150", lambda found: found["peak_mb"] <= 150),
        ),
    ),
    Benchmark(
        "scale",
        "CPU time of a log from 10,000 to a million, a node 100 ms away, and an idle chain",
        ("us_10k", "us_100k", "us_1m", "spread", "peak_mb_1m", "distance_ratio", "idle_percent"),
        (
            Bar("spread ≤ 1.3", lambda found: found["spread"] <= 1.3),
            Bar("peak_mb_1m ≤ 150", lambda found: found["peak_mb_1m"] <= 150),
            Bar("distance_ratio ≤ 1.5", lambda found: found["distance_ratio"] <= 1.5),
            Bar("idle_percent ≤ 1", lambda found: found["idle_percent"] <= 1),
        ),
    ),
    Benchmark(
        "lookup",
        "a scan's look-up among a million tickets, and what a ticket takes on the disk",
        ("p50_ms", "p99_ms", "tickets", "bytes_a_ticket"),
        (Bar("p99_ms ≤ 0.1", lambda found: found["p99_ms"] <= 0.1),),
    ),
    Benchmark(
        "search",
        "a keystroke of a search among 100,000 tickets and guests to its results",
        ("p50_ms", "p99_ms", "tickets"),
        (Bar("p99_ms ≤ 50", lambda found: found["p99_ms"] <= 50),),
    ),
    Benchmark(
        "live",
        "a new block's tickets become rows of the mirror, a block every 250 ms",
        ("blocks", "delivered_to_row_p95_ms", "mined_to_row_p95_ms"),
        (
            Bar(
                "delivered_to_row_p95_ms ≤ 100",
                lambda found: found["delivered_to_row_p95_ms"] <= 100,
            ),
            Bar("mined_to_row_p95_ms ≤ 300", lambda found: found["mined_to_row_p95_ms"] <= 300),
        ),
    ),
    Benchmark(
        "queued",
        "the door's p99 with 100,000 records queued, beside a door with none, in turn",
        ("p99_none_ms", "p99_queued_ms", "p99_ratio"),
        (Bar("p99_ratio ≤ 1.1", lambda found: found["p99_ratio"] <= 1.1),),
    ),
    Benchmark(
        "drain",
        "10,000 queued check-ins with certificates get on a local chain",
        ("checkins", "seconds", "stall_ms_max"),
        (
            Bar("seconds ≤ 60", lambda found: found["seconds"] <= 60),
            Bar("stall_ms_max ≤ 50", lambda found: found["stall_ms_max"] <= 50),
        ),
    ),
    Benchmark(
        "gas",
        "a check-in with its certificate, in a batch and apart",
        ("separate", "batch_100", "repeated", "ratio"),
        (
            Bar("batch_100 ≤ 70,000", lambda found: found["batch_100"] <= 70_000),
            Bar("ratio ≤ 0.60", lambda found: found["ratio"] <= 0.60),
            Bar("repeated ≤ 12,000", lambda found: found["repeated"] <= 12_000),
        ),
    ),
    Benchmark(
        "startup",
        "a new process of the kiosk to its first frame, with a warm page cache",
        ("seconds", "bootstrap_seconds"),
        (Bar("seconds ≤ 1.0", lambda found: found["seconds"] <= 1.0),),
    ),
    Benchmark(
        "restart",
        "a kiosk killed with SIGKILL scans again at the same door",
        ("seconds", "seconds_max", "kills"),
        (Bar("seconds ≤ 3", lambda found: found["seconds"] <= 3),),
    ),
    Benchmark(
        "soak",
        "a night of scans at one kiosk, camera and network failing; what it leaves behind",
        (
            *("scans", "verdicts", "memory_growth_mb", "threads_left", "handles_left"),
            *("timers_left", "stall_ms_max", "camera_drops", "network_flaps"),
        ),
        (
            Bar("memory_growth_mb < 20", lambda found: found["memory_growth_mb"] < 20),
            Bar(
                "no thread, handle or timer left",
                lambda found: (
                    max(found[f"{thing}_left"] for thing in ("threads", "handles", "timers")) <= 0
                ),
            ),
            Bar("stall_ms_max ≤ 250", lambda found: found["stall_ms_max"] <= 250),
        ),
    ),
    Benchmark(
        "loop",
        "a frame of 1280 x 720 to its verdict painted, and the main thread's longest absence",
        ("p50_ms", "p99_ms", "stall_ms_max", "idle_fps_1080p", "idle_cores"),
        (
            Bar("p50_ms ≤ 60", lambda found: found["p50_ms"] <= 60),
            Bar("p99_ms ≤ 150", lambda found: found["p99_ms"] <= 150),
            Bar("stall_ms_max ≤ 50", lambda found: found["stall_ms_max"] <= 50),
            Bar("idle_fps_1080p ≥ 15", lambda found: found["idle_fps_1080p"] >= 15),
            Bar("idle_cores ≤ 1", lambda found: found["idle_cores"] <= 1),
        ),
    ),
)


def find(name: str) -> Benchmark | None:
    """Return a benchmark by its name."""
    return next((known for known in BENCHMARKS if known.name == name), None)
