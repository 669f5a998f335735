-- Whether keys can be written here.
-- KEYS  1 a key beside those that are needed
redis.call('SET', KEYS[1], '1', 'PX', 1000)
return 1
