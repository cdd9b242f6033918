import hashlib
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from seg_plugins.checkpoints import downloads
from seg_plugins.checkpoints.downloads import cache_path, expected_hash, fetch, resolve_weights

FILE = b"weights" * 100
DIGEST = hashlib.sha256(FILE).hexdigest()


class Site(BaseHTTPRequestHandler):
    """Answers every path with its own text; `/cut` with half of it; `/to?X` sends to X."""

    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to?"))
            self.end_headers()
            return
        body = FILE if "weights" in self.path else self.path.encode()
        self.send_response(404 if "missing" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if "cut" in self.path else body)

    def log_message(self, *args):
        pass


@pytest.fixture
def site(monkeypatch, tmp_path):
    """A server on this machine, and an empty cache; `asked` are the paths that it was asked for."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.asked, server.address = [], f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_names_are_checked():
    assert resolve_weights("open-mmlab://vgg16_caffe").endswith("vgg16_caffe-292e1171.pth")
    assert resolve_weights("openmmlab://vgg16_caffe") == resolve_weights("open-mmlab://vgg16_caffe")
    assert resolve_weights("torchvision://resnet50").endswith("/resnet50-0676ba61.pth")
    assert resolve_weights("a/b.pth") == "a/b.pth"
    with pytest.raises(ValueError, match=r"open-mmlab://resnet51.*known:"):
        resolve_weights("open-mmlab://resnet51")


def test_files_of_one_name_do_not_meet(site):
    addresses = [f"{site.address}/{path}" for path in ("a/net.pth", "b/net.pth", "b/net.pth?v=2")]
    for _ in range(2):
        found = [fetch(address).read_text() for address in addresses]
        assert found == ["/a/net.pth", "/b/net.pth", "/b/net.pth?v=2"]
    assert len(site.asked) == 3


@pytest.mark.parametrize("path", ["../../net.pth", "%2e%2e%2f%2e%2e%2fnet.pth", "", ".", "..", "a b;c.pth"])
def test_no_address_leaves_the_cache(path, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    place = cache_path(f"https://example.org/{path}")
    assert place.parents[2] == tmp_path / "hub" and place.name not in ("", ".", "..")


@pytest.mark.parametrize(
    "name", [f"weights-{DIGEST[:8]}.pth", f"weights.pth#sha256={DIGEST}", "weights-20240131.pth"]
)
def test_the_promised_hash_is_checked(site, name):
    assert fetch(f"{site.address}/{name}").read_bytes() == FILE


@pytest.mark.parametrize("name", ["weights-0123abcd.pth", f"weights.pth#sha256={'0' * 64}"])
def test_another_file_than_promised_is_not_kept(site, name, tmp_path):
    address = f"{site.address}/{name}"
    with pytest.raises(ValueError, match=rf"begins with {DIGEST[:8]}.*states 0.*Delete it"):
        fetch(address)
    assert [p for p in tmp_path.rglob("*") if p.is_file() and not p.name.endswith(".lock")] == []


def test_a_file_that_was_changed_in_the_cache_is_seen(site):
    address = f"{site.address}/weights-{DIGEST[:8]}.pth"
    fetch(address).write_bytes(b"other")
    with pytest.raises(ValueError, match="states"):
        fetch(address)


def test_what_torch_has_is_taken_by_its_hash_only(site, tmp_path):
    hub = tmp_path / "hub" / "checkpoints" / f"weights-{DIGEST[:8]}.pth"
    hub.parent.mkdir(parents=True)
    hub.write_bytes(FILE)
    assert fetch(f"{site.address}/{hub.name}") == hub and site.asked == []
    hub.write_bytes(b"another site's")
    assert fetch(f"{site.address}/{hub.name}").read_bytes() == FILE


def test_a_fragment_that_is_no_hash_is_refused():
    with pytest.raises(ValueError, match="after # write sha256="):
        expected_hash("https://example.org/net.pth#md5=0123")


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://example.org/x.pth", "https:///x.pth", "s3://b/x"]
)
def test_only_the_web_is_asked(address):
    with pytest.raises(ValueError, match=r"only http and https addresses are downloaded.*give its path"):
        fetch(address)


def test_a_redirection_leads_nowhere_else(site):
    assert fetch(f"{site.address}/to?/weights.pth").read_bytes() == FILE
    with pytest.raises(ValueError, match="only http and https"):
        fetch(f"{site.address}/to?ftp://example.org/x.pth")
    safe = downloads.urllib.request.Request("https://example.org/a")
    with pytest.raises(ValueError, match="only https addresses"):
        downloads.WebOnly().redirect_request(safe, None, 302, "", {}, "http://example.org/a")


@pytest.mark.parametrize("path", ["missing.pth", "cut.pth"])
def test_what_cannot_be_had_leaves_no_file(site, path, tmp_path):
    with pytest.raises(OSError):
        fetch(f"{site.address}/{path}")
    assert [p for p in tmp_path.rglob("*") if p.is_file() and not p.name.endswith(".lock")] == []


def test_all_ask_and_one_downloads(site):
    """Nobody is told a rank: on each machine (each cache) whoever comes first downloads, the others wait."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fetch, [f"{site.address}/weights.pth"] * 8))
    assert {path.read_bytes() for path in found} == {FILE} and site.asked == ["/weights.pth"]


def test_a_cache_that_only_others_may_write_serves_what_it_has(site, monkeypatch):
    place = cache_path(f"{site.address}/weights.pth")
    place.parent.mkdir(parents=True)
    place.write_bytes(FILE)
    monkeypatch.setattr(downloads, "locked", lambda path: pytest.fail("something was to be written"))
    assert fetch(f"{site.address}/weights.pth") == place and site.asked == []
