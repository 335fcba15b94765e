"""What the project's interpreter runs as `__main__`; `python_worker` is importable there under that name only."""

import importlib

importlib.import_module("python_worker.main").main()
