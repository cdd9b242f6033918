import pytest

from seg_plugins.cluster.queue import check_partition, job_states, need, partitions


def test_without_slurm_each_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert job_states() is None
    with pytest.raises(ValueError, match=r"sbatch is not on PATH.*--launcher local"):
        need("sbatch")


def test_a_controller_that_does_not_answer_is_an_error(monkeypatch, tmp_path):
    tool = tmp_path / "squeue"
    tool.write_text("#!/bin/sh\necho 'slurm_load_jobs error: Unable to contact' >&2\nexit 1\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(ValueError, match=r"squeue failed: .*Unable to contact"):
        job_states()


@pytest.mark.slurm
def test_the_queue_and_partitions_of_a_real_slurm(slurm, monkeypatch):
    monkeypatch.setenv("SLURM_CONF", slurm.env["SLURM_CONF"])
    assert partitions() == ["high", "main"] and check_partition(None) is None
    with pytest.raises(ValueError, match="'nope' does not exist on this cluster; it has high, main"):
        check_partition("nope")
    job = slurm.run("sbatch", "--parsable", "--array=0-1", "--hold", "-o", "/dev/null", "--wrap", "true")
    assert job_states() == {f"{job}_0": "PENDING", f"{job}_1": "PENDING"}
