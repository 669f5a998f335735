-- Returns the coins that a key server refuses: for each coin its key, the number of refusals, and the remaining rest, µs.
-- KEYS  1 refused
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local coins, refused = {}, redis.call('HGETALL', KEYS[1])
for index = 1, #refused, 2 do
  local count, ends = string.match(refused[index + 1], '(%d+) (%d+)')
  coins[#coins + 1] = refused[index]
  coins[#coins + 1] = tonumber(count)
  coins[#coins + 1] = math.max(tonumber(ends) - now, 0)
end
return coins
