-- Returns {number of keys}
return { redis.call('ZCARD', ends) }
