import json

import pytest
import torch
from safetensors import safe_open

from seg_plugins.models import load_model
from seg_plugins.zoo.runs.provenance import sha256
from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.tables.publish import hash_of_weights, publish, publish_unlisted, weights_only
from tests.regimes.semi import semi
from tests.runners.base import build
from tests.zoo.base import fake_record


@pytest.fixture
def run(layout):
    """A config, a final checkpoint and its record."""
    row = load_suite(layout, "toy").rows[0]
    torch.manual_seed(0)
    shared = torch.randn(3, 4)
    state = {"a.weight": shared, "b.weight": shared.t(), "steps": torch.tensor(7)}
    meta = {
        "iter": 100,
        "dataset_meta": {"classes": ["road", "car"]},
        "cfg": "work_dir = '/home/me'\nx = 1\n",
    }
    checkpoint = layout.root / "iter_100.pth"
    content = {"state_dict": state, "meta": meta, "optimizer": {"state": {}}, "message_hub": {}}
    torch.save(content, checkpoint)
    record_file = layout.root / "record.json"

    def write(**changes):
        record = {**fake_record(layout, "toy", row), "checkpoint_sha256": sha256(checkpoint), **changes}
        record_file.write_text(json.dumps(record))

    write()
    config = layout.configs / row.model.config

    def go():
        return publish(config, checkpoint, record_file, layout.root / "out", layout.root)

    return checkpoint, content, write, go


def test_both_formats_hold_the_same_tensors_under_the_name_of_their_hash(run):
    _, content, _, go = run
    files = go()
    digest = hash_of_weights(content["state_dict"])
    assert files.weights.name == f"net_a_1xb4-1k_toy-8x8.seed0-{digest[:8]}.pth"
    plain = torch.load(files.weights, weights_only=True)
    assert set(plain) == {"meta", "state_dict"} and hash_of_weights(plain["state_dict"]) == digest
    assert plain["meta"]["cfg"] == "work_dir = None\nx = 1\n"
    with safe_open(files.safetensors, framework="pt") as file:
        assert hash_of_weights({name: file.get_tensor(name) for name in file.keys()}) == digest  # noqa: SIM118
        assert file.metadata()["sha256"] == digest
    assert len({p.stat().st_mode for p in (files.weights, files.safetensors, files.card)}) == 1
    assert sorted(p.suffix for p in files.card.parent.iterdir()) == [".md", ".pth", ".safetensors"]


def test_publishing_twice_gives_the_same_names(run):
    assert run[-1]() == run[-1]()


def test_the_hash_is_of_values_not_of_memory():
    one = {"w": torch.arange(6.0).reshape(2, 3)}
    other = {"w": torch.arange(6.0).reshape(2, 3).t().contiguous().t()}
    assert hash_of_weights(one) == hash_of_weights(other)
    assert hash_of_weights(one) != hash_of_weights({"w": one["w"].reshape(3, 2)})
    assert hash_of_weights(weights_only({"state_dict": one})["state_dict"]) == hash_of_weights(one)


def test_what_is_not_final_not_tested_not_finite_or_not_of_this_config_is_refused(run):
    checkpoint, content, write, go = run

    def save(**changes):
        torch.save({**content, **changes}, checkpoint)

    save(meta={"iter": 60})
    write()
    with pytest.raises(ValueError, match="not final: iteration 60 of 100"):
        go()
    save(state_dict={"w": torch.tensor([float("nan")])})
    write()
    with pytest.raises(ValueError, match="not finite: w"):
        go()
    save()
    write(checkpoint_sha256="0" * 64)
    with pytest.raises(ValueError, match="not the checkpoint of its record"):
        go()
    write(config_hash="0")
    with pytest.raises(ValueError, match="another version of"):
        go()
    write()
    checkpoint.write_bytes(checkpoint.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"damaged|whole"):
        go()
    checkpoint.unlink()
    with pytest.raises(FileNotFoundError):
        go()
    assert not (checkpoint.parent / "out").exists()


class Payload:
    def __reduce__(self):
        return (eval, ("3",))


def test_a_checkpoint_that_asks_for_code_is_published_only_where_the_config_trusts_it(run):
    checkpoint, content, write, go = run
    torch.save({**content, "message_hub": Payload()}, checkpoint)
    write()
    with pytest.raises(ValueError, match=r"iter_100\.pth asks for code: .*eval.*trust_checkpoint=True"):
        go()
    write(options={"trust_checkpoint": True})
    assert torch.load(go().weights, weights_only=True)["meta"]["iter"] == 100


def test_of_teacher_and_student_a_plain_model_is_published(tmp_path):
    runner = build(semi(tmp_path, train_cfg__max_iters=6))
    runner.train()
    config = tmp_path / "mine.py"
    runner.cfg.dump(config)
    files = publish_unlisted(config, tmp_path / "work/iter_6.pth", tmp_path / "out")
    plain = torch.load(files.weights, weights_only=True)["state_dict"]
    teacher = runner.model.teacher.state_dict()
    assert plain.keys() == teacher.keys() and all(torch.equal(plain[key], teacher[key]) for key in plain)
    loaded = load_model(files.config, files.weights, device="cpu")
    assert loaded.config.model.type == "EncoderDecoder"
