"""Where readers of articles live: one folder for each program that promo-detector works inside of.

Each is on its own; none is imported by the rest of the project, and each imports its framework only when it is used.
"""
