-- Returns the coin that holds a part, if known.
-- KEYS  1 part
return redis.call('GET', KEYS[1])
