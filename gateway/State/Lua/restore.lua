-- A replica says which coins it holds on a key server, after the state was lost or may have lost its end.
-- KEYS  1 epoch · then for each held coin: coin · where its part waits
-- ARGV  1 the epoch that the caller knows · then for each held coin: ticket · part · lifetime left, µs
-- gives {epoch, its age, µs}; unless it is the one that the caller knows nothing was done
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local epoch = redis.call('GET', KEYS[1])
if not epoch then
  epoch = string.format('%.0f', now)
  redis.call('SET', KEYS[1], epoch)
end
if epoch ~= ARGV[1] then
  return {epoch, now - tonumber(epoch)}
end
for index = 2, #KEYS, 2 do
  local coin, argument = KEYS[index], 2 + (index - 2) / 2 * 3
  local held = redis.call('HMGET', coin, 'o', 'r')
  if not held[1] or tonumber(held[1]) <= now then
    local left = tonumber(ARGV[argument + 2])
    local ends = now + left
    redis.call('HSET', coin, 'o', string.format('%.0f', ends), 't', ARGV[argument], 'p', ARGV[argument + 1])
    redis.call('PEXPIREAT', coin, math.ceil(math.max(ends, tonumber(held[2] or 0)) / 1000) + 1)
    redis.call('SET', KEYS[index + 1], coin, 'PX', math.ceil(left / 1000) + 1)
  end
end
return {epoch, now - tonumber(epoch)}
