-- How many sessions wait.
-- gives {count}
return { redis.call('ZCARD', waiting) }
