import json
import subprocess

import pytest

from seg_plugins.zoo.runs.status import current_hashes
from seg_plugins.zoo.suites.config_hash import _file, config_hash, resolved_config, section_hashes
from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.record_migration import (
    ABSENT,
    RENAMES,
    WITNESS,
    config_differences,
    migrate_records,
)
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import make_checkout, write_records

SAID = "".join(f'    "{rename.before}": "mmseg.{rename.now}",\n' for rename in RENAMES if rename.said)


def commit(layout):
    name = ("-c", "user.name=a", "-c", "user.email=a@b")
    for words in (("init", "-q"), ("add", "-A"), (*name, "commit", "-qm", "x")):
        subprocess.run(["git", "-C", str(layout.root), *words], check=True)
    return layout.git("rev-parse", "HEAD")


def rename(path):
    text = path.read_text()
    text = text.replace('"IterBasedTrainLoop"', '"ExactIterTrainLoop"')
    path.write_text(text.replace('type="InfiniteSampler"', 'type="ExactInfiniteSampler"'))


@pytest.fixture
def layout(tmp_path):
    """Four records of rule 1, made at a commit whose configs name upstream's classes; those of now do not."""
    layout = make_checkout(tmp_path)
    (layout.root / WITNESS).parent.mkdir(parents=True)
    (layout.root / WITNESS).write_text(SAID)
    made_at = commit(layout)
    write_records(layout)
    for path in layout.results("toy").glob("*.json"):
        record = json.loads(path.read_text()) | {"commit": made_at}
        then = resolved_config(layout.configs / record["config"], None, record["seed"])
        record |= {"config_hash": config_hash(then, 1), "sections": section_hashes(then, 1)}
        del record["hash_rule"]
        path.write_text(json.dumps(record))
    for path in (layout.configs / "net").glob("*.py"):
        rename(path)
    _file.cache_clear()
    return layout


def change(layout, slot, **values):
    path = layout.results("toy") / f"{slot}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


OWN, THEIRS = RENAMES[-1].before, RENAMES[-1].now
A = "net_a_1xb4-1k_toy-8x8"


def test_records_whose_configs_changed_by_names_alone_get_the_hash_of_now(layout):
    before = read_records(layout.results("toy"))
    assert len(migrate_records(layout, ["toy"], write=False).rewritten) == 4
    assert read_records(layout.results("toy")) == before
    result = migrate_records(layout, ["toy"])
    assert len(result.rewritten) == 4 and result.left == {} and result.current == []
    after, suite = read_records(layout.results("toy")), load_suite(layout, "toy")
    hash_of, changed = current_hashes(layout), {"hash_rule", "config_hash", "sections", "as_run"}
    for row in suite.rows:
        new, old = after[row.slot], before[row.slot]
        assert new["config_hash"] == hash_of(row) and new["hash_rule"] == 2
        assert {k: v for k, v in new.items() if k not in changed} == {
            k: v for k, v in old.items() if k not in changed
        }
        assert new["as_run"] == {"hash_rule": 1, "config_hash": old["config_hash"]}
    again = migrate_records(layout, ["toy"])
    assert len(again.current) == 4 and again.rewritten == []


def test_what_else_changed_is_left_and_named(layout):
    path = layout.configs / "net/net_b_1xb4-1k_toy-8x8.py"
    path.write_text(path.read_text().replace("lr=0.01", "lr=0.02"))
    _file.cache_clear()
    change(layout, f"{A}.seed0", config_hash="0" * 16)
    change(layout, f"{A}.seed1", dirty=True)
    before = read_records(layout.results("toy"))
    result = migrate_records(layout, ["toy"])
    reasons = [result.left[key] for key in sorted(result.left)]
    assert result.rewritten == [] and len(reasons) == 4
    assert "its hash is not that of net/net_a" in reasons[0] and "in no commit" in reasons[1]
    assert reasons[2] == reasons[3] == "optim_wrapper.optimizer.lr was 0.01 and is 0.02"
    assert read_records(layout.results("toy")) == before


def test_a_rename_needs_the_word_of_the_commits_code(layout):
    (layout.root / WITNESS).write_text("")
    records = layout.results("toy")
    kept = {path: path.read_text() for path in records.glob("*.json")}
    for path in kept:
        path.unlink()
    for path in (layout.configs / "net").glob("*.py"):
        text = path.read_text().replace('"ExactIterTrainLoop"', '"IterBasedTrainLoop"')
        path.write_text(text.replace('"ExactInfiniteSampler"', '"InfiniteSampler"'))
    silent = commit(layout)
    for path, text in kept.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(json.loads(text) | {"commit": silent}))
    for path in (layout.configs / "net").glob("*.py"):
        rename(path)
    _file.cache_clear()
    left = migrate_records(layout, ["toy"]).left
    assert len(left) == 4 and all("does not say that Exact" in reason for reason in left.values())


def test_an_unknown_commit_and_an_unknown_row_are_left(layout):
    change(layout, f"{A}.seed0", commit="f" * 40)
    (layout.suites / "toy.yaml").write_text(
        json.dumps({"title": "T", "data": "toy", "seeds": [0], "models": ["net/net_*.py"]})
    )
    change(layout, "net_b_1xb4-1k_toy-8x8.seed0", commit="--output=x")
    result = migrate_records(layout, ["toy"])
    assert result.rewritten == []
    reasons = {key.rpartition("/")[2]: reason for key, reason in result.left.items()}
    assert f"its commit {'f' * 40} or net/net_a" in reasons[f"{A}.seed0.json"]
    assert "is not the full name of a commit" in reasons["net_b_1xb4-1k_toy-8x8.seed0.json"]
    assert "no longer has such a run" in reasons[f"{A}.seed1.json"]


@pytest.mark.parametrize(
    "before, now, found",
    [
        ({"a": 1, "custom_hooks": None}, {"a": 1, "load_from": None}, []),
        ({"a": {"b": [1, 2]}}, {"a": {"b": (1, 2)}}, []),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1]}}, [("a.b", [1, 2], [1])]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, [("a.b.1", 2, 3)]),
        ({"a": {"b": None}}, {"a": {}}, [("a.b", None, ABSENT)]),
        ({"a": 1}, {"a": 1.0}, [("a", 1, 1.0)]),
        ({"a": 1}, {"b": {}}, [("a", 1, ABSENT), ("b", ABSENT, {})]),
        ({"test_pipeline": [OWN, 1]}, {"test_pipeline": [THEIRS, 1]}, [("test_pipeline.0", OWN, THEIRS)]),
        (
            {"a": [OWN]},
            {"a": [THEIRS]},
            [
                ("a.0.backend_args", ABSENT, {"backend": "WholeImageBackend"}),
                ("a.0.type", "LoadSegImage", "LoadImageFromFile"),
            ],
        ),
        ({"work_dir": "a"}, {"work_dir": "b"}, []),
    ],
)
def test_differences(before, now, found):
    assert list(config_differences(before, now)) == found


def test_a_record_can_move_twice(layout):
    """The proof is of the hash that the run wrote, so that a later rename can be followed too."""
    migrate_records(layout, ["toy"])
    before = read_records(layout.results("toy"))
    for path in (layout.configs / "net").glob("*.py"):
        path.write_text(path.read_text().replace('type="ExactInfiniteSampler"', 'type="InfiniteSampler"'))
    _file.cache_clear()
    assert len(migrate_records(layout, ["toy"]).rewritten) == 4
    for slot, record in read_records(layout.results("toy")).items():
        assert record["config_hash"] != before[slot]["config_hash"]
        assert record["as_run"] == before[slot]["as_run"]
