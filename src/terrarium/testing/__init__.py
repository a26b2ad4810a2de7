"""Help for tests: clocks that stand still and checks against golden files."""
