"""What the CUDA runtime says of a GPU: its name, its memory, and how fast that is."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from time import perf_counter

from indexes.dense.device import DeviceFailed

# FAISS is linked with one of them and has loaded it: opening it again takes the same one.
_RUNTIMES = ("libcudart.so.12", "libcudart.so.13")
# The name is the first field of cudaDeviceProp, which is about 1 KB.
_NAME_BYTES, _PROPERTIES_BYTES = 256, 16_384
_DEVICE_TO_DEVICE = 3
_COPIES = 10


def free_bytes(gpu: int) -> int:
    """How much of its memory nobody has taken."""
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    with _chosen(gpu) as runtime:
        _check(runtime.cudaMemGetInfo(ctypes.byref(free), ctypes.byref(total)))
    return free.value


def name(gpu: int) -> str:
    """As NVIDIA calls it."""
    properties = ctypes.create_string_buffer(_PROPERTIES_BYTES)
    with _chosen(gpu) as runtime:
        # The name of this function changes with the struct's later fields; its first does not.
        get = getattr(runtime, "cudaGetDeviceProperties_v2", None)
        get = get or runtime.cudaGetDeviceProperties
        _check(get(properties, gpu))
    return properties.raw[:_NAME_BYTES].split(b"\0", 1)[0].decode()


def copy_seconds(gpu: int, size: int) -> float:
    """What copying ``size`` bytes within its memory takes, the mean of ten copies after one."""
    source, target = ctypes.c_void_p(), ctypes.c_void_p()
    with _chosen(gpu) as runtime:
        try:
            for buffer in (source, target):
                _check(runtime.cudaMalloc(ctypes.byref(buffer), ctypes.c_size_t(size)))

            def copy(times: int) -> float:
                start = perf_counter()
                for _ in range(times):
                    _check(
                        runtime.cudaMemcpy(target, source, ctypes.c_size_t(size), _DEVICE_TO_DEVICE)
                    )
                _check(runtime.cudaDeviceSynchronize())
                return perf_counter() - start

            copy(1)
            return copy(_COPIES) / _COPIES
        finally:
            runtime.cudaFree(source)
            runtime.cudaFree(target)


@contextmanager
def _chosen(gpu: int) -> Iterator[ctypes.CDLL]:
    """The runtime, with ``gpu`` as this thread's device for a while."""
    runtime, before = _runtime(), ctypes.c_int()
    _check(runtime.cudaGetDevice(ctypes.byref(before)))
    _check(runtime.cudaSetDevice(gpu))
    try:
        yield runtime
    finally:
        runtime.cudaSetDevice(before.value)


@cache
def _runtime() -> ctypes.CDLL:
    for library in _RUNTIMES:
        try:
            return ctypes.CDLL(library)
        except OSError:
            continue
    raise DeviceFailed(f"none of {', '.join(_RUNTIMES)} can be loaded; install faiss-gpu anew")


def _check(status: int) -> None:
    if status:
        raise DeviceFailed(f"CUDA answered with error {status}")
