"""List the weights that a config needs, check whether a file fits it, or convert a public file.

python tools/weights.py list CONFIG                  its initial weights: path, licence, hash
python tools/weights.py check CONFIG FILE            whether the file fits, its hash, its variant
python tools/weights.py convert CONFIG FILE OUT      a public file with the names that test.py loads
"""

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seg_plugins.config.tool_command import tool_command

from .argument_parser import ArgumentParser
from .command_line import add_cfg_options, add_config, read_arguments
from .quiet import quiet_output

__all__ = ["main", "weights_parser"]


def weights_parser() -> argparse.ArgumentParser:
    """Return the parser of weights.py."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("action", choices=["list", "check", "convert"], help="see above")
    add_config(parser)
    parser.add_argument("file", nargs="?", type=Path, help="weights, for check and convert")
    parser.add_argument("out", nargs="?", type=Path, help="checkpoint to write, for convert")
    add_cfg_options(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tool; return the exit code: 1 if the file of `check` does not fit."""
    args = read_arguments(weights_parser(), argv)
    needed = dict(list=(), check=("FILE",), convert=("FILE", "OUT"))[args.action]
    given = [value for value in (args.file, args.out) if value is not None]
    if len(given) != len(needed):
        words = " ".join(["CONFIG", *needed])
        raise ValueError(f"weights.py {args.action} needs {words}; {len(given)} of the files were given")
    with quiet_output():
        from seg_plugins.config.reading import read_config

        config = read_config(args.config, args.cfg_options)
    if args.action == "list":
        return list_weights(args.config, config)
    return check(args, config) if args.action == "check" else convert(args, config)


def sources(path: str, config: Any) -> Iterator[Any]:
    """Yield the initial weights of the config, then the published weights that its metafile names."""
    import yaml

    from seg_plugins.checkpoints.weight_sources import named_weights, published_weights, weight_source

    for place, name in named_weights(config.to_dict()):
        yield weight_source(place, name)
    metafile = Path(path).parent / "metafile.yaml"
    entries = yaml.safe_load(metafile.read_text())["Models"] if metafile.is_file() else []
    for entry in entries:
        if entry["Name"] == Path(path).stem and (source := published_weights(entry)):
            yield source


def list_weights(path: str, config: Any) -> int:
    """Print the weights of a config, one block each."""
    found = list(sources(path, config))
    if not found:
        print(f"{Path(path).name} starts from scratch, and no weights are published for it")
    for source in found:
        here = str(source.found) if source.found else f"not on this machine: {source.remedy}"
        lines = dict(
            published=source.address,
            licence=source.licence,
            data=source.trained_on,
            sha256=source.sha256 or "not stated",
            file=here,
        )
        print(f"{source.place}: {source.name}")
        for key, value in lines.items():
            print(textwrap.fill(value, 110, initial_indent=f"  {key:10}", subsequent_indent=" " * 12,
                                break_long_words=False, break_on_hyphens=False))  # fmt: skip
    return 0


def build(config: Any) -> Any:
    """Build the config's network without reading weights."""
    from mmseg.registry import MODELS
    from mmseg.utils import register_all_modules

    register_all_modules(init_default_scope=True)
    with quiet_output():
        return MODELS.build(config.model)


def check(args: argparse.Namespace, config: Any) -> int:
    """Report whether a file fits the whole network or its encoder, and which published file it is."""
    from seg_plugins.backbones.backbone_weights import load_backbone_weights
    from seg_plugins.checkpoints.fitting import mismatch, open_checkpoint
    from seg_plugins.checkpoints.weight_names import state_dict_of
    from seg_plugins.checkpoints.weight_sources import file_hash

    state = state_dict_of(open_checkpoint(args.file))
    digest = file_hash(args.file)
    print(f"{args.file}: {len(state)} tensors, SHA-256 {digest}")
    for source in sources(args.config, config):
        same = source.sha256 and digest.startswith(source.sha256)
        if same:
            print(f"it is {source.name}, published as {source.address} ({source.licence})")
        elif source.sha256:
            print(f"it is not {source.name}, whose SHA-256 begins with {source.sha256[:8]}")
    network = build(config)
    whole = mismatch(network.state_dict(), state)
    if not whole:
        print(f"it fits the whole network of {Path(args.config).name}")
        return 0
    if (public := public_names(state, config)) is not None:
        reason = mismatch(network.state_dict(), public)
        how = tool_command("weights", "convert", args.config, args.file, "OUT.pth")
        print(f"it {reason}" if reason else f"it fits the whole network after `{how}`")
        return int(bool(reason))
    if any(key.startswith("decode_head.") for key in state):
        print(f"it {whole}")
        return 1
    try:
        load_backbone_weights(network.backbone, encoder_of(state), str(args.file))
    except ValueError as error:
        print(f"it does not fit the encoder: {error}")
        return 1
    key = "model.backbone.init_cfg.checkpoint"
    print(f"it fits model.backbone of {Path(args.config).name}: {key}={args.file}")
    return 0


def encoder_of(state: dict[str, Any]) -> dict[str, Any]:
    """Return the encoder's part of a checkpoint, or all of it if it has no such part."""
    part = {k.removeprefix("backbone."): v for k, v in state.items() if k.startswith("backbone.")}
    return part or state


def public_names(state: dict[str, Any], config: Any) -> dict[str, Any] | None:
    """Return public weights of ESPNet or ESPNetv2 under the names of the config's network, others as None."""
    from seg_plugins.checkpoints.esp_names import esp_names, is_esp_net, is_esp_net_v2

    kind = "ESPNet" if is_esp_net(state) else "ESPNetV2" if is_esp_net_v2(state) else None
    if kind is None:
        return None
    if config.model.backbone.type != kind:
        own = config.model.backbone.type
        raise ValueError(f"the weights are those of {kind}, and the config's encoder is {own}")
    return esp_names(state, config.model.decode_head.num_classes)


def convert(args: argparse.Namespace, config: Any) -> int:
    """Write a public file as a checkpoint of the config's network."""
    from seg_plugins.checkpoints.fitting import load_state_dict, open_checkpoint
    from seg_plugins.checkpoints.sealed_file import write_checkpoint
    from seg_plugins.checkpoints.weight_names import state_dict_of
    from seg_plugins.checkpoints.weight_sources import file_hash

    state = public_names(state_dict_of(open_checkpoint(args.file)), config)
    if state is None:
        raise ValueError(
            f"{args.file}: its names are not those of a public file that this tool knows (ESPNet, ESPNetv2). "
            f"`{tool_command('weights', 'check', args.config, args.file)}` reports what it fits"
        )
    load_state_dict(build(config), state, str(args.file))
    write_checkpoint({"state_dict": state, "meta": {"converted_from": file_hash(args.file)}}, args.out)
    print(f"{args.out}: {len(state)} tensors. Test it: {tool_command('test', args.config, args.out)}")
    return 0
