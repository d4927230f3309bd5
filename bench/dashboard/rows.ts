import { completeFlow } from '@/lib/core/flow'
import { defaultLimits } from '@/lib/core/limits'
import { initialState } from '@/lib/core/run'

/** How much of the record the newest runs have; older ones keep their row, their job, their merge and their score. */
const WITH_BEADS = 100_000
export const WITH_TURNS = 2_000
const WITH_AUDIT = 10_000

/** Random in 0 to 1, the same for the same number and salt wherever and whenever it is asked. */
const random = (number: string, salt: number) =>
  `((hashint8extended(${number}, ${salt}) & 2147483647)::float8 / 2147483648.0)`
/** A UUIDv7 of this time. */
const uuid = (at: string, number: string, salt: string) =>
  `(lpad(to_hex((extract(epoch from (${at})) * 1000)::bigint), 12, '0') || '7' || substr(md5((${number})::text || '${salt}'), 1, 3)
    || '8' || substr(md5((${number})::text || '${salt}'), 4, 15))::uuid`
const pick = (number: string, salt: number, words: readonly string[]) =>
  `(array[${words.map((word) => `'${word}'`).join(',')}])[1 + floor(${random(number, salt)} * ${words.length})::int]`

const verbs = [
  'Mend',
  'Drop',
  'Cache',
  'Rename',
  'Speed up',
  'Test',
  'Document',
  'Retry',
  'Split',
  'Validate',
  'Round',
  'Guard',
]
const things = [
  'the calendar',
  'invoice totals',
  'the webhook queue',
  'login redirects',
  'CSV exports',
  'time zones',
  'search results',
  'the plan editor',
  'currency signs',
  'rate limits',
  'the cache key',
  'paged lists',
  'week numbers',
  'avatar uploads',
  'the audit trail',
  'error pages',
  'feature flags',
  'the retry policy',
  'password resets',
  'mail templates',
]
const details = [
  'after a DST change',
  'on long lists',
  'for archived projects',
  'in Safari',
  'without a locale',
  'under load',
  'when offline',
  'for guests',
  'on the first of March',
  'with two tabs open',
  'behind a proxy',
  'in dark mode',
]
const steps = [
  ['prepare', 'check', '{"kind":"done"}'],
  ['planner', 'agent', '{"kind":"planned","tasks":[],"confidence":0.84,"blockers":[]}'],
  ['coder', 'agent', '{"kind":"done"}'],
  [
    'reviewer',
    'agent',
    '{"kind":"reviewed","review":{"decision":"request_changes","confidence":0.6,"comments":[],"summary":"Not yet."}}',
  ],
  ['coder', 'agent', '{"kind":"done"}'],
  [
    'reviewer',
    'agent',
    '{"kind":"reviewed","review":{"decision":"approve","confidence":0.93,"comments":[],"summary":"Good."}}',
  ],
  ['coder', 'agent', '{"kind":"done"}'],
  [
    'reviewer',
    'agent',
    '{"kind":"reviewed","review":{"decision":"approve","confidence":0.88,"comments":[],"summary":"Good."}}',
  ],
  ['tester', 'agent', '{"kind":"tests_failed","failing":["a"],"reason":"One fails."}'],
  ['debugger', 'agent', '{"kind":"fixed"}'],
  ['tester', 'agent', '{"kind":"tests_passed"}'],
  ['pr', 'effect', '{"kind":"done"}'],
  ['evaluate', 'check', '{"kind":"done"}'],
  ['gate:pre-merge-staging', 'gate', '{"kind":"approved"}'],
  ['gate:pre-merge-main', 'gate', '{"kind":"approved"}'],
  ['merge', 'effect', '{"kind":"done"}'],
  ['reflect', 'agent', '{"kind":"done"}'],
  ['cleanup', 'effect', '{"kind":"done"}'],
  ['cleanup', 'effect', '{"kind":"done"}'],
  ['cleanup', 'effect', '{"kind":"done"}'],
] as const
const state = {
  ...initialState(defaultLimits),
  flow: completeFlow([
    'planner',
    'coder',
    'reviewer',
    'tester',
    'pr',
    'evaluate',
    'gate:pre-merge-main',
    'merge',
    'reflect',
  ]),
  target: 'main',
}

/** The statements that fill the tables, in order. They share a connection, its table of numbers among them. */
export function statements(count: number): readonly (readonly [name: string, text: string])[] {
  const repositories = Math.max(6, Math.round(Math.sqrt(count) / 2))
  const active = Math.min(2_000, Math.round(count / 20))
  const withBeads = Math.min(count, WITH_BEADS)
  const withTurns = Math.min(count, WITH_TURNS)
  const withAudit = Math.min(count, WITH_AUDIT)
  const newest = (many: number) => `select * from bench_runs where i > ${count - many}`
  const end = `case when status in ('succeeded','failed','rejected','aborted','cancelled') then at + seconds * interval '1 second' end`
  return [
    [
      'repositories',
      `insert into repositories (id, name, forge, source, "defaultBranch", created_at)
       select ${uuid("now() - interval '400 days' + n * interval '1 minute'", 'n', 'repository')},
         ${pick('n', 1, ['acme', 'globex', 'initech', 'umbrella', 'hooli'])} || '/' || ${pick('n', 2, ['api', 'web', 'billing', 'calendar', 'mail', 'mobile', 'docs', 'infra'])} || '-' || n,
         'github', 'https://github.com/bench/' || n || '.git', 'main', now() - interval '400 days' + n * interval '1 minute'
       from generate_series(1, ${repositories}) n`,
    ],
    [
      'numbers',
      `create temp table bench_runs on commit drop as
       select i, at, ${uuid('at', 'i', 'run')} as id, seconds, repository, status, cost, score, source from (
         select i, now() - (${count} - i) * (interval '365 days' / ${count}) - interval '5 minutes' as at,
           (60 * exp(7 * ${random('i', 3)}))::int as seconds,
           case when ${random('i', 15)} < 0.02 then 'ingest' else 'pipeline' end as source,
           -- Half of all runs belong to a dozen repositories, and the long tail has a few each.
           1 + floor(exp(${random('i', 4)} * ln(${repositories}::float8)) - 1)::int as repository,
           case when i > ${count - active} and i % 20 <> 0 then
             (array['queued','running','running','waiting_gate','waiting_gate','waiting_gate','waiting_external','paused_budget'])[1 + i % 8]
             else (array['succeeded','succeeded','succeeded','succeeded','succeeded','succeeded','succeeded','succeeded','succeeded',
               'succeeded','succeeded','succeeded','failed','failed','failed','rejected','aborted','cancelled'])[1 + floor(${random('i', 5)} * 18)::int] end as status,
           (30000 * exp(4 * ${random('i', 6)}))::bigint as cost,
           55 + floor(44 * sqrt(${random('i', 7)}))::int as score
         from generate_series(1, ${count}) i) numbered;
       create index on bench_runs (i); analyze bench_runs`,
    ],
    [
      'names',
      `create temp table bench_repositories on commit drop as
       select row_number() over (order by id)::int as n, id, name from repositories; analyze bench_repositories`,
    ],
    [
      'runs',
      `insert into agent_runs (id, repository_id, source, flow, trigger, title, task, status, step, state, requested_by, target,
         branch, base_sha, head_sha, budget_micros, cost_micros, input_tokens, output_tokens, turns, score, ending,
         created_at, started_at, ended_at, updated_at)
       select b.id, r.id, b.source, ${pick('i', 8, ['issue', 'issue', 'issue', 'ci_failure', 'sentry_alert', 'maintain', 'improve'])},
         ${pick('i', 9, ['github_issue', 'github_issue', 'github_issue', 'ci_failure', 'cli', 'schedule', 'sentry_alert', 'api'])},
         title, jsonb_build_object('title', title, 'body', 'As described.', 'issue', i), status,
         case status when 'waiting_gate' then 'gate:pre-merge-main' when 'queued' then 'prepare' when 'succeeded' then 'end' else 'coder' end,
         case when b.source = 'pipeline' and i > ${count - withBeads} then '${JSON.stringify(state)}'::jsonb || jsonb_build_object('status', status)
           || case when status = 'failed' then jsonb_build_object('step', 'coder', 'error', jsonb_build_object('code',
               ${pick('i', 10, ['model_error', 'tests_failed', 'tool_error', 'rate_limited'])}, 'message', 'It did not work.', 'step', 'coder'))
             when status = 'waiting_gate' then jsonb_build_object('step', 'gate:pre-merge-main', 'gate', jsonb_build_object('step', 'gate:pre-merge-main',
               'reason', 'The rule pre-merge-main asks one person.', 'resume', jsonb_build_object('step', 'merge', 'index', 8, 'taskIndex', 0, 'grants', '[]'::jsonb),
               'timeouts', 0, 'overdue', false))
             else '{"step":"end"}' end end,
         jsonb_build_object('kind', 'user', 'id', who, 'name', who, 'via', 'cli'), 'main', 'devpilot/' || right(b.id::text, 12),
         md5(i::text) || '00000000', md5('h' || i) || '00000000', 3000000, cost, cost / 2, cost / 25, 24,
         case when status = 'succeeded' then score end, case when ${end} is not null then 'It ended: ' || status || '.' end,
         at, at, ${end}, coalesce(${end}, at)
       from bench_runs b join bench_repositories r on r.n = b.repository
         cross join lateral (select ${pick('b.i', 11, verbs)} || ' ' || ${pick(
           'b.i',
           12,
           things.map((word) => word.replaceAll("'", "''")),
         )}
           || ' ' || ${pick('b.i', 13, details)} as title, ${pick('b.i', 14, ['owner', 'ada', 'grace', 'linus', 'margaret'])} as who) words
       order by i`,
    ],
    [
      'jobs',
      // What is under way has its turn next year: a worker that looked after these runs would be measured, too.
      `insert into jobs (id, kind, key, run_id, repository_id, state, due_at, created_at)
       select ${uuid('at', 'i', 'job')}, 'run', 'run:' || b.id, b.id, r.id,
         case when later then 'delayed' else 'parked' end, case when later then now() + interval '300 days' end, at
       from bench_runs b join bench_repositories r on r.n = b.repository
         cross join lateral (select status in ('queued', 'running', 'waiting_external') as later) l
       where source = 'pipeline' order by i`,
    ],
    [
      'beads',
      `insert into beads (id, run_id, seq, step, name, category, status, attempt, model, outcome, summary, base_sha, head_sha,
         cost_micros, input_tokens, output_tokens, started_at, ended_at)
       select ${uuid(`at + s.n * (seconds / 20.0) * interval '1 second'`, 'i * 32 + s.n', 'bead')}, b.id, s.n, s.step, replace(s.step, 'gate:', ''), s.category,
         case when s.n < 20 or status = 'succeeded' then 'completed' when status in ('failed','rejected','aborted') then 'failed'
           when status = 'cancelled' then 'skipped' else 'running' end,
         1, case when s.category = 'agent' then model end, s.outcome::jsonb,
         case when s.step = 'coder' then '{"summary":"It is done.","confidence":0.8,"files":["src/a.ts"]}' else '{}' end::jsonb,
         md5(i::text) || '00000000', md5('h' || i) || '00000000', case when s.category = 'agent' then cost / 10 else 0 end, 5000, 400,
         at + (s.n - 1) * (seconds / 20.0) * interval '1 second', at + s.n * (seconds / 20.0) * interval '1 second'
       from (${newest(withBeads)}) b
         cross join lateral (select ${pick('b.i', 16, ['claude-sonnet-4-5', 'claude-sonnet-4-5', 'gpt-5', 'qwen3-coder'])} as model) m
         cross join (values ${steps.map(([step, category, outcome], n) => `(${n + 1}, '${step}', '${category}', '${outcome}')`).join(', ')}) s (n, step, category, outcome)
       where source = 'pipeline' order by i, s.n`,
    ],
    [
      'turns',
      `insert into turns (id, run_id, bead_id, seq, prompt, prompt_version, prompt_hash, model, request, content, tool_calls, tool_results,
         finish, usage, cost_micros, started_at, ended_at)
       select ${uuid('b.started_at', `hashtextextended(b.id::text, n)`, 'turn')}, b.run_id, b.id, n, b.step, (1 + r.i % 2)::text, 'c0ffee', b.model,
         'The task, and what the tools gave.', 'I look at the file before I change it.',
         '[{"id":"c","name":"read_file","arguments":"{}"}]', '[{"toolCallId":"c","content":"export const a = 1","isError":false,"durationMs":4}]',
         'tool_calls', '{"inputTokens":5000,"outputTokens":400,"cachedInputTokens":4000,"estimated":false}', b.cost_micros / 3, b.started_at, b.ended_at
       from (${newest(withTurns)}) r join beads b on b.run_id = r.id and b.category = 'agent' cross join generate_series(1, 3) n`,
    ],
    [
      'events',
      `insert into run_events (run_id, bead_id, at, kind, data)
       select b.run_id, b.id, b.started_at, 'log', jsonb_build_object('text', b.step || ' wrote line ' || n)
       from (${newest(withTurns)}) r join beads b on b.run_id = r.id cross join generate_series(1, 3) n order by r.i, b.seq, n`,
    ],
    [
      'artifacts',
      `insert into artifacts (id, run_id, kind, sha256, content, created_at)
       select ${uuid('at', 'i', 'diff')}, id, 'diff', md5(i::text), 'diff --git a/src/a.ts b/src/a.ts' || E'\\n--- a/src/a.ts\\n+++ b/src/a.ts\\n@@ -1,3 +1,3 @@\\n'
         || repeat(E'-const before = 1\\n+const after = 2\\n', 40), at from (${newest(withAudit)}) b`,
    ],
    [
      'gates',
      `insert into gates (id, run_id, name, status, reason, policy, evidence_hash, base_sha, head_sha, diff_artifact_id, leads_to, opened_at, closed_at)
       select ${uuid('at', 'i', 'gate')}, id, 'pre-merge-main', case status when 'waiting_gate' then 'waiting' when 'rejected' then 'rejected' else 'approved' end,
         'The rule pre-merge-main asks one person.', '{"id":"pre-merge-main","trigger":"before_merge_to_main","type":"human_approval","requiredApprovers":1,"timeoutHours":24,"onTimeout":"block","notify":[]}',
         encode(sha256(i::text::bytea), 'hex'), md5(i::text) || '00000000', md5('h' || i) || '00000000', ${uuid('at', 'i', 'diff')}, 'merge into main',
         at + seconds * 0.7 * interval '1 second', case when status <> 'waiting_gate' then at + seconds * interval '1 second' end
       from (${newest(withAudit)}) b where status in ('waiting_gate', 'succeeded', 'rejected') and source = 'pipeline'`,
    ],
    [
      'pull requests',
      `insert into pull_requests (id, repository_id, run_id, key, number, url, title, body, branch, target, head_sha, state, created_at, merged_at)
       select ${uuid('at', 'i', 'pull')}, r.id, b.id, b.id || ':pull-request', i, 'https://github.com/bench/r/pull/' || i, 'A change', 'What it does.',
         'devpilot/x', 'main', md5('h' || i) || '00000000', case when status = 'succeeded' then 'merged' else 'open' end, at,
         case when status = 'succeeded' then at + seconds * interval '1 second' end
       from bench_runs b join bench_repositories r on r.n = b.repository where status in ('succeeded', 'waiting_gate') and source = 'pipeline' order by i`,
    ],
    [
      'evaluations',
      `insert into evaluations (id, run_id, head_sha, score, parts, created_at)
       select ${uuid('at', 'i', 'evaluation')}, id, md5('h' || i) || '00000000', score, (select jsonb_object_agg(name, jsonb_build_object('value',
         least(100, greatest(0, score + floor(30 * (hashint8extended(i, n) & 1023) / 1024.0)::int - 15)), 'inputs', '[{"name":"start","points":100}]'::jsonb))
         from (values ('code_quality', 21), ('test_coverage', 22), ('maintainability', 23), ('readability', 24)) p (name, n)), at + seconds * interval '1 second'
       from (${newest(withBeads)}) b where status = 'succeeded'`,
    ],
    [
      'reviews',
      `insert into code_reviews (id, run_id, source, head_sha, review, created_at)
       select ${uuid('at', 'i', 'review')}, id, 'devpilot', md5('h' || i) || '00000000',
         '{"decision":"approve","confidence":0.9,"summary":"Good.","comments":[{"file":"src/a.ts","line":1,"severity":"warning","category":"style","body":"A name."}]}', at
       from (${newest(withAudit)}) b where source = 'pipeline'`,
    ],
    [
      'evidence',
      `insert into evidence (id, run_id, kind, phase, commit, data, created_at)
       select ${uuid('at', 'i * 4 + n', 'evidence')}, id, 'tests', case when n = 1 then 'baseline' else 'change' end, md5('h' || i) || '00000000',
         '{"command":"npm test","exitCode":0,"passed":214,"failed":0,"skipped":2,"failures":[],"durationMs":4100}', at
       from (${newest(withAudit)}) b cross join generate_series(1, 2) n`,
    ],
    [
      'audit',
      // Hashes that verify nothing: what is measured is reading.
      `insert into audit_log (id, chain, seq, run_id, at, actor, action, data, prev_hash, hash)
       select ${uuid(`at + n * (seconds / 12.0) * interval '1 second'`, 'i * 16 + n', 'audit')}, b.id::text, n, b.id, at + n * (seconds / 12.0) * interval '1 second',
         case when n in (1, 9) then jsonb_build_object('kind', 'user', 'id', ${pick('i', 14, ['owner', 'ada', 'grace', 'linus', 'margaret'])}, 'name', 'A person')
           else '{"kind":"agent","id":"coder","name":"coder"}' end,
         (array['run.started','prepare.began','planner.began','coder.began','reviewer.began','tester.began','pr.began','gate.opened','gate.approved','merged','reflect.began','run.succeeded'])[n],
         jsonb_build_object('seq', n), md5('p' || i || n), md5('q' || i || n)
       from (${newest(withAudit)}) b cross join generate_series(1, 12) n order by i, n`,
    ],
    [
      'learnings',
      `insert into learnings (id, repository_id, run_id, kind, text, source, status, created_at)
       select ${uuid('at', 'i', 'learning')}, r.id, b.id, (array['success','mistake','reviewer_rule'])[1 + i % 3],
         'Check ' || ${pick('b.i', 12, things)} || ' ' || ${pick('b.i', 13, details)} || ' before a release.', 'reflect',
         (array['proposed','approved','expired'])[1 + (i / 3) % 3], at
       from (${newest(Math.min(count, 5_000))}) b join bench_repositories r on r.n = b.repository where i % 2 = 0`,
    ],
    [
      'webhooks',
      `insert into webhook_deliveries (id, source, delivery, digest, event, action, repository_id, repository_name, payload, status, note, run_id,
         attempts, received_at, handled_at, asked_at)
       select ${uuid('at', 'i', 'delivery')}, 'github', md5('delivery' || i)::uuid::text, md5('d' || i) || md5('e' || i), 'issues', 'labeled', r.id,
         r.name, case when i % 50 = 0 then '{"action":"labeled","issue":{"number":7,"title":"parse() reads 1.5h as five hours"}}' end,
         (array['handled','ignored','failed'])[1 + (i % 3)::int], 'devpilot.yaml asks for nothing here', b.id, 1, at, at, at
       from (${newest(Math.min(count, WITH_BEADS))}) b join bench_repositories r on r.n = b.repository`,
    ],
    [
      'statuses',
      'insert into status_counts (status, count) select status, count(*) from agent_runs group by 1',
    ],
    [
      'days',
      `insert into daily_stats (day, repository_id, succeeded, merged, failed, other, cost_micros, merge_seconds, score_sum, scored)
       select (r.ended_at at time zone 'UTC')::date, r.repository_id, count(*) filter (where status = 'succeeded'), count(p.merged_at),
         count(*) filter (where status = 'failed'), count(*) filter (where status not in ('succeeded', 'failed')), sum(r.cost_micros),
         coalesce(sum(extract(epoch from p.merged_at - r.created_at)), 0)::bigint, coalesce(sum(score), 0), count(score)
       from agent_runs r left join pull_requests p on p.run_id = r.id where r.ended_at is not null group by 1, 2`,
    ],
  ]
}
