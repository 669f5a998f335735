-- Returns {number of waiting sessions, epoch}
return { redis.call('ZCARD', waiting), epoch }
