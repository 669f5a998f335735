-- Where a part waits, as far as known.
-- KEYS  1 where the part waits
return redis.call('GET', KEYS[1])
