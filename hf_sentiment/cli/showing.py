"""`hf-sentiment app`: try an adapter in the browser."""

import argparse

from hf_sentiment.cli.output import Commands
from hf_sentiment.errors import require


def add_commands(commands: Commands) -> None:
    """Add the command to the parser's subparsers."""
    app = commands.add_parser("app", help="try an adapter in the browser, with Streamlit")
    app.add_argument("--adapter", default="default", help="default, accurate, a folder or a Hub id")
    app.add_argument("--revision", help="branch, tag or commit of the adapter on the Hub")
    app.add_argument("--sarcasm", metavar="ADAPTER", help="a second adapter, which detects sarcasm")
    app.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, only for this machine)"
    )
    app.add_argument("--port", type=int, default=8501)
    app.add_argument(
        "--choose",
        choices=["none", "hub", "all"],
        help="what visitors may choose: only the adapters named here, Hub ids too, or folders too (default: all if "
        "only this machine can reach the app, else none)",
    )
    app.add_argument(
        "--max-size",
        type=int,
        metavar="MB",
        help="megabytes of an adapter that visitors may choose, with its base (default: 1500)",
    )
    app.add_argument(
        "--host-name",
        action="append",
        default=[],
        metavar="NAME",
        help="a name under which browsers reach the app, such as app.example.com; connections by other names are "
        "refused, against DNS rebinding (default: localhost if only this machine can reach the app, else any name)",
    )
    app.set_defaults(run=_app)


def _app(parsed: argparse.Namespace) -> int:
    require("streamlit", "app", "The app")
    from hf_sentiment.streamlit_app.start import start

    return start(
        parsed.adapter,
        parsed.revision,
        parsed.sarcasm,
        parsed.host,
        parsed.port,
        choose=parsed.choose,
        max_size=parsed.max_size,
        names=parsed.host_name,
    )
