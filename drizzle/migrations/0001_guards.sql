create function devpilot_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end $$;
--> statement-breakpoint
create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function devpilot_refuse_change();
--> statement-breakpoint
create trigger audit_log_no_truncate before truncate on audit_log
  for each statement execute function devpilot_refuse_change();
--> statement-breakpoint
create function devpilot_count_status() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.status = new.status then return null; end if;
  if tg_op in ('UPDATE', 'DELETE') then
    insert into status_counts (status, count) values (old.status, -1)
      on conflict (status) do update set count = status_counts.count - 1;
  end if;
  if tg_op in ('UPDATE', 'INSERT') then
    insert into status_counts (status, count) values (new.status, 1)
      on conflict (status) do update set count = status_counts.count + 1;
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger agent_runs_count after insert or update of status or delete on agent_runs
  for each row execute function devpilot_count_status();
--> statement-breakpoint
create function devpilot_notify_event() returns trigger language plpgsql as $$
begin
  perform pg_notify('devpilot_events', new.run_id::text || ':' || new.id);
  return null;
end $$;
--> statement-breakpoint
create trigger run_events_notify after insert on run_events
  for each row execute function devpilot_notify_event();
--> statement-breakpoint
-- Gives the transaction its number before the rows get their ids: who reads events in order waits for every
-- transaction that is open, and would not see one that has drawn an id but has no number yet.
create function devpilot_number_first() returns trigger language plpgsql as $$
begin
  perform pg_current_xact_id();
  return null;
end $$;
--> statement-breakpoint
create trigger run_events_number_first before insert on run_events
  for each statement execute function devpilot_number_first();
