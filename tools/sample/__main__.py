"""Write sample workbooks: ``python -m tools.sample [--year 2017] [--scheme NAME] [--out data/raw]``."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.scheme import load_scheme
from tools.sample import write_samples


@click.command()
@click.option("--year", type=int, help="the year; the scheme's first one when left out")
@click.option("--scheme", "named", default="", help="name or folder of the scheme; the one in force when left out")
@click.option("--out", default="data/raw", type=click.Path(path_type=Path), help="folder with one subfolder per year")
def main(year: int | None, named: str, out: Path) -> None:
    """Write sample evidence, all of it invented; workbooks that are there already are kept."""
    try:
        scheme = load_scheme(year, named)
        folder = out / str(scheme.year)
        absent = [name for name in scheme.departments if not (folder / f"{name}.xlsx").exists()]
        written = write_samples(folder, scheme, absent)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from error
    kept = len(scheme.departments) - len(absent)
    click.echo(f"已生成 {len(written)} 个示例工作簿，保留已有的 {kept} 个；在 {folder}")


if __name__ == "__main__":
    main()
