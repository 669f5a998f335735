-- Frees the coin of a post that stored no part, or shortens its occupancy.
-- KEYS  1 coin · 2 uses · 3 part · 4 released
-- ARGV  1 ticket · 2 '1' if the post was not sent and does not count, else '0' · 3 how long the coin stays occupied, µs
if ARGV[2] == '1' then
  uncount(KEYS[2], ARGV[1], 0)
end
release(KEYS[4], KEYS[1])
local occupied, ticket, part, rest = read(redis.call('GET', KEYS[1]))
if ticket ~= ARGV[1] then
  return 0
end
local left = tonumber(ARGV[3])
if left > 0 then
  local time = redis.call('TIME')
  local ends = time[1] * 1000000 + time[2] + left
  if ends < occupied then
    write(KEYS[1], ends, ticket, part, rest)
    if redis.call('GET', KEYS[3]) == KEYS[1] then
      redis.call('PEXPIRE', KEYS[3], math.ceil(left / 1000) + 1)
    end
  end
  return 0
end
write(KEYS[1], 0, '', '', rest)
if redis.call('GET', KEYS[3]) == KEYS[1] then
  redis.call('DEL', KEYS[3])
end
return 0
