/** What every step goes by. */
export const TIMES = `
-- The time that counts: the caller's, in milliseconds, no earlier than the server's own and no more than so many milliseconds
-- beyond it; where that is nothing, the caller was given a clock, which alone counts.
CREATE FUNCTION %S.time_of(told double precision, ahead double precision) RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN ahead IS NULL THEN to_timestamp(told / 1000)
    ELSE greatest(least(to_timestamp(told / 1000), clock_timestamp() + ahead * interval '1 ms'), clock_timestamp()) END
$$;

-- Whole milliseconds since the epoch.
CREATE FUNCTION %S.ms(at timestamptz) RETURNS double precision
LANGUAGE sql STABLE AS $$ SELECT round(date_part('epoch', at) * 1000) $$;

CREATE FUNCTION %S.ms(length interval) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$ SELECT date_part('epoch', length) * 1000 $$;

-- Nobody waits for a step any more whose deadline, by the server's clock, is over: it must not happen.
CREATE FUNCTION %S.check_deadline(deadline double precision) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF date_part('epoch', clock_timestamp()) * 1000 > deadline THEN
    RAISE EXCEPTION 'the step came after its deadline, and nothing was done' USING ERRCODE = 'NSM01';
  END IF;
END $$;

-- No lock of this transaction is waited for beyond the deadline.
CREATE FUNCTION %S.wait_until(deadline double precision) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  left_over double precision := deadline - date_part('epoch', clock_timestamp()) * 1000;
BEGIN
  PERFORM %S.check_deadline(deadline);
  PERFORM set_config('lock_timeout', greatest(1, least(left_over, 60000))::integer || 'ms', true);
END $$;

-- The name of the lock that a namespace as a whole has.
CREATE FUNCTION %S.lock_name() RETURNS integer
LANGUAGE sql STABLE AS $$ SELECT '%S'::regnamespace::oid::integer $$;
`;
