-- A step of a run is settled, and the next one begun, in ONE call: thirty statements sent one by one cost ten times
-- as much as what they do. Documents come as jsonb, cleaned and redacted by lib/db; every function runs inside its
-- caller's transaction. Errors: DP001 the lease is lost, DP002 the run is no longer in the status that was expected.

-- Adds entries to a chain. `said` is the canonical JSON of run, actor, action and data, without the brackets: with the
-- hash before, chain, number and time in front it is the text that lib/db/audit.ts hashes when it verifies.
create function devpilot_append_audit(p_chain text, p_run uuid, p_entries jsonb) returns void language plpgsql as $$
declare
  entry jsonb;
  last_seq bigint;
  last_hash text;
  moment timestamptz;
begin
  perform pg_advisory_xact_lock(hashtextextended('audit:' || p_chain, 0));
  select seq, hash into last_seq, last_hash from audit_log where chain = p_chain order by seq desc limit 1;
  last_seq := coalesce(last_seq, 0);
  last_hash := coalesce(last_hash, repeat('0', 64));
  for entry in select value from jsonb_array_elements(p_entries) loop
    moment := date_trunc('milliseconds', clock_timestamp());
    last_seq := last_seq + 1;
    insert into audit_log (id, chain, seq, run_id, at, actor, action, data, prev_hash, hash)
      values ((entry->>'id')::uuid, p_chain, last_seq, p_run, moment, entry->'actor', entry->>'action', entry->'data',
        last_hash, encode(sha256(convert_to('["' || last_hash || '","' || p_chain || '",' || last_seq || ',"'
          || to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '",' || (entry->>'said') || ']',
          'UTF8')), 'hex'))
      returning hash into last_hash;
  end loop;
end $$;
--> statement-breakpoint
create function devpilot_append_events(p_run uuid, p_events jsonb) returns void language sql as $$
  insert into run_events (run_id, bead_id, kind, data)
    select p_run, (value->>'bead')::uuid, value->>'kind', value->'data'
    from jsonb_array_elements(p_events) with ordinality order by ordinality;
$$;
--> statement-breakpoint
-- Turns a reservation into what was really spent (0 gives it back). False, and nothing done, when it is settled already.
create function devpilot_settle_reservation(p_id uuid, p_spent bigint) returns boolean language plpgsql as $$
declare
  held budget_reservations;
begin
  delete from budget_reservations where id = p_id returning * into held;
  if held.id is null then return false; end if;
  -- In the order in which they were reserved: an UPDATE alone takes them as they lie, and two would deadlock.
  perform 1 from budget_accounts where key in (select jsonb_array_elements_text(held.keys))
    order by key collate "C" for update;
  update budget_accounts set reserved_micros = reserved_micros - held.micros, spent_micros = spent_micros + p_spent
    where key in (select jsonb_array_elements_text(held.keys));
  return true;
end $$;
--> statement-breakpoint
-- Reservations of a worker that died in the middle of a call count as spent: the provider may have charged them, and
-- a budget must never be passed. p_token: of who has the run now; null when nobody will.
create function devpilot_settle_orphans(p_run uuid, p_token bigint) returns void language plpgsql as $$
declare
  orphan record;
begin
  for orphan in select id, micros from budget_reservations
    where run_id = p_run and (p_token is null or lease_token < p_token) loop
    if devpilot_settle_reservation(orphan.id, orphan.micros) then
      update agent_runs set cost_micros = cost_micros + orphan.micros where id = p_run;
      update beads set cost_micros = cost_micros + orphan.micros
        where id = (select id from beads where run_id = p_run order by seq desc limit 1);
    end if;
  end loop;
end $$;
--> statement-breakpoint
-- Adds an end to the day (UTC) of its repository; p_by is -1 to take it back before a run that ended goes on.
create function devpilot_count_end(p_run uuid, p_status text, p_by integer) returns void language sql as $$
  insert into daily_stats (day, repository_id, succeeded, failed, other, cost_micros, score_sum, scored)
    select (coalesce(ended_at, now()) at time zone 'UTC')::date, repository_id,
      case when p_status = 'succeeded' then p_by else 0 end, case when p_status = 'failed' then p_by else 0 end,
      case when p_status in ('succeeded', 'failed') then 0 else p_by end,
      p_by * cost_micros, p_by * coalesce(score, 0), case when score is null then 0 else p_by end
    from agent_runs where id = p_run and repository_id is not null
  on conflict (day, repository_id) do update set
    succeeded = daily_stats.succeeded + excluded.succeeded, failed = daily_stats.failed + excluded.failed,
    other = daily_stats.other + excluded.other, cost_micros = daily_stats.cost_micros + excluded.cost_micros,
    score_sum = daily_stats.score_sum + excluded.score_sum, scored = daily_stats.scored + excluded.scored;
$$;
--> statement-breakpoint
-- Takes the job's row for this transaction and checks that the claim still holds it: fencing.
create function devpilot_assert_lease(p_job uuid, p_token bigint) returns void language plpgsql as $$
begin
  perform 1 from jobs where id = p_job and lease_token = p_token and state = 'leased' for update;
  if not found then raise exception using errcode = 'DP001', message = 'Another worker has this run now.'; end if;
end $$;
--> statement-breakpoint
-- A commit that is shown as `pending` must not stay so for a run that is over, however it ended: a worker shows it. One
-- that could not be shown, as the run had gone on, is due again at its next end.
create function devpilot_end_checks(p_run uuid) returns void language sql as $$
  insert into notifications (key, run_id, channel, what, due_at)
    select key || ':ended', p_run, 'github', 'ended', now()
    from (select distinct on (intent->>'name') key, intent from effects
      where run_id = p_run and kind = 'check' and result->'refused' is null
      order by intent->>'name', created_at desc) newest
    where intent->>'state' = 'pending'
  on conflict (key) do update set due_at = now(), attempts = 0, error = null, lease_until = null,
    lease_token = notifications.lease_token + 1
    where notifications.done_at is null;
$$;
--> statement-breakpoint
-- The one way a run's state changes: status, state, next job, audit entry and live event.
create function devpilot_transition(p jsonb) returns void language plpgsql as $$
declare
  this uuid := (p->>'run')::uuid;
  status_now text := p->>'status';
  ended boolean := (p->>'ended')::boolean;
  patch jsonb := coalesce(p->'patch', '{}');
  job jsonb := p->'job';
begin
  if job is null then
    perform devpilot_assert_lease((p->>'lease_job')::uuid, (p->>'lease_token')::bigint);
  else
    -- A person's write takes the run away from whoever has it: their token is no longer the newest.
    update jobs set state = job->>'state', failures = 0, lease_owner = null, lease_until = null,
      lease_token = lease_token + case when p->>'lease_job' is null then 1 else 0 end,
      due_at = case job->>'state' when 'ready' then now()
        when 'delayed' then coalesce((job->>'at')::timestamptz, now() + (job->>'ms')::double precision * interval '1 millisecond') end,
      dead_reason = job->>'dead', dead_at = case when job->>'state' = 'dead' then now() end
      where run_id = this and (p->>'lease_job' is null
        or id = (p->>'lease_job')::uuid and lease_token = (p->>'lease_token')::bigint and state = 'leased');
    if not found then raise exception using errcode = 'DP001', message = 'Another worker has this run now.'; end if;
  end if;
  -- Before the end is counted: what a call under way may have cost is part of it.
  if ended then perform devpilot_settle_orphans(this, null); end if;
  if (p->>'was_ended')::boolean then perform devpilot_count_end(this, p->>'from', -1); end if;
  update agent_runs set status = status_now, step = p->>'step', state = p->'state',
    ending = case when ended then p->>'ending' end, target = p->>'target', updated_at = now(),
    started_at = coalesce(started_at, now()), ended_at = case when ended then now() end,
    branch = coalesce(patch->>'branch', branch), base_sha = coalesce(patch->>'baseSha', base_sha),
    head_sha = coalesce(patch->>'headSha', head_sha), score = coalesce((patch->>'score')::integer, score),
    task = coalesce(patch->'task', task), title = coalesce(patch#>>'{task,title}', title)
    where id = this and status = p->>'from';
  if not found then
    raise exception using errcode = 'DP002', message = 'The run is no longer ' || (p->>'from') || '.';
  end if;
  -- A run that went on leaves no gate open behind it; decided ones were closed before.
  if status_now <> 'waiting_gate' then
    update gates set status = 'void', closed_at = now() where run_id = this and status = 'waiting';
  end if;
  if ended then
    perform devpilot_count_end(this, status_now, 1);
    perform devpilot_end_checks(this);
  end if;
  perform devpilot_append_audit(this::text, this, p->'audit');
  perform devpilot_append_events(this, p->'events');
end $$;
--> statement-breakpoint
-- Gates that hold nothing back for this target stand in the record as skipped, once the run has passed them.
create function devpilot_skip_beads(p_run uuid, p_after integer, p_skips jsonb) returns integer language plpgsql as $$
declare
  added integer;
begin
  insert into beads (id, run_id, seq, step, name, category, status, summary, ended_at)
    select (value->>'id')::uuid, p_run, p_after + (row_number() over (order by ordinality))::integer, value->>'step',
      value->>'step', 'gate', 'skipped', jsonb_build_object('reason', value->>'reason'), now()
    from jsonb_array_elements(p_skips) with ordinality
    where not exists (select from beads where run_id = p_run and step = value->>'step');
  get diagnostics added = row_count;
  return added;
end $$;
--> statement-breakpoint
-- The running bead of this step, or a new one.
create function devpilot_open_bead(p_run uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  last beads;
  number integer;
  tries integer;
begin
  select * into last from beads where run_id = p_run order by seq desc limit 1;
  if last.status = 'running' and last.step = p->>'step' then
    update beads set begun = begun + 1 where id = last.id returning begun into tries;
    return jsonb_build_object('id', last.id, 'seq', last.seq, 'step', last.step, 'attempt', last.attempt,
      'resumed', true, 'begun', tries);
  end if;
  number := coalesce(last.seq, 0) + 1;
  if jsonb_array_length(p->'skips') > 0 then
    number := number + devpilot_skip_beads(p_run, number - 1, p->'skips');
  end if;
  select count(*) + 1 into tries from beads
    where run_id = p_run and step = p->>'step' and task_id is not distinct from p->>'task';
  insert into beads (id, run_id, seq, step, name, category, status, attempt, begun, task_id, base_sha, state, started_at)
    select (p->>'id')::uuid, p_run, number, p->>'step', p->>'name', p->>'category', 'running', tries, 1, p->>'task',
      head_sha, state, now() from agent_runs where id = p_run;
  perform devpilot_append_events(p_run, jsonb_build_array(jsonb_build_object('bead', p->>'id', 'kind', 'bead',
    'data', jsonb_build_object('step', p->>'step', 'seq', number, 'attempt', tries, 'status', 'running',
      'task', p->>'task'))));
  perform devpilot_append_audit(p_run::text, p_run, jsonb_build_array(jsonb_build_object('id', p->>'auditId',
    'actor', p->'actor', 'action', (p->>'step') || '.began', 'data', jsonb_build_object('seq', number, 'attempt', tries),
    'said', (p->>'said') || ',{"attempt":' || tries || ',"seq":' || number || '}')));
  return jsonb_build_object('id', p->>'id', 'seq', number, 'step', p->>'step', 'attempt', tries, 'resumed', false,
    'begun', 1);
end $$;
--> statement-breakpoint
-- Begins the step that a claimed run stands at; a queued run becomes running.
create function devpilot_begin(p jsonb) returns jsonb language plpgsql as $$
declare
  this uuid := (p->>'run')::uuid;
begin
  perform devpilot_assert_lease((p->>'lease_job')::uuid, (p->>'lease_token')::bigint);
  if p ? 'transition' then perform devpilot_transition(p->'transition'); end if;
  perform devpilot_settle_orphans(this, (p->>'lease_token')::bigint);
  return devpilot_open_bead(this, p->'open');
end $$;
--> statement-breakpoint
-- Whether there is other work that a worker could take up now.
create function devpilot_others_wait() returns boolean language sql stable as $$
  select exists (select from jobs where state = 'ready')
    or exists (select from jobs where state = 'delayed' and due_at <= now())
    or exists (select from jobs where state = 'leased' and lease_until <= now());
$$;
--> statement-breakpoint
-- What a step came to: bead, run, next job, audit and events. Where the worker may keep the run (p.keep: it has had it
-- for less than its turn, or nobody else waits), the next step's bead is opened and returned.
create function devpilot_settle(p jsonb) returns jsonb language plpgsql as $$
declare
  this uuid := (p->>'run')::uuid;
  bead jsonb := p->'bead';
  change jsonb := p->'transition';
  keep boolean;
begin
  perform devpilot_assert_lease((p->>'lease_job')::uuid, (p->>'lease_token')::bigint);
  update beads set status = bead->>'status', begun = 0, kept = null, outcome = bead->'outcome', summary = bead->'summary',
    head_sha = coalesce(change#>>'{patch,headSha}', (select head_sha from agent_runs where id = this)),
    ended_at = case when (bead->>'waits')::boolean then null else now() end
    where id = (bead->>'id')::uuid and status = 'running';
  -- Settled before, by an attempt whose answer got lost.
  if not found and p#>>'{keep,open}' is null and p ? 'keep' then return 'true'; end if;
  if p ? 'budget' then
    -- The repository's sum for one run, unless a person named another.
    update agent_runs set budget_micros = (p#>>'{budget,micros}')::bigint
      where id = this and not budget_given and budget_micros <> (p#>>'{budget,micros}')::bigint;
    if found then
      insert into budget_accounts (key, limit_micros) values ('run:' || this, (p#>>'{budget,micros}')::bigint)
        on conflict (key) do update set limit_micros = excluded.limit_micros;
      perform devpilot_append_audit(this::text, this, p#>'{budget,audit}');
    end if;
  end if;
  if p ? 'max_active' then
    update repositories set max_active = (p->>'max_active')::integer
      where id = (select repository_id from agent_runs where id = this)
        and max_active is distinct from (p->>'max_active')::integer;
  end if;
  if p ? 'skips' then perform devpilot_skip_beads(this, (bead->>'seq')::integer, p->'skips'); end if;
  keep := p ? 'keep' and ((p#>>'{keep,held}')::double precision < (p#>>'{keep,turn}')::double precision
    or not devpilot_others_wait());
  if keep then
    -- Nobody else is to look for a run that is kept.
    change := (change - 'job') || jsonb_build_object('events',
      (select jsonb_agg(value #- '{data,ready}' order by ordinality)
        from jsonb_array_elements(change->'events') with ordinality));
  end if;
  perform devpilot_transition(change);
  if not keep then return null; end if;
  update jobs set failures = 0 where id = (p->>'lease_job')::uuid and failures > 0;
  if p#>>'{keep,open}' is null then return 'true'; end if;
  return devpilot_open_bead(this, p#>'{keep,open}')
    || (select jsonb_build_object('budgetMicros', budget_micros, 'task', task, 'title', title, 'state', state)
      from agent_runs where id = this);
end $$;
--> statement-breakpoint
-- Adds a row for each change instead of counting in place: transactions that moved runs would wait for each other, and
-- those that moved one from a to b and one from b to a would deadlock.
create or replace function devpilot_count_status() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.status = new.status then return null; end if;
  if tg_op in ('UPDATE', 'DELETE') then insert into status_changes (status, "by") values (old.status, -1); end if;
  if tg_op in ('UPDATE', 'INSERT') then insert into status_changes (status, "by") values (new.status, 1); end if;
  return null;
end $$;
--> statement-breakpoint
-- Folds the changes into the counts; one at a time, and what is being added meanwhile is left for the next.
create function devpilot_fold_counts() returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7264102);
  with gone as (delete from status_changes returning status, "by")
  insert into status_counts (status, count) select status, sum("by") from gone group by status order by status
  on conflict (status) do update set count = status_counts.count + excluded.count;
end $$;
--> statement-breakpoint
-- Told by the process after its commit (lib/db/events.ts): a NOTIFY inside the transaction makes all commits of the
-- database wait for each other, each with its own flush to disk.
drop trigger run_events_notify on run_events;
--> statement-breakpoint
drop function devpilot_notify_event();
