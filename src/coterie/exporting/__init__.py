"""Export of a server for its owner: an archive of everything in it, made by a process of its own."""
