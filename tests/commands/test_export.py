"""An exported file in the checkpoint's place, from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg_plugins.commands.export import lines_of, main, size_of
from seg_plugins.commands.predict import main as predict
from seg_plugins.commands.test import main as run_test
from seg_plugins.inference import SegPredictor
from tests.export.conftest import bytes_file, exported_file  # noqa: F401

CONSUMER = Path(__file__).parents[2] / "tools" / "examples" / "run_exported.py"


def test_a_size_is_height_and_width():
    assert size_of("360x480") == (360, 480) and size_of(None) is None
    for text in ("360", "0x4", "4,5", "4x"):
        with pytest.raises(ValueError, match=f"^--fixed {text}: write height x width"):
            size_of(text)


def test_the_table_names_sizes_scores_and_speed(exported_file):  # noqa: F811
    text = "\n".join(lines_of(exported_file[1]))
    assert "48x40" in text and "100.00 %" in text and "ratio" in text and "MB" in text
    assert "2 images of the test: 100.0000 % of labels equal" in text


def test_the_command_writes_and_says_what_comes_next(trained, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("seg_plugins.export.export_model", lambda *words: exported_stub(words, tmp_path))
    main([*map(str, trained), "--out", str(tmp_path / "new" / "x.onnx"), "--fixed", "48x40"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("exported: ") and "test.py" in lines[-1] + "test.py"


def exported_stub(words, folder):
    from seg_plugins.export import ExportReport
    from seg_plugins.export.parity import SizeParity

    assert words[3].fixed == (48, 40)
    return ExportReport(1.0, [SizeParity((48, 40), 0.0, 1.0)], None, (2.0, 1.0), None)


@pytest.mark.parametrize("tta", [[], ["--tta"]])
@pytest.mark.parametrize("kind", ["exported_file", "bytes_file"])
def test_a_test_gives_the_checkpoints_metrics(trained, kind, tta, tmp_path, request):
    found = []
    for number, weights in enumerate((trained[1], request.getfixturevalue(kind)[0])):
        work = tmp_path / str(number)
        labels = tmp_path / f"labels{number}"
        run_test([str(trained[0]), str(weights), "--work-dir", str(work), "--out", str(labels), *tta])
        found.append(json.loads((work / "metrics.json").read_text())["metrics"])
        found[-1]["labels"] = [np.asarray(Image.open(path)) for path in sorted(labels.rglob("*.png"))]
    labels = [part.pop("labels") for part in found]
    assert found[0] == pytest.approx(found[1], abs=0.02) and len(labels[0]) == 2
    differ = np.mean([np.mean(a != b) for a, b in zip(*labels, strict=True)])
    assert differ == 0 if kind == "exported_file" or not tta else differ < 0.002  # views are resized to bytes


@pytest.mark.parametrize("options", [{}, dict(window=(33, 36), stride=(20, 20)), dict(tta=True)])
def test_predictions_are_the_checkpoints(trained, exported_file, options):  # noqa: F811
    image = Path(trained[0]).parent / "data" / "images" / "val" / "0.png"
    own, other = (
        SegPredictor(trained[0], w, device="cpu", **options) for w in (trained[1], exported_file[0])
    )
    wanted, found = own(image), other(image)
    assert np.array_equal(found.labels, wanted.labels)
    assert np.abs(found.confidence - wanted.confidence).max() < 1e-4


def test_predict_takes_threads(trained, exported_file, tmp_path):  # noqa: F811
    image = Path(trained[0]).parent / "data" / "images" / "val" / "0.png"
    line = [str(trained[0]), str(exported_file[0]), str(image), "--out", str(tmp_path)]
    assert predict([*line, "--threads", "1"]) == 0
    with pytest.raises(ValueError, match=r"^engine.threads=0: use an integer"):
        predict([*line, "--threads", "0"])
    with pytest.raises(ValueError, match="an exported file computes in float32"):
        predict([*line, "--dtype", "bfloat16"])


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A folder of packages with NumPy and ONNX Runtime alone."""
    folder, packages = tmp_path_factory.mktemp("bare"), Path(np.__file__).parents[1]
    for path in (*packages.glob("numpy*"), packages / "onnxruntime"):
        (folder / path.name).symlink_to(path)
    return folder


@pytest.mark.parametrize("kind", ["exported_file", "bytes_file"])
def test_the_example_needs_numpy_and_onnxruntime_only(trained, kind, bare, tmp_path, request):
    out, _ = request.getfixturevalue(kind)
    image = Path(trained[0]).parent / "data" / "images" / "val" / "0.png"
    np.save(tmp_path / "pixels.npy", np.asarray(Image.open(image).convert("RGB")))
    done = subprocess.run(
        [sys.executable, "-S", CONSUMER, out, tmp_path / "pixels.npy", tmp_path / "labels.npy"],
        capture_output=True, text=True, cwd=tmp_path, check=False, env={"PYTHONPATH": str(bare)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    wanted = SegPredictor(*trained, device="cpu")(image).labels
    assert np.array_equal(np.load(tmp_path / "labels.npy"), wanted) and "disc: " in done.stdout
