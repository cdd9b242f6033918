import asyncio
import struct
import zlib

import numpy as np
import pytest

from seg_plugins.models import ImagePipeline
from seg_plugins.serve.intake import Limits, Refusal, check_content_type, decode_body, read_body
from tests.serve.base import StubPredictor, encoded, half_bright

READ = StubPredictor.read_bytes
NOISE = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)


def refusal(call, *args):
    with pytest.raises(Refusal) as caught:
        call(*args)
    return caught.value.status, caught.value.message


@pytest.mark.parametrize("kind", ["BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP"])
def test_every_named_format_is_decoded(kind):
    image = decode_body(encoded(half_bright(32, 64), kind), 10_000, READ).pixels
    assert image.shape == (32, 64, 3) and np.abs(image.astype(int) - half_bright(32, 64)).mean() < 4


def bomb(side=60_000):
    """A PNG of a few bytes that claims 3.6 billion pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


@pytest.mark.parametrize(
    "body, status, words",
    [
        (b"hello", 415, "this is not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", 415, "this is not an image"),
        (b"GIF89a" + bytes(50), 415, "this is not an image"),
        (encoded(NOISE)[:500], 400, "truncated"),
        (encoded(half_bright(64, 64), "JPEG")[:400], 400, "damaged"),
        (bomb(), 413, "above the limit of 1,000 pixels"),
        (bomb(9_000), 413, "9000 x 9000 pixels are above the limit of 1,000 pixels"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else str(value),
)  # fmt: skip
def test_other_bodies_are_refused(body, status, words):
    got, message = refusal(decode_body, body, 1000 if status == 413 else 10**6, READ)
    assert got == status and words in message


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")
def test_damage_of_every_kind_is_a_refusal(tmp_path):
    rng = np.random.default_rng(0)
    pipeline = ImagePipeline([dict(type="LoadSegImage"), dict(type="PackSegInputs")])

    def read(data, name):
        (tmp_path / "image").write_bytes(data)
        return pipeline.read(tmp_path / "image", name)

    for kind in ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP"):
        whole = np.frombuffer(encoded(half_bright(16, 16), kind), np.uint8)
        for _ in range(60):
            body = whole.copy()
            body[rng.integers(0, len(body), 4)] = rng.integers(0, 256, 4)
            try:
                assert decode_body(body.tobytes(), 10**6, read).pixels.shape[2] == 3
            except Refusal as refused:
                assert refused.status in (400, 413, 415)


def test_content_types():
    for fine in (None, "", "image/png", "IMAGE/JPEG; q=1", "application/octet-stream"):
        check_content_type(fine)
    for wrong in ("text/html", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        assert refusal(check_content_type, wrong)[0] == 415
    assert refusal(check_content_type, "image/png", "gzip")[0] == 415


def read(parts, declared=None, wait=0.0, **limits):
    seen = []

    async def chunks():
        for part in parts:
            await asyncio.sleep(wait)
            seen.append(part)
            yield part

    try:
        return asyncio.run(read_body(chunks(), declared, Limits(**limits))), len(seen)
    except Refusal as refused:
        return refused.status, len(seen)


def test_reading_ends_at_the_limit():
    assert read([b"ab", b"cd"], max_bytes=4) == (b"abcd", 2)
    assert read([b"ab"] * 100, max_bytes=5) == (413, 3)
    assert read([b"ab"], declared="9", max_bytes=5) == (413, 0)
    assert read([b"ab"] * 100, declared="2", max_bytes=5) == (413, 3)  # a lie
    assert read([]) == (400, 0)
    assert read([b"ab"] * 9, wait=0.05, read_seconds=0.12)[0] == 408


@pytest.mark.parametrize("wrong", [{"max_bytes": 0}, {"max_pixels": -1}, {"queue": -1}, {"read_seconds": 0}])
def test_limits_let_something_through(wrong):
    with pytest.raises(ValueError, match="above 0"):
        Limits(**wrong)
