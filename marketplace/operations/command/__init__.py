"""The ``hexi`` command: one group over one home; exit codes as ``kernel.console`` says.

Each verb is loaded when it is asked for: ``hexi serve`` must not wait for what ``hexi demo`` needs.
"""

import gettext
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from kernel.config import Settings, read_settings
from kernel.console import USAGE, exit_code, say, sentence
from kernel.errors import HexiError

ROOT = Path(__file__).resolve().parents[3]
_INTERRUPTED = 130


class HomeGroup(click.Group):
    """Takes ``--home DIR`` before or after the verb, and loads verbs on demand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move ``--home`` to the front, where the group reads it."""
        moved: list[str] = []
        rest: list[str] = []
        words = iter(args)
        for word in words:
            if word == "--home":
                moved += [word, next(words, "")]
            elif word.startswith("--home="):
                moved.append(word)
            else:
                rest.append(word)
        return super().parse_args(ctx, moved + rest)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every verb there is."""
        return sorted(_LOADERS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """The verb of that name, loaded now."""
        loader = _LOADERS.get(cmd_name)
        return loader(cmd_name) if loader else None


def _serving(name: str) -> click.Command:
    from marketplace.operations.command import serving

    return serving.VERBS[name]


def _counting(name: str) -> click.Command:
    from marketplace.operations.command import counting

    return counting.VERBS[name]


def _keeping(name: str) -> click.Command:
    from marketplace.operations.command import keeping

    return keeping.VERBS[name]


def _looking(name: str) -> click.Command:
    from marketplace.operations.command import looking

    return looking.VERBS[name]


_LOADERS: dict[str, Callable[[str], click.Command]] = {
    "serve": _serving,
    "workdays": _counting,
    **dict.fromkeys(("demo", "init", "migrate", "receipts", "log", "doctor"), _keeping),
    **dict.fromkeys(("accounts", "registry", "licences", "sandbox"), _looking),
}


@click.group(cls=HomeGroup)
@click.option("--home", type=click.Path(path_type=Path), help="state of this installation")
@click.pass_context
def hexi(context: click.Context, home: Path | None) -> None:
    """河西 Hexi: public data registration and authorised operation."""
    context.obj = home


def settings_of(context: click.Context) -> Settings:
    """The settings of this call."""
    return read_settings(os.environ, home=context.find_root().obj)  # noqa: TID251 - settings are read here, once a call


def language_tag() -> str:
    """The terminal's language: ``en`` where it says so, else ``zh-Hans``."""
    wanted = os.environ.get("HEXI_LANGUAGE") or os.environ.get("LANG", "")  # noqa: TID251 - a terminal's language is in its environment
    return "en" if wanted.startswith("en") else "zh-Hans"


def translate(text: str) -> str:
    """A message id in the terminal's language."""
    locale = "en" if language_tag() == "en" else "zh_Hans_CN"
    folder = ROOT / "marketplace" / "translations"
    return gettext.translation("messages", folder, languages=[locale], fallback=True).gettext(text)


def main() -> None:
    """Run the command and exit with its code."""
    try:
        code = hexi(standalone_mode=False)
    except HexiError as error:
        say(sentence(error, translate))
        code = exit_code(error)
    except click.ClickException as error:
        error.show()
        code = USAGE
    except click.Abort:
        code = _INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)
