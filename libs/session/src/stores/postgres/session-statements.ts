import type { PostgresBackend } from './postgres-backend.js';
import { activeColumns, columns } from './session-row.js';

/**
 * The hot path: reads, judges, and writes only where the second of the access is a new one, since a write is a commit. Of a
 * session that falls idle or slides the end moves, which \`touch\` does with all that counts it.
 */
const ACCESS = `
WITH moment AS MATERIALIZED (
  SELECT m.now, date_trunc('second', m.now) AS second FROM (SELECT %S.time_of($3, $4) AS now OFFSET 0) m
), found AS MATERIALIZED (
  SELECT s.*, m.now AS moment, m.second, s.idle_timeout IS NOT NULL OR s.slide_by IS NOT NULL AS moves
  FROM moment m, %S.sessions s
  WHERE s.id = $1 AND s.era = (%ERA) AND m.now < least(s.active_until, s.last_accessed + s.idle_timeout)
    AND s.issued_at <= m.now + interval '1 minute'
    AND (s.generation = $2 OR (s.generation = $2 + 1 AND m.now < s.previous_until))
), noted AS (
  UPDATE %S.sessions s SET last_accessed = f.second FROM found f
  WHERE s.id = f.id AND s.era = f.era AND s.last_accessed < f.second AND f.last_accessed < f.second AND NOT f.moves
  -- A note that is lost with the server harms nobody.
  RETURNING set_config('synchronous_commit', 'off', true)
), moved AS MATERIALIZED (
  SELECT f.*, CASE WHEN f.moves AND (f.last_accessed < f.second OR f.slide_by IS NOT NULL)
    THEN %S.touch(f.id, f.moment) END AS slid FROM found f
)
SELECT ${activeColumns('m')
  .replace('%S.ms(m.last_accessed)', '%S.ms(greatest(m.last_accessed, m.second))')
  .replace(/%S\.ms\(m\.(expires_at|active_until|renewable_until)\)/g, '%S.ms(coalesce(m.slid, m.$1))')}
FROM moved m`;

/** The named statements of the session store. */
export function sessionStatements(backend: PostgresBackend) {
  return {
    access: backend.statement('access', ACCESS),
    create: backend.statement(
      'create',
      `SELECT a.outcome, a.scope, a.active, to_json(a.evicted)::text AS evicted, ${columns('(a.session)')}
       FROM %S.create_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) a`,
    ),
    rotate: backend.statement(
      'rotate',
      `SELECT a.outcome, a.scope, a.active, to_json(a.evicted)::text AS evicted, ${columns('(a.session)')}
       FROM %S.rotate_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) a`,
    ),
    find: backend.statement(
      'find',
      `SELECT ${columns('s')} FROM %S.sessions s
       WHERE s.id = $1 AND s.era = (%ERA) AND %S.is_renewable(s, %S.time_of($2, $3))`,
    ),
    /** Where nobody has changed meanwhile what the new members were made of. */
    amend: backend.statement(
      'amend',
      `WITH amended AS (
         UPDATE %S.sessions s SET details = $6, further = $7
         WHERE s.id = $1 AND s.era = (%ERA) AND %S.is_renewable(s, %S.time_of($2, $3))
           AND s.details IS NOT DISTINCT FROM $4 AND s.further IS NOT DISTINCT FROM $5
         RETURNING s.*)
       SELECT ${columns('a')}, pg_notify(%L || ':ended', a.id || ' amended ' || a.username) FROM amended a`,
    ),
    revoke: backend.statement(
      'revoke',
      `SELECT ${columns('s')} FROM %S.revoke_session($1, $2, $3, $4, $5, $6) s`,
    ),
    revokeByUser: backend.statement(
      'revoke-by-user',
      'SELECT r.id FROM %S.revoke_sessions_of($1, $2, $3, $4, $5) AS r (id)',
    ),
    revokeAll: backend.statement('revoke-all', 'SELECT %S.revoke_sessions($1, $2, $3) AS ended'),
    browse: backend.statement(
      'browse',
      `SELECT b.next, ${columns('s')} FROM %S.browse_sessions($1, $2, $3, $4) b LEFT JOIN LATERAL unnest(b.page) s ON true`,
    ),
    listByUser: backend.statement(
      'list-by-user',
      `SELECT ${columns('s')} FROM %S.time_of($2, $3) AS m (now), %S.sessions s
       WHERE s.username = $1 AND s.era = (%ERA) AND %S.is_renewable(s, m.now) ORDER BY s.turn`,
    ),
    count: backend.statement('count', 'SELECT c.active FROM %S.counts((%ERA), %S.time_of($1, $2)) c'),
    absence: backend.statement('absence', 'SELECT %S.absence($1, $2, $3, $4) AS reason'),
    sweep: backend.statement(
      'sweep',
      'SELECT s.removed, s.more::integer AS more FROM %S.sweep_sessions($1, $2, $3, $4) s',
    ),
    note: backend.statement('note', 'SELECT %S.note_accesses($1, $2)'),
    publish: backend.statement('publish', 'SELECT pg_notify($1, $2)'),
  } as const;
}
