"""Return of unused memory to the system.

Only glibc keeps much, and only glibc has these calls; elsewhere they do nothing.
"""

import ctypes

# Python runs one thread at a time, so threads can share memory arenas.
_M_ARENA_MAX, _ARENAS = -8, 1
# Larger blocks are mapped separately and unmapped when freed; glibc's default of 128 KiB grows by itself.
_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES = -3, 256 * 1024


def keep_little_free_memory() -> None:
    """Return large freed blocks of memory to the system.

    Each password hash takes 19 MB. Source: mallopt(3), M_MMAP_THRESHOLD.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)
        mallopt(_M_ARENA_MAX, _ARENAS)


def return_free_memory() -> None:
    """Return what is free between blocks in use; it takes milliseconds.

    Source: malloc_trim(3).
    """
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim:
        malloc_trim(0)
