"""Fixtures of what the commands run."""

from tests.inference.conftest import geotiff, no_rasterio, predictor, sliding, trained  # noqa: F401
from tests.zoo.conftest import console, layout  # noqa: F401
