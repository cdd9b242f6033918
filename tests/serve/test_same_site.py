import pytest

from seg_plugins.serve.app import make_app
from seg_plugins.serve.same_site import is_known_host, is_same_origin
from tests.serve.base import StubPredictor, ask, encoded


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8000",
        "[::1]:8000",
        "10.0.0.7:80",
        "localhost:8000",
        "LAB.example",
        "lab.example.",
    ],
)
def test_its_own_names_are_known(host):
    assert is_known_host(host, ["Lab.example"])


@pytest.mark.parametrize(
    "host", ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[", "a@b"]
)
def test_other_names_are_not(host):
    assert not is_known_host(host, ["lab.example"])


def test_origins():
    assert (
        is_same_origin(None, "a:1")
        and is_same_origin("http://a:1", "A:1")
        and is_same_origin("https://a", "a")
    )
    for origin in ("null", "http://a:2", "http://evil.example", "http://a:1.evil.example", "http://a"):
        assert not is_same_origin(origin, "a:1")


def test_a_page_of_another_site_reaches_nothing():
    """By DNS rebinding, and by a plain POST, which asks nobody before."""
    predictor = StubPredictor()
    app = make_app(predictor, names=["here"])
    for path, method in (("/", "GET"), ("/api/info", "GET"), ("/api/segment", "POST")):
        answer = ask(app, method, path, headers={"Host": "evil.example:8000"})
        assert answer.status_code == 403 and answer.json()["error"] == "unknown_host"
        assert "--allow-host evil.example" in answer.json()["message"]
    for origin in ("http://evil.example", "null"):
        answer = ask(app, "POST", "/api/segment", content=encoded(), headers={"Origin": origin})
        assert answer.status_code == 403 and answer.json()["error"] == "other_origin"
    assert not predictor.threads
    own = ask(app, "POST", "/api/segment", content=encoded(), headers={"Origin": "http://here"})
    assert own.status_code == 200 and predictor.threads


@pytest.mark.parametrize("path", ["/", "/api/info", "/page/page.js", "/nothing"])
def test_browsers_are_told_not_to_guess_and_not_to_share(path):
    headers = ask(make_app(StubPredictor()), "GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
