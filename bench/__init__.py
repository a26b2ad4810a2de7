"""Terrarium beside its peers, on one machine, in ratios of one interleaved run."""
