"""What the project's interpreter runs as `__main__` to host its adapters."""

import importlib

importlib.import_module("python_worker.adapter_host").main()
