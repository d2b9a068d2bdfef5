import type { NearServer } from '../remote/near-sessions.js';
import type { RedisBackend } from './redis-backend.js';
import { script } from './script.js';
import { LUA_DIGITS, LUA_ERA_AT, luaPlace } from './session-places.js';

const PUBLISH = script(`redis.call('PUBLISH', ARGV[1], ARGV[2]) return 1`);

/** Notes accesses, of each session the second of the latest: KEYS era, the sessions; ARGV their seconds. */
const NOTE = script(`
local era = redis.call('GET', KEYS[1]) or '0'
for place = 2, #KEYS do
  local text = redis.call('GET', KEYS[place])
  if text and string.sub(text, 1, 1) == '1' and string.match(text, '^%d+', ${LUA_ERA_AT}) == era then
    local second = string.format('${LUA_DIGITS}', ARGV[place - 1])
    if second > string.sub(text, ${luaPlace('lastAccessed')}) then redis.call('SETRANGE', KEYS[place], 1, second) end
  end
end
return 1
`);

/** What near sessions go by of a Redis server: of a namespace with one place, whose news come by one way. */
export function nearServer(backend: RedisBackend): NearServer {
  const place = backend.keys.places[0]!;
  return {
    news: backend.news,
    ended: place.ended,
    beats: `${place.prefix}beat:`,
    publish: (channel, message) => backend.run(PUBLISH, [place.era], [channel, message]),
    note: (touches) =>
      backend.run(
        NOTE,
        [place.era, ...touches.map(([id]) => place.session(id))],
        touches.map(([, time]) => time / 1000),
      ),
  };
}
