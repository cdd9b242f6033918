import pytest


@pytest.fixture(autouse=True)
def unformatted_configs(monkeypatch):
    """Formatting a config takes longer than these runs; only its looks depend on it."""
    monkeypatch.setattr("yapf.yapflib.yapf_api.FormatCode", lambda text, **_: (text, True))
