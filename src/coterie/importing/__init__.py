"""Bringing along the data of other chat servers: `coterie import`.

Everything is read from one snapshot of the source, in batches; each batch commits together with the mark of how far it
reaches, so a killed import goes on where it was, and a repeated one finds what is there. What is brought lies in the
log as if it had been done here: every channel's positions without a hole, every change in its topic.
"""
