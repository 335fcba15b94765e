"""Tokens, and whose they are."""

PEOPLE = {"token-ann": {"name": "ann", "staff": True}, "token-ben": {"name": "ben", "staff": False}}
