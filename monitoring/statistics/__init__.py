"""The StatisticsCache: the single row that the dashboard reads.

How it stays true: triggers on bags, scans and bills note each change as a row of StatisticsDelta, in the
transaction of the change, whichever door it came by. The worker folds these rows into the cache every two
seconds. Counted in the scan's own transaction, the one row would be a queue for all operators.

    folding   deltas -> cache, one at a time; reconcile: counted anew from the tables
    numbers   cache -> what one viewer may see
"""
