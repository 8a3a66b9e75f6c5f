"""How good the data of a version is, and what has become worse since the version before."""
