import pytest

from tests.cluster.local_slurm import LocalSlurm, missing


@pytest.fixture(scope="session")
def cluster():
    """A real Slurm for this test session."""
    if missing():
        pytest.skip(f"not installed: {', '.join(missing())} (Debian: apt-get install slurm-wlm munge)")
    slurm = LocalSlurm()
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()


@pytest.fixture
def slurm(cluster):
    """The session's Slurm with an empty queue and an idle node."""
    cluster.clear()
    yield cluster
    cluster.clear()
