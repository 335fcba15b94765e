"""What TypeScript and JavaScript Steps need of the machine: Node, esbuild, and our own TypeScript compiled.

Importing this is cheap; nothing is looked for before it is asked for.
"""

from __future__ import annotations

from motia_project.node.esbuild import PINNED as ESBUILD_VERSION
from motia_project.node.esbuild import esbuild
from motia_project.node.node import MINIMUM as NODE_MINIMUM
from motia_project.node.node import node, node_version
from motia_project.node.programs import programs, project_folder, runtime_folder

__all__ = [
    "ESBUILD_VERSION",
    "NODE_MINIMUM",
    "esbuild",
    "node",
    "node_version",
    "programs",
    "project_folder",
    "runtime_folder",
]
