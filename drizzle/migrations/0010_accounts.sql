-- Accounts, their sessions and keys. Who may read and write what of any table is said in drizzle/policies.ts and
-- applied after the migrations.
create table users (
  id text primary key,
  name text not null,
  email text,
  role text not null check (role in ('viewer', 'supervisor', 'admin')),
  password text,
  invited_by text,
  created_at timestamp (3) with time zone not null default now(),
  disabled_at timestamp (3) with time zone
);
--> statement-breakpoint
create unique index users_email on users (email);
--> statement-breakpoint
create index users_active on users (role) where disabled_at is null;
--> statement-breakpoint
-- Whoever holds the installation's token.
insert into users (id, name, role) values ('owner', 'owner', 'admin');
--> statement-breakpoint
create table identities (
  provider text not null,
  subject text not null,
  user_id text not null references users (id) on delete cascade,
  login text not null,
  created_at timestamp (3) with time zone not null default now(),
  primary key (provider, subject)
);
--> statement-breakpoint
create index identities_user on identities (user_id);
--> statement-breakpoint
create table sessions (
  id uuid primary key,
  user_id text not null references users (id) on delete cascade,
  kind text not null,
  agent text not null,
  created_at timestamp (3) with time zone not null default now(),
  seen_at timestamp (3) with time zone not null default now(),
  expires_at timestamp (3) with time zone not null,
  ended_at timestamp (3) with time zone
);
--> statement-breakpoint
create index sessions_user on sessions (user_id, created_at desc) where ended_at is null;
--> statement-breakpoint
create table api_keys (
  id uuid primary key,
  user_id text not null references users (id) on delete cascade,
  name text not null,
  prefix text not null unique,
  hash text not null,
  scopes jsonb not null,
  created_at timestamp (3) with time zone not null default now(),
  expires_at timestamp (3) with time zone,
  used_at timestamp (3) with time zone,
  revoked_at timestamp (3) with time zone,
  revoked_by text
);
--> statement-breakpoint
create index api_keys_user on api_keys (user_id, created_at desc);
--> statement-breakpoint
create table invitations (
  id uuid primary key,
  role text not null check (role in ('viewer', 'supervisor', 'admin')),
  email text,
  hash text not null unique,
  created_by text not null,
  created_at timestamp (3) with time zone not null default now(),
  expires_at timestamp (3) with time zone not null,
  used_at timestamp (3) with time zone,
  used_by text,
  revoked_at timestamp (3) with time zone
);
--> statement-breakpoint
create index invitations_created on invitations (created_at desc, id desc);
--> statement-breakpoint
create table sign_in_attempts (
  key text primary key,
  count integer not null default 1,
  since timestamp (3) with time zone not null default now()
);
