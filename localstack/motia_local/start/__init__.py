"""`motia start`: the local server for those who use it; its workers answer HTTP themselves."""

from motia_local.start.options import StartOptions
from motia_local.start.run import run_start

__all__ = ["StartOptions", "run_start"]
