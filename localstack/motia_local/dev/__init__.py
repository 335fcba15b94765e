"""`motia dev`: the local server, what is saved served at once, and a console that says so."""

from motia_local.dev.options import DevOptions
from motia_local.dev.run import run_dev

__all__ = ["DevOptions", "run_dev"]
