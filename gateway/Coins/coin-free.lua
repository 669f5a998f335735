-- Frees the coins of parts that were read. Does not free a coin that holds another part.
-- KEYS  1 released · then for each part: coin · part
-- ARGV  for each part: its digest
for index = 2, #KEYS, 2 do
  local coin, digest = KEYS[index], ARGV[index / 2]
  local found = redis.call('MGET', coin, KEYS[index + 1])
  local occupied, ticket, part, rest = read(found[1])
  local isHolding, isFound = part == digest, found[2] == coin
  if isHolding and isFound and rest == 0 then
    redis.call('DEL', coin, KEYS[index + 1])
  else
    if isHolding then
      write(coin, 0, '', '', rest)
    end
    if isFound then
      redis.call('DEL', KEYS[index + 1])
    end
  end
  if isHolding then
    release(KEYS[1], coin)
  end
end
return 0
