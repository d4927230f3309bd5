-- Lines of a run's log have numbers that stay, so that a line has an address and a page can ask for any window of a
-- log of any length by index. An event is one or more lines: it carries the number of its first and how many it has.

-- What an event says, as the log shows it, searches it and counts its lines. One place for all three.
create function devpilot_log_text(p_kind text, p_data jsonb) returns text language plpgsql immutable as $$
declare
  said text;
begin
  if p_kind = 'log' then
    said := coalesce(nullif(p_data->>'text', ''), nullif(p_data->>'output', ''), nullif(p_data->>'message', ''),
      nullif(p_data->>'summary', ''));
  elsif p_kind = 'tool' then
    said := concat_ws(' ', p_data->>'tool', nullif(p_data->>'call', ''), nullif(p_data->>'text', ''))
      || coalesce(E'\n' || nullif(p_data->>'result', ''), '');
  elsif p_kind = 'turn' then
    said := concat_ws(' ', p_data->>'agent', 'turn', p_data->>'turn') || ': '
      || concat_ws(', ', nullif(p_data->>'model', ''), (p_data->>'inputTokens') || ' tokens in',
        (p_data->>'outputTokens') || ' out',
        case when jsonb_typeof(p_data->'tools') = 'array' and p_data->'tools' <> '[]'
          then 'calls ' || (select string_agg(value, ', ') from jsonb_array_elements_text(p_data->'tools')) end,
        nullif(p_data->>'text', ''));
  else
    said := concat_ws(': ',
      nullif(concat_ws(' ', p_data->>'step', p_data->>'name', p_data->>'gate', p_data->>'kind', p_data->>'phase',
        p_data->>'task', case when p_data->>'attempt' <> '1' then 'attempt ' || (p_data->>'attempt') end), ''),
      nullif(concat_ws(', ', replace(p_data->>'status', '_', ' '), replace(p_data->>'result', '_', ' '),
        replace(p_data->>'outcome', '_', ' '), p_data->>'decision', p_data->>'score', nullif(p_data->>'detail', ''),
        nullif(p_data->>'text', ''), nullif(p_data->>'message', ''), nullif(p_data->>'summary', ''),
        nullif(p_data->>'reason', ''), nullif(p_data->>'title', ''), nullif(p_data->>'url', '')), ''));
  end if;
  said := rtrim(replace(said, E'\r\n', E'\n'), E'\n');
  return coalesce(nullif(said, ''), p_data::text);
end $$;
--> statement-breakpoint
-- A line without its colours, which stand between letters as often as not.
create function devpilot_log_plain(p_text text) returns text language plpgsql immutable as $$
begin
  if position(chr(27) in p_text) = 0 then return p_text; end if;
  return regexp_replace(p_text, '\x1b\[[0-9;:]*[A-Za-z]', '', 'g');
end $$;
--> statement-breakpoint
create function devpilot_log_holds(p_kind text, p_data jsonb, p_words text) returns boolean
  language plpgsql immutable as $$
begin
  return position(lower(p_words) in lower(devpilot_log_plain(devpilot_log_text(p_kind, p_data)))) > 0;
end $$;
--> statement-breakpoint
create function devpilot_log_level(p_kind text, p_data jsonb) returns text language sql immutable parallel safe as $$
  select case
    when p_data->>'isError' = 'true' or p_data->>'status' in ('failed', 'dead') or p_data->>'level' = 'error'
      or (p_kind = 'log' and left(p_data->>'text', 40) ~* '^\W*(error|fatal)\M') then 'error'
    when p_data->>'level' in ('warn', 'warning')
      or (p_kind = 'log' and left(p_data->>'text', 40) ~* '^\W*warn(ing)?\M') then 'warning'
    else 'info' end
$$;
--> statement-breakpoint
create function devpilot_log_lines(p_text text) returns integer language sql immutable parallel safe as $$
  select length(p_text) - length(replace(p_text, E'\n', '')) + 1
$$;
--> statement-breakpoint
alter table run_events add column first_line integer not null default 0, add column lines integer not null default 1;
--> statement-breakpoint
update run_events e set first_line = n.first_line, lines = n.lines
  from (
    select id, lines, 1 + sum(lines) over (partition by run_id order by id) - lines as first_line
    from (select id, run_id, devpilot_log_lines(devpilot_log_text(kind, data)) as lines from run_events) counted
  ) n
  where n.id = e.id;
--> statement-breakpoint
create index run_events_line on run_events (run_id, first_line);
--> statement-breakpoint
-- Writers of one run wait for each other here, or two would give out the same number. They hold the run's job already.
-- A row that brings its number keeps it: that is for who copies or generates whole logs.
create function devpilot_number_lines() returns trigger language plpgsql as $$
begin
  if new.first_line > 0 then return new; end if;
  perform pg_advisory_xact_lock(hashtextextended('log:' || new.run_id, 0));
  new.lines := devpilot_log_lines(devpilot_log_text(new.kind, new.data));
  select first_line + lines into new.first_line from run_events
    where run_id = new.run_id order by first_line desc limit 1;
  new.first_line := coalesce(new.first_line, 1);
  return new;
end $$;
--> statement-breakpoint
create trigger run_events_lines before insert on run_events for each row execute function devpilot_number_lines();
