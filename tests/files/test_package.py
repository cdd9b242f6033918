from seg_plugins.files import package
from seg_plugins.files.package import PACKAGE, shipped_folder, shipped_root


def test_a_checkout_holds_configs_and_tools_beside_the_package():
    assert shipped_root() == PACKAGE.parent and (shipped_folder("tools") / "train.py").is_file()


def test_an_installed_package_carries_them_inside(tmp_path, monkeypatch):
    monkeypatch.setattr(package, "PACKAGE", tmp_path / "site-packages" / "seg_plugins")
    assert shipped_folder("configs") == tmp_path / "site-packages" / "seg_plugins" / ".mim" / "configs"
