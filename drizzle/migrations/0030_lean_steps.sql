-- A step costs what it writes and little more: one statement a table, its audit entries and its events together, and no
-- index or trigger that hot rows visit for nothing.

-- Nothing is found by these two: lists go by id, and a status or a category is no way to a few rows. With them the end
-- of every step wrote all indexes of its bead anew.
drop index beads_status;
--> statement-breakpoint
drop index beads_category;
--> statement-breakpoint
-- Room on their own page for the next version of rows that are written with every step.
alter table beads set (fillfactor = 75);
--> statement-breakpoint
alter table agent_runs set (fillfactor = 70);
--> statement-breakpoint
alter table jobs set (fillfactor = 70);
--> statement-breakpoint
drop trigger agent_runs_count on agent_runs;
--> statement-breakpoint
create trigger agent_runs_count after insert or delete on agent_runs
  for each row execute function devpilot_count_status();
--> statement-breakpoint
create trigger agent_runs_moved after update of status on agent_runs
  for each row when (old.status <> new.status) execute function devpilot_count_status();
--> statement-breakpoint
-- Events are written thrice a step and by nobody but the holder of their run: they go with it, and are not checked
-- against it one by one.
alter table run_events drop constraint run_events_run_id_agent_runs_id_fk;
--> statement-breakpoint
create function devpilot_forget_events() returns trigger language plpgsql as $$
begin
  delete from run_events where run_id = old.id;
  return null;
end $$;
--> statement-breakpoint
create trigger agent_runs_events after delete on agent_runs
  for each row execute function devpilot_forget_events();
--> statement-breakpoint
-- A transaction that wrote before has its number.
drop trigger run_events_number_first on run_events;
--> statement-breakpoint
create trigger run_events_number_first before insert on run_events
  for each statement when (pg_current_xact_id_if_assigned() is null) execute function devpilot_number_first();
--> statement-breakpoint
drop function devpilot_append_audit(text, uuid, jsonb);
--> statement-breakpoint
-- Adds entries to a chain and gives the number of the last. `said` is the canonical JSON of run, actor, action and data,
-- without the brackets: what is hashed is what is kept. With the hash before, chain, number and time in front it is the
-- text that lib/db/audit.ts hashes when it verifies.
create function devpilot_append_audit(p_chain text, p_run uuid, p_entries jsonb) returns bigint language plpgsql as $$
declare
  number bigint;
  last_hash text;
  hashes text[];
  moments timestamptz[];
  added integer := jsonb_array_length(p_entries);
begin
  perform pg_advisory_xact_lock(hashtextextended('audit:' || p_chain, 0));
  select seq, hash into number, last_hash from audit_log where chain = p_chain order by seq desc limit 1;
  number := coalesce(number, 0);
  hashes[0] := coalesce(last_hash, repeat('0', 64));
  for i in 1 .. added loop
    moments[i] := date_trunc('milliseconds', clock_timestamp());
    hashes[i] := encode(sha256(convert_to('["' || hashes[i - 1] || '","' || p_chain || '",' || number + i || ',"'
      || to_char(moments[i] at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '",'
      || (p_entries->(i - 1)->>'said') || ']', 'UTF8')), 'hex');
  end loop;
  insert into audit_log (id, chain, seq, run_id, at, actor, action, data, prev_hash, hash)
    select (entry->>'id')::uuid, p_chain, number + i, p_run, moments[i], said->1, said->>2, said->3, hashes[i - 1], hashes[i]
    from (select entry, i, ('[' || (entry->>'said') || ']')::jsonb as said
      from jsonb_array_elements(p_entries) with ordinality as given (entry, i)) entries;
  return number + added;
end $$;
--> statement-breakpoint
drop function devpilot_append_events(uuid, jsonb);
--> statement-breakpoint
-- What a change of a run leaves on record: entries of its chain, and events in their order.
create function devpilot_tell(p_run uuid, p_audit jsonb, p_events jsonb) returns bigint language plpgsql as $$
begin
  insert into run_events (run_id, bead_id, kind, data)
    select p_run, (value->>'bead')::uuid, value->>'kind', value->'data' from jsonb_array_elements(p_events);
  return devpilot_append_audit(p_run::text, p_run, p_audit);
end $$;
--> statement-breakpoint
-- A run's new status and state, and its next job where one is named. The caller has fenced, and tells of it.
-- p_kept: it goes on where it is, whatever job is named.
create function devpilot_move(p jsonb, p_kept boolean, out head_sha text, out budget_micros bigint) language plpgsql as $$
declare
  this uuid := (p->>'run')::uuid;
  was text := p->>'from';
  state_now jsonb := p->'state';
  status_now text := state_now->>'status';
  ended boolean := coalesce((p->>'ended')::boolean, false);
  patch jsonb := p->'patch';
  job jsonb := p->'job';
begin
  if job is not null and not p_kept then
    if job->>'state' = 'gate' then
      -- Until its gate lapses, or somebody decides.
      select jsonb_build_object('state', case when expires_at is null then 'parked' else 'delayed' end, 'at', expires_at)
        into job from gates where run_id = this and status = 'waiting';
      job := coalesce(job, '{"state":"parked"}');
    end if;
    -- A person's write takes the run away from whoever has it: their token is no longer the newest.
    update jobs set state = job->>'state', failures = 0, lease_owner = null, lease_until = null,
      lease_token = lease_token + case when p->>'lease_job' is null then 1 else 0 end,
      due_at = case job->>'state' when 'ready' then now() when 'delayed' then coalesce((job->>'at')::timestamptz,
        now() + (job->>'ms')::double precision * interval '1 millisecond') end,
      dead_reason = job->>'dead', dead_at = case when job->>'state' = 'dead' then now() end
      where run_id = this and (p->>'lease_job' is null
        or id = (p->>'lease_job')::uuid and lease_token = (p->>'lease_token')::bigint and state = 'leased');
    if not found then raise exception using errcode = 'DP001', message = 'Another worker has this run now.'; end if;
  end if;
  -- Before the end is counted: what a call under way may have cost is part of it.
  if ended then perform devpilot_settle_orphans(this, null); end if;
  if (p->>'was_ended')::boolean then perform devpilot_count_end(this, was, -1); end if;
  -- These alone at most steps: what is computed from the columns below is computed anew whenever they are set.
  update agent_runs r set status = status_now, step = state_now->>'step', state = state_now,
    ending = case when ended then p->>'ending' end, target = nullif(state_now->>'target', ''), updated_at = now(),
    started_at = coalesce(started_at, now()), ended_at = case when ended then now() end
    where id = this and status = was
    returning r.head_sha, r.budget_micros into head_sha, budget_micros;
  if not found then
    raise exception using errcode = 'DP002', message = 'The run is no longer ' || was || '.';
  end if;
  if patch <> '{}' then
    update agent_runs r set branch = coalesce(patch->>'branch', branch), base_sha = coalesce(patch->>'baseSha', base_sha),
      head_sha = coalesce(patch->>'headSha', r.head_sha), score = coalesce((patch->>'score')::integer, score),
      task = coalesce(patch->'task', task), title = coalesce(patch#>>'{task,title}', title)
      where id = this returning r.head_sha into head_sha;
  end if;
  -- A run that went on leaves no gate open behind it; decided ones were closed before.
  if status_now <> 'waiting_gate' and p->>'gates' is distinct from 'none' then
    update gates set status = 'void', closed_at = now() where run_id = this and status = 'waiting';
  end if;
  if ended then
    perform devpilot_count_end(this, status_now, 1);
    perform devpilot_end_checks(this);
  end if;
end $$;
--> statement-breakpoint
-- The one way a run's state changes: status, state, next job, audit entry and live event; and the gate that led to it.
create or replace function devpilot_transition(p jsonb) returns void language plpgsql as $$
declare
  decided jsonb := p->'decided';
  events jsonb := p->'events';
  moved record;
  told bigint;
begin
  if not p ? 'job' then
    perform devpilot_assert_lease((p->>'lease_job')::uuid, (p->>'lease_token')::bigint);
  end if;
  if decided is not null then
    update gates set status = decided->>'status', closed_at = now()
      where id = (decided->>'gate')::uuid and status = 'waiting';
    update beads set status = 'completed', outcome = decided->'outcome', ended_at = now()
      where id = (decided->>'bead')::uuid and status = 'running';
  end if;
  moved := devpilot_move(p, false);
  -- What idle workers look for.
  if p#>>'{job,state}' = 'ready' then events := jsonb_set(events, '{-1,data,ready}', 'true'); end if;
  told := devpilot_tell((p->>'run')::uuid, p->'audit', events);
end $$;
--> statement-breakpoint
drop function devpilot_open_bead(uuid, jsonb);
--> statement-breakpoint
-- The running bead of this step, or a new one; and what led to it and it itself on record.
-- p_last: the number of the run's last bead, which is not running; null: not known.
create function devpilot_open_bead(p_run uuid, p jsonb, p_last integer, p_head text, p_state jsonb, p_audit jsonb,
  p_events jsonb) returns jsonb language plpgsql as $$
declare
  step_now text := p->>'step';
  last record;
  number integer := p_last;
  tries integer;
  told bigint;
begin
  if number is null then
    select id, seq, step, status, attempt into last from beads where run_id = p_run order by seq desc limit 1;
    if last.status = 'running' and last.step = step_now then
      if jsonb_array_length(p_audit) > 0 then told := devpilot_tell(p_run, p_audit, p_events); end if;
      update beads set begun = begun + 1 where id = last.id returning begun into tries;
      return jsonb_build_object('id', last.id, 'seq', last.seq, 'step', last.step, 'attempt', last.attempt,
        'resumed', true, 'begun', tries);
    end if;
    number := coalesce(last.seq, 0);
  end if;
  if p ? 'skips' then number := number + devpilot_skip_beads(p_run, number, p->'skips'); end if;
  number := number + 1;
  insert into beads (id, run_id, seq, step, name, category, status, attempt, begun, task_id, base_sha, state, started_at)
    values ((p->>'id')::uuid, p_run, number, step_now, p->>'name', p->>'category', 'running',
      (select count(*) + 1 from beads
        where run_id = p_run and step = step_now and task_id is not distinct from p->>'task'),
      1, p->>'task', p_head, p_state, now())
    returning attempt into tries;
  told := devpilot_tell(p_run,
    p_audit || jsonb_build_object('id', p->>'auditId',
      'said', (p->>'said') || ',{"attempt":' || tries || ',"seq":' || number || '}'),
    p_events || jsonb_build_object('bead', p->>'id', 'kind', 'bead', 'data', jsonb_build_object('step', step_now,
      'seq', number, 'attempt', tries, 'status', 'running', 'task', p->>'task')));
  return jsonb_build_object('id', p->>'id', 'seq', number, 'step', step_now, 'attempt', tries, 'resumed', false,
    'begun', 1);
end $$;
--> statement-breakpoint
-- Begins the step that a claimed run stands at; a queued run becomes running.
create or replace function devpilot_begin(p jsonb) returns jsonb language plpgsql as $$
declare
  this uuid := (p->>'run')::uuid;
  change jsonb := p->'transition';
  moved record;
  run record;
begin
  perform devpilot_assert_lease((p->>'lease_job')::uuid, (p->>'lease_token')::bigint);
  if change is not null then moved := devpilot_move(change, true); end if;
  perform devpilot_settle_orphans(this, (p->>'lease_token')::bigint);
  select head_sha, state into run from agent_runs where id = this;
  return devpilot_open_bead(this, p->'open', null, run.head_sha, run.state, coalesce(change->'audit', '[]'),
    coalesce(change->'events', '[]'));
end $$;
--> statement-breakpoint
-- What a step came to: bead, run, next job, audit and events. Where the worker may keep the run (p.keep: it has had it
-- for less than its turn, or nobody else waits), the next step's bead is opened and returned.
create or replace function devpilot_settle(p jsonb) returns jsonb language plpgsql as $$
declare
  this uuid := (p->>'run')::uuid;
  bead jsonb := p->'bead';
  change jsonb := p->'transition';
  events jsonb := change->'events';
  next_bead jsonb := p#>'{keep,open}';
  keep boolean;
  blamed integer;
  moved record;
  told bigint;
begin
  select failures into blamed from jobs
    where id = (p->>'lease_job')::uuid and lease_token = (p->>'lease_token')::bigint and state = 'leased' for update;
  if not found then raise exception using errcode = 'DP001', message = 'Another worker has this run now.'; end if;
  update beads set status = bead->>'status', begun = 0, kept = null, outcome = bead->'outcome', summary = bead->'summary',
    head_sha = coalesce(change#>>'{patch,headSha}', (select r.head_sha from agent_runs r where r.id = this)),
    ended_at = case when (bead->>'waits')::boolean then null else now() end
    where id = (bead->>'id')::uuid and status = 'running';
  -- Settled before, by an attempt whose answer got lost.
  if not found and next_bead is null and p ? 'keep' then return 'true'; end if;
  if p ? 'budget' then
    -- The repository's sum for one run, unless a person named another.
    update agent_runs set budget_micros = (p#>>'{budget,micros}')::bigint
      where id = this and not budget_given and budget_micros <> (p#>>'{budget,micros}')::bigint;
    if found then
      insert into budget_accounts (key, limit_micros) values ('run:' || this, (p#>>'{budget,micros}')::bigint)
        on conflict (key) do update set limit_micros = excluded.limit_micros;
      told := devpilot_append_audit(this::text, this, p#>'{budget,audit}');
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
  if keep and blamed > 0 then update jobs set failures = 0 where id = (p->>'lease_job')::uuid; end if;
  moved := devpilot_move(change, keep);
  if keep and next_bead is not null then
    return devpilot_open_bead(this, next_bead,
        case when (bead->>'waits')::boolean then null else (bead->>'seq')::integer end,
        moved.head_sha, change->'state', change->'audit', events)
      || jsonb_build_object('budgetMicros', moved.budget_micros, 'task', change#>'{patch,task}', 'state', change->'state');
  end if;
  if not keep and change#>>'{job,state}' = 'ready' then events := jsonb_set(events, '{-1,data,ready}', 'true'); end if;
  told := devpilot_tell(this, change->'audit', events);
  return case when keep then 'true'::jsonb end;
end $$;
--> statement-breakpoint
-- A run that is asked for: its row, its job, its budget and both on record.
create function devpilot_start(p jsonb) returns void language plpgsql as $$
declare
  this uuid := (p->>'run')::uuid;
  told bigint;
begin
  insert into agent_runs (id, repository_id, flow, trigger, title, task, status, step, state, overrides, requested_by,
      target, budget_micros, budget_given)
    values (this, (p->>'repository')::uuid, p->>'flow', p->>'trigger', p#>>'{task,title}', p->'task',
      p#>>'{state,status}', p#>>'{state,step}', p->'state', p->'overrides', p->'requestedBy', p#>>'{overrides,target}',
      (p->>'budgetMicros')::bigint, (p->>'budgetGiven')::boolean);
  insert into jobs (id, kind, key, run_id, repository_id, priority, due_at)
    values ((p->>'job')::uuid, 'run', 'run:' || this, this, (p->>'repository')::uuid, (p->>'priority')::integer, now());
  insert into budget_accounts (key, limit_micros) values ('run:' || this, (p->>'budgetMicros')::bigint);
  told := devpilot_tell(this, p->'audit', p->'events');
end $$;
--> statement-breakpoint
-- A run as a step gets it, with the columns of its repository that it may know.
create function devpilot_run_record(p_run uuid) returns jsonb language sql stable as $$
  select jsonb_build_object('id', r.id, 'flow', r.flow, 'trigger', r.trigger, 'title', r.title, 'task', r.task,
    'overrides', r.overrides, 'requestedBy', r.requested_by, 'budgetMicros', r.budget_micros, 'branch', r.branch,
    'baseSha', r.base_sha, 'headSha', r.head_sha, 'state', r.state, 'forkedAt', r.forked_at,
    'repository', jsonb_build_object('id', o.id, 'name', o.name, 'forge', o.forge, 'source', o.source,
      'defaultBranch', o."defaultBranch"))
  from agent_runs r join repositories o on o.id = r.repository_id where r.id = p_run;
$$;
--> statement-breakpoint
-- Milliseconds until a job becomes ready, by its time or its worker's silence; null when none will.
create function devpilot_next_due() returns double precision language sql as $$
  select extract(epoch from least((select min(due_at) from jobs where state = 'delayed'),
    (select min(lease_until) from jobs where state = 'leased')) - now()) * 1000;
$$;
--> statement-breakpoint
-- As before, but that it writes to no job whose time has not come.
create or replace function devpilot_claim(p_owner text, p_lease interval, p_max_active integer, p_max_each integer)
  returns table (job_id uuid, run_id uuid, lease_token bigint, failures integer) language plpgsql as $$
declare
  lane record;
begin
  if exists (select from jobs where state = 'delayed' and due_at <= now() + interval '1 millisecond')
    or exists (select from jobs where state = 'leased' and jobs.lease_until <= now()) then
    perform devpilot_wake_jobs();
  end if;
  if p_max_active is not null or p_max_each is not null
    or exists (select from repositories where max_active is not null) then
    -- Counted and taken by one worker at a time: two would both find the last place free.
    perform pg_advisory_xact_lock(7264101);
    if (select count(*) from jobs where jobs.state = 'leased') >= p_max_active then return; end if;
  end if;
  for lane in
    with recursive heads as (
      (select j.repository_id, j.priority, j.due_at from jobs j where j.state = 'ready'
        order by j.repository_id, j.priority desc nulls last, j.due_at limit 1)
      union all
      select next.repository_id, next.priority, next.due_at from heads cross join lateral (
        select j.repository_id, j.priority, j.due_at from jobs j
        where j.state = 'ready' and j.repository_id > heads.repository_id
        order by j.repository_id, j.priority desc nulls last, j.due_at limit 1) next
    ), busy as (
      select j.repository_id, count(*) as runs from jobs j where j.state = 'leased' group by j.repository_id
    )
    select h.repository_id from heads h
      join repositories r on r.id = h.repository_id
      left join busy b on b.repository_id = h.repository_id
    where coalesce(b.runs, 0) < coalesce(r.max_active, p_max_each, 2147483647)
    order by h.priority desc, coalesce(b.runs, 0), r.served_at nulls first, h.due_at
  loop
    return query
      update jobs set state = 'leased', due_at = null, lease_owner = p_owner, lease_token = jobs.lease_token + 1,
        lease_until = now() + p_lease
      where id = (select j.id from jobs j where j.state = 'ready' and j.repository_id = lane.repository_id
        order by j.priority desc nulls last, j.due_at limit 1 for update skip locked)
      returning jobs.id, jobs.run_id, jobs.lease_token, jobs.failures;
    if found then
      -- Whoever holds the row serves this repository at this very moment: its time is as good as ours.
      update repositories set served_at = clock_timestamp()
        where id = (select id from repositories where id = lane.repository_id for no key update skip locked);
      return;
    end if;
  end loop;
end $$;
--> statement-breakpoint
-- As devpilot_claim, with the run itself and whether there is more; or how long until there is something to claim.
create function devpilot_take(p_owner text, p_lease interval, p_max_active integer, p_max_each integer) returns jsonb
language plpgsql as $$
declare
  held record;
begin
  if devpilot_others_wait() then
    select * into held from devpilot_claim(p_owner, p_lease, p_max_active, p_max_each);
    if found then
      return jsonb_build_object('job', held.job_id, 'run', held.run_id, 'token', held.lease_token,
        'failures', held.failures, 'more', devpilot_others_wait(), 'record', devpilot_run_record(held.run_id));
    end if;
  end if;
  return jsonb_build_object('ms', devpilot_next_due());
end $$;
--> statement-breakpoint
-- The gate that a step opens, once: what is to be approved, who is told, and both on record.
create function devpilot_open_gate(p jsonb) returns void language plpgsql as $$
declare
  this uuid := (p->>'run')::uuid;
  told bigint;
begin
  perform devpilot_assert_lease((p->>'lease_job')::uuid, (p->>'lease_token')::bigint);
  if exists (select from gates where run_id = this and bead_id = (p->>'bead')::uuid and status = 'waiting') then return; end if;
  insert into artifacts (id, run_id, bead_id, kind, sha256, content)
    values ((p#>>'{diff,id}')::uuid, this, (p->>'bead')::uuid, 'diff', p#>>'{diff,sha256}', p#>>'{diff,content}');
  insert into gates (id, run_id, bead_id, name, status, reason, policy, evidence_hash, base_sha, head_sha,
      diff_artifact_id, leads_to, expires_at)
    values ((p->>'id')::uuid, this, (p->>'bead')::uuid, p->>'name', 'waiting', p->>'reason', p->'policy',
      p->>'evidence', p->>'base', p->>'head', (p#>>'{diff,id}')::uuid, p->>'leadsTo',
      now() + (p#>>'{policy,timeoutHours}')::double precision * interval '1 hour');
  insert into notifications (key, run_id, gate_id, channel, what, due_at)
    select value->>'key', this, (p->>'id')::uuid, value->>'channel', value->>'what', now()
    from jsonb_array_elements(p->'notifications')
    on conflict do nothing;
  told := devpilot_tell(this, p->'audit', p->'events');
end $$;
