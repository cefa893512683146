-- Mandates, the registry of Memberships, rewards of stakers, who a release went to, sweeping. Tables as in the first migration: one row per log, keyed by it.

create table chain.mandates (
  block_number bigint not null,
  log_index bigint not null,
  contract chain.address not null,
  payer chain.address not null,
  beneficiary chain.address not null,
  nonce numeric(78, 0) not null,
  tier chain.tier not null,
  periods integer not null,
  max_cost chain.wei not null,
  max_amount chain.wei not null,
  deadline numeric(78, 0) not null,
  expiry numeric(78, 0) not null,
  primary key (block_number, log_index),
  unique (contract, payer, nonce)
);
create index mandates_of_beneficiary on chain.mandates (beneficiary, block_number desc, log_index desc);
comment on table chain.mandates is 'Membership.MandateOpened: whatever `renew` takes. Its state: the latest row of mandate_charges, and whether mandate_ends has one.';
comment on column chain.mandates.block_number is 'Height of the block of the log.';
comment on column chain.mandates.log_index is 'Index of the log in its block.';
comment on column chain.mandates.contract is 'The Membership that it binds; a successor takes mandates of its own.';
comment on column chain.mandates.payer is 'Pays, and signed.';
comment on column chain.mandates.beneficiary is 'Receives the membership; the payer, unless it is a gift.';
comment on column chain.mandates.nonce is 'With payer and contract it names the mandate.';
comment on column chain.mandates.tier is 'The one tier that it binds.';
comment on column chain.mandates.periods is 'How many periods may be charged altogether.';
comment on column chain.mandates.max_cost is 'The most for one period, in reference currency.';
comment on column chain.mandates.max_amount is 'The most for one period, in BTSc wei.';
comment on column chain.mandates.deadline is 'Last second at which it could be opened, as signed: any uint256.';
comment on column chain.mandates.expiry is 'Last second at which a period may be charged, as signed: any uint256.';

create table chain.mandate_charges (
  block_number bigint not null,
  log_index bigint not null,
  contract chain.address not null,
  payer chain.address not null,
  nonce numeric(78, 0) not null,
  charged integer not null,
  charged_at bigint not null,
  primary key (block_number, log_index),
  unique (contract, payer, nonce, charged)
);
comment on table chain.mandate_charges is 'Membership.MandateCharged: a mandate paid for a period. What was paid is the next row of payments in the block.';
comment on column chain.mandate_charges.block_number is 'Height of the block of the log.';
comment on column chain.mandate_charges.log_index is 'Index of the log in its block.';
comment on column chain.mandate_charges.contract is 'The Membership that the mandate binds.';
comment on column chain.mandate_charges.payer is 'Whose mandate.';
comment on column chain.mandate_charges.nonce is 'Which of the payer''s mandates.';
comment on column chain.mandate_charges.charged is 'How many periods it has paid for, with this one.';
comment on column chain.mandate_charges.charged_at is 'Time of the charge.';

create table chain.mandate_ends (
  block_number bigint not null,
  log_index bigint not null,
  contract chain.address not null,
  payer chain.address not null,
  nonce numeric(78, 0) not null,
  primary key (block_number, log_index),
  unique (contract, payer, nonce)
);
comment on table chain.mandate_ends is 'Membership.MandateEnded: a mandate was cancelled after it had been opened.';
comment on column chain.mandate_ends.block_number is 'Height of the block of the log.';
comment on column chain.mandate_ends.log_index is 'Index of the log in its block.';
comment on column chain.mandate_ends.contract is 'The Membership that the mandate bound.';
comment on column chain.mandate_ends.payer is 'Whose mandate.';
comment on column chain.mandate_ends.nonce is 'Which of the payer''s mandates.';

comment on table chain.used_nonces is 'Membership.NonceUsed: the order was taken, or the nonce was cancelled. The nonce of a mandate is used only when it is cancelled.';
comment on column chain.used_nonces.account is 'Whose nonce.';
comment on column chain.used_nonces.nonce is 'No order and no new mandate can be taken with it any more.';

create table chain.registry_entries (
  block_number bigint not null,
  log_index bigint not null,
  place bigint not null unique,
  membership chain.address not null,
  active_at bigint not null,
  primary key (block_number, log_index)
);
comment on table chain.registry_entries is 'MembershipRegistry.MembershipAppended: which Membership says who is Pro, as far as staking goes.';
comment on column chain.registry_entries.block_number is 'Height of the block of the log.';
comment on column chain.registry_entries.log_index is 'Index of the log in its block.';
comment on column chain.registry_entries.place is 'Place in the registry, from 0.';
comment on column chain.registry_entries.membership is 'The Membership.';
comment on column chain.registry_entries.active_at is 'It decides from this second on, until that of the next entry.';

create table chain.reward_fundings (
  block_number bigint not null,
  log_index bigint not null,
  amount chain.wei not null,
  rate chain.wei not null,
  finish bigint not null,
  primary key (block_number, log_index)
);
comment on table chain.reward_fundings is 'Staking.RewardsFunded: the stream to stakers after each funding. While nothing accrues it waits, and its finish moves on by as long.';
comment on column chain.reward_fundings.block_number is 'Height of the block of the log.';
comment on column chain.reward_fundings.log_index is 'Index of the log in its block.';
comment on column chain.reward_fundings.amount is 'What was added to it, in BTSc wei; it had come to Staking before.';
comment on column chain.reward_fundings.rate is 'BTSc wei per second, over all stakers whose stake accrues.';
comment on column chain.reward_fundings.finish is 'When it is over, if it never waits.';

create table chain.staking_claims (
  block_number bigint not null,
  log_index bigint not null,
  account chain.address not null,
  recipient chain.address not null,
  amount chain.wei not null,
  primary key (block_number, log_index)
);
create index staking_claims_of_account on chain.staking_claims (account, block_number desc, log_index desc);
comment on table chain.staking_claims is 'Staking.RewardsClaimed: rewards of stakers that were paid out, or became principal.';
comment on column chain.staking_claims.block_number is 'Height of the block of the log.';
comment on column chain.staking_claims.log_index is 'Index of the log in its block.';
comment on column chain.staking_claims.account is 'Whose rewards.';
comment on column chain.staking_claims.recipient is 'Who got them; Staking itself where they became principal, which a row of stakes then states.';
comment on column chain.staking_claims.amount is 'BTSc wei.';

create table chain.accruals (
  block_number bigint not null,
  log_index bigint not null,
  account chain.address not null,
  accruing boolean not null,
  total_accruing chain.wei not null,
  primary key (block_number, log_index)
);
create index accruals_of_account on chain.accruals (account, block_number desc, log_index desc);
comment on table chain.accruals is 'Staking.AccrualChanged. A stake accrues rewards unless the latest row of its account says that it does not.';
comment on column chain.accruals.block_number is 'Height of the block of the log.';
comment on column chain.accruals.log_index is 'Index of the log in its block.';
comment on column chain.accruals.account is 'Whose stake.';
comment on column chain.accruals.accruing is 'Whether it accrues from here on.';
comment on column chain.accruals.total_accruing is 'All principal that accrues after this log; stakes and requests move it on, as they do the stakes that accrue.';

alter table chain.totals drop constraint totals_name_check;
alter table chain.totals add constraint totals_name_check
  check (name in ('staked', 'unstaking', 'rewards_claimed', 'staking_rewards_owed'));
comment on column chain.totals.name is 'Staking: staked, unstaking, staking_rewards_owed (funded and not yet claimed). RewardPool: rewards_claimed.';

create table chain.release_payments (
  block_number bigint not null,
  log_index bigint not null,
  epoch bigint not null,
  account chain.address not null,
  amount chain.wei not null,
  primary key (block_number, log_index)
);
comment on table chain.release_payments is 'StakingPool.RecipientPaid: a recipient''s part of a release.';
comment on column chain.release_payments.block_number is 'Height of the block of the log.';
comment on column chain.release_payments.log_index is 'Index of the log in its block.';
comment on column chain.release_payments.epoch is 'The epoch whose part was released.';
comment on column chain.release_payments.account is 'Which recipient.';
comment on column chain.release_payments.amount is 'BTSc wei that went there.';

create table chain.release_refusals (
  block_number bigint not null,
  log_index bigint not null,
  epoch bigint not null,
  account chain.address not null,
  amount chain.wei not null,
  primary key (block_number, log_index)
);
comment on table chain.release_refusals is 'StakingPool.RecipientRefused: the token would not send to a recipient.';
comment on column chain.release_refusals.block_number is 'Height of the block of the log.';
comment on column chain.release_refusals.log_index is 'Index of the log in its block.';
comment on column chain.release_refusals.epoch is 'The epoch whose part was released.';
comment on column chain.release_refusals.account is 'Which recipient.';
comment on column chain.release_refusals.amount is 'BTSc wei that stayed in the pool, for the next epoch to divide.';

create table chain.sweeps (
  block_number bigint not null,
  log_index bigint not null,
  contract chain.address not null,
  token chain.address not null,
  recipient chain.address not null,
  amount numeric(78, 0) not null,
  primary key (block_number, log_index)
);
comment on table chain.sweeps is 'Swept, of any contract: tokens that had come there by mistake were given back.';
comment on column chain.sweeps.block_number is 'Height of the block of the log.';
comment on column chain.sweeps.log_index is 'Index of the log in its block.';
comment on column chain.sweeps.contract is 'Where they had come.';
comment on column chain.sweeps.token is 'Which token.';
comment on column chain.sweeps.recipient is 'Who got them.';
comment on column chain.sweeps.amount is 'In the token''s own smallest unit.';

comment on table chain.parameters is 'Every parameter after each change (fees, split, band, cooldown, levels, budgets, paused, retired, authority ...); amounts inside are decimal strings.';
