"""One call of predict.py: its inputs, one after the other."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np

from seg_plugins.files.file_names import IMAGE_SUFFIXES, files_below
from seg_plugins.files.label_maps import result_names
from seg_plugins.inference.maps import Prediction
from seg_plugins.inference.predictor import SegPredictor
from seg_plugins.inference.raster import predict_raster, predict_small_raster
from seg_plugins.inference.raster_files import fits_whole, has_map_coordinates, import_rasterio, is_raster
from seg_plugins.inference.raster_writing import RASTER_MAPS, RasterWriter
from seg_plugins.inference.video import VIDEO_SUFFIXES, check_name, predict_video
from seg_plugins.inference.writing import ResultWriter, count_pixels, save_png

__all__ = ["Job", "kind_of", "name_inputs", "say"]


def input_files(inputs: Sequence[Path], out: Path | None = None) -> Iterator[tuple[Path, Path]]:
    """Yield each input file with its path below the results; folders are searched like those of data sets.

    Results of an earlier call, in a folder `out` below a given one, are not inputs.
    """
    for given in inputs:
        if given.is_dir():
            known = IMAGE_SUFFIXES + VIDEO_SUFFIXES
            results = None if out is None else out.resolve()
            if results in (given.resolve(), *given.resolve().parents):
                results = None
            for name in files_below(given, known):
                if results not in (given / name).resolve().parents:
                    yield given / name, Path(name)
        else:
            yield given, Path(given.name)


def name_inputs(inputs: Sequence[Path], out: Path | None = None) -> dict[str, Path]:
    """Return a name for the results of each input file; names that two files would share are extended."""
    files = list(input_files(inputs, out))
    names = result_names(relative for _, relative in files)
    return {name: path for name, (path, _) in zip(names, files, strict=True)}


class Job:
    """One call of predict.py: the predictor, the writer, and the refused inputs.

    Args:
        predictor: The predictor.
        writer: The writer of the results.
        asked: Whether the user chose the outputs.
    """

    def __init__(self, predictor: SegPredictor, writer: ResultWriter, asked: bool = True) -> None:
        self.predictor = predictor
        self.writer = writer
        self.raster_writer = RasterWriter(
            writer.outputs, predictor.classes, predictor.palette, writer.min_area, writer.tolerance
        )
        self.asked = asked
        self.done = 0
        self.refused = 0

    def leave_out(self, path: Path, kind: str, possible: Sequence[str]) -> None:
        """Report which of the chosen outputs do not exist for this kind of input, if the user chose them."""
        missing = [output for output in self.writer.outputs if output not in possible]
        if missing and self.asked:
            say(f"{path}: outputs that a {kind} does not have: {', '.join(missing)}", file=sys.stderr)

    def image(self, name: str, path: Path) -> None:
        """Segment an image file.

        Raises:
            ValueError: The image has map coordinates, which would be lost.
        """
        if has_map_coordinates(path):
            if import_rasterio() is None:
                raise ValueError(f'{path}: map coordinates need rasterio: pip install "seg-plugins[raster]"')
            check_name(path)
        self.writer.write(name, self.predictor(path), file_name_of(name, path))

    def small_raster(self, name: str, path: Path) -> None:
        """Segment a TIFF with map coordinates as an image; its maps and polygons keep the coordinates."""
        writer = self.writer
        result, unit = predict_small_raster(self.predictor, path, writer.folder / name, self.raster_writer)
        rest = [output for output in writer.outputs if output not in (*RASTER_MAPS, "geojson")]
        writer.write(name, result, file_name_of(name, path), rest, unit)

    def raster(self, name: str, path: Path) -> None:
        """Segment a TIFF in parts."""
        polygons = [] if import_rasterio() is None else ["geojson"]
        self.leave_out(path, "large raster", (*RASTER_MAPS, *polygons, "areas"))
        target = self.writer.folder / name
        pixels, unit = predict_raster(self.predictor, path, target, self.raster_writer)
        self.writer.add_areas(name, pixels, self.predictor.classes, unit)

    def video(self, name: str, path: Path) -> None:
        """Segment a video; the class maps of its frames go to a folder, and their areas are summed."""
        target, classes = self.writer.folder / name, self.predictor.classes
        self.leave_out(path, "video", ("classes", "overlay", "areas"))
        pixels, size = np.zeros(len(classes), np.int64), 0

        def save(number: int, result: Prediction) -> None:
            nonlocal size
            if "classes" in self.writer.outputs:
                save_png(target / f"{number:06d}.png", result.labels)
            size += result.size
            pixels[:] += count_pixels(result.labels, len(classes))

        mean = predict_video(path, target, self.predictor, save, "overlay" in self.writer.outputs)
        self.writer.add_areas(name, pixels, classes, size=size)
        say(f"{path}: {mean:.1f} ms per frame")

    def run(self, kind: str, name: str, path: Path) -> None:
        """Process one input; an error is printed and counted."""
        try:
            getattr(self, kind)(name, path)
            self.done += 1
        except Exception as error:  # from any library; the other inputs are still processed
            self.refused += 1
            known = isinstance(error, ValueError | OSError)
            message = str(error) if known else f"{type(error).__name__}: {error}"
            if isinstance(error, MemoryError) or "allocate memory" in message:
                message += " (use a smaller window: --window 512 512)"
            say(f"refused: {message if str(path) in message else f'{path}: {message}'}", file=sys.stderr)


def say(text: str, file: TextIO | None = None) -> None:
    """Print a line; bytes of a name that are not UTF-8 are escaped."""
    print(text.encode(errors="backslashreplace").decode(), file=file)


def file_name_of(name: str, path: Path) -> str:
    """Return the path of an image below the given folder, from the name of its results."""
    return str(Path(name).with_name(path.name))


def kind_of(path: Path, max_pixels: int) -> str:
    """Return the name of the method of `Job` for a file."""
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return "video"
    if not is_raster(path):
        return "image"
    return "small_raster" if fits_whole(path, max_pixels) else "raster"
