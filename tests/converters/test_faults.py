from seg_plugins.converters.faults import (
    NO_MASK,
    WAYS_OUT,
    Fault,
    FaultsError,
    by_kind,
    faults_path,
    forget_faults,
    write_faults,
)

FAULTS = [Fault(NO_MASK, "a.jpg"), Fault("odd", "b\n\udcff"), Fault(NO_MASK, "c.jpg")]


def test_all_faults_are_written_under_their_kind(tmp_path):
    path = faults_path(tmp_path / "data" / "mine")
    assert path == tmp_path / "data" / "mine-faults.txt"
    write_faults(path, FAULTS)
    text = path.read_text()
    assert f"no mask: 2 ({WAYS_OUT[NO_MASK]})\n  a.jpg\n  c.jpg" in text and "odd: 1\n  b \\udcff" in text
    assert by_kind(FAULTS) == {NO_MASK: ["a.jpg", "c.jpg"], "odd": ["b\n\udcff"]}
    assert "2 x no mask: a.jpg; 1 x odd" in str(FaultsError(FAULTS))


def test_only_our_own_list_is_forgotten(tmp_path):
    path = tmp_path / "mine-faults.txt"
    forget_faults(path)
    path.write_text("my notes")
    forget_faults(path)
    assert path.exists()
    write_faults(path, FAULTS)
    forget_faults(path)
    assert not path.exists()
