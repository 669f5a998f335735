-- How many coins are in which state on one key server. Changes nothing.
-- KEYS  for each coin: coin · uses
-- ARGV  1 posts in a window, 0 = no limit · 2 window, µs
-- gives {occupied, resting}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local posts, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local occupied, resting = 0, 0
for index = 1, #KEYS, 2 do
  local held = redis.call('HMGET', KEYS[index], 'o', 'r')
  if held[1] and tonumber(held[1]) > now then
    occupied = occupied + 1
  elseif held[2] and tonumber(held[2]) > now then
    resting = resting + 1
  elseif posts > 0
    and redis.call('ZCOUNT', KEYS[index + 1], '(' .. string.format('%.0f', now - window), '+inf') >= posts then
    resting = resting + 1
  end
end
return {occupied, resting}
