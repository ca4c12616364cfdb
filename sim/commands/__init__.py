"""The verbs of the command line: one file a verb, its options beside its body.

A file imports heavy modules only inside its body, so that help is quick.
"""
