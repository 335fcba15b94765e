"""Measurements. Each module has `run() -> list[dict]` of {name, ours, baseline, ratio, unit}; `python -m bench` runs them all."""
