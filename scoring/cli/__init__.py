"""Commands of the command line, those that stand in a module of their own, and what commands share."""
