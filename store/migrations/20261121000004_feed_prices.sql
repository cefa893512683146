-- What a feed said when its price was posted.

create table chain.feed_prices (
  block_number bigint not null,
  log_index bigint not null,
  round_id numeric(78, 0) not null,
  answer numeric(78, 0) not null,
  feed_price chain.wei not null,
  price chain.wei not null,
  primary key (block_number, log_index)
);
comment on table chain.feed_prices is 'FeedPoster.FeedPricePosted; a row of prices in the same transaction says what came into force.';
comment on column chain.feed_prices.block_number is 'Height of the block of the log.';
comment on column chain.feed_prices.log_index is 'Index of the log in its block.';
comment on column chain.feed_prices.round_id is 'The feed''s round.';
comment on column chain.feed_prices.answer is 'Reference currency per BTSc, in the feed''s own decimals.';
comment on column chain.feed_prices.feed_price is 'BTSc wei per unit of reference currency, as the feed says.';
comment on column chain.feed_prices.price is 'What was posted: the nearest to it that ReferencePrice accepts.';
