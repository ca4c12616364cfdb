"""What the verbs of the command line do; each module is imported only when one of its verbs is called."""
