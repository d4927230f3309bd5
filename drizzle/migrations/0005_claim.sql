-- Jobs whose time has come, and those whose worker has not been heard of, become ready. A hundred at a time, so that
-- no claim waits for a long one.
create function devpilot_wake_jobs() returns integer language plpgsql as $$
declare
  woken integer;
  more integer;
begin
  update jobs set state = 'ready', lease_owner = null, lease_until = null, due_at = now()
    where id in (select id from jobs where state = 'leased' and lease_until <= now()
      order by lease_until limit 100 for update skip locked);
  get diagnostics woken = row_count;
  -- Stored times are rounded to a millisecond, up too: what is due now must not look half a millisecond early.
  update jobs set state = 'ready'
    where id in (select id from jobs where state = 'delayed' and due_at <= now() + interval '1 millisecond'
      order by due_at limit 100 for update skip locked);
  get diagnostics more = row_count;
  return woken + more;
end $$;
--> statement-breakpoint
-- One ready job, leased to a worker. Repositories take turns: of those with the most urgent work, the one that has the
-- fewest runs under way, then the one that was served longest ago. Their heads are found by stepping over the index
-- from one repository to the next, so a claim costs as much as there are repositories with work, however many runs
-- stand behind each of them, wait at gates, or have ended.
create function devpilot_claim(p_owner text, p_lease interval, p_max_active integer, p_max_each integer)
  returns table (job_id uuid, run_id uuid, lease_token bigint, failures integer) language plpgsql as $$
declare
  lane record;
begin
  perform devpilot_wake_jobs();
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
