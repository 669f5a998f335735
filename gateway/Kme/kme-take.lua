-- Takes the oldest keys.
-- ARGV  2 number of keys
-- Returns {number of keys in the stock, then name and encrypted key of each key}. There are none if the stock has fewer keys.
local count = tonumber(ARGV[2])
local available = redis.call('ZCARD', ends)
local reply = { available }
if available < count then
  return reply
end
local names = redis.call('ZRANGE', ends, 0, count - 1)
local found = take(names)
for index, name in ipairs(names) do
  reply[#reply + 1] = name
  reply[#reply + 1] = found[index]
end
return reply
