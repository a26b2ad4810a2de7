"""Facts about AWS, each with its source, and no behaviour: quotas, naming rules, regions, identifiers."""
