"""Fits of the model's numbers to the facts in ``seeds/``; each gives a table of posterior draws."""
