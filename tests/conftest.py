"""What holds for every test: how Hypothesis runs, and that nobody's environment counts."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import configuration, settings

# A busy machine must not fail a property; the suite's own time limit still stands. Nothing is kept
# between runs, so that a clone and its copy test the same; in CI the examples are the same as well.
configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "echain-gate-hypothesis")
settings.register_profile(
    "echain",
    deadline=None,
    database=None,
    derandomize=os.environ.get("CI", "").lower() == "true",
    print_blob=True,
)
settings.load_profile("echain")

# A developer's own device must not leak into a test.
for name in [name for name in os.environ if name.startswith("ECHAIN_")]:
    del os.environ[name]
