-- Reserves a coin for one post to one key server.
-- KEYS  1 epoch · 2 withdrawn · 3 part, or key id · if ARGV 8 is above 0: 4 released · 5 list · 6 busy ·
--       then for each candidate: coin · if ARGV 6 is above 0: uses
-- ARGV  1 the epoch that the caller knows · 2 ticket · 3 lifetime, µs · 4 grace, µs
--       5 digest of the part, 32 digits, if it occupies the coin; ticket of the key id, 16 digits, if the server stores parts by key id
--         and may store each id once; else empty
--       6 maximum of posts in a window, 0 for no limit · 7 window, µs
--       8 number of coins in the list of all candidates, 0 to leave the index of the list out
--       The last three are missing if there is neither a limit nor an index.
-- Returns the end of the occupancy, µs: the first candidate is granted
--         {0, index of the candidate, end of its occupancy, µs}  another one is granted
--         {1, number of occupied candidates, µs until one is free, 1, coin, …}  refused; nothing is counted. The fourth number is
--                        1 if no coin of the list is free. Then 'occupied' is 0 or 1 for the whole list. The coins are candidates
--                        that may be free
--         {2, epoch, 0}  the caller knows another epoch; it must restore its coins first
--         {3, 0, µs}     the grace period has not ended; replicas may still restore their coins
--         {4, 0, 0}      the reservation was withdrawn before it arrived
--         {5, 0, 0}      the key id was used before
--
-- A post usually gets the first candidate. The commands of this case are few: each costs Redis about as much as a command of its own.
--
-- The set 'busy' contains each coin of the list that was found not free, with the time at which it is free. The time may be too
-- early, so each coin is checked. It is never too late, because the coins that were released earlier are in the set 'released'.
-- The hash 'list' has the position in that set up to which the list has taken the released coins: 's', and the time until which one
-- of its coins is occupied: 'o'. It exists only after a request found no free coin. The three keys expire when no request needs them.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local posts, listed = tonumber(ARGV[6] or 0), tonumber(ARGV[8] or 0)
local first, step = listed > 0 and 7 or 4, posts > 0 and 2 or 1
local occupies, isIdOnce = #ARGV[5] == 32, #ARGV[5] == 16
local found
if isIdOnce then
  found = redis.call('MGET', KEYS[1], KEYS[2], KEYS[first], KEYS[3])
else
  found = redis.call('MGET', KEYS[1], KEYS[2], KEYS[first])
end

local epoch = found[1]
if not epoch then
  epoch = string.format('%.0f', now)
  redis.call('SET', KEYS[1], epoch)
end
if epoch ~= ARGV[1] then
  return {2, epoch, 0}
end
local age, grace = now - epoch, tonumber(ARGV[4])
if age >= 0 and age < grace then
  return {3, 0, grace - age}
end
if found[2] then
  return {4, 0, 0}
end
if found[4] and found[4] ~= ARGV[5] then
  return {5, 0, 0}
end

local lifetime, window = tonumber(ARGV[3]), tonumber(ARGV[7] or 0)
local occupied, earliest, occupied_until, tested = 0, nil, 0, {}
for index = first, #KEYS, step do
  local coin, record = KEYS[index], found[3]
  if index > first then
    record = redis.call('GET', coin)
  end
  local free = now
  if record then
    local until_free, rest = string.match(record, '^(%d+) .* (%d+)$')
    until_free, rest = tonumber(until_free), tonumber(rest)
    if occupies and until_free > now then
      occupied = occupied + 1
      free = until_free
      occupied_until = math.max(occupied_until, free)
    end
    free = math.max(free, rest)
  end
  if posts > 0 then
    local uses = KEYS[index + 1]
    local count = redis.call('LLEN', uses)
    if count >= posts then
      -- The coin is below its limit when the first of the last posts is outside the window.
      free = math.max(free, string.sub(redis.call('LINDEX', uses, posts - 1), 1, 16) + window)
      if count >= posts + 64 then
        redis.call('LTRIM', uses, 0, posts - 1)
      end
    end
  end

  if free <= now then
    local ends = now + lifetime
    local expires = math.ceil(ends / 1000) + 1
    if occupies then
      redis.call('SET', coin, string.format('%.0f %s %s 0', ends, ARGV[2], ARGV[5]), 'PXAT', expires)
      redis.call('SET', KEYS[3], coin, 'PXAT', expires)
      if listed > 0 and redis.call('EXISTS', KEYS[5]) == 1 then
        redis.call('ZADD', KEYS[6], ends, coin)
      end
    elseif isIdOnce then
      redis.call('SET', KEYS[3], ARGV[5], 'PXAT', expires)
    end
    if posts > 0 then
      redis.call('LPUSH', KEYS[index + 1], string.format('%.0f', now) .. ARGV[2])
      redis.call('PEXPIRE', KEYS[index + 1], math.ceil(window / 1000) + 1)
    end
    if index == first then
      return ends
    end
    return {0, (index - first) / step, ends}
  end
  tested[#tested + 1] = free
  tested[#tested + 1] = coin
  if not earliest or free < earliest then
    earliest = free
  end
end
if listed == 0 then
  return {1, occupied, earliest - now, 1}
end

-- How long the index of a list stays without use, ms.
local KEEP = 3600000
local released, list, busy = KEYS[4], KEYS[5], KEYS[6]

-- Sets the time of the coins that were released since the last call to 0.
local last = redis.call('ZRANGE', released, -1, -1, 'WITHSCORES')[2]
local seen = redis.call('HGET', list, 's')
if not last or not seen then
  redis.call('UNLINK', busy)
  if not last then
    last = string.format('%.0f', now)
    redis.call('ZADD', released, last, '')
  end
elseif tonumber(last) > tonumber(seen) then
  for _, coin in ipairs(redis.call('ZRANGEBYSCORE', released, '(' .. seen, '+inf')) do
    redis.call('ZADD', busy, 'XX', 0, coin)
  end
  redis.call('ZREMRANGEBYSCORE', released, '-inf', math.min(now - 2 * KEEP * 1000, tonumber(last) - 1))
end
redis.call('HSET', list, 's', last)

redis.call('ZADD', busy, unpack(tested))
if occupied_until > tonumber(redis.call('HGET', list, 'o') or 0) then
  redis.call('HSET', list, 'o', occupied_until)
end
redis.call('PEXPIRE', released, 2 * KEEP)
redis.call('PEXPIRE', list, KEEP)
redis.call('PEXPIRE', busy, KEEP + 1000)
local coins = redis.call('ZRANGEBYSCORE', busy, '-inf', now, 'LIMIT', 0, 32)
if #coins == 0 and redis.call('ZCARD', busy) >= listed then
  earliest = tonumber(redis.call('ZRANGE', busy, 0, 0, 'WITHSCORES')[2])
  occupied = tonumber(redis.call('HGET', list, 'o') or 0) > now and 1 or 0
  return {1, occupied, earliest - now, 1}
end
return {1, occupied, earliest - now, 0, unpack(coins)}
