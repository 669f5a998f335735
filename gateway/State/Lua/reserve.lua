-- Picks a coin for one post to one key server, and books it, in one step on this server's clock.
-- KEYS  1 epoch · 2 where the part waits · 3 withdrawn · then for each candidate: coin · uses
-- ARGV  1 ticket · 2 part · 3 does it occupy (1/0) · 4 lifetime, µs · 5 posts in a window, 0 = no limit · 6 window, µs
--       7 the epoch that the caller knows · 8 grace, µs
-- gives {0, candidate, end of its occupancy, µs} granted
--       {1, how many candidates are occupied, soonest that one is free, µs from now} refused, nothing is counted
--       {2, epoch, 0} this is another epoch than the caller knows: say first what you hold
--       {3, 0, µs} the epoch is young: whoever holds coins is still telling
--       {4, 0, 0} withdrawn before it came
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local epoch = redis.call('GET', KEYS[1])
if not epoch then
  epoch = string.format('%.0f', now)
  redis.call('SET', KEYS[1], epoch)
end
if epoch ~= ARGV[7] then
  return {2, epoch, 0}
end
local age = now - tonumber(epoch)
if age >= 0 and age < tonumber(ARGV[8]) then
  return {3, 0, tonumber(ARGV[8]) - age}
end
if redis.call('EXISTS', KEYS[3]) == 1 then
  return {4, 0, 0}
end

local occupies = ARGV[3] == '1'
local lifetime, posts, window = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local occupied, soonest = 0, nil
for index = 4, #KEYS, 2 do
  local coin, uses = KEYS[index], KEYS[index + 1]
  local held = redis.call('HMGET', coin, 'o', 'r')
  local free = now
  if occupies and held[1] and tonumber(held[1]) > now then
    occupied = occupied + 1
    free = tonumber(held[1])
  end
  local rests = tonumber(held[2] or 0)
  if rests > free then
    free = rests
  end
  if posts > 0 then
    redis.call('ZREMRANGEBYSCORE', uses, '-inf', now - window)
    local count = redis.call('ZCARD', uses)
    if count >= posts then
      local below = redis.call('ZRANGE', uses, count - posts, count - posts, 'WITHSCORES')[2] + window
      if below > free then
        free = below
      end
    end
  end

  if free <= now then
    local ends = now + lifetime
    if occupies then
      redis.call('HSET', coin, 'o', string.format('%.0f', ends), 't', ARGV[1], 'p', ARGV[2])
      redis.call('PEXPIREAT', coin, math.ceil(math.max(ends, rests) / 1000) + 1)
      redis.call('SET', KEYS[2], coin, 'PX', math.ceil(lifetime / 1000) + 1)
    end
    if posts > 0 then
      redis.call('ZADD', uses, string.format('%.0f', now), ARGV[1])
      redis.call('PEXPIRE', uses, math.ceil(window / 1000) + 1)
    end
    return {0, (index - 4) / 2, ends}
  end
  if not soonest or free < soonest then
    soonest = free
  end
end
return {1, occupied, soonest - now}
