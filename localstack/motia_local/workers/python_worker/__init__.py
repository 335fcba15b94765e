"""The process Python Steps run in: standard library and `motia` only, started in the project's own interpreter."""
