"""A look at TFRecords: what is counted, and how it is shown as text, JSON and a page."""
