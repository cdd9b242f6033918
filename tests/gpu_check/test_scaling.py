from seg_plugins.gpu_check.scaling import images_per_second


def test_two_processes_train_together(monkeypatch):
    """On a CPU with gloo; the rate itself depends on the machine."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert images_per_second(2, (32, 64), 2, device="cpu") > 0
