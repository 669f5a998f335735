-- Reads an entry of the shared cache.
-- KEYS  1 the key of the entry
-- Returns its value and its remaining lifetime in ms, or nothing.
local value = redis.call('GET', KEYS[1])
return value and { value, redis.call('PTTL', KEYS[1]) }
