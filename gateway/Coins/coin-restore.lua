-- Restores the coins that a replica holds on a key server, after Redis lost its data or its last writes. Two replicas can hold the
-- same coin, if its part was read through the other one. The occupancy that ends later is the current one.
-- KEYS  1 epoch · then for each held coin: coin · part
-- ARGV  1 the epoch that the caller knows · then for each held coin: ticket · digest of the part · remaining lifetime, µs
-- Returns {epoch, age of the epoch, µs}. If the caller knows another epoch, nothing is restored.
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
  local occupied, _, _, rest = read(redis.call('GET', coin))
  local left = tonumber(ARGV[argument + 2])
  local ends = now + left
  -- The occupancy can have ended since the caller computed the rest.
  if left > 0 and occupied < ends then
    write(coin, ends, ARGV[argument], ARGV[argument + 1], rest)
    redis.call('SET', KEYS[index + 1], coin, 'PX', math.ceil(left / 1000) + 1)
  end
end
return {epoch, now - tonumber(epoch)}
