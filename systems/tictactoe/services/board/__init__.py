"""The board: it serves the page, referees the game of the two seats, and signs the result.

`game` and `match` are the rules, pure. `seats` and `results` speak to AWS. `room` and `server` speak to browsers.
"""
