"""Processes of tests that are killed themselves."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

TESTS = Path(__file__).parent
# Starts a process that would stay for a minute, as a test does, and says which.
STARTING = """
import subprocess, sys, time
from bound import end_with_parent

command = [sys.executable, "-c", "import time; time.sleep(60)"]
print(subprocess.Popen(command, preexec_fn=end_with_parent).pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ends them")
def test_process_ends_when_the_one_that_started_it_is_killed() -> None:
    command = [sys.executable, "-c", STARTING]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        started = psutil.Process(int(starter.stdout.readline()))
        starter.kill()

    assert psutil.wait_procs([started], timeout=30) == ([started], [])
