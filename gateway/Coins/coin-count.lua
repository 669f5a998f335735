-- Counts the occupied and the overused coins on one key server. Changes nothing.
-- KEYS  for each coin: coin · uses
-- ARGV  1 maximum of posts in a window, 0 for no limit · 2 window, µs
-- Returns {occupied, in cooldown or at the limit}.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local posts, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local occupied, overused = 0, 0
for index = 1, #KEYS, 2 do
  local until_free, _, _, rest = read(redis.call('GET', KEYS[index]))
  if until_free > now then
    occupied = occupied + 1
  elseif rest > now then
    overused = overused + 1
  elseif posts > 0 then
    local use = redis.call('LINDEX', KEYS[index + 1], posts - 1)
    if use and string.sub(use, 1, 16) + window > now then
      overused = overused + 1
    end
  end
end
return {occupied, overused}
