"""The JSON answers in OpenAPI."""

from typing import Literal

from pydantic import BaseModel

__all__ = ["ErrorAnswer", "InfoAnswer", "PictureKind", "SegmentAnswer"]

PictureKind = Literal["classes", "color", "overlay", "confidence", "packed", "image"]


class ErrorAnswer(BaseModel):
    """The reason of a refusal: one word for programs, a sentence for people."""

    error: str
    message: str


class LegendRow(BaseModel):
    """A class, its RGB colour, and whether it is a background that overlays skip."""

    id: int
    name: str
    color: list[int]
    background: bool


class ClassRow(LegendRow):
    """The part of a class in an image: pixels, fraction of the image (0 to 1), mean confidence (0 to 1)."""

    pixels: int
    share: float
    confidence: float | None


class Timing(BaseModel):
    """Milliseconds of each step."""

    queue_ms: float
    decode_ms: float
    model_ms: float
    encode_ms: float


class SegmentAnswer(BaseModel):
    """A segmented image; pictures are Base64 of PNG files.

    Figures and pictures have the size of the image, even if the model processed a smaller one. Only `packed`
    and `image` have the size that the model processed.
    """

    width: int
    height: int
    model_width: int
    model_height: int
    classes: list[ClassRow]
    pictures: dict[str, str]
    timing: Timing


class InfoAnswer(BaseModel):
    """The name of the model, that of its checkpoint, its classes, and the server's limits."""

    model: str
    checkpoint: str
    classes: list[LegendRow]
    max_bytes: int
    max_pixels: int
    shrink_above: int
    formats: list[str]
