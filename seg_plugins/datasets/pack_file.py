"""Decoded images and label maps in two files: `data.bin`, memory-mapped, and `index.npz`, written last.

`data.bin` starts with a random token, which the index repeats. The arrays follow, each aligned to 64 bytes. A
folder without `index.npz` is not a pack, whatever else it holds.
"""

import json
import mmap
import os
import secrets
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from seg_plugins.files.atomic import atomic_path, unfinished_files

__all__ = ["DATA", "INDEX", "PackReader", "PackWriter"]

DATA, INDEX = "data.bin", "index.npz"
ALIGNMENT, TOKEN_BYTES, VERSION = 64, 16, 1
PARTS = ("image", "labels")
TYPES = ("uint8", "float32", "uint16", "int32", "int64", "float64")
ABSENT = -1


class PackWriter:
    """Writer of a pack; use it as a context manager, which leaves nothing behind after an error.

    Args:
        folder: Folder of the pack, created if missing. An old pack in it is removed first.

    Raises:
        OSError: If something cannot be written.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / INDEX).unlink(missing_ok=True)
        for left in (self.folder / DATA, *unfinished_files(self.folder)):
            left.unlink(missing_ok=True)
        self.unfinished = self.folder / f".{DATA}.{os.getpid()}.part"
        self.token = secrets.token_bytes(TOKEN_BYTES)
        self.file = open(self.unfinished, "wb")  # noqa: SIM115 - closed by __exit__
        self.place = self.file.write(self.token)
        self.rows: list[list[tuple[int, ...]]] = []

    def add(self, image: np.ndarray, labels: np.ndarray | None) -> None:
        """Append an entry: image (H, W) or (H, W, C), and labels (H, W) or None."""
        self.rows.append([self.append(image), (ABSENT,) * 6 if labels is None else self.append(labels)])

    def append(self, array: np.ndarray) -> tuple[int, ...]:
        """Write one array; return offset, height, width, channels (0 = no such axis), type, checksum."""
        self.place += self.file.write(bytes(-self.place % ALIGNMENT))
        data = memoryview(np.ascontiguousarray(array)).cast("B")
        start = self.place
        self.place += self.file.write(data)
        height, width, *channels = array.shape
        kind = TYPES.index(array.dtype.name)
        return start, height, width, channels[0] if channels else 0, kind, zlib.crc32(data)

    def finish(self, digests: np.ndarray, about: dict[str, Any]) -> None:
        """Move the data into place and write the index.

        Args:
            digests: (N,) uint64, hashes of the entries' sources.
            about: Any object that JSON can hold.
        """
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        os.replace(self.unfinished, self.folder / DATA)
        header = about | dict(version=VERSION, token=self.token.hex(), data_bytes=self.place)
        table = np.array(self.rows, np.int64).reshape(-1, len(PARTS), 6)
        text = np.frombuffer(json.dumps(header).encode(), np.uint8)
        with atomic_path(self.folder / INDEX, durable=True) as path, open(path, "wb") as file:
            np.savez(file, header=text, table=table, digests=digests)

    def __enter__(self) -> "PackWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.file.close()
        except OSError:
            if kind is None:
                raise
        finally:
            self.unfinished.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(self.folder / DATA)
            if not (self.folder / INDEX).exists():
                (self.folder / DATA).unlink(missing_ok=True)


class PackReader:
    """Reader of a pack; all processes map the same pages of the file.

    Args:
        folder: Folder that `PackWriter` wrote.

    Attributes:
        about: Argument of `PackWriter.finish`.
        digests: (N,) uint64.

    Raises:
        FileNotFoundError: If there is no complete pack.
        ValueError: If its files are damaged, or belong to different packs.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not (self.folder / INDEX).is_file() or not (self.folder / DATA).is_file():
            raise FileNotFoundError(f"{self.folder} holds no complete pack ({DATA} and {INDEX})")
        try:
            with open(self.folder / INDEX, "rb") as file, np.load(file) as index:
                self.about = json.loads(index["header"].tobytes())
                self.table, self.digests = index["table"], index["digests"]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{self.folder / INDEX} is damaged ({error})") from error
        size = (self.folder / DATA).stat().st_size
        with open(self.folder / DATA, "rb") as file:
            token = file.read(TOKEN_BYTES)
        if (size, token.hex(), VERSION) != tuple(self.about[k] for k in ("data_bytes", "token", "version")):
            raise ValueError(f"{self.folder / DATA} ({size} bytes) does not belong to the {INDEX} beside it")
        self._map: mmap.mmap | None = None

    def __len__(self) -> int:
        return len(self.table)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | dict(_map=None)

    @property
    def map(self) -> mmap.mmap:
        """The mapped data, opened on first use in each process."""
        if self._map is None:
            with open(self.folder / DATA, "rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._map

    def read(self, index: int, part: str) -> np.ndarray | None:
        """Return a read-only view of an entry's "image" or "labels", or None if it has none."""
        offset, height, width, channels, kind, _ = map(int, self.table[index, PARTS.index(part)])
        if offset == ABSENT:
            return None
        shape = (height, width, channels) if channels else (height, width)
        return np.ndarray(shape, TYPES[kind], buffer=self.map, offset=offset)

    def is_whole(self, index: int) -> bool:
        """Return whether an entry's bytes still match their checksums."""
        arrays = [self.read(index, part) for part in PARTS]
        return all(
            array is None or zlib.crc32(memoryview(array).cast("B")) == int(self.table[index, i, -1])
            for i, array in enumerate(arrays)
        )
