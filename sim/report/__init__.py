"""The report of a run: figures and one page, made from stored results alone."""
