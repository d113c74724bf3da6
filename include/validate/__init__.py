"""Say whether landed batches and staged tables are what we expect; change nothing in them.

Great Expectations checks every rule. Row rules run on the batch as frames, because its SQL engines
name at most twenty bad rows and so cannot set all of them aside; rules on whole batches and across
tables run on counts that SQL took.
"""
