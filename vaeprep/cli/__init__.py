"""The commands of `vaeprep`, one file each: parse, call, print.

Their modules import little, so that `vaeprep --help` answers at once; what a
command works with is imported inside its function.
"""
