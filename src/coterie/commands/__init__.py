"""The commands, one module for each group; `coterie.cli` lists them. What is slow to import is imported
inside the command that needs it, so that `coterie --help` responds at once."""
