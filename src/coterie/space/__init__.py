"""The space that is left on the disks of files and database, and the refusal of writes before there is none."""
