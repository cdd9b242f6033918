"""Writing of TIFF maps in parts, either all files of a raster or none."""

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seg_plugins.files.atomic import atomic_path
from seg_plugins.files.label_maps import label_type, no_data_id
from seg_plugins.ops.painting import complete_palette

from .map_polygons import write_map_polygons
from .raster_files import BLOCK, RasterSource, import_rasterio, open_quietly, open_raster
from .writing import count_pixels, to_bytes

__all__ = ["RASTER_MAPS", "RasterTarget", "RasterWriter", "create_raster"]

RASTER_MAPS = ("classes", "confidence", "uncertainty")
ROWS = 128  # rows that are read at a time for the check
Part = tuple[dict[str, np.ndarray | None], int, int]  # (h, w) maps by name, and their top and left
RasterTarget = Callable[[np.ndarray, int, int], None]  # writes (h, w) pixels at (top, left)


def create_raster(
    stack: ExitStack,
    path: Path,
    size: tuple[int, int],
    dtype: str,
    profile: dict,
    palette: np.ndarray | None,
    nodata: int | None = None,
) -> RasterTarget:
    """Create a single-band TIFF for rectangles: tiled and compressed, or memory-mapped without rasterio.

    Args:
        stack: Stack that closes the file.
        path: The file.
        size: (H, W).
        dtype: "uint8" or "uint16".
        profile: Coordinate system and transform, as `RasterSource.profile`.
        palette: (K, 3) RGB, stored as the colour table of an uint8 raster.
        nodata: The value that marks missing data; None for none.
    """
    rasterio = import_rasterio()
    if rasterio is None:
        import tifffile

        tags = [] if nodata is None else [(42113, "s", 0, str(nodata), True)]  # GDAL's tag
        array = tifffile.memmap(path, shape=size, dtype=dtype, bigtiff=True, extratags=tags)
        if hasattr(os, "posix_fallocate"):  # makes a full disk an error here, instead of a signal later
            with open(path, "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        stack.callback(array.flush)

        def fill(pixels: np.ndarray, top: int, left: int) -> None:
            array[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels

        return fill
    tiles = dict(tiled=True, blockxsize=BLOCK, blockysize=BLOCK) if min(size) > BLOCK else {}
    dataset = stack.enter_context(
        open_quietly(
            path, "w", height=size[0], width=size[1], count=1, dtype=dtype,
            compress="deflate", BIGTIFF="IF_SAFER", nodata=nodata, **tiles, **profile,
        )
    )  # fmt: skip
    if palette is not None and dtype == "uint8":
        dataset.write_colormap(1, {i: (*color, 255) for i, color in enumerate(palette.tolist())})

    def write(pixels: np.ndarray, top: int, left: int) -> None:
        window = ((top, top + pixels.shape[0]), (left, left + pixels.shape[1]))
        dataset.write(pixels, 1, window=window)

    return write


@dataclass(frozen=True)
class RasterWriter:
    """Writes maps of rasters as TIFF and their areas as GeoJSON, in the map coordinates of the raster.

    Args:
        outputs: Outputs to write: some of `RASTER_MAPS` (0..1 as 0..255), and "geojson" (needs rasterio).
        classes: Class names.
        palette: (K, 3) RGB, or None.
        min_area: Smallest polygon in pixels.
        tolerance: Largest distance in pixels by which polygons may be simplified.
    """

    outputs: Sequence[str]
    classes: Sequence[str]
    palette: Any = None
    min_area: int = 1
    tolerance: float = 0.0

    def write(self, parts: Iterable[Part], source: RasterSource, target: Path) -> np.ndarray:
        """Write `<target>_classes.tif` and the other outputs when all are complete; after an error, none.

        Args:
            parts: Rectangles that cover the raster once, with the maps of `outputs` and always "classes".
            source: The segmented raster.
            target: Path of the results without suffix.

        Returns:
            (K,) pixels of each class.

        Raises:
            OSError: A result was not written completely.
        """
        pixels, sums = np.zeros(len(self.classes), np.int64), dict.fromkeys(RASTER_MAPS, 0)
        with ExitStack() as files:
            paths = self.paths(files, target)
            with ExitStack() as opened:
                targets = {kind: self.create(opened, path, kind, source) for kind, path in paths.items()}
                for maps, top, left in parts:
                    pixels += count_pixels(maps["classes"], len(self.classes))
                    for kind, fill in targets.items():
                        values = maps[kind] if kind == "classes" else to_bytes(maps[kind])
                        sums[kind] += int(values.sum(dtype=np.int64))
                        fill(values, top, left)
            for kind, path in paths.items():
                check_written(path, sums[kind])
            if self.has_polygons:
                path = files.enter_context(atomic_path(target.with_name(f"{target.name}.geojson")))
                write_map_polygons(paths["classes"], path, self.classes, self.min_area, self.tolerance)
        return pixels

    @property
    def has_polygons(self) -> bool:
        """Whether GeoJSON is requested and can be written."""
        return "geojson" in self.outputs and import_rasterio() is not None

    def paths(self, files: ExitStack, target: Path) -> dict[str, Path]:
        """Return the path of each map; `files` renames it at the end, or deletes it."""
        paths = {
            kind: files.enter_context(atomic_path(target.with_name(f"{target.name}_{kind}.tif")))
            for kind in RASTER_MAPS
            if kind in self.outputs
        }
        if self.has_polygons and "classes" not in paths:
            target.parent.mkdir(parents=True, exist_ok=True)
            folder = files.enter_context(tempfile.TemporaryDirectory(prefix=".", dir=target.parent))
            paths["classes"] = Path(folder) / "classes.tif"
        return paths

    def create(self, opened: ExitStack, path: Path, kind: str, source: RasterSource) -> RasterTarget:
        """Create the empty TIFF of one map, which `opened` closes."""
        count = len(self.classes)
        if kind != "classes":
            return create_raster(opened, path, source.size, "uint8", source.profile, None)
        dtype, palette = np.dtype(label_type(count)).name, complete_palette(self.palette, count)
        return create_raster(opened, path, source.size, dtype, source.profile, palette, no_data_id(count))


def check_written(path: Path, total: int) -> None:
    """Read a finished raster again, since GDAL does not report a full disk.

    Args:
        path: The file.
        total: The sum of its pixels.

    Raises:
        OSError: The file cannot be read, or holds other pixels.
    """
    try:
        with open_raster(path) as written:
            height, width = written.size
            found = sum(
                int(written(y, 0, min(ROWS, height - y), width).sum(dtype=np.int64))
                for y in range(0, height, ROWS)
            )
    except Exception as error:  # rasterio's errors, if it is installed
        raise OSError(f"{path}: was not written completely; is the disk full? ({error})") from None
    if found != total:
        raise OSError(f"{path}: was not written completely; is the disk full?")
