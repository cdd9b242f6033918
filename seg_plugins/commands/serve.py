"""The tool serve.py."""

import argparse
import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path

from seg_plugins.serve.intake import Limits

from .argument_parser import ArgumentParser
from .command_line import (
    add_cfg_options,
    add_checkpoint,
    add_config,
    add_threads,
    options_with_threads,
    read_arguments,
)
from .quiet import quiet_output

__all__ = ["main", "open_socket", "serve_parser"]

MISSING = 'the page needs {}: pip install "seg-plugins[serve]"'


def serve_parser() -> argparse.ArgumentParser:
    """Return the parser of serve.py."""
    parser = ArgumentParser(description="A web page and an HTTP API around a trained model.")
    add_config(parser)
    add_checkpoint(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on [127.0.0.1: this machine]")
    parser.add_argument("--port", type=int, default=8000, help="0 chooses a free one [8000]")
    parser.add_argument("--device", help="such as cpu or cuda:0 [cuda if available]")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16", "float16", "auto"])
    parser.add_argument(
        "--window",
        nargs=2,
        type=int,
        metavar=("H", "W"),
        help="slide a window of this size, which bounds the memory for large images",
    )
    parser.add_argument(
        "--max-megabytes", type=float, default=Limits.max_bytes / 2**20, help="limit of a file [%(default)g]"
    )
    parser.add_argument(
        "--max-pixels", type=int, default=Limits.max_pixels, help=f"limit of an image [{Limits.max_pixels:,}]"
    )
    parser.add_argument(
        "--shrink-above",
        type=int,
        metavar="PIXELS",
        default=Limits.shrink_above,
        help=f"shrink larger images to this number of pixels for the model [{Limits.shrink_above:,}]",
    )
    parser.add_argument(
        "--queue", type=int, default=Limits.queue, help="requests that may wait [%(default)d]"
    )
    parser.add_argument("--connections", type=int, default=Limits.connections, help="at a time [%(default)d]")
    parser.add_argument(
        "--allow-host",
        nargs="+",
        default=[],
        metavar="NAME",
        help="further host names under which the page is opened, such as that of a proxy",
    )
    add_threads(parser)
    add_cfg_options(parser)
    return parser


def open_socket(host: str, port: int) -> socket.socket:
    """Listen on an address.

    Raises:
        ValueError: The address does not belong to this machine, or is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"--host {host} --port {port}: {reason}. Choose another, or --port 0") from None


def is_loopback(address: str) -> bool:
    """Test whether only this machine reaches an address."""
    return ipaddress.ip_address(address).is_loopback


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted.

    Args:
        argv: Arguments after the program's name; None stands for `sys.argv`.

    Raises:
        ValueError: A package is missing, the address is in use, or the model cannot be used.
    """
    args = read_arguments(serve_parser(), argv)
    with quiet_output():
        from seg_plugins.inference import SegPredictor

        from .configs import read_config

    try:
        import uvicorn

        from seg_plugins.serve.app import make_app
        from seg_plugins.serve.connections import server_config
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "pydantic", "starlette", "uvicorn"):
            raise
        raise ValueError(MISSING.format(error.name)) from None
    if not 0 < args.max_megabytes < 2**20:
        raise ValueError(f"--max-megabytes {args.max_megabytes:g}: use a number above 0, such as 32")
    limits = Limits(
        int(args.max_megabytes * 2**20), args.max_pixels, args.shrink_above, args.queue,
        connections=args.connections,
    )  # fmt: skip
    listening = open_socket(args.host, args.port)
    predictor = SegPredictor(
        read_config(args.config, options_with_threads(args)),
        args.checkpoint, device=args.device, dtype=args.dtype,
        window=tuple(args.window) if args.window else None,
        maps=("confidence",), max_pixels=limits.max_pixels,
    )  # fmt: skip
    address, port = listening.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    print(
        f"Page: http://{shown}:{port}/   API: http://{shown}:{port}/openapi.json   (Ctrl+C stops)", flush=True
    )
    if not is_loopback(address):
        print("Anyone who reaches this address may use the model: there is no password.", flush=True)
    names = [args.host, *args.allow_host]
    if not is_loopback(address):
        names += [socket.gethostname(), socket.getfqdn()]
    app = make_app(predictor, limits, names, Path(args.config).stem, Path(args.checkpoint).name)
    uvicorn.Server(server_config(app, limits)).run(sockets=[listening])
    return 0
