import pickle

import numpy as np
import pytest

from seg_plugins.datasets.pack_file import DATA, INDEX, PackReader, PackWriter

RNG = np.random.default_rng(0)
ENTRIES = [
    (RNG.integers(0, 255, (5, 7, 3), np.uint8), RNG.integers(0, 9, (5, 7), np.uint8)),
    (RNG.random((3, 4, 6)).astype(np.float32), None),
    (RNG.integers(0, 255, (8, 9), np.uint8), RNG.integers(0, 9, (8, 9), np.uint8)),
]


def write(folder, entries=ENTRIES):
    with PackWriter(folder) as writer:
        for image, labels in entries:
            writer.add(image, labels)
        writer.finish(np.arange(len(entries), dtype=np.uint64), dict(config="c.py"))
    return PackReader(folder)


def same(pack):
    for i, (image, labels) in enumerate(ENTRIES):
        read = pack.read(i, "image")
        assert read.dtype == image.dtype and np.array_equal(read, image) and not read.flags.writeable
        read = pack.read(i, "labels")
        assert read is None if labels is None else np.array_equal(read, labels)


def test_reads_what_was_written_also_in_another_process(tmp_path):
    pack = write(tmp_path)
    same(pack)
    assert len(pack) == 3 and pack.about["config"] == "c.py" and pack.digests.tolist() == [0, 1, 2]
    assert sorted(p.name for p in tmp_path.iterdir()) == [DATA, INDEX]
    sent = pickle.dumps(pack)
    same(pickle.loads(sent))
    assert len(sent) < 3000  # the mapped data stay where they are


def test_a_flipped_bit_is_noticed(tmp_path):
    pack = write(tmp_path)
    assert all(pack.is_whole(i) for i in range(3))
    data = bytearray((tmp_path / DATA).read_bytes())
    data[int(pack.table[2, 0, 0]) + 3] ^= 1
    (tmp_path / DATA).write_bytes(data)
    assert [PackReader(tmp_path).is_whole(i) for i in range(3)] == [True, True, False]


@pytest.mark.parametrize("fault", ["index", "cut", "other", "garbled"])
def test_files_that_do_not_belong_together(tmp_path, fault):
    write(tmp_path / "a")
    write(tmp_path / "b")
    data, index = tmp_path / "a" / DATA, tmp_path / "a" / INDEX
    if fault == "index":
        index.unlink()
    elif fault == "cut":
        data.write_bytes(data.read_bytes()[:-1])
    elif fault == "other":
        (tmp_path / "b" / DATA).replace(data)
    else:
        index.write_bytes(index.read_bytes()[:100])
    messages = dict(index="no complete pack", garbled="is damaged")
    with pytest.raises((ValueError, FileNotFoundError), match=messages.get(fault, "does not belong")):
        PackReader(tmp_path / "a")


def test_an_error_leaves_nothing_and_the_old_pack_does_not_count_either(tmp_path):
    write(tmp_path)
    with pytest.raises(KeyError), PackWriter(tmp_path) as writer:
        writer.add(*ENTRIES[0])
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_a_killed_run_are_removed(tmp_path):
    (tmp_path / f".{DATA}.123.part").write_bytes(b"half")
    same(write(tmp_path))
    assert sorted(p.name for p in tmp_path.iterdir()) == [DATA, INDEX]
