"""Bundles: one zip for each Step, with the modules and packages it imports and nothing else."""

from motia_project.bundling.bundles import BuildResult, build, render_sizes
from motia_project.bundling.sizes import BundleSize
from motia_project.bundling.target import Target

__all__ = ["BuildResult", "BundleSize", "Target", "build", "render_sizes"]
