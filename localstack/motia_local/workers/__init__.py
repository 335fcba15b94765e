"""The processes that run Steps, seen from the server: protocol, processes, pool."""
