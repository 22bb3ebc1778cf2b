"""The wires: one folder per kind of wire. Wire formats are sans-I/O codecs; clients hold the I/O."""
