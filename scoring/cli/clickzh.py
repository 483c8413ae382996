"""click in Chinese: help and errors."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from scoring.base.errors import ForAnalysts, NotDone

_EXTRA = re.compile(r"unexpected extra arguments? \((.*)\)")


class ChineseCommand(click.Command):
    """A command whose help and errors are in Chinese."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; our errors for analysts become click's."""
        try:
            return super().invoke(ctx)
        except NotDone as error:
            raise click.ClickException(str(error)) from error
        except ForAnalysts as error:
            raise click.UsageError(str(error), ctx) from error

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        words = " ".join(self.collect_usage_pieces(ctx)).replace("[OPTIONS]", "[选项]")
        formatter.write_usage(ctx.command_path, words.replace("COMMAND [ARGS]...", "命令 [参数]..."), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of options."""
        records = filter(None, (param.get_help_record(ctx) for param in self.get_params(ctx)))
        rows = [(names, text.replace("  [required]", "（必填）")) for names, text in records if text]
        _section(formatter, "选项", rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The --help option."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示帮助并退出"
        return option


class ChineseGroup(ChineseCommand, click.Group):
    """A group of such commands."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands."""
        super().format_options(ctx, formatter)
        _section(formatter, "命令", [(name, each.get_short_help_str(100)) for name, each in self.commands.items()])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they were added."""
        del ctx
        return list(self.commands)


def _section(formatter: click.HelpFormatter, heading: str, rows: Sequence[tuple[str, str]]) -> None:
    formatter.write(f"\n{heading}：\n")
    with formatter.indentation():
        formatter.write_dl(rows)


def run(command: click.Command, args: list[str] | None = None) -> NoReturn:
    """Run a command and exit; an error is printed in Chinese."""
    try:
        status = command.main(args=args, prog_name="python -m scoring", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"错误：{_complaint(error)}", err=True)
        if isinstance(error, click.UsageError) and error.ctx:
            click.echo(f"用“{error.ctx.command_path} --help”查看用法。", err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("已中止。", err=True)
        sys.exit(130)
    sys.exit(status if isinstance(status, int) else 0)


def _complaint(error: click.ClickException) -> str:
    """The message of an error, in Chinese."""
    message = error.format_message()
    match error:
        case click.NoSuchOption():
            message = f"没有选项 {error.option_name}{_hint(error.possibilities)}"
        case click.exceptions.NoSuchCommand():
            message = f"没有命令“{error.command_name}”{_hint(error.possibilities)}"
        case click.MissingParameter() if error.param is not None:
            message = f"缺少参数 {_name(error.param)}"
        case click.BadParameter() if error.param is not None:
            message = f"参数 {_name(error.param)}：{_wanted(error.param.type) or error.message}"
        case click.BadOptionUsage():
            message = f"选项 {error.option_name} 的用法不对"
        case click.UsageError() if extra := _EXTRA.search(error.message):
            message = f"多余的参数：{extra[1]}"
    return message


def _hint(possibilities: Sequence[str] | None) -> str:
    return f"（是否要用 {'、'.join(possibilities)}）" if possibilities else ""


def _wanted(kind: object) -> str:
    """What a number or a day should be; empty for anything else."""
    match kind:
        case click.IntRange(min=least, max=None):
            return f"应为不小于 {least} 的整数"
        case click.IntRange(min=least, max=most):
            return f"应为 {least} 至 {most} 的整数"
        case click.types.IntParamType():
            return "应为整数"
        case click.DateTime():
            return "应为日期，如 2017-10-16"
    return ""


def _name(param: click.Parameter) -> str:
    return param.opts[0] if isinstance(param, click.Option) else str(param.metavar or param.name)
