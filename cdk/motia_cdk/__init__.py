"""Manifest to constructs to a deployed version."""
