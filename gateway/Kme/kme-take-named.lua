-- Takes named keys.
-- ARGV  then the names
-- Returns {1, then the encrypted keys in this order} · {0, then the names that are not in the stock}
local names, missing = {}, { 0 }
for index = 2, #ARGV do
  names[#names + 1] = ARGV[index]
  if not redis.call('ZSCORE', ends, ARGV[index]) then
    missing[#missing + 1] = ARGV[index]
  end
end
if #missing > 1 then
  return missing
end
local reply = { 1 }
for _, sealed in ipairs(take(names)) do
  reply[#reply + 1] = sealed
end
return reply
