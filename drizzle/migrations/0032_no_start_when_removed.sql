-- As before, but for a repository that was removed meanwhile. Asked after the insert, which has waited for who removes it.
create or replace function devpilot_start(p jsonb) returns void language plpgsql as $$
declare
  this uuid := (p->>'run')::uuid;
  told bigint;
begin
  insert into agent_runs (id, repository_id, flow, trigger, title, task, status, step, state, overrides, requested_by,
      target, budget_micros, budget_given)
    values (this, (p->>'repository')::uuid, p->>'flow', p->>'trigger', p#>>'{task,title}', p->'task',
      p#>>'{state,status}', p#>>'{state,step}', p->'state', p->'overrides', p->'requestedBy', p#>>'{overrides,target}',
      (p->>'budgetMicros')::bigint, (p->>'budgetGiven')::boolean);
  if exists (select from repositories where id = (p->>'repository')::uuid and removed_at is not null) then
    raise exception using errcode = 'DP003', message = 'The repository was removed.';
  end if;
  insert into jobs (id, kind, key, run_id, repository_id, priority, due_at)
    values ((p->>'job')::uuid, 'run', 'run:' || this, this, (p->>'repository')::uuid, (p->>'priority')::integer, now());
  insert into budget_accounts (key, limit_micros) values ('run:' || this, (p->>'budgetMicros')::bigint);
  told := devpilot_tell(this, p->'audit', p->'events');
end $$;
