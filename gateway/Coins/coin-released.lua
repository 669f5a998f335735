-- Adds a coin to the released coins of its key server, which coin-reserve reads. The order is the score: the time, or one more than
-- the last score if the clock stood still. Without the set, no replica waits for released coins.
local function release(set, coin)
  local last = redis.call('ZRANGE', set, -1, -1, 'WITHSCORES')[2]
  if last then
    local time = redis.call('TIME')
    local score = math.max(time[1] * 1000000 + time[2], last + 1)
    redis.call('ZADD', set, string.format('%.0f', score), coin)
  end
end

