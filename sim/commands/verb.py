"""What every verb has in common: how its help looks, and what is said of a wrong command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from sim.base.environment import LEAST, memory_limit, room
from sim.base.errors import AccessionError, RunError
from sim.base.hints import near_name, offer, typographic_quote

if TYPE_CHECKING:  # typer has no public name for these
    from typer._click import Context, HelpFormatter

EXIT_CODES = "0 done, 1 a run failed, 2 bad input, 130 interrupted, 143 ended."

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises for a wrong command line; it has no public name for it."""


class Verb(TyperCommand):
    """One verb; its epilog is its examples, line by line."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Reads the words after the verb.

        :raises AccessionError: they cannot be used; one line that says what is allowed.
        :raises RunError: the verb simulates, for which this process has too little memory.
        """
        ctx.allow_extra_args = True  # told below in our own words
        typed = list(args)
        try:
            rest = super().parse_args(ctx, args)
        except UsageError as error:
            raise AccessionError(said(error, ctx)) from None
        if rest and not ctx.resilient_parsing:
            raise AccessionError(f"{rest[0]!r}: one argument too many{_unkept(typed)}; allowed: {_line(ctx)}")
        if memory_limit() < LEAST and not ctx.resilient_parsing and "threads" in ctx.params:
            raise RunError(
                f"not enough memory: {room(memory_limit())}, and the libraries of an "
                f"engine alone take {LEAST / 1e6:.0f} MB (of address space: `ulimit -v`)"
            )
        return rest

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """What follows the name of the verb in the line of usage."""
        return ["[OPTIONS]", *(_argument(p) for p in self.params if p.param_type_name == "argument")]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Arguments and options, each with its default."""
        _write_parameters(self, ctx, formatter)

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Examples, and what the exit code says."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.strip().splitlines():
                    formatter.write(f"  {line}\n")
        _write_exit_codes(formatter)


class Verbs(TyperGroup):
    """All verbs, told by what they are for (the panel that each was added with)."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Reads the words up to the verb; without any, shows the help.

        :raises AccessionError: an option that there is not.
        """
        if not args and not ctx.resilient_parsing:
            print(ctx.get_help(), file=sys.stderr)
            raise typer.Exit(AccessionError.exit_code)
        for parameter in self.get_params(ctx):
            if (
                parameter.default is None
            ):  # a flag: known to be off without what reads values, which is slow to load
                parameter.default = False
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            raise AccessionError(said(error, ctx)) from None

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        """The verb of a name.

        :raises AccessionError: there is none.
        """
        found = super().get_command(ctx, cmd_name)
        if found is None and not ctx.resilient_parsing:
            names = self.list_commands(ctx)
            near = near_name(cmd_name, names)
            raise AccessionError(f"{cmd_name!r} is not a verb{offer(', '.join(names), near)}")
        return found

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """What follows the name of the program in the line of usage."""
        return ["VERB", "[OPTIONS]"]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Verbs under what they are for, each with the whole of its first sentence; then options."""
        verbs = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        width = max(len(name) for name, _ in verbs)
        for purpose in dict.fromkeys(_purpose(verb) for _, verb in verbs):
            with formatter.section(purpose):
                formatter.write_dl(
                    [(name.ljust(width), _summary(v)) for name, v in verbs if _purpose(v) == purpose]
                )
        _write_parameters(self, ctx, formatter)

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Where there is more, and what the exit code says."""
        formatter.write("\naccession VERB -h tells of a verb: its options, and examples.\n")
        _write_exit_codes(formatter)


# --- help -----------------------------------------------------------------------------------------------


def _write_parameters(command: Any, ctx: Context, formatter: HelpFormatter) -> None:
    for heading, kind in (("Arguments", "argument"), ("Options", "option")):
        rows = [_row(p) for p in command.get_params(ctx) if p.param_type_name == kind]
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)


def _row(parameter: Any) -> tuple[str, str]:
    """Name and value of an argument or option, and its help with the default."""
    flag = getattr(parameter, "is_flag", False)
    names = ", ".join(sorted(parameter.opts, key=len)) if parameter.param_type_name == "option" else ""
    name = names if flag else f"{names} {parameter.metavar}".strip()
    told = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
    if parameter.required:
        return name, f"{parameter.help}  [required]"
    return name, parameter.help if flag or told is None else f"{parameter.help}  [default: {told}]"


def _write_exit_codes(formatter: HelpFormatter) -> None:
    formatter.write("\n")
    formatter.write_text(f"Exit codes: {EXIT_CODES}")


def _argument(parameter: Any) -> str:
    name = str(parameter.metavar)
    return name if parameter.required else f"[{name}]"


def _purpose(verb: Any) -> str:
    return str(verb.rich_help_panel)


def _summary(verb: Any) -> str:
    """The first paragraph of its help."""
    return " ".join(str(verb.help).split("\n\n")[0].split())


# --- errors ---------------------------------------------------------------------------------------------


def said(error: Exception, ctx: Context) -> str:
    """What is wrong with a command line, in one line.

    The kinds of error are told apart by what they carry, for typer gives their classes no public names.
    """
    parameter, option = getattr(error, "param", None), getattr(error, "option_name", None)
    if hasattr(error, "possibilities"):  # an option that there is not
        names = [name for p in ctx.command.get_params(ctx) for name in p.opts if name.startswith("--")]
        near = near_name(str(option), names)
        return f"{option}: {ctx.command_path} has no such option{offer(', '.join(names), near)}"
    if option is not None:
        taken: Any = next((p for p in ctx.command.get_params(ctx) if option in p.opts), None)
        if taken is None or taken.is_flag:
            return f"{option}: takes no value; allowed: {option} alone"
        return f"{option}: no value; allowed: {option} {taken.metavar}"
    if hasattr(error, "param_type") and parameter is not None:
        if parameter.param_type_name == "argument":
            return f"{parameter.metavar} is missing; allowed: {_line(ctx)}"
        return f"{parameter.opts[0]} is missing; allowed: {parameter.opts[0]} {parameter.metavar}"
    return " ".join(str(error).split())


def _unkept(words: Sequence[str]) -> str:
    """Why words that were meant as one are several, if that is known."""
    mark = next(filter(None, map(typographic_quote, words)), None)
    return f" ({mark} keeps no words together; write straight quotes, \" or ')" if mark else ""


def _line(ctx: Context) -> str:
    """``accession run [OPTIONS] SCENARIO``."""
    return " ".join([ctx.command_path, *ctx.command.collect_usage_pieces(ctx)])
