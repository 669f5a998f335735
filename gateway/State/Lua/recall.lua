-- What a replica has told the others.
-- KEYS  1 what it is about
return redis.call('GET', KEYS[1])
