-- Returns the clock of Redis: seconds, and microseconds of the second.
-- KEYS  1 any key, which selects the node of a cluster
return redis.call('TIME')
