"""``make bench``: every benchmark, one after the other; arguments go to each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

for name in ("bridge", "http", "engine", "volume", "lists", "fanout", "transactions", "live", "studio", "cpu"):
    if (Path(__file__).parent / f"{name}.py").exists():
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *sys.argv[1:]], check=True)
