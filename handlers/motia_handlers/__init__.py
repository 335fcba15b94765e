"""Lambda entry points, one file a trigger. Shipped in every bundle."""
