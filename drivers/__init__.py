"""The wires, a folder for each kind. Wire formats are sans-I/O codecs; clients hold the I/O."""
