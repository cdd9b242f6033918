"""Whether the C library keeps freed memory for the next tensor."""

import ctypes
import platform

__all__ = ["keep_freed_memory", "return_freed_memory"]

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # <malloc.h>
USUAL_THRESHOLD, USUAL_MMAPS = 128 * 1024, 65536  # bytes; blocks


def _tell(mmaps: int, threshold: int) -> bool:
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_MMAP_MAX, mmaps) and mallopt(M_TRIM_THRESHOLD, threshold))


def keep_freed_memory() -> bool:
    """Make the C library hand freed memory to the next tensor instead of back to the kernel.

    PyTorch takes every CPU tensor from `malloc`. By default glibc returns large blocks at once, and the
    kernel clears each page of the next block anew, in every step: a fifth of a U-Net's time at full
    resolution. The process then stays as large as it was at its peak. Holds for the whole process.

    Returns:
        Whether the C library is glibc, which alone is told.
    """
    return _tell(0, -1)


def return_freed_memory() -> bool:
    """Let the C library return large freed blocks at once, as it does by default; returns as the other."""
    return _tell(USUAL_MMAPS, USUAL_THRESHOLD)
