-- Writes an entry of the shared cache.
-- KEYS  1 the key of the entry
-- ARGV  1 value · 2 lifetime in ms
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 0
