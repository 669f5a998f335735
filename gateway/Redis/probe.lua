-- Checks whether Redis can run the commands of all scripts, in one hash slot. A test compares the commands.
-- KEYS  1 string · 2 hash · 3 sorted set · 4 list
-- Returns 1, or an error that names the first command that Redis rejects.
local calls = {
  { 'TIME' },
  { 'INFO', 'server' },
  { 'SET', KEYS[1], '1' },
  { 'PEXPIRE', KEYS[1], 1000 },
  { 'PTTL', KEYS[1] },
  { 'GET', KEYS[1] },
  { 'MGET', KEYS[1] },
  { 'EXISTS', KEYS[1] },
  { 'PUBLISH', KEYS[1], '' },
  { 'HSET', KEYS[2], 'a', '1', 'b', '1' },
  { 'HSETNX', KEYS[2], 'c', '1' },
  { 'HINCRBY', KEYS[2], 'a', 1 },
  { 'HGET', KEYS[2], 'a' },
  { 'HMGET', KEYS[2], 'a' },
  { 'HGETALL', KEYS[2] },
  { 'HKEYS', KEYS[2] },
  { 'HDEL', KEYS[2], 'b' },
  { 'PEXPIREAT', KEYS[2], 1 },
  { 'ZADD', KEYS[3], 1, 'a' },
  { 'ZUNIONSTORE', KEYS[3], 1, KEYS[3] },
  { 'ZCARD', KEYS[3] },
  { 'ZCOUNT', KEYS[3], '-inf', '+inf' },
  { 'ZSCORE', KEYS[3], 'a' },
  { 'ZRANGE', KEYS[3], 0, 0 },
  { 'ZRANGEBYSCORE', KEYS[3], '-inf', '+inf' },
  { 'ZREVRANGEBYSCORE', KEYS[3], '+inf', '-inf' },
  { 'ZREM', KEYS[3], 'a' },
  { 'ZREMRANGEBYSCORE', KEYS[3], '-inf', '+inf' },
  { 'LPUSH', KEYS[4], 'a' },
  { 'LLEN', KEYS[4] },
  { 'LINDEX', KEYS[4], 0 },
  { 'LRANGE', KEYS[4], 0, 0 },
  { 'LTRIM', KEYS[4], 0, 0 },
  { 'LREM', KEYS[4], 1, 'a' },
  { 'DEL', KEYS[2] },
  { 'UNLINK', KEYS[3] },
}
for _, call in ipairs(calls) do
  local reply = redis.pcall(unpack(call))
  if type(reply) == 'table' and reply.err then
    return redis.error_reply(call[1] .. ': ' .. reply.err)
  end
end
return 1
