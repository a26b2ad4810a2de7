"""What runs inside the child processes: the forking parent and, in each worker, the Python runtime of Lambda.

Nothing here may import the rest of Terrarium: a worker holds what a Lambda environment holds, and is there as fast as a
fork.
"""
