import { script } from './script.js';
import {
  LUA_DIGITS,
  LUA_ERA_AT,
  LUA_USER,
  luaNumber,
  luaPlace,
  MOST,
  NONE,
  NUMBERS,
} from './session-places.js';
import { IN_TIME, NOW } from './time.lua.js';

/**
 * The steps of the session store. Of all of them but `access`
 *
 *     KEYS   era, active, over, slots, front, issued, seq, …
 *     ARGV   now, ahead, deadline, prefix of keys, rememberFor, …
 *
 * Every key that is known beforehand is among the KEYS, also where it is written only sometimes: while a slot of a cluster
 * moves, Redis then answers TRYAGAIN before anything is done. Only the sessions that a step finds, and their owners'
 * indexes, are not. A refusal is decided before the first write, and an end begins with what a full server lets through.
 */

/** How far ahead a session may be dated, in seconds: a minute. */
const AHEAD = 60;
/** For so long it is kept how many sessions a second has issued: a clock that was further ahead is not made good exactly. */
const DAY = 86_400;
/** The last second that ten digits can tell. */
const LAST = 9_999_999_999;
/** How many lapsed sessions, which still have a slot, a page may go past. */
const LAPSED_A_PAGE = 1000;

const COMMON = `
local ERA, ACTIVE, OVER, SLOTS, FRONT, ISSUED, SEQ = unpack(KEYS, 1, 7)
local prefix, rememberFor = ARGV[4], tonumber(ARGV[5])
local second = math.floor(now / 1000)
local era = redis.call('GET', ERA) or '0'

local function sessionIn(id, text)
  local s = {
    id = id, text = text, user = string.sub(text, ${LUA_USER}),
    ${NUMBERS.map((name) => `${name} = ${luaNumber(name)}`).join(', ')}
  }
  s.era, s.attempt, s.username, s.further, s.details =
    string.match(text, '^(%d+) ([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n(.*)$', ${LUA_ERA_AT})
  return s
end

local function textOf(s)
  return '1' .. string.format('${LUA_DIGITS.repeat(NUMBERS.length)}', ${NUMBERS.map((name) => `s.${name}`).join(', ')})
    .. s.user .. s.era .. ' ' .. s.attempt .. '\\n' .. s.username .. '\\n' .. s.further .. '\\n' .. s.details
end

-- Of whatever era.
local function kept(id)
  local text = redis.call('GET', prefix .. 's:' .. id)
  return text and string.sub(text, 1, 1) == '1' and sessionIn(id, text) or nil
end

local function read(id)
  local s = kept(id)
  return s and s.era == era and s or nil
end

local function idleAt(s)
  return s.idleTimeout > 0 and s.lastAccessed + s.idleTimeout or math.huge
end

local function activeEnd(s) return math.min(s.activeUntil, idleAt(s)) end
local function renewableEnd(s) return math.min(s.renewableUntil, idleAt(s)) end
local function isActive(s) return second < activeEnd(s) and s.issuedAt <= second + ${AHEAD} end
local function isRenewable(s) return second < renewableEnd(s) and s.issuedAt <= second + ${AHEAD} end
local function whyOver(s) return idleAt(s) < s.renewableUntil and 'idle' or 'expired' end

-- How many sessions were issued in a second stands beside that second, as '<second>:<count>'.
local function countIssued(at, by)
  local key = string.format('%010d', at)
  local found = redis.call('ZRANGEBYLEX', ISSUED, '[' .. key .. ':', '(' .. key .. ';', 'LIMIT', 0, 1)[1]
  local count = by
  if found then
    count = count + tonumber(string.sub(found, 12))
    redis.call('ZREM', ISSUED, found)
  end
  if count > 0 then redis.call('ZADD', ISSUED, 0, key .. ':' .. count) end
end

local function forgetIssued()
  local before = '(' .. string.format('%010d', math.max(0, second - ${DAY}))
  local old = redis.call('ZRANGEBYLEX', ISSUED, '-', before, 'LIMIT', 0, 4)
  if #old > 0 then redis.call('ZREM', ISSUED, unpack(old)) end
end

local function countActive()
  local count = redis.call('ZCOUNT', ACTIVE, '(' .. second, '+inf')
  local ahead = redis.call('ZRANGEBYLEX', ISSUED, '[' .. string.format('%010d', second + ${AHEAD + 1}), '+')
  for _, each in ipairs(ahead) do count = count - tonumber(string.sub(each, 12)) end
  return count
end

local function file(s)
  redis.call('ZADD', ACTIVE, activeEnd(s), s.id)
  redis.call('ZADD', OVER, renewableEnd(s), s.id)
  countIssued(s.issuedAt, 1)
end

-- What stands in an index and is not there any more.
local function strike(id)
  redis.call('ZREM', ACTIVE, id)
  redis.call('ZREM', OVER, id)
  redis.call('ZREM', SLOTS, id)
end

local function remember(id, reason)
  if rememberFor > 0 then redis.call('SET', prefix .. 's:' .. id, 'x' .. reason, 'EX', rememberFor) end
end

local function tell(news) redis.call('PUBLISH', prefix .. 'ended', news) end

local function remove(s)
  strike(s.id)
  redis.call('ZREM', prefix .. 'u:' .. s.user, s.id)
  redis.call('DEL', prefix .. 's:' .. s.id)
  countIssued(s.issuedAt, -1)
end

local function finish(s, reason)
  remove(s)
  remember(s.id, reason)
  if reason ~= 'expired' and reason ~= 'idle' then tell(s.id .. ' ' .. reason .. ' ' .. s.username) end
end

-- An older era's, which no index of this one has but its owner's.
local function free(s)
  redis.call('ZREM', prefix .. 'u:' .. s.user, s.id)
  redis.call('DEL', prefix .. 's:' .. s.id)
end

local function sessionsOf(user)
  local sessions = {}
  for _, id in ipairs(redis.call('ZRANGE', prefix .. 'u:' .. user, 0, -1)) do
    local s = read(id)
    if s then sessions[#sessions + 1] = s end
  end
  return sessions
end

local function isOwned(s, by, username)
  return by == 'anybody' or (by == 'user' and username == s.username)
end
`;

/** Finds a free slot for one more active session of a user, or ends others for it; all of that, or nothing. */
const MAKE_ROOM = `
local function activeOf(user)
  local own = {}
  for _, s in ipairs(sessionsOf(user)) do
    if isActive(s) then
      own[#own + 1] = s
      s.order = #own
    end
  end
  return own
end

-- The queue keeps its lapsed sessions: how far it begins with such stands at its front, so that they are passed over once,
-- as '<slot> <second> <until>': when that was seen, and when one of them begins that is dated ahead. It does not hold at
-- a time that is earlier than it was seen by more than a minute.
local function frontOfSlots()
  local front = redis.call('GET', FRONT)
  if not front then return 0, ${LAST} end
  local slot, seen, to = string.match(front, '^(%d+) (%d+) (%d+)$')
  if second + ${AHEAD} < tonumber(seen) or second >= tonumber(to) then return 0, ${LAST} end
  return tonumber(slot), tonumber(to)
end

local function oldestSlot()
  local front, to = frontOfSlots()
  local began = front
  while true do
    local found = redis.call('ZRANGEBYSCORE', SLOTS, '(' .. front, '+inf', 'WITHSCORES', 'LIMIT', 0, 16)
    for place = 1, #found, 2 do
      local s = read(found[place])
      if s and isActive(s) then
        if front > began then redis.call('SET', FRONT, string.format('%d %d %d', front, second, to)) end
        return s
      end
      front = tonumber(found[place + 1])
      if not s then
        strike(found[place])
      elseif s.issuedAt > second + ${AHEAD} then
        to = math.min(to, s.issuedAt - ${AHEAD})
      end
    end
    if #found == 0 then
      if began == 0 then return nil end
      front, to, began = 0, ${LAST}, 0
    end
  end
end

-- Answers a refusal, or else how to make room, which is done when it is called: it answers whom it evicted.
local function room(user, max, onLimit, maxPerUser, onUserLimit)
  local active = countActive()
  local going = {}
  if maxPerUser ~= '' then
    local own = activeOf(user)
    local surplus = math.max(0, #own + 1 - tonumber(maxPerUser))
    if surplus > 0 and (onUserLimit == 'reject' or tonumber(maxPerUser) < 1) then
      return { 'limit-reached', 'user', #own }
    end
    if onUserLimit == 'evict-idle' then
      table.sort(own, function(a, b)
        if a.lastAccessed ~= b.lastAccessed then return a.lastAccessed < b.lastAccessed end
        return a.order < b.order
      end)
    end
    for place = 1, math.min(surplus, #own) do going[place] = own[place] end
  end
  local most = max == '' and math.huge or tonumber(max)
  if active - #going >= most and (onLimit == 'reject' or most < 1) then
    return { 'limit-reached', 'all', active }
  end
  return nil, function()
    local evicted = {}
    local function evict(s)
      finish(s, 'evicted')
      evicted[#evicted + 1] = s.id
      evicted[#evicted + 1] = s.username
    end
    for _, s in ipairs(going) do evict(s) end
    while countActive() >= most do
      local s = oldestSlot()
      if not s then break end
      evict(s)
    end
    return evicted
  end
end
`;

/** Changes members of a JSON text as `session-text.ts` writes it, without reading their values. */
const MEMBERS = `
local TAB, CR = '\\t', '\\r'

local function membersOf(json, mark)
  local members = { names = {}, values = {} }
  local pattern = mark .. '([^' .. mark .. ']*):' .. mark .. '([^' .. mark .. ']*)'
  for name, value in string.gmatch(string.sub(json, 2, -2), pattern) do
    members.names[#members.names + 1] = name
    members.values[name] = string.gsub(value, ',$', '')
  end
  return members
end

-- An empty value takes the member away.
local function change(members, name, value)
  if not members.values[name] and value ~= '' then members.names[#members.names + 1] = name end
  members.values[name] = value
end

local function jsonOf(members, mark)
  local parts = {}
  for _, name in ipairs(members.names) do
    local value = members.values[name]
    if value ~= '' then parts[#parts + 1] = mark .. name .. ':' .. mark .. value end
  end
  return #parts == 0 and '' or '{' .. table.concat(parts, ',') .. '}'
end
`;

/**
 * KEYS: the session, era, active, over; ARGV: now, ahead, id, generation. The hot path, without any function of its own, and
 * of most sessions, which neither fall idle nor slide, no number is read that only those have.
 */
export const ACCESS = script(`${NOW}
local text = redis.call('GET', KEYS[1])
if not text or string.sub(text, 1, 1) ~= '1' then return false end
local era = (redis.call('GET', KEYS[2]) or '0') .. ' '
if string.sub(text, ${LUA_ERA_AT}, ${LUA_ERA_AT - 1} + #era) ~= era then return false end

local second = math.floor(now / 1000)
if second >= ${luaNumber('activeUntil')} then return false end
if ${luaNumber('issuedAt')} > second + ${AHEAD} then return false end
local behind = ${luaNumber('generation')} - ARGV[4]
if behind ~= 0 and not (behind == 1 and second < ${luaNumber('previousUntil')}) then return false end

local username = string.find(text, '\\n', ${LUA_ERA_AT}, true)
local further = string.find(text, '\\n', username + 1, true)
local details = string.find(text, '\\n', further + 1, true)
local lastAccessed = ${luaNumber('lastAccessed')}
local lasts = string.sub(text, ${luaPlace('idleTimeout', 'slideBy')}) == '${NONE}${NONE}'
if lasts and second <= lastAccessed then return string.sub(text, 1, details - 1) end

local noted = string.format('${LUA_DIGITS}', math.min(math.max(lastAccessed, second), ${MOST}))
local activeUntil, renewableUntil, idleAt
if not lasts then
  local idleTimeout = ${luaNumber('idleTimeout')}
  if idleTimeout > 0 and second >= lastAccessed + idleTimeout then return false end
  idleAt = idleTimeout > 0 and math.max(lastAccessed, second) + idleTimeout or math.huge
  activeUntil, renewableUntil = ${luaNumber('activeUntil')}, ${luaNumber('renewableUntil')}
  local slideBy = ${luaNumber('slideBy')}
  if slideBy > 0 then
    local endsAt, slid = ${luaNumber('endsAt')}, math.min(second + 1 + slideBy, ${MOST})
    if endsAt > 0 then slid = math.min(slid, endsAt) end
    slid = math.max(slid, ${luaNumber('expiresAt')})
    local slidText = string.format('${LUA_DIGITS}', slid)
    noted = noted .. string.sub(text, ${luaPlace('generation', 'issuedAt')}) .. slidText .. slidText
      .. string.sub(text, ${luaPlace('refreshExpiresAt')}) .. slidText
    activeUntil, renewableUntil = slid, slid
  end
end
local answer = '1' .. noted .. string.sub(text, 2 + #noted, details - 1)
if not lasts and answer == string.sub(text, 1, details - 1) then return answer end

local wrote = redis.pcall('SETRANGE', KEYS[1], 1, noted)
if type(wrote) == 'table' and wrote.err then
  -- A full server loses the note of an access, and nobody's access.
  return string.find(string.sub(wrote.err, 1, 5), 'OOM', 1, true) and string.sub(text, 1, details - 1) or wrote
end
if not lasts then
  redis.call('ZADD', KEYS[3], math.min(activeUntil, idleAt), ARGV[3])
  redis.call('ZADD', KEYS[4], math.min(renewableUntil, idleAt), ARGV[3])
end
return answer
`);

/** KEYS: …, the session, its owner's; ARGV: …, id, head and rest of its text, reuse, four rules. */
export const CREATE = script(`${NOW}${IN_TIME}${COMMON}${MAKE_ROOM}
local id, head, rest, reuse = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local present = kept(id)
if present and present.era == era and isRenewable(present) then return { 'created', {} } end
local user = string.sub(head, ${LUA_USER})
if reuse == '1' then
  for _, s in ipairs(sessionsOf(user)) do
    if isActive(s) then return { 'existing', s.id, s.text } end
  end
end
local refusal, makeRoom = room(user, ARGV[10], ARGV[11], ARGV[12], ARGV[13])
if refusal then return refusal end

local evicted = makeRoom()
local text = head .. era .. rest
local s = sessionIn(id, text)
if present and present.era == era then remove(present) elseif present then free(present) end
redis.call('SET', KEYS[8], text)
local order = redis.call('INCR', SEQ)
redis.call('ZADD', KEYS[9], order, id)
redis.call('ZADD', SLOTS, order, id)
file(s)
forgetIssued()
return { 'created', evicted }
`);

/** KEYS: …, the session; ARGV: …, id, from, attempt, seven times, four rules, further members. */
export const ROTATE = script(`${NOW}${IN_TIME}${COMMON}${MAKE_ROOM}${MEMBERS}
local id, from, attempt = ARGV[6], tonumber(ARGV[7]), ARGV[8]
local s = read(id)
if not s or not isRenewable(s) then return { 'gone' } end
if from < s.generation then
  local repeated = from == s.generation - 1 and attempt == s.attempt
  return { repeated and 'rotated' or 'stale', s.text, {} }
end
local lapsed = not isActive(s)
local evicted = {}
if lapsed then
  local refusal, makeRoom = room(s.user, ARGV[16], ARGV[17], ARGV[18], ARGV[19])
  if refusal then return refusal end
  evicted = makeRoom()
end

local issuedBefore = s.issuedAt
local latest = s.endsAt > 0 and s.endsAt or math.huge
s.generation, s.attempt = from + 1, attempt
s.issuedAt = tonumber(ARGV[9])
s.lastAccessed = math.max(s.lastAccessed, tonumber(ARGV[10]))
s.expiresAt = math.min(tonumber(ARGV[11]), latest)
s.activeUntil = math.min(tonumber(ARGV[12]), latest)
s.refreshExpiresAt = math.min(tonumber(ARGV[13]), latest)
s.renewableUntil = math.min(tonumber(ARGV[14]), latest)
s.previousUntil = tonumber(ARGV[15])
if ARGV[20] then
  local further = membersOf(s.further, TAB)
  for place = 20, #ARGV, 2 do change(further, ARGV[place], ARGV[place + 1]) end
  s.further = jsonOf(further, TAB)
end
local text = textOf(s)
redis.call('SET', KEYS[8], text)
countIssued(issuedBefore, -1)
file(s)
if lapsed then redis.call('ZADD', SLOTS, redis.call('INCR', SEQ), id) end
forgetIssued()
tell(id .. ' rotated ' .. s.username)
return { 'rotated', text, evicted }
`);

/** KEYS: …, the session; ARGV: …, id, by whom, username, most bytes, how many members of details, details and claims. */
export const AMEND = script(`${NOW}${COMMON}${MEMBERS}
local id, most = ARGV[6], tonumber(ARGV[9])
local s = read(id)
if not s or not isRenewable(s) or not isOwned(s, ARGV[7], ARGV[8]) then return { 'gone' } end

-- Bytes of UTF-8 of what a JSON text stands for; only controls and lone surrogates, three bytes each, are written as \\u.
local function bytesOf(json)
  if string.sub(json, 1, 1) ~= '"' then return #json end
  local bare = string.gsub(string.sub(json, 2, -2), '\\\\\\\\', '.')
  bare = string.gsub(bare, '\\\\u00..', '.')
  bare = string.gsub(bare, '\\\\u....', '...')
  bare = string.gsub(bare, '\\\\.', '.')
  return #bare
end
local function sizeOf(members)
  local size = 0
  for _, name in ipairs(members.names) do
    local value = members.values[name]
    if value ~= '' then size = size + bytesOf(name) + bytesOf(value) end
  end
  return size
end

local details = membersOf(s.details, TAB)
local further = membersOf(s.further, TAB)
local claims = membersOf(further.values['"claims"'] or '', CR)
local ofDetails = 10 + 2 * tonumber(ARGV[10])
for place = 11, #ARGV, 2 do
  change(place <= ofDetails and details or claims, ARGV[place], ARGV[place + 1])
end
if sizeOf(details) > most or sizeOf(claims) > most then return { 'too-large' } end
change(further, '"claims"', jsonOf(claims, CR))
s.details, s.further = jsonOf(details, TAB), jsonOf(further, TAB)
local text = textOf(s)
redis.call('SET', KEYS[8], text)
tell(s.id .. ' amended ' .. s.username)
return { 'amended', text }
`);

/** KEYS: …, the session; ARGV: …, id. */
export const FIND = script(`${NOW}${COMMON}
local s = read(ARGV[6])
return s and isRenewable(s) and s.text or false
`);

/** KEYS: …, the session; ARGV: …, id, by whom, username, reason. */
export const REVOKE = script(`${NOW}${COMMON}
local s = read(ARGV[6])
if not s or not isRenewable(s) or not isOwned(s, ARGV[7], ARGV[8]) then return false end
finish(s, ARGV[9])
return s.text
`);

/** KEYS: …, the owner's; ARGV: …, user, the one to except. */
export const REVOKE_BY_USER = script(`${NOW}${COMMON}
local ended = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[8], 0, -1)) do
  local s = kept(id)
  if s and s.era ~= era then
    free(s)
    remember(id, 'revoked')
  elseif s and id ~= ARGV[7] then
    local was = isRenewable(s)
    -- Those that seem over go as well: if the clock is ahead, they would come back.
    finish(s, was and 'revoked' or whyOver(s))
    if was then ended[#ended + 1] = id end
  end
end
return ended
`);

/**
 * KEYS: …, the sessions of the era that ends, the one to except; ARGV: …, the era that ends, the one to except. Costs the
 * same however many there are: the era is counted on, the indexes are dropped, and the list of what there was gets the
 * name of its era, so that a sweep finds what to free.
 */
export const REVOKE_ALL = script(`${NOW}${COMMON}
if era ~= ARGV[6] then return { 'era', era } end
local except = ARGV[7] ~= '' and read(ARGV[7]) or nil
if except and not isRenewable(except) then except = nil end
local ended = redis.call('ZCOUNT', OVER, '(' .. second, '+inf') - (except and 1 or 0)
local slot = except and redis.call('ZSCORE', SLOTS, except.id)
redis.call('UNLINK', ACTIVE, SLOTS, FRONT, ISSUED)
if redis.call('EXISTS', OVER) == 1 then redis.call('RENAME', OVER, KEYS[8]) end
era = tostring(redis.call('INCR', ERA))
if except then
  except.era = era
  redis.call('SET', KEYS[9], textOf(except))
  file(except)
  if slot then redis.call('ZADD', SLOTS, slot, except.id) end
end
tell('* ' .. (except and except.id or ''))
return { 'ended', ended }
`);

/** ARGV: …, from where, how many. Answers where the next page begins, and ids and texts in turn; nothing for a place that no
 * page has answered. */
export const BROWSE = script(`${NOW}${COMMON}
local from = '+inf'
if ARGV[6] ~= '' then
  if tonumber(ARGV[6]) > tonumber(redis.call('GET', SEQ) or 0) then return false end
  from = '(' .. ARGV[6]
end
local limit = tonumber(ARGV[7])
local left = limit + ${LAPSED_A_PAGE}
local page = { '' }
while true do
  local found = redis.call('ZREVRANGEBYSCORE', SLOTS, from, '-inf', 'WITHSCORES', 'LIMIT', 0, 64)
  if #found == 0 then
    page[1] = ''
    return page
  end
  for place = 1, #found, 2 do
    if #page > 2 * limit or left == 0 then return page end
    local s = read(found[place])
    if s and isActive(s) then
      page[#page + 1] = s.id
      page[#page + 1] = s.text
    end
    page[1] = found[place + 1]
    from = '(' .. page[1]
    left = left - 1
  end
end
`);

/** KEYS: …, the owner's; ARGV: …, user. Answers ids and texts in turn. */
export const LIST_BY_USER = script(`${NOW}${COMMON}
local list = {}
for _, s in ipairs(sessionsOf(ARGV[6])) do
  if isRenewable(s) then
    list[#list + 1] = s.id
    list[#list + 1] = s.text
  end
end
return list
`);

export const COUNT = script(`${NOW}${COMMON}
return countActive()
`);

/** KEYS: …, the session; ARGV: …, id, generation. */
export const ABSENCE = script(`${NOW}${COMMON}
local text = redis.call('GET', KEYS[8])
if not text then return false end
if string.sub(text, 1, 1) == 'x' then return string.sub(text, 2) end
local s = sessionIn(ARGV[6], text)
if s.era ~= era then return 'revoked' end
if not isRenewable(s) then return whyOver(s) end
if tonumber(ARGV[7]) < s.generation then return 'rotated' end
return not isActive(s) and 'expired' or false
`);

/**
 * KEYS: …, freed, sweeper, the sessions of the era to free; ARGV: …, that era, how many at most, who sweeps, for how long
 * nobody else does. Answers how many went, and whether there are more.
 */
export const SWEEP = script(`${NOW}${COMMON}
local FREED, SWEEPER, OVER_BEFORE = KEYS[8], KEYS[9], KEYS[10]
local most, sweeper = tonumber(ARGV[7]), ARGV[8]
local other = redis.call('GET', SWEEPER)
if other and other ~= sweeper then return { 'busy' } end
local freed = redis.call('GET', FREED) or '0'
if freed ~= ARGV[6] then return { 'freed', freed } end

local removed, looked = 0, 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', OVER, '-inf', second, 'LIMIT', 0, most)) do
  looked = looked + 1
  local s = read(id)
  if s then
    finish(s, whyOver(s))
    removed = removed + 1
  else
    strike(id)
  end
end
if freed ~= era then
  if looked < most then
    for _, id in ipairs(redis.call('ZRANGE', OVER_BEFORE, 0, most - looked - 1)) do
      redis.call('ZREM', OVER_BEFORE, id)
      local s = kept(id)
      if s and s.era ~= era then
        free(s)
        remember(id, 'revoked')
        removed = removed + 1
      end
    end
  end
  if redis.call('EXISTS', OVER_BEFORE) == 0 then freed = tostring(redis.call('INCR', FREED)) end
end
local more = freed ~= era or redis.call('ZCOUNT', OVER, '-inf', second) > 0
if more then
  redis.call('SET', SWEEPER, sweeper, 'PX', ARGV[9])
elseif other then
  redis.call('DEL', SWEEPER)
end
return { 'swept', removed, more and 1 or 0 }
`);
