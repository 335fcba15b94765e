"""A folder of Steps as data: discovery, configuration, checks, bundles, the manifest."""
