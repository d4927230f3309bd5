-- The settings' list of what could not be delivered, without reading what could.
create index notifications_failed on notifications (created_at desc) where error is not null;
