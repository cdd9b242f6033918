"""A predictor without a network, requests to an application, and a server on a free port."""

import asyncio
import io
import threading
from contextlib import contextmanager

import httpx
import numpy as np
import uvicorn
from PIL import Image, ImageOps

from seg_plugins.commands.serve import open_socket
from seg_plugins.inference import Prediction
from seg_plugins.models import InputImage
from seg_plugins.serve.connections import server_config
from seg_plugins.serve.intake import Limits


class StubPredictor:
    """Class 1 where the image is brighter than 127, with confidence 0.75; class 2 never occurs."""

    classes = ("dark", "bright", "never")
    palette = ((0, 0, 200), (250, 200, 0), (9, 9, 9))

    def __init__(self, error=None):
        self.error = error
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.threads = set()

    @staticmethod
    def read_bytes(data, name):
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        return InputImage({"img": np.asarray(picture.convert("RGB"))}, name, bgr=False)

    def __call__(self, image):
        self.threads.add(threading.get_ident())
        self.may_go_on.wait()
        if self.error is not None:
            raise self.error
        pixels = image.pixels
        labels = (pixels.mean(2) > 127).astype(np.uint8)
        confidence = np.full(labels.shape, 0.75, np.float32)
        return Prediction(labels, confidence, None, pixels, self.classes, self.palette)


def taken(pixels):
    """An image as the predictor's `read_bytes` gives it."""
    return InputImage({"img": pixels}, "image", bgr=False)


def half_bright(height=4, width=6):
    """Left half black, right half white."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, width // 2 :] = 255
    return pixels


def encoded(pixels=None, kind="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(half_bright() if pixels is None else pixels).save(buffer, kind)
    return buffer.getvalue()


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def ask_all(app, requests, seen=lambda answer: None):
    """Answers to requests (method, path, keyword arguments) sent at once; `seen` is told of each."""

    async def answer(client, *words, **more):
        got = await client.request(*words, **more)
        seen(got)
        return got

    async def send():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await asyncio.gather(*(answer(client, m, p, **more) for m, p, more in requests))

    return asyncio.run(send())


def ask(app, method, path, **more):
    return ask_all(app, [(method, path, more)])[0]


@contextmanager
def running(app, limits=None):
    """Serve on a free port of 127.0.0.1, as the tool does; gives the port."""
    listening = open_socket("127.0.0.1", 0)
    server = uvicorn.Server(server_config(app, limits or Limits()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(30)
