"""``python -m tests.soak --runs N --seed S``: kill -9 at every step; ends with one JSON line."""

from __future__ import annotations

import argparse
import json
import secrets
import sys

from tests.soak.matrix import play


def main() -> int:
    """Run, tell, and fail if anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--quiet", action="store_true", help="say nothing but the result")
    given = parser.parse_args()
    seed = secrets.randbelow(2**32) if given.seed is None else given.seed

    def say(line: str) -> None:
        if not given.quiet:
            sys.stderr.write(line + "\n")

    say(f"seed {seed}")
    tally = play(given.runs, seed, say)
    for note in tally.notes:
        sys.stderr.write(note + "\n")
    result = {"runs": tally.runs, "killed": tally.killed}
    result |= {"lost": tally.lost, "doubled": tally.doubled, "seed": seed}
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if tally.lost or tally.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
