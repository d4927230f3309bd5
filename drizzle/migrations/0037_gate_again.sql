-- The gate that a step opens, once for what it is about: who is told, and both on record. A step that is begun again
-- after its worker died may find another change, or another target, than its first gate asks about: that one is void.
create or replace function devpilot_open_gate(p jsonb) returns void language plpgsql as $$
declare
  this uuid := (p->>'run')::uuid;
  old record;
  told bigint;
begin
  perform devpilot_assert_lease((p->>'lease_job')::uuid, (p->>'lease_token')::bigint);
  select id, evidence_hash into old from gates
    where run_id = this and bead_id = (p->>'bead')::uuid and status = 'waiting' for update;
  if found then
    -- A worker of before this file does not say how to tell of it.
    if old.evidence_hash = p->>'evidence' or not p ? 'void' then return; end if;
    update gates set status = 'void', closed_at = now() where id = old.id;
    told := devpilot_tell(this,
      jsonb_build_array(jsonb_build_object('id', p#>>'{void,auditId}', 'said', (p#>>'{void,said}')
        || ',{"evidence":"' || old.evidence_hash || '","gate":' || to_json(p->>'name') || ',"id":"' || old.id || '"}')),
      jsonb_build_array(jsonb_build_object('bead', p->>'bead', 'kind', 'gate',
        'data', jsonb_build_object('gate', p->>'name', 'id', old.id, 'status', 'void'))));
  end if;
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
