-- The record of a coin is one string: '<time until which it is occupied> <ticket> <digest of the part> <time until which it rests>'.
-- Without a part, the time is 0, and ticket and digest are empty. Without a rest, its time is 0.
local function read(text)
  if not text then
    return 0, '', '', 0
  end
  local occupied, ticket, part, rest = string.match(text, '^(%d+) (%x*) (%x*) (%d+)$')
  return tonumber(occupied), ticket, part, tonumber(rest)
end
-- Removes the use with a ticket from the list of uses, which has the last one first. A use is '<time, 16 digits><ticket>'. Uses before a
-- time are others. Returns whether the use was in the list.
local function uncount(uses, ticket, after)
  local start = 0
  while true do
    local some = redis.call('LRANGE', uses, start, start + 63)
    for _, use in ipairs(some) do
      if string.sub(use, 17) == ticket then
        redis.call('LREM', uses, 1, use)
        return true
      elseif tonumber(string.sub(use, 1, 16)) < after then
        return false
      end
    end
    if #some < 64 then
      return false
    end
    start = start + 64
  end
end
local function write(coin, occupied, ticket, part, rest)
  if occupied == 0 and rest == 0 then
    redis.call('DEL', coin)
  else
    redis.call('SET', coin, string.format('%.0f %s %s %.0f', occupied, ticket, part, rest),
      'PXAT', math.ceil(math.max(occupied, rest) / 1000) + 1)
  end
end

