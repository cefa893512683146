-- Schema `app`: what people do off the chain. Written by the API's role only; the indexer can't even look.

create schema app;
comment on schema app is 'Off-chain state of the platform. Written by btsc_api only.';

grant usage on schema app to btsc_api;
alter default privileges in schema app grant select, insert, update, delete on tables to btsc_api;

-- Readiness checks that this program's migrations have run, as whichever role it is.
grant select on _sqlx_migrations to btsc_indexer, btsc_api;
