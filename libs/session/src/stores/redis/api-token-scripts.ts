import { script } from './script.js';
import { IN_TIME, NOW } from './time.lua.js';

/**
 * The steps of `RedisApiTokenStore`. Their first two arguments are times, as `time.lua.ts` has them. In each of them:
 *
 * - every key that is known beforehand stands in KEYS, so that Redis answers TRYAGAIN while their slot is being moved;
 * - what is read is read before the first write, and whatever ends a token comes before what needs memory, so that a step
 *   which is refused, on a server that is full or because a slot is being moved, has done nothing;
 * - the record is text as `api-token-text.ts` has it: places count from 1 here.
 */

/** Whether the record was put in this era, and has not been revoked since. */
const IS_KEPT = `
local function is_kept(text, era)
  return text and string.sub(text, 1, 1) == '1' and string.match(text, '^%d*', 72) == era
end
`;

/** Whether a record counts: it is not over, and no clock that was ahead has dated it. */
const IS_THERE = `
local function is_there(text)
  return tonumber(string.sub(text, 34, 49)) > now
    and (tonumber(string.sub(text, 18, 33)) or 0) <= now + 60000
end
`;

/** By turns the jtis and the records of those that are there; `tokens` is what the keys of all tokens begin with. */
const THOSE_THERE = `${IS_KEPT}${IS_THERE}
local function those_there(jtis, tokens, era)
  local there = {}
  for _, jti in ipairs(jtis) do
    local text = redis.call('GET', tokens .. jti)
    if is_kept(text, era) and is_there(text) then
      there[#there + 1] = jti
      there[#there + 1] = text
    end
  end
  return there
end
`;

/**
 * Whether what was begun or signed at \`time\` was ended since, as \`ends\` has it: the latest few moments of that, among
 * them such as clocks that were ahead have dated, which count for nothing until they have come.
 */
const IS_CUT_OFF = `
local function is_cut_off(ends, time)
  for each in string.gmatch(ends or '', '%d+') do
    local at = tonumber(each)
    if time <= at and at <= now + 60000 then return true end
  end
  return false
end
`;

/** Adds an end of all to the latest few of that user, or of everybody. */
const CUT_OFF = `
local function cut_off(key, field, known, time)
  local ends = { time }
  for each in string.gmatch(known or '', '%d+') do
    if tonumber(each) ~= time then ends[#ends + 1] = tonumber(each) end
  end
  table.sort(ends, function(a, b) return a > b end)
  local kept = {}
  for place = 1, math.min(#ends, 4) do kept[place] = string.format('%.0f', ends[place]) end
  redis.call('HSET', key, field, table.concat(kept, ' '))
end
`;

/**
 * KEYS token, owner's index, over, all, cut-offs, era · found inside: the index of an owner before
 * ARGV times, deadline, begun, jti, owner or nothing, expiresAt, head,
 * tail,  * the start of the keys of owners' indexes
 *
 * 1 registered, 0 refused, LATE if the deadline is over. A token that was put already is answered as it was then, and of
 * one that was revoked meanwhile nothing comes back, since drivers send again what they got no answer to.
 */
export const PUT = script(`
${NOW}${IN_TIME}${IS_CUT_OFF}
local begun = tonumber(ARGV[4])
local era = redis.call('GET', KEYS[6]) or '0'
local present = redis.call('GET', KEYS[1])
if present == 'x' then return 0 end
if is_cut_off(redis.call('HGET', KEYS[5], ARGV[6]), begun)
  or is_cut_off(redis.call('HGET', KEYS[5], '*'), begun) then return 0 end
local text = ARGV[8] .. era .. ARGV[9]
if present and string.sub(present, 18) == string.sub(text, 18) then return 1 end
local before = present and ARGV[10] .. string.sub(present, 50, 71)
if before then redis.call('ZSCORE', before, ARGV[5]) end
redis.call('SET', KEYS[1], text)
if before then redis.call('ZREM', before, ARGV[5]) end
redis.call('ZADD', KEYS[3], ARGV[7], ARGV[5])
redis.call('ZADD', KEYS[4], 0, ARGV[5])
if ARGV[6] ~= '' then
  local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  redis.call('ZADD', KEYS[2], (tonumber(last[2]) or 0) + 1, ARGV[5])
end
return 1
`);

/**
 * KEYS token, cut-offs, era
 * ARGV times, the signed user as JSON, the same as keys have it, issuedAt as signed
 *
 * The record, or nothing. A server that is full loses the note of the access, and nothing else.
 */
export const ACCESS = script(`
${NOW}
local text = redis.call('GET', KEYS[1])
if not text or string.sub(text, 1, 1) ~= '1' then return false end
local era, owner = string.match(text, '^(%d*)\\n([^\\n]*)', 72)
if era ~= (redis.call('GET', KEYS[3]) or '0')
  or tonumber(string.sub(text, 34, 49)) <= now
  or (tonumber(string.sub(text, 18, 33)) or 0) > now + 60000 then return false end
if owner == '' then
  local signed = tonumber(ARGV[5])
  for _, ends in ipairs(redis.call('HMGET', KEYS[2], ARGV[4], '*')) do
    for each in string.gmatch(ends or '', '%d+') do
      local at = tonumber(each)
      if signed <= at and at <= now + 60000 then return false end
    end
  end
elseif owner ~= ARGV[3] then
  return false
end
local second = now - now % 1000
if second > (tonumber(string.sub(text, 2, 17)) or -1) then
  local noted = string.format('%016.0f', second)
  local answer = redis.pcall('SETRANGE', KEYS[1], 1, noted)
  if type(answer) == 'table' and not string.find(answer.err, 'OOM', 1, true) then return answer end
  text = '1' .. noted .. string.sub(text, 18)
end
return text
`);

/**
 * KEYS token, over, all, era · found inside: the owner's index
 * ARGV times, jti, whose it has to be as JSON or nothing, the start of the keys of owners' indexes, for how many milliseconds a
 * put may be under way, the channel of what ended
 *
 * The record that it was, or nothing.
 */
export const REVOKE = script(`
${IS_KEPT}
local text = redis.call('GET', KEYS[1])
if not is_kept(text, redis.call('GET', KEYS[4]) or '0') then return false end
local owner = string.match(text, '^%d*\\n([^\\n]*)', 72)
if ARGV[4] ~= '' and owner ~= ARGV[4] then return false end
local index = ARGV[5] .. string.sub(text, 50, 71)
redis.call('ZSCORE', index, ARGV[3])
redis.call('ZREM', KEYS[2], ARGV[3])
redis.call('ZREM', KEYS[3], ARGV[3])
redis.call('ZREM', index, ARGV[3])
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], 'x', 'PX', ARGV[6])
redis.call('PUBLISH', ARGV[7], '-' .. ARGV[3] .. '\\n' .. owner)
return text
`);

/**
 * KEYS owner's index, over, all, cut-offs, era · found inside: the owner's tokens
 * ARGV times, owner, the start of the keys of tokens, owner as JSON, the channel of what
 * ended
 *
 * The moment up to which all is ended, and the jtis of those that were there.
 */
export const REVOKE_BY_USER = script(`
${NOW}${IS_KEPT}${IS_THERE}${CUT_OFF}
local era = redis.call('GET', KEYS[5]) or '0'
local known = redis.call('HGET', KEYS[4], ARGV[3])
local jtis = redis.call('ZRANGE', KEYS[1], 0, -1)
local ended = {}
for _, jti in ipairs(jtis) do
  local text = redis.call('GET', ARGV[4] .. jti)
  if is_kept(text, era) and is_there(text) then ended[#ended + 1] = jti end
end
redis.call('UNLINK', KEYS[1])
for _, jti in ipairs(jtis) do
  redis.call('ZREM', KEYS[2], jti)
  redis.call('ZREM', KEYS[3], jti)
  redis.call('UNLINK', ARGV[4] .. jti)
end
cut_off(KEYS[4], ARGV[3], known, now)
for _, jti in ipairs(jtis) do redis.call('PUBLISH', ARGV[6], '-' .. jti .. '\\n' .. ARGV[5]) end
return { string.format('%.0f', now), ended }
`);

/**
 * KEYS over, all, cut-offs, era, ended eras · found inside: where the tokens of the era that ends wait for a sweep
 * ARGV times, the channel of what ended
 *
 * The moment up to which all is ended, and how many were not over.
 */
export const REVOKE_ALL = script(`
${NOW}${CUT_OFF}
local era = redis.call('GET', KEYS[4]) or '0'
local known = redis.call('HGET', KEYS[3], '*')
local ended = redis.call('ZCOUNT', KEYS[1], string.format('(%.0f', now), '+inf')
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[5] .. ':' .. era) end
redis.call('UNLINK', KEYS[2])
redis.call('INCR', KEYS[4])
redis.call('RPUSH', KEYS[5], era)
cut_off(KEYS[3], '*', known, now)
redis.call('PUBLISH', ARGV[3], '*')
return { string.format('%.0f', now), ended }
`);

/**
 * KEYS owner's index, era · found inside: the owner's tokens
 * ARGV times, the start of the keys of tokens
 *
 * By turns the jtis and the records of those that are there, the oldest first.
 */
export const LIST_BY_USER = script(`
${NOW}${THOSE_THERE}
return those_there(redis.call('ZRANGE', KEYS[1], 0, -1), ARGV[3], redis.call('GET', KEYS[2]) or '0')
`);

/**
 * KEYS all, era · found inside: the tokens of the page
 * ARGV times, the start of the keys of tokens, where to begin, how many
 *
 * The last jti of the page, or nothing at the end, and by turns the jtis and the records of those that are there.
 */
export const BROWSE = script(`
${NOW}${THOSE_THERE}
local jtis = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[4], '+', 'LIMIT', 0, ARGV[5])
local there = those_there(jtis, ARGV[3], redis.call('GET', KEYS[2]) or '0')
return { #jtis == tonumber(ARGV[5]) and jtis[#jtis] or '', there }
`);

/**
 * KEYS over, all, era, ended eras, lease · found inside: tokens, their owners' indexes, what an ended era has left
 * ARGV times, how many, who sweeps, for how long at most, the starts of the keys of tokens
 * and of owners' indexes
 *
 * How many went, and whether there are more (1) or not (0). While somebody else sweeps there is nothing to do.
 */
export const SWEEP = script(`
${NOW}${IS_KEPT}
local sweeper = redis.call('GET', KEYS[5])
if sweeper and sweeper ~= ARGV[4] then return { 0, 0 } end
local era = redis.call('GET', KEYS[3]) or '0'
local most = tonumber(ARGV[3])
local gone = {}
local function look(jti, in_this_era)
  local text = redis.call('GET', ARGV[6] .. jti)
  if not text or string.sub(text, 1, 1) ~= '1' or is_kept(text, era) ~= in_this_era then return end
  local index = ARGV[7] .. string.sub(text, 50, 71)
  redis.call('ZSCORE', index, jti)
  gone[#gone + 1] = { ARGV[6] .. jti, index, jti }
end
local over = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, most + 1)
local more = #over > most
if more then over[#over] = nil end
for _, jti in ipairs(over) do look(jti, true) end
local ended = redis.call('LINDEX', KEYS[4], 0)
local left, rest, is_last = nil, {}, false
if ended then
  left = KEYS[4] .. ':' .. ended
  rest = redis.call('ZRANGE', left, 0, most - #over)
  is_last = #rest <= most - #over
  if not is_last then rest[#rest] = nil end
  more = more or not is_last or redis.call('LLEN', KEYS[4]) > 1
  for _, jti in ipairs(rest) do look(jti, false) end
end
for _, each in ipairs(gone) do
  redis.call('DEL', each[1])
  redis.call('ZREM', each[2], each[3])
end
for _, jti in ipairs(over) do
  redis.call('ZREM', KEYS[1], jti)
  redis.call('ZREM', KEYS[2], jti)
end
for _, jti in ipairs(rest) do redis.call('ZREM', left, jti) end
if is_last then redis.call('LPOP', KEYS[4]) end
if more then redis.call('SET', KEYS[5], ARGV[4], 'PX', ARGV[5])
elseif sweeper then redis.call('DEL', KEYS[5]) end
return { #gone, more and 1 or 0 }
`);
