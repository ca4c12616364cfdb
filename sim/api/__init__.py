"""The functions that ``import accession`` offers: one for each verb, and what they return."""
