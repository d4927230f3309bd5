-- Events that come together are numbered together: one lock and one look for the last line, however many they are.
create or replace function devpilot_tell(p_run uuid, p_audit jsonb, p_events jsonb) returns bigint language plpgsql as $$
declare
  next_line integer;
begin
  if jsonb_array_length(p_events) > 0 then
    perform pg_advisory_xact_lock(hashtextextended('log:' || p_run, 0));
    select first_line + lines into next_line from run_events where run_id = p_run order by first_line desc limit 1;
    insert into run_events (run_id, bead_id, kind, data, lines, first_line)
      select p_run, bead, kind, data, counted,
        coalesce(next_line, 1) + (sum(counted) over (order by place rows unbounded preceding) - counted)::integer
      from (
        select ordinality as place, (value->>'bead')::uuid as bead, value->>'kind' as kind, value->'data' as data,
          devpilot_log_lines(devpilot_log_text(value->>'kind', value->'data')) as counted
        from jsonb_array_elements(p_events) with ordinality
      ) said
      order by place;
  end if;
  return devpilot_append_audit(p_run::text, p_run, p_audit);
end $$;
