-- What analytics are made of: each ended run counts as a handful of facts (metric, key, n, total), kept with the run so
-- that a person's retry takes back exactly what was counted, whatever the record says by then. Facts are only added
-- (`end_changes`) and folded into `rollups` by one process at a time: ends of one day do not wait for each other.
CREATE TABLE "run_ends" (
  "run_id" uuid PRIMARY KEY NOT NULL REFERENCES "agent_runs"("id") ON DELETE cascade,
  "repository_id" uuid,
  "day" date NOT NULL,
  "facts" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "end_changes" (
  "id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  "repository_id" uuid,
  "day" date NOT NULL,
  "facts" jsonb NOT NULL,
  "by" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rollups" (
  "scope" uuid NOT NULL,
  "metric" text NOT NULL,
  "grain" text NOT NULL,
  "day" date NOT NULL,
  "key" text NOT NULL,
  "n" bigint NOT NULL,
  "total" bigint NOT NULL,
  CONSTRAINT "rollups_pk" PRIMARY KEY ("scope", "metric", "grain", "day", "key")
);
--> statement-breakpoint
-- Four to the doubling: bucket b holds what takes from 2^(b/4) to 2^((b+1)/4) seconds, so a percentile is told to
-- within a tenth. lib/core/histogram.ts reads them.
create function devpilot_bucket(p_seconds double precision) returns text language sql immutable as $$
  select lpad((floor(4 * ln(greatest(p_seconds, 1)) / ln(2)))::integer::text, 3, '0');
$$;
--> statement-breakpoint
-- A number between 0 and 1 out of a document, else null: what a run's end depends on must not fail at a cast.
create function devpilot_share(p_value jsonb) returns numeric language sql immutable as $$
  select case when jsonb_typeof(p_value) = 'number' then least(1, greatest(0, (p_value #>> '{}')::numeric)) end;
$$;
--> statement-breakpoint
-- Whether a run's agents were told of learnings. The table of uses is younger than this function.
create function devpilot_told(p_runs uuid[]) returns table (run_id uuid) language plpgsql stable as $$
begin
  if to_regclass('learning_uses') is not null then
    return query execute 'select distinct u.run_id from learning_uses u where u.run_id = any($1)' using p_runs;
  end if;
end $$;
--> statement-breakpoint
-- What these runs count as, now that they have ended. Keys of two parts are joined by a tab. Money is micro-dollars,
-- time seconds, confidence thousandths; see lib/services/analytics/metrics.ts.
create function devpilot_end_facts(p_runs uuid[])
  returns table (run_id uuid, metric text, key text, n bigint, total bigint) language plpgsql stable as $$
#variable_conflict use_column
begin
-- In plpgsql, so that a session plans it once and not at every end. Who asks for thousands at once has it planned for them
-- (plan_cache_mode = force_custom_plan): the kept plan is for a few.
return query
with r as materialized (
  select id, repository_id, source, status, step, cost_micros, score, created_at, state->'error' as error,
    greatest(coalesce(ended_at, updated_at), created_at) as ended_at
  from agent_runs
  where id = any(p_runs) and status in ('succeeded', 'failed', 'rejected', 'aborted', 'cancelled')
), b as materialized (
  select b.run_id, b.seq, b.step, b.category, b.cost_micros, b.outcome->>'kind' as kind,
    b.outcome#>>'{review,decision}' as decision,
    greatest(0, extract(epoch from coalesce(b.ended_at, r.ended_at) - b.started_at)) as seconds,
    devpilot_share(coalesce(b.outcome#>'{review,confidence}', b.outcome->'confidence', b.summary->'confidence'))
      as confidence
  from beads b join r on r.id = b.run_id
  where b.run_id = any(p_runs) and b.inherited is null and b.started_at is not null
), t as materialized (
  select run_id, model, prompt, prompt_version, sum(cost_micros)::bigint as cost
  from turns where run_id = any(p_runs) and inherited_micros is null group by 1, 2, 3, 4
), last as (
  select distinct on (run_id) run_id, step, kind from b order by run_id, seq desc
), merge as (
  select p.run_id, min(p.merged_at) as at from pull_requests p
  where p.run_id = any(p_runs) and p.merged_at is not null group by 1
), part as (
  select distinct on (e.run_id) e.run_id, e.parts from evaluations e
  where e.run_id = any(p_runs) order by e.run_id, e.created_at desc, e.id desc
), loop as (
  select b.run_id, why.name, count(*) as times
  from b cross join lateral (select case
    when b.decision = 'request_changes' then 'review'
    when b.kind = 'tests_failed' then 'tests'
    when b.kind = 'coverage_low' then 'coverage'
    when b.kind = 'needs_scope' then 'scope'
    when b.kind in ('stuck', 'out_of_iterations', 'exhausted') then 'stuck'
    when b.kind = 'evidence_changed' or b.kind = 'adopted' then 'changed' end as name) why
  where why.name is not null group by 1, 2
  union all
  select r.id, 'retry', count(*) from r join audit_log a on a.chain = r.id::text and a.action = 'run.retried'
  group by r.id
), span as (
  select run_id, sum(seconds) filter (where category = 'gate') as people,
    sum(seconds) filter (where category <> 'gate') as working,
    count(*) filter (where category = 'gate') as gates
  from b group by 1
), loops as (
  select r.id as run_id, coalesce(sum(loop.times), 0)::bigint as times
  from r left join loop on loop.run_id = r.id where r.source = 'pipeline' group by r.id
), became as (
  select r.id as run_id, case
    when m.at is not null and a.run_id is not null then 'edited'
    when m.at is not null then 'merged'
    when r.status = 'succeeded' then 'unmerged'
    when r.status in ('rejected', 'failed') then r.status
    else 'stopped' end as what
  from r left join merge m on m.run_id = r.id
    left join (select distinct run_id from b where kind = 'adopted') a on a.run_id = r.id
), sure as (
  select distinct on (run_id, step) run_id, step, confidence from b
  where confidence is not null order by run_id, step, seq desc
)
select id, 'end'::text, status, 1::bigint, cost_micros from r
union all
select id, 'repository', repository_id::text, 1, cost_micros from r where repository_id is not null
union all
select id, 'score', 'score', 1, score from r where score is not null
union all
select part.run_id, 'score', name, 1, round((part.parts#>>array[name, 'value'])::numeric)::bigint
from part join r on r.id = part.run_id
  cross join unnest(array['code_quality', 'test_coverage', 'maintainability', 'readability']) name
where jsonb_typeof(part.parts#>array[name, 'value']) = 'number'
union all
select run_id, 'loop', name, 1, times from loop
union all
select r.id, 'loops', least(5, loops.times)::text, 1, (r.status = 'succeeded')::integer
from r join loops on loops.run_id = r.id
union all
select r.id, 'stop', concat_ws(E'\t', r.status, left(coalesce(r.error->>'step', last.step, r.step), 100),
  left(case when r.status = 'cancelled' then 'cancelled' else coalesce(r.error->>'code', last.kind, r.status) end, 100)),
  1, r.cost_micros
from r left join last on last.run_id = r.id where r.status <> 'succeeded' and r.source = 'pipeline'
union all
select run_id, 'cost_agent', left(step, 100), 1, sum(cost_micros)::bigint from b where cost_micros > 0 group by run_id, step
union all
select r.id, 'cost_agent', '', 1, r.cost_micros - coalesce(sum(b.cost_micros), 0)::bigint
from r left join b on b.run_id = r.id group by r.id, r.cost_micros having r.cost_micros <> coalesce(sum(b.cost_micros), 0)
union all
select run_id, 'cost_model', left(model, 200), 1, sum(cost)::bigint from t group by run_id, model
union all
select r.id, 'cost_model', '', 1, r.cost_micros - coalesce(sum(t.cost), 0)::bigint
from r left join t on t.run_id = r.id group by r.id, r.cost_micros having r.cost_micros <> coalesce(sum(t.cost), 0)
union all
select run_id, 'cost_prompt', left(prompt, 100) || E'\t' || left(prompt_version, 100), 1, sum(cost)::bigint
from t group by run_id, prompt, prompt_version
union all
select t.run_id, 'prompt_success', left(t.prompt, 100) || E'\t' || left(t.prompt_version, 100), 1,
  (r.status = 'succeeded')::integer
from t join r on r.id = t.run_id group by t.run_id, t.prompt, t.prompt_version, r.status
union all
select r.id, 'cycle', devpilot_bucket(s.seconds), 1, round(s.seconds)::bigint
from r join merge on merge.run_id = r.id
  cross join lateral (select greatest(0, extract(epoch from merge.at - r.created_at))::double precision as seconds) s
union all
select run_id, 'wait', devpilot_bucket(people::double precision), 1, round(people)::bigint from span where gates > 0
union all
select r.id, of.name, '', 1, round(of.seconds)::bigint
from r join span on span.run_id = r.id
  cross join lateral (values ('time_people', coalesce(span.people, 0)), ('time_working', coalesce(span.working, 0)),
    ('time_other', greatest(0, extract(epoch from r.ended_at - r.created_at) - coalesce(span.people, 0)
      - coalesce(span.working, 0)))) of (name, seconds)
union all
select sure.run_id, 'confidence', concat_ws(E'\t', left(sure.step, 100), least(9, floor(sure.confidence * 10))::text,
  became.what), 1, round(sure.confidence * 1000)::bigint
from sure join became on became.run_id = sure.run_id
union all
select r.id, of.name, case when told.run_id is null then 'not' else 'told' end, 1, of.value
from r join loops on loops.run_id = r.id left join devpilot_told(p_runs) told on told.run_id = r.id
  cross join lateral (values ('learning_success', (r.status = 'succeeded')::integer::bigint),
    ('learning_score', r.score::bigint),
    ('learning_loops', loops.times)) of (name, value)
where of.value is not null;
end $$;
--> statement-breakpoint
-- The facts of ended runs that are not counted yet; the day is the one (UTC) that they were asked for.
create function devpilot_keep_ends(p_runs uuid[]) returns void language plpgsql as $$
begin
  with facts as (
    select run_id, jsonb_agg(jsonb_build_array(metric, key, n, total)) as facts
    from devpilot_end_facts(p_runs) group by run_id
  ), kept as (
    insert into run_ends (run_id, repository_id, day, facts)
      select r.id, r.repository_id, (r.created_at at time zone 'UTC')::date, facts.facts
      from facts join agent_runs r on r.id = facts.run_id
    on conflict (run_id) do nothing
    returning repository_id, day, facts
  )
  insert into end_changes (repository_id, day, facts, "by") select repository_id, day, facts, 1 from kept;
end $$;
--> statement-breakpoint
-- Folds what was added into days and months, of each repository and of all (the zero id); one at a time, and what is
-- being added meanwhile is left for the next.
create function devpilot_fold_ends() returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7264103);
  with gone as (
    delete from end_changes returning repository_id, day, facts, "by"
  ), days as (
    select scope.id as scope, fact->>0 as metric, gone.day, fact->>1 as key,
      sum((fact->>2)::bigint * gone."by") as n, sum((fact->>3)::bigint * gone."by") as total
    from gone cross join lateral jsonb_array_elements(gone.facts) fact
      cross join lateral (values (gone.repository_id), ('00000000-0000-0000-0000-000000000000'::uuid)) scope (id)
    where scope.id is not null group by 1, 2, 3, 4
  ), spread as (
    select scope, metric, 'day' as grain, day, key, n, total from days
    union all
    select scope, metric, 'month', date_trunc('month', day)::date, key, sum(n), sum(total) from days group by 1, 2, 4, 5
  )
  insert into rollups (scope, metric, grain, day, key, n, total)
    select scope, metric, grain, day, key, n, total from spread order by scope, metric, grain, day, key
  on conflict (scope, metric, grain, day, key) do update
    set n = rollups.n + excluded.n, total = rollups.total + excluded.total;
end $$;
--> statement-breakpoint
create or replace function devpilot_fold_counts() returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7264102);
  with gone as (delete from status_changes returning status, "by")
  insert into status_counts (status, count) select status, sum("by") from gone group by status order by status
  on conflict (status) do update set count = status_counts.count + excluded.count;
  perform devpilot_fold_ends();
end $$;
--> statement-breakpoint
-- Adds an end to the day (UTC) of its repository; p_by is -1 to take it back before a run that ended goes on. Planning
-- the facts costs four times as much as finding them.
create or replace function devpilot_count_end(p_run uuid, p_status text, p_by integer) returns void language plpgsql
  set plan_cache_mode = 'force_generic_plan' as $$
begin
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
  if p_by > 0 then
    perform devpilot_keep_ends(array[p_run]);
  else
    with gone as (delete from run_ends where run_id = p_run returning repository_id, day, facts)
    insert into end_changes (repository_id, day, facts, "by") select repository_id, day, facts, -1 from gone;
  end if;
  -- Now and then, so that pages find little that is not folded; whoever finds another at it goes on.
  if (select count(*) from (select from end_changes limit 65) waiting) > 64 and pg_try_advisory_xact_lock(7264103) then
    perform devpilot_fold_ends();
  end if;
end $$;
--> statement-breakpoint
-- Runs that ended before there were rollups. In parts: the facts of a million at once would not fit in memory.
do $$
declare
  part uuid[];
begin
  set local plan_cache_mode = 'force_custom_plan';
  loop
    select array_agg(id) into part from (select r.id from agent_runs r
      where r.status in ('succeeded', 'failed', 'rejected', 'aborted', 'cancelled')
        and not exists (select from run_ends e where e.run_id = r.id) limit 5000) missing;
    exit when part is null;
    perform devpilot_keep_ends(part);
    perform devpilot_fold_ends();
  end loop;
end $$;
