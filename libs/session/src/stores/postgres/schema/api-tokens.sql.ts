/** The steps of the store of API tokens. */
export const API_TOKENS = `
-- Whether it is not over, and no clock that was ahead has dated it.
CREATE FUNCTION %S.is_there(t %S.api_tokens, now timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT now < t.expires_at AND coalesce(t.issued_at, '-infinity') <= now + interval '1 minute'
$$;

-- Whether what was begun or signed then was ended since, as a user's or as everybody's. An end that is still to come was
-- dated by a clock that was ahead.
CREATE FUNCTION %S.is_cut_off(of_user text, begun timestamptz, now timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM %S.cut_offs c
    WHERE c.username IN (coalesce(of_user, ''), '') AND c.at BETWEEN begun AND now + interval '1 minute')
$$;

-- Remembers an end of all, of a user or with an empty name of everybody: the latest few, since a wrong clock may have dated
-- some of them.
CREATE FUNCTION %S.cut_off(of_user text, ended_at timestamptz) RETURNS void
LANGUAGE sql VOLATILE AS $$
  INSERT INTO %S.cut_offs (username, at) VALUES (of_user, ended_at) ON CONFLICT DO NOTHING;
  DELETE FROM %S.cut_offs c WHERE c.username = of_user
    AND c.at < (SELECT min(l.at) FROM (
      SELECT k.at FROM %S.cut_offs k WHERE k.username = of_user ORDER BY k.at DESC LIMIT 4) l);
$$;

-- Who registers a token shares the namespace and its owner, so that an end of all falls before it or after.
CREATE FUNCTION %S.lock_owner(of_user text, alone boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(%S.lock_name(), 1);
  IF alone THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('of ' || of_user, %S.lock_name()));
  ELSIF of_user IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('of ' || of_user, %S.lock_name()));
  END IF;
END $$;

-- Whether the token is registered. One that was put already is answered as it was then, and of one that was revoked
-- meanwhile nothing comes back.
CREATE FUNCTION %S.put_api_token(
  given jsonb, begun double precision, told double precision, ahead double precision, deadline double precision
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  new %S.api_tokens := jsonb_populate_record(NULL::%S.api_tokens, given);
  present %S.api_tokens;
BEGIN
  PERFORM %S.wait_until(deadline);
  PERFORM %S.lock_owner(new.username, false);
  IF EXISTS (SELECT FROM %S.revoked_api_tokens r WHERE r.jti = new.jti AND r.forgotten_at > clock_timestamp())
    OR %S.is_cut_off(new.username, to_timestamp(begun / 1000), %S.time_of(told, ahead)) THEN
    RETURN false;
  END IF;
  new.era := (%TOKENS_ERA);
  SELECT t.* INTO present FROM %S.api_tokens t WHERE t.jti = new.jti FOR UPDATE;
  IF (present.era, present.username, present.issued_at, present.expires_at, present.further)
    IS DISTINCT FROM (new.era, new.username, new.issued_at, new.expires_at, new.further) THEN
    new.turn := nextval('%S.turns');
    DELETE FROM %S.api_tokens t WHERE t.jti = new.jti;
    INSERT INTO %S.api_tokens SELECT new.* ON CONFLICT (jti) DO NOTHING;
  END IF;
  PERFORM %S.check_deadline(deadline);
  RETURN true;
END $$;

CREATE FUNCTION %S.tell_of_token(t %S.api_tokens) RETURNS void
LANGUAGE sql VOLATILE AS $$
  SELECT pg_notify(%L || ':api-tokens-ended', '-' || t.jti || E'\\n' || coalesce(to_json(t.username)::text, ''))
$$;

CREATE FUNCTION %S.revoke_api_token(which text, by_user text, under_way interval) RETURNS SETOF %S.api_tokens
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  t %S.api_tokens;
BEGIN
  DELETE FROM %S.api_tokens x WHERE x.jti = which AND x.era = (%TOKENS_ERA) AND (by_user IS NULL OR x.username = by_user)
    RETURNING x.* INTO t;
  IF t.jti IS NULL THEN RETURN; END IF;
  INSERT INTO %S.revoked_api_tokens (jti, forgotten_at) VALUES (which, clock_timestamp() + under_way)
    ON CONFLICT (jti) DO UPDATE SET forgotten_at = excluded.forgotten_at;
  PERFORM %S.tell_of_token(t);
  RETURN NEXT t;
END $$;

-- Up to when all is ended, and the jtis of those that were there.
CREATE FUNCTION %S.revoke_api_tokens_of(
  of_user text, told double precision, ahead double precision, OUT until timestamptz, OUT ended text[]
)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  gone %S.api_tokens[];
  this_era integer;
BEGIN
  PERFORM %S.lock_owner(of_user, true);
  until := date_trunc('milliseconds', %S.time_of(told, ahead));
  this_era := (%TOKENS_ERA);
  WITH deleted AS (DELETE FROM %S.api_tokens t WHERE t.username = of_user RETURNING t AS token)
    SELECT array_agg(d.token ORDER BY (d.token).turn) INTO gone FROM deleted d;
  PERFORM %S.cut_off(of_user, until);
  PERFORM %S.tell_of_token(g) FROM unnest(gone) g;
  ended := ARRAY(SELECT g.jti FROM unnest(gone) g WHERE g.era = this_era AND %S.is_there(g, until) ORDER BY g.turn);
END $$;

-- Up to when all is ended, and how many were not over. A new era begins, and sweeps free what is left of the one before.
CREATE FUNCTION %S.revoke_api_tokens(
  told double precision, ahead double precision, OUT until timestamptz, OUT ended bigint
)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  this_era integer;
BEGIN
  PERFORM pg_advisory_xact_lock(%S.lock_name(), 1);
  until := date_trunc('milliseconds', %S.time_of(told, ahead));
  this_era := (%TOKENS_ERA);
  SELECT count(*) INTO ended FROM %S.api_tokens t WHERE t.era = this_era AND t.expires_at > until;
  UPDATE %S.about SET tokens_era = this_era + 1;
  PERFORM %S.cut_off('', until);
  PERFORM pg_notify(%L || ':api-tokens-ended', '*');
END $$;

CREATE FUNCTION %S.sweep_api_tokens(
  most integer, told double precision, ahead double precision, OUT removed integer, OUT more boolean
)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  now timestamptz := %S.time_of(told, ahead);
  this_era integer := (%TOKENS_ERA);
BEGIN
  -- By an array, so that each is looked up, however many there may be.
  DELETE FROM %S.api_tokens d WHERE d.jti = ANY (ARRAY(
    SELECT t.jti FROM %S.api_tokens t WHERE (t.era, t.expires_at) <= (this_era, now)
    ORDER BY t.era, t.expires_at LIMIT most FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS removed = ROW_COUNT;
  DELETE FROM %S.revoked_api_tokens d WHERE d.jti = ANY (ARRAY(
    SELECT r.jti FROM %S.revoked_api_tokens r WHERE r.forgotten_at <= clock_timestamp()
    ORDER BY r.forgotten_at LIMIT most FOR UPDATE SKIP LOCKED));
  more := false;
  IF removed >= most THEN
    PERFORM FROM %S.api_tokens t WHERE (t.era, t.expires_at) <= (this_era, now)
      ORDER BY t.era, t.expires_at LIMIT 1 FOR UPDATE SKIP LOCKED;
    more := FOUND;
  END IF;
END $$;
`;
