"""The graph of resources that everything else reads or builds: it knows nobody."""
