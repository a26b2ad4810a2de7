"""Facts about AWS as tables with sources: no behaviour."""
