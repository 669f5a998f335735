-- Tells the other replicas, for a while.
-- KEYS  1 what it is about
-- ARGV  1 what · 2 how long it is kept, ms
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 0
