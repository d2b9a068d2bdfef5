/**
 * The steps of the session store, each one function, so that it is one transaction and one trip.
 *
 * Whoever holds locks waits only for those that come later in this order, so that none waits in a circle: the namespace or
 * the user, sessions by their ids, lapses by shard and second, tallies by shard.
 */
export const SESSIONS = `
CREATE FUNCTION %S.active_end(s %S.sessions) RETURNS timestamptz
LANGUAGE sql STABLE AS $$ SELECT least(s.active_until, s.last_accessed + s.idle_timeout) $$;

CREATE FUNCTION %S.renewable_end(s %S.sessions) RETURNS timestamptz
LANGUAGE sql STABLE AS $$ SELECT least(s.renewable_until, s.last_accessed + s.idle_timeout) $$;

-- One that is dated more than a minute ahead was dated by a wrong clock, and is not there.
CREATE FUNCTION %S.is_active(s %S.sessions, now timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT now < least(s.active_until, s.last_accessed + s.idle_timeout) AND s.issued_at <= now + interval '1 minute'
$$;

CREATE FUNCTION %S.is_renewable(s %S.sessions, now timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT now < least(s.renewable_until, s.last_accessed + s.idle_timeout) AND s.issued_at <= now + interval '1 minute'
$$;

CREATE FUNCTION %S.why_over(s %S.sessions) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN s.last_accessed + s.idle_timeout < s.renewable_until THEN 'idle' ELSE 'expired' END
$$;

-- Of the tallies ---------------------------------------------------------------------------------------------------------

-- Counts ends in or out: of each session its shard, when it ceases to be active and to be there, and 1 or -1.
CREATE FUNCTION %S.tally(
  of_era integer, shards smallint[], active_ends timestamptz[], renewable_ends timestamptz[], changes integer[]
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  WITH changed AS (
    SELECT c.shard, e.at, sum(c.by * e.active) AS active, sum(c.by * e.renewable) AS renewable
    FROM unnest(shards, active_ends, renewable_ends, changes) AS c (shard, active_end, renewable_end, by),
      LATERAL (VALUES (c.active_end, 1, 0), (c.renewable_end, 0, 1)) AS e (at, active, renewable)
    GROUP BY c.shard, e.at
    HAVING sum(c.by * e.active) <> 0 OR sum(c.by * e.renewable) <> 0
    ORDER BY c.shard, e.at
  )
  INSERT INTO %S.lapses AS l (era, shard, at, active, renewable)
    SELECT of_era, c.shard, c.at, c.active, c.renewable FROM changed c ORDER BY c.shard, c.at
    ON CONFLICT (era, shard, at) DO UPDATE
      SET active = l.active + excluded.active, renewable = l.renewable + excluded.renewable;

  IF -1 = ANY (changes) THEN
    DELETE FROM %S.lapses l
      USING unnest(shards, active_ends, renewable_ends) AS c (shard, active_end, renewable_end)
      WHERE l.era = of_era AND l.shard = c.shard AND l.at IN (c.active_end, c.renewable_end)
        AND l.active = 0 AND l.renewable = 0;
  END IF;

  -- What a tally has seen may be moved on beside this: it is read from the row as it is once that is locked.
  INSERT INTO %S.tallies AS t (era, shard, seen, active, renewable)
    SELECT of_era, c.shard, '-infinity', sum(c.by), sum(c.by)
    FROM unnest(shards, changes) AS c (shard, by) GROUP BY c.shard ORDER BY c.shard
    ON CONFLICT (era, shard) DO UPDATE SET
      active = t.active + (
        SELECT coalesce(sum(c.by), 0)
        FROM unnest(shards, active_ends, changes) AS c (shard, at, by) WHERE c.shard = t.shard AND c.at > t.seen),
      renewable = t.renewable + (
        SELECT coalesce(sum(c.by), 0)
        FROM unnest(shards, renewable_ends, changes) AS c (shard, at, by) WHERE c.shard = t.shard AND c.at > t.seen);
END $$;

-- The same for one session that comes in, as each login asks.
CREATE FUNCTION %S.tally_in(
  of_era integer, of_shard smallint, active_end timestamptz, renewable_end timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO %S.lapses AS l (era, shard, at, active, renewable)
    VALUES (of_era, of_shard, active_end, 1, CASE WHEN renewable_end = active_end THEN 1 ELSE 0 END)
    ON CONFLICT (era, shard, at) DO UPDATE
      SET active = l.active + excluded.active, renewable = l.renewable + excluded.renewable;
  IF renewable_end <> active_end THEN
    INSERT INTO %S.lapses AS l (era, shard, at, active, renewable) VALUES (of_era, of_shard, renewable_end, 0, 1)
      ON CONFLICT (era, shard, at) DO UPDATE SET renewable = l.renewable + 1;
  END IF;
  INSERT INTO %S.tallies AS t (era, shard, seen, active, renewable) VALUES (of_era, of_shard, '-infinity', 1, 1)
    ON CONFLICT (era, shard) DO UPDATE SET
      active = t.active + CASE WHEN active_end > t.seen THEN 1 ELSE 0 END,
      renewable = t.renewable + CASE WHEN renewable_end > t.seen THEN 1 ELSE 0 END;
END $$;

-- What lapses between two moments, in the direction of time or against it.
CREATE FUNCTION %S.lapsed(of_era integer, of_shard smallint, since timestamptz, until timestamptz)
RETURNS TABLE (active bigint, renewable bigint)
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN since < until THEN 1 ELSE -1 END * coalesce(sum(l.active), 0),
    CASE WHEN since < until THEN 1 ELSE -1 END * coalesce(sum(l.renewable), 0)
  FROM %S.lapses l
  WHERE l.era = of_era AND l.shard = of_shard AND l.at > least(since, until) AND l.at <= greatest(since, until)
$$;

-- How many sessions are active, and there: what the tallies say, less what has lapsed since they were moved on.
CREATE FUNCTION %S.counts(of_era integer, now timestamptz) RETURNS TABLE (active bigint, renewable bigint)
LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(t.active - l.active), 0)::bigint
      - (SELECT count(*) FROM %S.sessions s
         WHERE s.issued_at > now + interval '1 minute' AND s.era = of_era AND now < %S.active_end(s)),
    coalesce(sum(t.renewable - l.renewable), 0)::bigint
  FROM %S.tallies t, LATERAL %S.lapsed(of_era, t.shard, t.seen, now) l
  WHERE t.era = of_era
$$;

-- Whether little can have lapsed in between.
CREATE FUNCTION %S.is_recent(seen timestamptz, now timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$ SELECT seen BETWEEN now - interval '2 seconds' AND now + interval '1 minute' $$;

-- Moves the tallies of these shards on to now. What others change meanwhile they count in once it is theirs to.
CREATE FUNCTION %S.move_tallies(of_era integer, shards smallint[], now timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM FROM %S.tallies t
    WHERE t.era = of_era AND t.shard = ANY (shards) AND NOT %S.is_recent(t.seen, now) ORDER BY t.shard FOR UPDATE;
  -- A statement of its own, which sees what was committed before the rows were locked.
  UPDATE %S.tallies t SET seen = now, active = t.active - l.active, renewable = t.renewable - l.renewable
    FROM %S.tallies u, LATERAL %S.lapsed(of_era, u.shard, u.seen, now) l
    WHERE u.era = of_era AND u.shard = ANY (shards) AND NOT %S.is_recent(u.seen, now) AND t.era = u.era AND t.shard = u.shard;
END $$;

-- Of ends ----------------------------------------------------------------------------------------------------------------

CREATE FUNCTION %S.remember(ids text[], reasons text[], remembered interval) RETURNS void
LANGUAGE sql VOLATILE AS $$
  INSERT INTO %S.endings AS e (id, reason, forgotten_at)
    SELECT g.id, g.reason, clock_timestamp() + remembered FROM unnest(ids, reasons) AS g (id, reason)
    WHERE remembered > interval '0' ORDER BY g.id
    ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, forgotten_at = excluded.forgotten_at
$$;

-- Ends these sessions, of whatever era, for that reason, or because they are over already; answers those of this era.
CREATE FUNCTION %S.end_sessions(doomed text[], why text, now timestamptz, remembered interval)
RETURNS SETOF %S.sessions
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  gone %S.sessions[];
  reasons text[];
  this_era integer;
BEGIN
  PERFORM FROM %S.sessions s WHERE s.id = ANY (doomed) ORDER BY s.id FOR UPDATE;
  this_era := (%ERA);
  WITH deleted AS (DELETE FROM %S.sessions s WHERE s.id = ANY (doomed) RETURNING s AS session)
    SELECT array_agg(d.session ORDER BY (d.session).turn),
      array_agg(CASE WHEN (d.session).era <> this_era THEN 'revoked' WHEN %S.is_renewable(d.session, now) THEN why
        ELSE %S.why_over(d.session) END ORDER BY (d.session).turn)
    INTO gone, reasons FROM deleted d;
  IF gone IS NULL THEN RETURN; END IF;

  PERFORM %S.remember((SELECT array_agg(g.id) FROM unnest(gone) g), reasons, remembered);
  PERFORM %S.tally(this_era, array_agg(g.shard), array_agg(%S.active_end(g)), array_agg(%S.renewable_end(g)), array_agg(-1))
    FROM unnest(gone) g WHERE g.era = this_era HAVING count(*) > 0;
  PERFORM pg_notify(%L || ':ended', g.id || ' ' || r.reason || ' ' || g.username)
    FROM unnest(gone) WITH ORDINALITY AS g, unnest(reasons) WITH ORDINALITY AS r (reason, place)
    WHERE r.place = g.ordinality AND g.era = this_era AND r.reason NOT IN ('expired', 'idle');
  RETURN QUERY SELECT g.* FROM unnest(gone) g WHERE g.era = this_era;
END $$;

-- Ends these for another one, and answers who has gone, in this order: by turns the ids and the user names.
CREATE FUNCTION %S.evict(doomed text[], now timestamptz, remembered interval) RETURNS text[]
LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(array_agg(x.each ORDER BY array_position(doomed, e.id), x.place), '{}')
  FROM %S.end_sessions(doomed, 'evicted', now, remembered) e, LATERAL (VALUES (1, e.id), (2, e.username)) AS x (place, each)
$$;

-- Of slots ---------------------------------------------------------------------------------------------------------------

-- Whoever needs a slot under a limit of all has the namespace for itself; under a user's own, that user. All others share the
-- namespace, so that an end of all falls between them.
CREATE FUNCTION %S.lock_slots(of_user text, most integer, alone boolean, deadline double precision) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  -- What is read behind a lock has to be what was written before it was let go.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'expected the isolation level read committed, got %', current_setting('transaction_isolation')
      USING ERRCODE = 'NSM02';
  END IF;
  PERFORM %S.wait_until(deadline);
  IF most IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(%S.lock_name(), 0);
  ELSE
    PERFORM pg_advisory_xact_lock_shared(%S.lock_name(), 0);
    IF alone THEN PERFORM pg_advisory_xact_lock(hashtextextended(of_user, %S.lock_name())); END IF;
  END IF;
  PERFORM %S.check_deadline(deadline);
END $$;

-- So many active sessions that have held their slots for longest, but those. Goes past so many lapsed ones and no further:
-- then there are more to pass, and how far it came is in front.
CREATE FUNCTION %S.oldest_slots(
  of_era integer, wanted bigint, but text[], now timestamptz,
  OUT ids text[], OUT front bigint, OUT before timestamptz, OUT passed integer, OUT more boolean
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  s %S.sessions;
BEGIN
  ids := '{}'; passed := 0; more := false;
  SELECT f.slot, f.before INTO front, before FROM %S.fronts f
    WHERE f.era = of_era AND now + interval '1 minute' >= f.seen AND now < f.before;
  front := coalesce(front, 0);
  before := coalesce(before, 'infinity');
  IF wanted <= 0 THEN RETURN; END IF;
  FOR s IN SELECT x.* FROM %S.sessions x WHERE x.era = of_era AND x.slot > front
      ORDER BY x.slot LIMIT wanted + cardinality(but) + 20000 LOOP
    IF %S.is_active(s, now) THEN
      IF NOT s.id = ANY (but) THEN ids := ids || s.id; END IF;
      IF cardinality(ids) >= wanted THEN RETURN; END IF;
    ELSIF ids = '{}' AND NOT s.id = ANY (but) THEN
      front := s.slot;
      passed := passed + 1;
      IF s.issued_at > now + interval '1 minute' THEN before := least(before, s.issued_at - interval '1 minute'); END IF;
      IF passed >= 20000 THEN more := true; RETURN; END IF;
    END IF;
  END LOOP;
END $$;

-- Who would have to go for one more active session of a user; or the limit in the way, and how many are active under it.
CREATE FUNCTION %S.room_for(
  of_era integer, of_user text, most integer, on_limit text, most_of_user integer, on_user_limit text, now timestamptz,
  OUT scope text, OUT active bigint, OUT going text[], OUT more boolean
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  own text[];
  surplus integer;
  oldest record;
BEGIN
  going := '{}'; more := false;
  IF most_of_user IS NOT NULL THEN
    SELECT coalesce(array_agg(s.id ORDER BY CASE WHEN on_user_limit = 'evict-idle' THEN s.last_accessed END, s.turn), '{}')
      INTO own FROM %S.sessions s WHERE s.username = of_user AND s.era = of_era AND %S.is_active(s, now);
    surplus := greatest(0, cardinality(own) + 1 - most_of_user);
    IF surplus > 0 AND (on_user_limit = 'reject' OR most_of_user < 1) THEN
      scope := 'user'; active := cardinality(own); RETURN;
    END IF;
    going := own[1:surplus];
  END IF;
  IF most IS NULL THEN RETURN; END IF;

  IF on_limit = 'reject' OR most < 1 THEN
    SELECT c.active INTO active FROM %S.counts(of_era, now) c;
    IF active - cardinality(going) >= most THEN scope := 'all'; END IF;
    RETURN;
  END IF;

  -- In one statement, so that those who are counted and those who are chosen are the same: who ends meanwhile frees a slot
  -- beside this, whether chosen or not.
  SELECT c.active AS active, o.* INTO oldest
    FROM (SELECT k.active FROM %S.counts(of_era, now) k OFFSET 0) c,
      LATERAL %S.oldest_slots(of_era, c.active - cardinality(going) - most + 1, going, now) o;
  active := oldest.active;
  going := going || oldest.ids;
  more := oldest.more;
  IF oldest.passed >= 32 THEN
    INSERT INTO %S.fronts AS f (era, slot, seen, before) VALUES (of_era, oldest.front, now, oldest.before)
      ON CONFLICT (era) DO UPDATE SET slot = excluded.slot, seen = excluded.seen, before = excluded.before;
  END IF;
END $$;

-- Of verbs ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION %S.create_session(
  given jsonb, reuse boolean, most integer, on_limit text, most_of_user integer, on_user_limit text,
  told double precision, ahead double precision, deadline double precision, remembered interval,
  OUT outcome text, OUT scope text, OUT active bigint, OUT evicted text[], OUT session %S.sessions
)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  new %S.sessions := jsonb_populate_record(NULL::%S.sessions, given);
  present %S.sessions;
  now timestamptz;
  room record;
  doomed text[] := '{}';
BEGIN
  -- Whether it is there already is rarely so, and looked at before others have to wait.
  SELECT s.* INTO present FROM %S.sessions s WHERE s.id = new.id;
  PERFORM %S.lock_slots(new.username, most, reuse OR most_of_user IS NOT NULL, deadline);
  now := %S.time_of(told, ahead);
  new.era := (%ERA);
  evicted := '{}';

  IF present.id IS NOT NULL THEN
    SELECT s.* INTO present FROM %S.sessions s WHERE s.id = new.id FOR UPDATE;
    IF present.era = new.era AND %S.is_renewable(present, now) THEN outcome := 'created'; RETURN; END IF;
  END IF;
  IF reuse THEN
    SELECT s.* INTO session FROM %S.sessions s
      WHERE s.username = new.username AND s.era = new.era AND %S.is_active(s, now) ORDER BY s.turn LIMIT 1;
    IF session.id IS NOT NULL THEN outcome := 'existing'; RETURN; END IF;
  END IF;
  IF most IS NOT NULL OR most_of_user IS NOT NULL THEN
    SELECT r.* INTO room
      FROM %S.room_for(new.era, new.username, most, on_limit, most_of_user, on_user_limit, now) r;
    IF room.scope IS NOT NULL THEN
      outcome := 'limit-reached'; scope := room.scope; active := room.active; RETURN;
    END IF;
    -- What was passed so far is kept, and the caller asks again.
    IF room.more THEN outcome := 'again'; RETURN; END IF;
    doomed := room.going;
  END IF;

  IF present.id IS NOT NULL THEN
    DELETE FROM %S.sessions s WHERE s.id = present.id;
    IF present.era = new.era THEN
      PERFORM %S.tally(new.era, ARRAY[present.shard], ARRAY[%S.active_end(present)], ARRAY[%S.renewable_end(present)], '{-1}');
    END IF;
  END IF;
  new.turn := nextval('%S.turns');
  new.slot := new.turn;
  -- Who has the namespace for itself meets nobody at a tally, and has few of them to add up.
  new.shard := CASE WHEN most IS NULL THEN 1 + floor(random() * 15) ELSE 0 END;
  new.due_at := %S.renewable_end(new);
  INSERT INTO %S.sessions SELECT new.* ON CONFLICT (id) DO NOTHING;
  -- The same was asked for twice at once.
  IF NOT FOUND THEN outcome := 'created'; RETURN; END IF;
  IF doomed <> '{}' THEN evicted := %S.evict(doomed, now, remembered); END IF;
  PERFORM %S.tally_in(new.era, new.shard, %S.active_end(new), new.due_at);
  -- Now and then, so that few seconds have to be added up.
  IF most IS NOT NULL AND new.turn % 8 = 0 THEN PERFORM %S.move_tallies(new.era, '{0}', now); END IF;
  PERFORM %S.check_deadline(deadline);
  outcome := 'created';
END $$;

CREATE FUNCTION %S.rotate_session(
  which text, from_generation integer, by_attempt text, next jsonb, dropped text[],
  most integer, on_limit text, most_of_user integer, on_user_limit text,
  told double precision, ahead double precision, deadline double precision, remembered interval,
  OUT outcome text, OUT scope text, OUT active bigint, OUT evicted text[], OUT session %S.sessions
)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  s %S.sessions;
  new %S.sessions;
  now timestamptz;
  lapsed boolean;
  room record;
  doomed text[] := '{}';
BEGIN
  PERFORM %S.wait_until(deadline);
  outcome := 'gone';
  evicted := '{}';
  now := %S.time_of(told, ahead);
  SELECT x.* INTO s FROM %S.sessions x WHERE x.id = which;
  IF s.id IS NULL THEN RETURN; END IF;
  lapsed := from_generation >= s.generation AND NOT %S.is_active(s, now);
  IF lapsed THEN
    PERFORM %S.lock_slots(s.username, most, most_of_user IS NOT NULL, deadline);
    now := %S.time_of(told, ahead);
    SELECT x.* INTO s FROM %S.sessions x WHERE x.id = which;
    IF s.id IS NULL OR s.era <> (%ERA) OR NOT %S.is_renewable(s, now) THEN RETURN; END IF;
    SELECT r.* INTO room FROM %S.room_for(s.era, s.username, most, on_limit, most_of_user, on_user_limit, now) r;
    PERFORM FROM %S.sessions x WHERE x.id = ANY (room.going || which) ORDER BY x.id FOR UPDATE;
  ELSE
    PERFORM FROM %S.sessions x WHERE x.id = which FOR UPDATE;
  END IF;

  -- Read once more, now that nobody else changes it.
  SELECT x.* INTO s FROM %S.sessions x WHERE x.id = which;
  IF s.id IS NULL OR s.era <> (%ERA) OR NOT %S.is_renewable(s, now) THEN RETURN; END IF;
  IF from_generation < s.generation THEN
    session := s;
    outcome := CASE WHEN from_generation = s.generation - 1 AND by_attempt = s.attempt THEN 'rotated' ELSE 'stale' END;
    RETURN;
  END IF;
  IF lapsed IS DISTINCT FROM NOT %S.is_active(s, now) THEN
    RAISE EXCEPTION 'the session lapsed meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;
  IF lapsed THEN
    IF room.scope IS NOT NULL THEN
      outcome := 'limit-reached'; scope := room.scope; active := room.active; RETURN;
    END IF;
    IF room.more THEN outcome := 'again'; RETURN; END IF;
    doomed := room.going;
  END IF;

  new := jsonb_populate_record(s, next);
  new.generation := from_generation + 1;
  new.attempt := by_attempt;
  new.last_accessed := greatest(s.last_accessed, new.last_accessed);
  new.expires_at := least(new.expires_at, s.ends_at);
  new.active_until := least(new.active_until, s.ends_at);
  IF new.refresh_expires_at IS NOT NULL THEN new.refresh_expires_at := least(new.refresh_expires_at, s.ends_at); END IF;
  new.renewable_until := least(new.renewable_until, s.ends_at);
  new.further := nullif((coalesce(s.further, '{}') || coalesce(next -> 'further', '{}')) - dropped, '{}');
  new.due_at := %S.renewable_end(new);
  IF lapsed THEN new.slot := nextval('%S.turns'); END IF;
  UPDATE %S.sessions x SET
      generation = new.generation, attempt = new.attempt, slot = new.slot, issued_at = new.issued_at,
      last_accessed = new.last_accessed, expires_at = new.expires_at, active_until = new.active_until,
      refresh_expires_at = new.refresh_expires_at, renewable_until = new.renewable_until,
      previous_until = new.previous_until, due_at = new.due_at, further = new.further
    WHERE x.id = which;
  IF doomed <> '{}' THEN evicted := %S.evict(doomed, now, remembered); END IF;
  PERFORM %S.tally(s.era, ARRAY[s.shard, s.shard], ARRAY[%S.active_end(s), %S.active_end(new)],
    ARRAY[%S.renewable_end(s), new.due_at], '{-1,1}');
  PERFORM pg_notify(%L || ':ended', s.id || ' rotated ' || s.username);
  PERFORM %S.check_deadline(deadline);
  session := new;
  outcome := 'rotated';
END $$;

-- Notes the access of a session that falls idle or slides, whose end moves by that; answers until when it slides.
CREATE FUNCTION %S.touch(which text, now timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  s %S.sessions;
  new %S.sessions;
BEGIN
  SELECT x.* INTO s FROM %S.sessions x WHERE x.id = which FOR NO KEY UPDATE;
  IF s.id IS NULL OR s.era <> (%ERA) OR NOT %S.is_active(s, now) THEN RETURN NULL; END IF;
  new := s;
  new.last_accessed := greatest(s.last_accessed, date_trunc('second', now));
  IF s.slide_by IS NOT NULL THEN
    new.expires_at := greatest(s.expires_at,
      least(date_trunc('second', now) + interval '1 second' + s.slide_by, s.ends_at));
    new.active_until := new.expires_at;
    new.renewable_until := new.expires_at;
  END IF;
  IF new IS DISTINCT FROM s THEN
    UPDATE %S.sessions x SET last_accessed = new.last_accessed, expires_at = new.expires_at,
      active_until = new.active_until, renewable_until = new.renewable_until WHERE x.id = which;
    PERFORM %S.tally(s.era, ARRAY[s.shard, s.shard], ARRAY[%S.active_end(s), %S.active_end(new)],
      ARRAY[%S.renewable_end(s), %S.renewable_end(new)], '{-1,1}');
    -- A note that is lost with the server harms nobody.
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  RETURN CASE WHEN s.slide_by IS NOT NULL THEN new.expires_at END;
END $$;

CREATE FUNCTION %S.revoke_session(
  which text, why text, by_user text, told double precision, ahead double precision, remembered interval
) RETURNS SETOF %S.sessions
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  now timestamptz;
  s %S.sessions;
BEGIN
  SELECT x.* INTO s FROM %S.sessions x WHERE x.id = which FOR UPDATE;
  now := %S.time_of(told, ahead);
  IF s.era = (%ERA) AND %S.is_renewable(s, now) AND (by_user IS NULL OR s.username = by_user) THEN
    RETURN QUERY SELECT * FROM %S.end_sessions(ARRAY[which], why, now, remembered);
  END IF;
END $$;

-- Answers the ids of those that ended; those that seem over go as well: if the clock is ahead, they would come back.
CREATE FUNCTION %S.revoke_sessions_of(
  of_user text, but text, told double precision, ahead double precision, remembered interval
) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  now timestamptz := %S.time_of(told, ahead);
  this_era integer := (%ERA);
BEGIN
  RETURN QUERY
    SELECT e.id FROM %S.end_sessions(
      (SELECT array_agg(s.id) FROM %S.sessions s
       WHERE s.username = of_user AND (but IS NULL OR s.id <> but OR s.era <> this_era)), 'revoked', now, remembered) e
    WHERE %S.is_renewable(e, now);
END $$;

-- Costs the same however many there are: a new era begins, and sweeps free what is left of the one before.
CREATE FUNCTION %S.revoke_sessions(but text, told double precision, ahead double precision) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  now timestamptz;
  this_era integer;
  ended bigint;
  spared %S.sessions;
BEGIN
  PERFORM pg_advisory_xact_lock(%S.lock_name(), 0);
  now := %S.time_of(told, ahead);
  SELECT x.* INTO spared FROM %S.sessions x WHERE x.id = but FOR UPDATE;
  this_era := (%ERA);
  IF spared.era <> this_era OR NOT %S.is_renewable(spared, now) THEN spared := NULL; END IF;
  SELECT c.renewable INTO ended FROM %S.counts(this_era, now) c;
  UPDATE %S.about SET era = this_era + 1;
  IF spared.id IS NOT NULL THEN
    ended := ended - 1;
    UPDATE %S.sessions s SET era = this_era + 1 WHERE s.id = spared.id;
    PERFORM %S.tally(this_era + 1, ARRAY[spared.shard], ARRAY[%S.active_end(spared)], ARRAY[%S.renewable_end(spared)], '{1}');
  END IF;
  PERFORM pg_notify(%L || ':ended', '* ' || coalesce(spared.id, ''));
  RETURN ended;
END $$;

-- The active ones below a slot, the last first; where the next page begins is nothing at the end. A place that no page has
-- answered is answered by no row at all. Goes past so many lapsed ones and no further.
CREATE FUNCTION %S.browse_sessions(
  below bigint, most integer, told double precision, ahead double precision,
  OUT next bigint, OUT page %S.sessions[]
) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  now timestamptz := %S.time_of(told, ahead);
  looked integer := 0;
  s %S.sessions;
BEGIN
  IF below > (SELECT t.last_value FROM %S.turns t) THEN RETURN; END IF;
  page := '{}';
  FOR s IN SELECT x.* FROM %S.sessions x
    WHERE x.era = (%ERA) AND x.slot < coalesce(below, 9223372036854775807) ORDER BY x.slot DESC LIMIT most + 1001
  LOOP
    IF cardinality(page) >= most OR looked >= most + 1000 THEN RETURN NEXT; RETURN; END IF;
    IF %S.is_active(s, now) THEN page := page || s; END IF;
    next := s.slot;
    looked := looked + 1;
  END LOOP;
  next := NULL;
  RETURN NEXT;
END $$;

CREATE FUNCTION %S.absence(which text, of_generation integer, told double precision, ahead double precision) RETURNS text
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  now timestamptz := %S.time_of(told, ahead);
  s %S.sessions;
BEGIN
  SELECT x.* INTO s FROM %S.sessions x WHERE x.id = which;
  RETURN CASE
    WHEN s.id IS NULL THEN (SELECT e.reason FROM %S.endings e WHERE e.id = which AND e.forgotten_at > clock_timestamp())
    WHEN s.era <> (%ERA) THEN 'revoked'
    WHEN NOT %S.is_renewable(s, now) THEN %S.why_over(s)
    WHEN of_generation < s.generation THEN 'rotated'
    WHEN NOT %S.is_active(s, now) THEN 'expired'
  END;
END $$;

-- Frees up to so many, and what is left of older eras; others do the same beside it, with other sessions.
CREATE FUNCTION %S.sweep_sessions(
  most integer, told double precision, ahead double precision, remembered interval,
  OUT removed integer, OUT more boolean
)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  now timestamptz := %S.time_of(told, ahead);
  this_era integer := (%ERA);
  due text[];
  over text[];
  left_over text[];
  forgotten integer;
BEGIN
  more := false;
  SELECT coalesce(array_agg(d.id), '{}'), coalesce(array_agg(d.id) FILTER (WHERE d.is_over), '{}') INTO due, over
    FROM (SELECT s.id, s.era <> this_era OR now >= %S.renewable_end(s) AS is_over FROM %S.sessions s
          WHERE s.due_at <= now ORDER BY s.due_at LIMIT most FOR UPDATE SKIP LOCKED) d;
  -- Used since it was last looked at.
  UPDATE %S.sessions s SET due_at = %S.renewable_end(s) WHERE s.id = ANY (due) AND NOT s.id = ANY (over);
  SELECT coalesce(array_agg(d.id), '{}') INTO left_over
    FROM (SELECT s.id FROM %S.sessions s WHERE s.era < this_era AND NOT s.id = ANY (over)
          ORDER BY s.era, s.slot LIMIT most - cardinality(due) FOR UPDATE SKIP LOCKED) d;
  PERFORM %S.end_sessions(over || left_over, 'expired', now, remembered) WHERE cardinality(over || left_over) > 0;
  removed := cardinality(over) + cardinality(left_over);

  -- By an array, so that each is looked up, however many there may be.
  DELETE FROM %S.endings d WHERE d.id = ANY (ARRAY(
    SELECT e.id FROM %S.endings e WHERE e.forgotten_at <= clock_timestamp()
    ORDER BY e.forgotten_at LIMIT most FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  IF cardinality(due) + cardinality(left_over) >= most THEN
    PERFORM FROM %S.sessions s WHERE s.due_at <= now ORDER BY s.due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
    more := FOUND;
    IF NOT more THEN
      PERFORM FROM %S.sessions s WHERE s.era < this_era ORDER BY s.era, s.slot LIMIT 1 FOR UPDATE SKIP LOCKED;
      more := FOUND;
    END IF;
  END IF;
  IF more OR forgotten >= most THEN more := true; RETURN; END IF;

  IF (SELECT l.era FROM %S.lapses l ORDER BY l.era, l.shard, l.at LIMIT 1) < this_era THEN
    DELETE FROM %S.lapses l
      USING (SELECT o.era, o.shard, o.at FROM %S.lapses o WHERE o.era < this_era
             ORDER BY o.era, o.shard, o.at LIMIT most) o
      WHERE l.era = o.era AND l.shard = o.shard AND l.at = o.at;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    more := forgotten >= most;
  END IF;
  DELETE FROM %S.tallies t WHERE t.era < this_era;
  DELETE FROM %S.fronts f WHERE f.era < this_era;
  PERFORM %S.move_tallies(this_era, (SELECT array_agg(t.shard) FROM %S.tallies t WHERE t.era = this_era), now);
END $$;

-- Notes accesses that were answered elsewhere: nothing comes into being by it, and nothing lives longer.
CREATE FUNCTION %S.note_accesses(ids text[], told double precision[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM FROM %S.sessions s WHERE s.id = ANY (ids) ORDER BY s.id FOR NO KEY UPDATE;
  UPDATE %S.sessions s SET last_accessed = to_timestamp(n.at / 1000)
    FROM unnest(ids, told) AS n (id, at)
    WHERE s.id = n.id AND s.era = (%ERA) AND s.last_accessed < to_timestamp(n.at / 1000)
      AND s.idle_timeout IS NULL AND s.slide_by IS NULL;
  PERFORM set_config('synchronous_commit', 'off', true);
END $$;
`;
