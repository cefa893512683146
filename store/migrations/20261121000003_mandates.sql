-- Mandates, the registry of Memberships, sweeping. Tables as in the first migration: one row per log, keyed by it.

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
