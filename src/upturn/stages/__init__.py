"""The daily run's stages, one file each: gather, decide in a pure function, append, return counts."""
