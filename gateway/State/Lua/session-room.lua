-- How many sessions wait, and in which life of the store.
-- gives {count, life}
return { redis.call('ZCARD', waiting), life }
