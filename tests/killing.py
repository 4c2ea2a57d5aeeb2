"""Programs that are killed at a moment chosen by chance, after their imports are done."""

import signal
import subprocess
import sys
import time
from random import Random

from tests.running_site import ROOT, clean_environment

GO = b"go\n"


def run_until_killed(code: str, seconds: float) -> bool:
    """Run Python code and kill it so long after it prints `go`; return whether it ended by itself before."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == GO, process.stderr.read() if process.stderr else ""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    said = process.communicate()[1]
    assert process.returncode in {0, -signal.SIGKILL}, said.decode()
    return process.returncode == 0


def seconds_needed(code: str) -> float:
    """Run it once to its end."""
    began = time.monotonic()
    assert run_until_killed(code, 300)
    return time.monotonic() - began


def moments(seed: int, longest: float, n_moments: int) -> list[float]:
    rng = Random(seed)
    return [rng.uniform(0, longest) for _ in range(n_moments)]
