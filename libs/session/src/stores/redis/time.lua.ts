/**
 * What a step begins with, in text, since a Lua function that every script shares would cost each call its closure: the
 * time that counts, of the first two arguments. That is the caller's, in milliseconds, no earlier than the server's own and
 * no more than the second argument beyond it; where that is empty, the caller was given a clock, which alone counts.
 */
export const NOW = `
local now = tonumber(ARGV[1])
if ARGV[2] ~= '' then
  local time = redis.call('TIME')
  local server = time[1] * 1000 + math.floor(time[2] / 1000)
  now = math.max(math.min(now, server + ARGV[2]), server)
end
`;

/**
 * After {@link NOW}, where the third argument is a deadline by the server's clock: nobody waits for the step any more, so
 * that it must not happen.
 */
export const IN_TIME = `
do
  local time = redis.call('TIME')
  if time[1] * 1000 + math.floor(time[2] / 1000) > tonumber(ARGV[3]) then
    return redis.error_reply('LATE the step came after its deadline, and nothing was done')
  end
end
`;
