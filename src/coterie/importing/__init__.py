"""Imports the data of other chat servers: `coterie import`.

Everything is read from one snapshot of the source, in batches. Each batch commits together with a mark of the progress,
so a killed import continues where it was, and a repeated one finds what is already there. Imported data is in the log
as if it had been created here: each channel's positions without gaps, each change in its topic.
"""
