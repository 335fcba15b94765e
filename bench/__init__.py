"""Measurements. Each module has `run()`, a list of {name, ours, baseline, ratio, unit}; `python -m bench` runs them."""
