"""The commands archive and verify."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from scoring.base.characters import printable
from scoring.base.errors import ForAnalysts
from scoring.base.files import reason_of, write_json, writing
from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import PATH

_ARCHIVES = Path("data/archive")
_SHORTEST_IDENTIFIER = 32
_IDENTIFIER = 128


@click.command(cls=ChineseCommand)
@click.argument("year", metavar="年度", type=int)
@click.option("--raw", metavar="佐证文件夹", type=PATH, help="默认 data/raw/年度")
@click.option("--out-of", "results", metavar="结果文件夹", type=PATH, help="report 生成的结果；默认 data/output/年度")
@click.option("--to", default=_ARCHIVES, metavar="文件夹", type=PATH, help="归档写在这里；默认 data/archive")
@click.option(
    "--allow-incomplete", is_flag=True, help="即使不完整（待评、示例、复核失效、缺报告等）也归档，并在标签上写明"
)
@click.option("--sign", "key", metavar="私钥", type=PATH, help="用 SSH 私钥（Ed25519）签名；不给则标签写明未签名")
@click.option(
    "--replaces", metavar="归档", type=PATH, help="本归档所更正的旧归档（文件夹或压缩包），标签写明替代哪一份"
)
@options.READINGS
@options.LIST
@options.SCHEME
def archive(
    year: int,
    raw: Path | None,
    results: Path | None,
    to: Path,
    allow_incomplete: bool,  # noqa: FBT001
    key: Path | None,
    replaces: Path | None,
    readings: tuple[str, ...],
    listed: Path | None,
    named: str,
) -> int:
    """把一个年度的佐证、方案、结果和程序封存为归档（文件夹和压缩包）；不改动已有的归档。

    退出码：0 已归档；1 不能归档；2 命令用法有误。
    """
    from scoring.archive.seal.run import NotArchivable
    from scoring.archive.seal.run import archive as make
    from scoring.archive.sign import read_signing_key

    run = _run(options.scheme_of(year, named, listed), raw, results, readings, listed)
    signing = read_signing_key(key, lambda: click.prompt("私钥口令", hide_input=True)) if key else None
    try:
        sealed = make(run, to, key=signing, replaces=replaces, incomplete=allow_incomplete)
    except NotArchivable as refused:
        _print_refusal(refused)
        return 1
    except ForAnalysts as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"没有归档：{error.filename or ''} 读写出错（{reason_of(error)}）") from error
    click.echo(f"已归档：{sealed.folder}\n　　　　{sealed.packed}\n归档编号：{sealed.identifier}")
    if signing is None:
        click.echo("未签名；请把归档编号另行登记，日后凭它核对")
    return 0


def _run(scheme: Any, raw: Path | None, results: Path | None, readings: Sequence[str], listed: Path | None) -> Any:
    """The run that the results must have been made by."""
    from dataclasses import replace

    from scoring.archive.seal.readiness import readings_of_results
    from scoring.batch.plan import Run

    raw, results = raw or options.RAW / str(scheme.year), results or options.results_of(scheme)
    for folder, what in ((raw, "佐证文件夹"), (results, "结果文件夹")):
        if not folder.is_dir():
            raise click.UsageError(f"没有{what} {folder}" + ("" if folder == raw else "；请先运行 report"))
    chosen = options.chosen_of(scheme, readings)
    run = Run(scheme, raw, results, chosen, departments=scheme.departments if listed else ())
    return run if readings else replace(run, readings=readings_of_results(run))


def _print_refusal(refused: Any) -> None:
    # Faulty evidence comes first: missing and outdated reports follow from it.
    causes = sorted((*refused.refusals, *refused.causes), key=lambda cause: cause.kind != "faulty")
    for cause in causes:
        click.echo(f"  {printable(str(cause))}", err=True)
    message = f"没有归档：有上列 {len(causes)} 处问题。"
    if causes[0].kind == "faulty":
        message += "请先改正佐证的差错（运行 check 可看到全部），再运行 report。"
    elif any(cause.kind != "unreadable" for cause in refused.refusals):
        message += "请先运行 report，使报告与现在的佐证和程序一致。"
    if not refused.refusals:
        message += "如确需归档，请加 --allow-incomplete，标签会写明不完整。"
    click.echo(message, err=True)


@click.command(cls=ChineseCommand)
@click.argument("path", metavar="归档", type=PATH)
@click.option("--signer", metavar="公钥", type=PATH, help="签名者的 SSH 公钥（.pub）；不是他签的即为不符")
@click.option(
    "--expect", "expected", default="", metavar="编号", help="登记过的归档编号，或其开头至少 32 位；不同即为不符"
)
@click.option(
    "--with-archived-source", is_flag=True, help="用归档自带的程序和规则重新计算：会运行归档中的代码，只用于可信的归档"
)
@click.option(
    "--scheme",
    "named",
    default="",
    metavar="方案文件夹",
    help="归档的方案不是本程序自带的，用这里的规则重新计算：会运行其中的代码；默认用本程序自带的同名方案",
)
@click.option("--rerun", is_flag=True, help="重新生成全部报告，与归档的逐一比较")
@click.option("--json", "report", metavar="文件", type=PATH, help="另把验证结果写成 JSON")
def verify(
    path: Path,
    signer: Path | None,
    expected: str,
    with_archived_source: bool,  # noqa: FBT001
    named: str,
    rerun: bool,  # noqa: FBT001
    report: Path | None,
) -> int:
    """验证一份归档（文件夹或压缩包）：文件是否完好，标签与内容是否相符，得分能否由佐证重新算出，台账逐行相加是否相符。

    退出码：0 已进行的核对全部相符；1 有不符，或没有验证完，或压缩包已损坏；2 命令用法有误，或不是归档。
    """
    from scoring.archive.sign import read_public_key
    from scoring.archive.verify.run import Asked
    from scoring.archive.verify.run import verify as check

    asked = Asked(
        signer=read_public_key(signer) if signer else None,
        expected=_identifier(expected),
        rules=options.scheme_of(None, named).folder if named else None,
        archived_source=with_archived_source,
        rerun=rerun,
        warn=lambda message: click.echo(printable(f"注意：{message}"), err=True),
    )
    try:
        verified = check(path, asked)
    except OSError as error:
        message = f"验证没有完成（{reason_of(error)}）；请检查临时文件夹所在磁盘的空间和权限"
        raise click.ClickException(message) from error
    for line in verified.lines():
        click.echo(line)
    if report:
        with writing(f"验证结果写不进 {report}"):
            write_json(report, verified.to_json())
    return 0 if verified.holds else 1


def _identifier(given: str) -> str:
    given = given.strip().lower()
    if given and not (_SHORTEST_IDENTIFIER <= len(given) <= _IDENTIFIER and set(given) <= set("0123456789abcdef")):
        raise click.UsageError(f"归档编号应为 {_IDENTIFIER} 位十六进制数，或其开头至少 {_SHORTEST_IDENTIFIER} 位")
    return given
