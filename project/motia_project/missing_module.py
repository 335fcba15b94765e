"""What to do about a module that a Step imports and that is not there."""

from __future__ import annotations

from pathlib import Path


def remedy_for_missing_module(root: Path, module: str) -> str:
    """The most likely way out, from what lies in the project."""
    top, *_ = module.split(".")
    for folder in ("src", "steps"):
        if module != folder and ((root / folder / f"{top}.py").is_file() or (root / folder / top).is_dir()):
            return f"modules are imported from the project's root: write `from {folder}.{module} import ...`"
    if (root / top).is_dir() or (root / f"{top}.py").is_file():
        return "check the module's name: the path is relative to the project's root"
    from motia_project.bundling.requirements import read_requirements

    if line := read_requirements(root).find(top):
        if _is_for_another_machine(line.text):
            return f"the requirement is for other machines or versions of Python: {line.text}"
        return "it is among the requirements: run `motia install`"
    return f"add the package that has `{top}` to requirements.txt and run `motia install`"


def _is_for_another_machine(text: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        marker = Requirement(text).marker
    except InvalidRequirement:
        return False
    return marker is not None and not marker.evaluate()
