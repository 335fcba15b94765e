"""Bundles of TypeScript and JavaScript Steps: one run of esbuild for all, one zip for each."""
