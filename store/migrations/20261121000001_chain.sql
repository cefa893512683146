-- Schema `chain`: what the contracts said, mirrored by the indexer and by nobody else.
-- Every row is keyed by the log that it came from, (block_number, log_index). At any time the tables hold at most one
-- block per height, so that this natural key makes a row exactly-once, and a reorg is undone by deleting above a height.
-- Amounts are token wei in numeric(78,0), addresses 20 bytes, hashes 32 bytes, times unix seconds.

create schema chain;
comment on schema chain is 'Mirror of the contracts. Written by btsc_indexer only; everybody else reads.';

create domain chain.address as bytea check (octet_length(value) = 20);
create domain chain.hash as bytea check (octet_length(value) = 32);
create domain chain.wei as numeric(78, 0) check (value >= 0);
create domain chain.tier as smallint check (value between 0 and 2);
comment on domain chain.wei is 'An amount with 18 decimals: of BTSc, or of reference currency where a column says so.';
comment on domain chain.tier is '0 Light, 1 Normal, 2 Pro, as IMembership.Tier.';

create table chain.cursor (
  only_row boolean primary key default true check (only_row),
  chain_id bigint not null,
  deployment chain.hash not null,
  number bigint not null,
  hash chain.hash not null,
  "timestamp" bigint not null,
  finalized_number bigint not null
);
comment on table chain.cursor is 'How far the mirror has come: one row, changed in the transaction that changes the rest.';
comment on column chain.cursor.deployment is 'Identity of the mirrored contracts; another one is refused.';
comment on column chain.cursor.number is 'The last mirrored block; all blocks up to it are mirrored whole.';
comment on column chain.cursor.finalized_number is 'Highest block that the chain has called final; nothing at or below it is ever removed.';

create table chain.blocks (
  number bigint primary key,
  hash chain.hash not null,
  parent_hash chain.hash not null,
  "timestamp" bigint not null
);
comment on table chain.blocks is 'Blocks that a reorg may still replace, and the last final one below them.';

create table chain.payments (
  block_number bigint not null,
  log_index bigint not null,
  tx_hash chain.hash not null,
  "timestamp" bigint not null,
  payer chain.address not null,
  beneficiary chain.address not null,
  tier chain.tier not null,
  periods integer not null,
  cost chain.wei not null,
  credit chain.wei not null,
  amount chain.wei not null,
  to_reward_pool chain.wei not null,
  to_operation_pool chain.wei not null,
  to_staking_pool chain.wei not null,
  primary key (block_number, log_index)
);
create index payments_of_beneficiary on chain.payments (beneficiary, block_number desc, log_index desc);
create index payments_of_payer on chain.payments (payer, block_number desc, log_index desc);
comment on table chain.payments is 'Membership.Paid: one row per payment.';
comment on column chain.payments.cost is 'What was charged, in reference currency with 18 decimals.';
comment on column chain.payments.credit is 'Reference value of unused time that was given up for an upgrade.';
comment on column chain.payments.amount is 'BTSc wei paid; the three to_* columns add up to it.';

create table chain.memberships (
  block_number bigint not null,
  log_index bigint not null,
  account chain.address not null,
  tier chain.tier not null,
  since bigint not null,
  starts bigint not null,
  ends bigint not null,
  value chain.wei not null,
  next_tier chain.tier not null,
  next_duration bigint not null,
  next_value chain.wei not null,
  primary key (block_number, log_index)
);
create index memberships_of_account on chain.memberships (account, block_number desc, log_index desc);
comment on table chain.memberships is 'Membership.MembershipChanged: an account''s membership after each change; the latest row is its state.';
comment on column chain.memberships.since is 'Start of the unbroken time in this tier.';
comment on column chain.memberships.ends is 'First second that is not paid for.';
comment on column chain.memberships.value is 'Reference currency paid for starts..ends.';
comment on column chain.memberships.next_tier is 'Tier that follows at `ends` for `next_duration` seconds; 0 for none.';

create table chain.used_nonces (
  block_number bigint not null,
  log_index bigint not null,
  account chain.address not null,
  nonce numeric(78, 0) not null,
  primary key (block_number, log_index)
);
comment on table chain.used_nonces is 'Membership.NonceUsed: orders taken or cancelled.';

create table chain.stakes (
  block_number bigint not null,
  log_index bigint not null,
  account chain.address not null,
  amount chain.wei not null,
  held_since bigint not null,
  primary key (block_number, log_index)
);
create index stakes_of_account on chain.stakes (account, block_number desc, log_index desc);
comment on table chain.stakes is 'Staking.Staked and UnstakeRequested: an account''s stake after each change; the latest row is its state.';

create table chain.unstake_requests (
  block_number bigint not null,
  log_index bigint not null,
  account chain.address not null,
  id bigint not null,
  amount chain.wei not null,
  release_at bigint not null,
  primary key (block_number, log_index),
  unique (account, id)
);
comment on table chain.unstake_requests is 'Staking.UnstakeRequested: principal that was asked back.';

create table chain.withdrawals (
  block_number bigint not null,
  log_index bigint not null,
  account chain.address not null,
  id bigint not null,
  recipient chain.address not null,
  amount chain.wei not null,
  primary key (block_number, log_index),
  unique (account, id)
);
comment on table chain.withdrawals is 'Staking.Withdrawn: requests that were paid out.';

create table chain.totals (
  block_number bigint not null,
  log_index bigint not null,
  name text not null check (name in ('staked', 'unstaking', 'rewards_claimed')),
  value chain.wei not null,
  primary key (block_number, log_index, name)
);
create index totals_by_name on chain.totals (name, block_number desc, log_index desc);
comment on table chain.totals is 'Public totals after each change, as the events state them.';

create table chain.pool_balances (
  block_number bigint not null,
  log_index bigint not null,
  pool chain.address not null,
  change numeric(78, 0) not null,
  balance chain.wei not null,
  primary key (block_number, log_index, pool)
);
create index pool_balances_of_pool on chain.pool_balances (pool, block_number desc, log_index desc);
comment on table chain.pool_balances is 'BTSc.Transfer from or to a pool: the balance after it. BEP-20 transfers state no balance, so the writer carries it.';

create table chain.prices (
  block_number bigint not null,
  log_index bigint not null,
  price chain.wei not null,
  posted_at bigint not null,
  primary key (block_number, log_index)
);
comment on table chain.prices is 'ReferencePrice.PricePosted: BTSc wei per unit of reference currency.';

create table chain.spendings (
  block_number bigint not null,
  log_index bigint not null,
  purpose smallint not null,
  recipient chain.address not null,
  amount chain.wei not null,
  epoch bigint not null,
  spent_in_epoch chain.wei not null,
  primary key (block_number, log_index)
);
comment on table chain.spendings is 'OperationPool.Spent. Purpose: 0 AI, 1 operation, 2 moderation, 3 maintenance.';

create table chain.releases (
  block_number bigint not null,
  log_index bigint not null,
  epoch bigint not null,
  amount chain.wei not null,
  balance chain.wei not null,
  primary key (block_number, log_index)
);
comment on table chain.releases is 'StakingPool.Released.';

create table chain.reward_sets (
  block_number bigint not null,
  log_index bigint not null,
  epoch bigint not null,
  root chain.hash not null,
  total chain.wei not null,
  leaves_hash chain.hash not null,
  uri text not null,
  active_at bigint not null,
  primary key (block_number, log_index)
);
comment on table chain.reward_sets is 'RewardPool.RewardsPublished: a cumulative Merkle root per epoch.';

create table chain.reward_vetoes (
  block_number bigint not null,
  log_index bigint not null,
  epoch bigint not null,
  root chain.hash not null,
  primary key (block_number, log_index)
);
comment on table chain.reward_vetoes is 'RewardPool.RewardsVetoed.';

create table chain.reward_claims (
  block_number bigint not null,
  log_index bigint not null,
  account chain.address not null,
  recipient chain.address not null,
  amount chain.wei not null,
  account_total chain.wei not null,
  primary key (block_number, log_index)
);
create index reward_claims_of_account on chain.reward_claims (account, block_number desc, log_index desc);
comment on table chain.reward_claims is 'RewardPool.Claimed.';

create table chain.parameters (
  block_number bigint not null,
  log_index bigint not null,
  contract chain.address not null,
  name text not null,
  value jsonb not null,
  primary key (block_number, log_index)
);
create index parameters_by_name on chain.parameters (contract, name, block_number desc, log_index desc);
comment on table chain.parameters is 'Every parameter after each change (fees, split, band, cooldown, levels, budgets, pause, authority ...); amounts inside are decimal strings.';

grant usage on schema chain to btsc_indexer, btsc_api;
grant select, insert, delete on all tables in schema chain to btsc_indexer;
grant update on chain.cursor to btsc_indexer;
grant select on all tables in schema chain to btsc_api;
alter default privileges in schema chain grant select, insert, delete on tables to btsc_indexer;
alter default privileges in schema chain grant select on tables to btsc_api;
