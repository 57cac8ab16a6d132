"""Processes that the tests start, and that end with them, however these end."""

import ctypes
import signal
import sys

WHEN_PARENT_ENDS = 1  # PR_SET_PDEATHSIG of prctl(2)
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent() -> None:
    """Have this process killed when the one that started it ends; on Linux alone, elsewhere it stays.

    To be called in a process when it begins: the ``preexec_fn`` of whoever starts it.
    """
    if LIBC is not None:
        LIBC.prctl(WHEN_PARENT_ENDS, signal.SIGKILL)
