"""How fast this package is, each time beside a peer in the same run: `python -m benchmarks`, read in
docs/benchmarks.md."""
