"""Everything that runs locally: dev server, engine, emulator."""
