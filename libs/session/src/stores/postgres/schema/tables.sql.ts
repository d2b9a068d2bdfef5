/**
 * Where sessions and API tokens lie. `%S` stands for the schema, `%U` for `UNLOGGED` or nothing.
 *
 * Of a session no column that an access writes has an index, so that PostgreSQL can write the new version of the row beside
 * the old one (HOT) and leave every index alone: `due_at` is when a sweep looks at the session next, and not when that is over.
 */
export const TABLES = `
-- One row: what holds for all.
CREATE TABLE %S.about (
  version    integer NOT NULL,
  era        integer NOT NULL DEFAULT 0, -- counts the ends of all sessions; those of an older era are not there
  tokens_era integer NOT NULL DEFAULT 0, -- the same for API tokens
  one        boolean PRIMARY KEY DEFAULT true CHECK (one)
);
INSERT INTO %S.about (version) VALUES (0);

CREATE SEQUENCE %S.turns;

CREATE %U TABLE %S.sessions (
  id                 text COLLATE "C" PRIMARY KEY,
  username           text COLLATE "C" NOT NULL,
  era                integer NOT NULL,
  turn               bigint NOT NULL,   -- the order of creation
  slot               bigint NOT NULL,   -- the order of taking a slot: at the login, or at the refresh of a lapsed session
  shard              smallint NOT NULL, -- which of the tallies counts it
  generation         integer NOT NULL,
  attempt            text,
  created_at         timestamptz NOT NULL,
  issued_at          timestamptz NOT NULL,
  last_accessed      timestamptz NOT NULL,
  expires_at         timestamptz NOT NULL,
  active_until       timestamptz NOT NULL,
  refresh_expires_at timestamptz,
  renewable_until    timestamptz NOT NULL,
  previous_until     timestamptz,
  ends_at            timestamptz,
  idle_timeout       interval,
  slide_by           interval,
  due_at             timestamptz NOT NULL,
  further            jsonb,             -- members that few sessions have, and those of later versions
  details            jsonb
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX sessions_of_user ON %S.sessions (username, turn);
CREATE INDEX sessions_by_slot ON %S.sessions (era, slot);
CREATE INDEX sessions_due ON %S.sessions (due_at);
CREATE INDEX sessions_by_issue ON %S.sessions (issued_at); -- for those that a wrong clock has dated ahead

-- How many sessions of a shard cease to be active, and to be there at all, in a second.
CREATE %U TABLE %S.lapses (
  era       integer NOT NULL,
  shard     smallint NOT NULL,
  at        timestamptz NOT NULL,
  active    integer NOT NULL,
  renewable integer NOT NULL,
  PRIMARY KEY (era, shard, at)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- How many of them lie beyond a moment that is moved on now and then: nothing is ever counted one by one.
CREATE %U TABLE %S.tallies (
  era       integer NOT NULL,
  shard     smallint NOT NULL,
  seen      timestamptz NOT NULL,
  active    bigint NOT NULL,
  renewable bigint NOT NULL,
  PRIMARY KEY (era, shard)
) WITH (fillfactor = 10);

-- The queue for slots keeps those that have lapsed: up to which slot it has nobody else, when that was seen, and when
-- somebody comes in among them who was dated ahead.
CREATE %U TABLE %S.fronts (
  era    integer PRIMARY KEY,
  slot   bigint NOT NULL,
  seen   timestamptz NOT NULL,
  before timestamptz NOT NULL
) WITH (fillfactor = 10);

-- Why a session is gone, for as long as that is remembered.
CREATE %U TABLE %S.endings (
  id          text COLLATE "C" PRIMARY KEY,
  reason      text NOT NULL,
  forgotten_at timestamptz NOT NULL
);
CREATE INDEX endings_forgotten ON %S.endings (forgotten_at);

CREATE TABLE %S.api_tokens (
  jti           text COLLATE "C" PRIMARY KEY,
  username      text COLLATE "C",
  era           integer NOT NULL,
  turn          bigint NOT NULL,
  issued_at     timestamptz,
  expires_at    timestamptz NOT NULL,
  last_accessed timestamptz,
  further       jsonb
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX api_tokens_of_user ON %S.api_tokens (username, turn);
CREATE INDEX api_tokens_over ON %S.api_tokens (era, expires_at);

-- Tokens that were revoked while the statement that registers them may still be under way.
CREATE TABLE %S.revoked_api_tokens (
  jti          text COLLATE "C" PRIMARY KEY,
  forgotten_at timestamptz NOT NULL
);
CREATE INDEX revoked_api_tokens_forgotten ON %S.revoked_api_tokens (forgotten_at);

-- When all of a user's API tokens were ended, the latest few times; with an empty name, everybody's.
CREATE TABLE %S.cut_offs (
  username text COLLATE "C",
  at       timestamptz,
  PRIMARY KEY (username, at)
);
`;
