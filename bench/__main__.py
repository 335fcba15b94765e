"""Run every measurement, or those named on the command line: `python -m bench [build aws_client ...]`."""

from __future__ import annotations

import platform
import sys
from importlib import import_module
from pathlib import Path


def modules() -> list[str]:
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))


def main() -> None:
    chosen = sys.argv[1:] or modules()
    print(
        f"Python {platform.python_version()} on {platform.machine()}; ratio = ours / baseline, lower is better",
        flush=True,
    )
    for name in chosen:
        print(f"\n{name}", flush=True)
        for row in import_module(f"bench.{name}").run():
            figures = [f"{row['ours']:>10.3f} {row['unit']}"]
            if row.get("baseline") is not None:
                figures.append(f"baseline {row['baseline']:>10.3f}  ratio {row['ratio']:.3f}")
            print(f"  {row['name']:<58} {'  '.join(figures)}", flush=True)


if __name__ == "__main__":
    main()
