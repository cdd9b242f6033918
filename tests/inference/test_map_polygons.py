import json

import numpy as np
import pytest

from seg_plugins.inference.map_polygons import write_map_polygons

rasterio = pytest.importorskip("rasterio")


def write(folder, labels, transform, **options):
    with rasterio.open(
        folder / "classes.tif", "w", driver="GTiff", height=labels.shape[0], width=labels.shape[1], count=1,
        dtype="uint8", crs="EPSG:32633", transform=transform,
    ) as file:  # fmt: skip
        file.write(labels, 1)
    write_map_polygons(folder / "classes.tif", folder / "areas.geojson", "abc", **options)
    return json.loads((folder / "areas.geojson").read_text())


def test_polygons_burnt_again_give_the_class_map(tmp_path):
    labels = np.random.default_rng(0).integers(0, 3, (13, 17)).astype(np.uint8)
    transform = rasterio.Affine(1.5, 0.5, 700, 0.25, -2, 900)  # turned and sheared
    collection = write(tmp_path, labels, transform)
    assert collection["crs"]["properties"]["name"] == "EPSG:32633"
    shapes = [(f["geometry"], f["properties"]["class_id"]) for f in collection["features"]]
    burnt = rasterio.features.rasterize(shapes, labels.shape, fill=9, transform=transform)
    assert (burnt == labels).all()
    assert sum(f["properties"]["area_pixels"] for f in collection["features"]) == labels.size


def test_small_areas_are_left_out_and_outlines_simplified(tmp_path):
    labels = np.full((20, 20), 255, np.uint8)
    labels[5:15, 5:15] = 1
    labels[4, 8] = 1
    labels[0, 0] = 2
    transform = rasterio.transform.from_origin(500, 900, 2, 2)
    (exact,) = write(tmp_path, labels, transform, min_area=2)["features"]
    (square,) = write(tmp_path, labels, transform, min_area=2, tolerance=1.5)["features"]
    assert len(exact["geometry"]["coordinates"][0]) == 9
    corners = {tuple(corner) for corner in square["geometry"]["coordinates"][0]}
    assert corners == {(510, 890), (530, 890), (530, 870), (510, 870)}
    assert square["properties"] == {"class_id": 1, "class": "b", "area_pixels": 101}
