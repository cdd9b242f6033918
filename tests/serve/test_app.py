import base64
import http.client

import numpy as np
import pytest
import torch

from seg_plugins.config.reading import read_config
from seg_plugins.inference import SegPredictor
from seg_plugins.serve.app import make_app
from seg_plugins.serve.intake import Limits
from seg_plugins.serve.schema import InfoAnswer, SegmentAnswer
from tests.commands.base import draw_disc, write_run
from tests.models.base import config_for, network_for, pixels_of, vary, write_image
from tests.serve.base import StubPredictor, ask, ask_all, decoded, encoded, half_bright, running

NOISE = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
POST = ("POST", "/api/segment")


@pytest.fixture(scope="module")
def app():
    return make_app(StubPredictor(), Limits(max_bytes=5000, max_pixels=1000))


def test_json_and_png(app):
    answer = ask(app, *POST, content=encoded(), params={"include": ["packed", "image"]})
    assert answer.status_code == 200
    made = SegmentAnswer.model_validate(answer.json())
    assert [row.pixels for row in made.classes] == [12, 12, 0] and set(made.pictures) == {"packed", "image"}
    assert made.timing.model_ms >= 0 and "model;dur=" in answer.headers["server-timing"]
    png = ask(app, *POST, content=encoded(), headers={"Accept": "image/png"})
    assert png.headers["content-type"] == "image/png"
    assert (decoded(png.content) == half_bright()[..., 0] // 255).all()
    accept = {"Accept": "image/png", "Content-Type": "image/png"}
    color = ask(app, *POST, content=encoded(), headers=accept, params={"picture": "color"})
    assert decoded(color.content)[0, -1].tolist() == [250, 200, 0]


@pytest.mark.parametrize(
    "body, headers, params, status, code",
    [
        (b"", {}, {}, 400, "empty"),
        (b"text", {}, {}, 415, "unsupported_type"),
        (encoded(), {"Content-Type": "text/plain"}, {}, 415, "unsupported_type"),
        (encoded(), {"Content-Encoding": "gzip"}, {}, 415, "unsupported_encoding"),
        (encoded(NOISE)[:500], {}, {}, 400, "damaged"),
        (encoded(half_bright(40, 40)), {}, {}, 413, "too_many_pixels"),
        (bytes(5001), {}, {}, 413, "too_large"),
        (encoded(), {}, {"include": "everything"}, 422, "wrong_parameter"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else str(value),
)  # fmt: skip
def test_refusals_are_json(app, body, headers, params, status, code):
    answer = ask(app, *POST, content=body, headers=headers, params=params)
    assert (answer.status_code, answer.json()["error"]) == (status, code) and answer.json()["message"]


def test_other_paths_and_methods_are_answered_in_json(app):
    assert ask(app, "GET", "/nothing").json() == {"error": "http_error", "message": "Not Found"}
    answer = ask(app, "GET", "/api/segment")
    assert answer.status_code == 405 and answer.headers["allow"] == "POST" and "error" in answer.json()


@pytest.mark.parametrize("path", ["/", "/api/info", "/page/page.js"])
def test_head_is_answered_as_get_without_a_body(app, path):
    with running(app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        connection.request("HEAD", path)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"") and int(answer.headers["content-length"]) > 0
        connection.close()


def test_a_large_image_is_shrunk_for_the_model_and_answered_at_its_size():
    seen = []

    class Watched(StubPredictor):
        def __call__(self, image):
            seen.append(image.size)
            return super().__call__(image)

    app = make_app(Watched(), Limits(shrink_above=1000), None, "toy", "best.pth")
    body = encoded(half_bright(60, 80))
    made = ask(app, *POST, content=body, params={"include": ["packed", "classes"]}).json()
    assert (made["width"], made["height"], made["model_width"], made["model_height"]) == (80, 60, 36, 27)
    assert seen == [(27, 36)] and [row["pixels"] for row in made["classes"]] == [2400, 2400, 0]
    shapes = {kind: decoded(base64.b64decode(data)).shape for kind, data in made["pictures"].items()}
    assert shapes == {"packed": (27, 36, 3), "classes": (60, 80)}
    png = ask(app, *POST, content=body, headers={"Accept": "image/png"}, params={"picture": "overlay"})
    assert decoded(png.content).shape == (60, 80, 3)
    info = ask(app, "GET", "/api/info").json()
    assert (info["model"], info["checkpoint"], info["shrink_above"]) == ("toy", "best.pth", 1000)


def test_photos_of_phones_are_taken_by_default():
    limits = Limits()
    assert limits.max_pixels >= 4032 * 3024 > limits.shrink_above and limits.max_bytes >= 36 * 10**6


def test_openapi_is_served_and_documentation_pages_are_not(app):
    paths = ask(app, "GET", "/openapi.json").json()["paths"]
    post = paths["/api/segment"]["post"]
    assert "image/png" in post["requestBody"]["content"] and {"413", "415", "429", "400"} <= set(
        post["responses"]
    )
    assert ask(app, "GET", "/docs").status_code == ask(app, "GET", "/redoc").status_code == 404


def test_page_loads_nothing_from_elsewhere(app):
    page = ask(app, "GET", "/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for path in ("/", "/page/page.js", "/page/page.css"):
        text = ask(app, "GET", path)
        assert text.status_code == 200 and "//" not in text.text.replace("\n// The server", "").replace(
            "; // ", ""
        )
    assert (
        ask(app, "GET", "/page/../app.py").status_code
        == ask(app, "GET", "/page/%2e%2e/app.py").status_code
        == 404
    )
    InfoAnswer.model_validate(ask(app, "GET", "/api/info").json())


def test_more_than_the_queue_holds_gets_429():
    predictor = StubPredictor()
    predictor.may_go_on.clear()
    app = make_app(predictor, Limits(queue=3))
    refused = []

    def go_on_after_six(answer):
        refused.append(answer)
        if len(refused) == 6:
            predictor.may_go_on.set()

    answers = ask_all(app, [(*POST, {"content": encoded()})] * 10, go_on_after_six)
    assert {answer.status_code for answer in refused[:6]} == {429}
    assert sorted(a.status_code for a in answers) == [200] * 4 + [429] * 6
    busy = next(a for a in answers if a.status_code == 429)
    assert busy.json()["error"] == "busy" and busy.headers["retry-after"] == "1"
    assert len(predictor.threads) == 1
    assert ask(app, *POST, content=encoded()).status_code == 200  # places are given back


@pytest.mark.parametrize(
    "error, status, words",
    [
        (ValueError("logits are not finite"), 500, "not finite"),
        (RuntimeError("secret"), 500, "console"),
        (MemoryError(), 413, "memory"),
        (torch.OutOfMemoryError("CUDA"), 413, "memory"),
    ],
)  # fmt: skip
def test_a_failing_model_is_answered(error, status, words):
    app = make_app(StubPredictor(error=error))
    for _ in range(2):
        answer = ask(app, *POST, content=encoded())
        assert answer.status_code == status and words in answer.json()["message"]


def test_real_model(tmp_path):
    predictor = SegPredictor(read_config(write_run(tmp_path)), device="cpu", maps=("confidence",))
    image = draw_disc(np.random.default_rng(0), (40, 50))[0]
    answer = ask(make_app(predictor), *POST, content=encoded(image), headers={"Accept": "image/png"})
    assert (decoded(answer.content) == predictor(image).labels).all()


@pytest.mark.parametrize("kind, channels, ending", [(np.uint16, 1, ".png"), (np.float32, 7, ".tif")])
def test_images_of_any_depth_and_channels_reach_the_model_as_their_files(tmp_path, kind, channels, ending):
    pytest.importorskip("tifffile")
    cfg = config_for(network_for(channels, kind), color_type="unchanged")
    predictor = SegPredictor(cfg, device="cpu", maps=("confidence",))
    vary(predictor.model, channels)
    path = write_image(tmp_path / f"x{ending}", pixels_of(kind, channels))
    app = make_app(predictor)
    answer = ask(app, *POST, content=path.read_bytes(), headers={"Accept": "image/png"})
    labels = decoded(answer.content)
    assert (labels == predictor(path).labels).all() and len(np.unique(labels)) > 1
    other = ask(app, *POST, content=encoded(half_bright(40, 40)))
    assert other.status_code == 400 and "image that was sent has 3 channels" in other.json()["message"]


def test_too_large_a_body_is_answered_over_a_socket(app):
    """The client sends all of its 20 MB before it reads the answer."""
    with running(app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        for chunked in (False, True):
            body = iter([bytes(2**20)] * 20) if chunked else bytes(20 * 2**20)
            connection.request(*POST, body=body, encode_chunked=chunked,
                               headers={"Transfer-Encoding": "chunked"} if chunked else {})  # fmt: skip
            answer = connection.getresponse()
            assert answer.status == 413 and b"too_large" in answer.read()


def test_a_stalled_body_is_answered_and_its_place_given_back():
    app = make_app(StubPredictor(), Limits(queue=0, read_seconds=0.3))
    with running(app) as port:
        stalled, next_one = (http.client.HTTPConnection("127.0.0.1", port, timeout=300) for _ in range(2))
        stalled.request(*POST, body=b"half", headers={"Content-Length": "999"})
        answer = stalled.getresponse()
        assert answer.status == 408 and b"too_slow" in answer.read()
        next_one.request(*POST, body=encoded())
        assert next_one.getresponse().status == 200
