"""`types.d.ts`: the names, data and topics of a project's Steps and streams, as TypeScript checks them."""

from motia_project.declarations.document import make_types
from motia_project.declarations.writer import FILE_NAME, Written, wants_types, write_types

__all__ = ["FILE_NAME", "Written", "make_types", "wants_types", "write_types"]
