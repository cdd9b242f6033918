"""The ASGI application: page and API."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import torch
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from seg_plugins.inference import Prediction

from .answers import answer_picture, class_legend, png_bytes, segment_answer
from .intake import CONTENT_TYPES, FORMATS, Limits, Refusal, check_content_type, decode_body, read_body
from .same_site import SameSite
from .schema import ErrorAnswer, InfoAnswer, PictureKind, SegmentAnswer
from .shrinking import enlarge_result, shrink_image
from .worker import Worker

__all__ = ["make_app"]

PAGE = Path(__file__).parent / "page"
OWN_FILES_ONLY = {"Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:"}
REFUSALS = {
    status: {"model": ErrorAnswer, "description": text}
    for status, text in {
        400: "empty or damaged image, or not for this model", 403: "sent by a page of another site",
        408: "body too slow",
        413: "too many bytes or pixels",
        415: "not an image of a known type", 422: "wrong parameter", 429: "too many requests wait",
        500: "the model failed",
    }.items()
}  # fmt: skip
BODY = {
    "requestBody": {
        "required": True,
        "description": "The image file itself.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in CONTENT_TYPES},
    }
}
ANSWERS = REFUSALS | {200: {"content": {"image/png": {}}, "description": "JSON; a PNG by the Accept header"}}
PICTURE_TEXT = "picture to return, with Accept: image/png"
INCLUDE_TEXT = "pictures to add to the JSON, as Base64 of PNG files"
logger = logging.getLogger(__name__)


def error_answer(status: int, code: str, message: str) -> JSONResponse:
    """Build the JSON answer of a refusal."""
    headers = {"Retry-After": "1"} if status == 429 else None
    return JSONResponse({"error": code, "message": message}, status, headers)


def segment(predictor: Any, body: bytes, limits: Limits, finish: Callable) -> tuple[Any, dict[str, float]]:
    """Decode, shrink and predict, then call `finish(prediction, shrunk one)`: one job of the worker.

    Returns:
        Result of `finish`, and the milliseconds of each step.

    Raises:
        Refusal: As in `decode_body`; 413 out of memory, 500 the model failed.
    """
    times = [time.perf_counter()]
    try:
        image = decode_body(body, limits.max_pixels, predictor.read_bytes)
        times.append(time.perf_counter())
        small: Prediction = predictor(shrink_image(image, limits.shrink_above))
        times.append(time.perf_counter())
        made = finish(enlarge_result(small, image), small)
        times.append(time.perf_counter())
    except Refusal:
        raise
    except Exception as error:
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error):
            message = (
                "the image is too large for this machine's memory: make it smaller, or start serve.py with a"
                " smaller --shrink-above"
            )
            raise Refusal(413, "no_memory", message) from None
        logger.exception("the model failed")
        message = str(error) if isinstance(error, ValueError) else "see the server's console"
        raise Refusal(500, "model_failed", f"the model failed: {message[:300]}") from None
    spans = (1000 * (b - a) for a, b in pairwise(times))
    return made, dict(zip(("decode_ms", "model_ms", "encode_ms"), spans, strict=True))


def add_error_answers(app: FastAPI) -> None:
    """Answer all errors in one form."""

    @app.exception_handler(Refusal)
    def refused(_: Request, error: Refusal) -> JSONResponse:
        return error_answer(error.status, error.code, error.message)

    @app.exception_handler(RequestValidationError)
    def wrong_parameter(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        return error_answer(422, "wrong_parameter", f"{'.'.join(map(str, first['loc']))}: {first['msg']}")

    @app.exception_handler(HTTPException)
    def http_error(_: Request, error: HTTPException) -> JSONResponse:
        answer = error_answer(error.status_code, "http_error", str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(ClientDisconnect)
    def gone(_: Request, error: ClientDisconnect) -> JSONResponse:
        return error_answer(400, "incomplete", "the connection closed before the end of the body")

    @app.exception_handler(Exception)
    def fault(_: Request, error: Exception) -> JSONResponse:
        return error_answer(500, "fault", "the server failed: see its console")


def add_page(app: FastAPI) -> None:
    """Serve the page and its files."""

    @app.head("/", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(PAGE / "index.html", headers=OWN_FILES_ONLY)

    app.mount("/page", StaticFiles(directory=PAGE))


def answer_png(request: Request) -> bool:
    """Test whether the client asks for an image instead of JSON."""
    accept = request.headers.get("accept", "")
    return "image/png" in accept and "application/json" not in accept


def add_api(app: FastAPI, predictor: Any, limits: Limits, worker: Worker, names: tuple[str, str]) -> None:
    """Serve the API for programs, including the page."""

    @app.head("/api/info", include_in_schema=False)
    @app.get("/api/info", response_model=InfoAnswer)
    def info() -> dict[str, Any]:
        """Return the model, its classes, and the limits."""
        return {
            "model": names[0], "checkpoint": names[1],
            "classes": class_legend(predictor.classes, predictor.palette),
            "max_bytes": limits.max_bytes, "max_pixels": limits.max_pixels,
            "shrink_above": limits.shrink_above, "formats": FORMATS,
        }  # fmt: skip

    @app.post("/api/segment", response_model=SegmentAnswer, openapi_extra=BODY, responses=ANSWERS)
    async def segment_image(
        request: Request,
        kind: Annotated[PictureKind, Query(alias="picture", description=PICTURE_TEXT)] = "classes",
        include: Annotated[list[PictureKind], Query(description=INCLUDE_TEXT)] = (),
    ) -> Response:
        """Segment the image in the body; `Accept: image/png` returns an image, otherwise JSON."""
        as_png = answer_png(request)

        def finish(result: Prediction, small: Prediction) -> Any:
            if as_png:
                return png_bytes(answer_picture(kind, result))
            return segment_answer(result, set(include), small)

        headers = request.headers
        check_content_type(headers.get("content-type"), headers.get("content-encoding"))
        with worker.place():
            body = await read_body(request.stream(), headers.get("content-length"), limits)
            (made, timing), waited = await worker.run(lambda: segment(predictor, body, limits, finish))
        timing["queue_ms"] = 1000 * waited
        spans = (f"{name.removesuffix('_ms')};dur={value:.1f}" for name, value in timing.items())
        header = {"Server-Timing": ", ".join(spans)}
        if as_png:
            return Response(made, media_type="image/png", headers=header)
        return JSONResponse(made | {"timing": timing}, headers=header)


def make_app(
    predictor: Any,
    limits: Limits | None = None,
    names: Collection[str] | None = None,
    model: str = "",
    checkpoint: str = "",
) -> FastAPI:
    """Build the application around a predictor.

    Args:
        predictor: Object that reads an image file by `read_bytes`, predicts a `Prediction` with confidence,
            and has `classes` and `palette`.
        limits: The limits; None stands for the defaults.
        names: Host names of the server, beside localhost and numbers; None accepts all.
        model: Name of the model on the page.
        checkpoint: File name of its weights.
    """
    limits = limits or Limits()
    worker = Worker(limits.queue + 1)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        worker.close()

    app = FastAPI(title="seg-plugins", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(SameSite, names=names)
    add_error_answers(app)
    add_page(app)
    add_api(app, predictor, limits, worker, (model, checkpoint))
    return app
