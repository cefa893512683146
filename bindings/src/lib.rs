//! The typed ABI of the contracts, and nothing else.
//!
//! `abi/*.json` is written from forge's artifacts by `make generate` and committed; [`alloy_sol_types::sol!`] turns each
//! file into types. A contract that changes its ABI changes these types, so that whatever no longer fits stops the build.

/// One module per contract; the words behind each item stand in `contracts/interfaces/`.
macro_rules! contract {
    ($module:ident, $name:ident, $path:literal, $doc:literal) => {
        #[doc = $doc]
        #[allow(missing_docs, clippy::all, clippy::pedantic)]
        pub mod $module {
            alloy_sol_types::sol!(
                #[sol(all_derives)]
                $name,
                $path
            );
        }
    };
}

contract!(btsc, BTSc, "abi/BTSc.json", "The membership token (`IBTSc`).");
contract!(
    feed_poster,
    FeedPoster,
    "abi/FeedPoster.json",
    "Posts the price that a feed has (`IFeedPoster`)."
);
contract!(
    reference_price,
    ReferencePrice,
    "abi/ReferencePrice.json",
    "BTSc per unit of reference currency (`IReferencePrice`)."
);
contract!(
    membership,
    Membership,
    "abi/Membership.json",
    "Payments and tiers (`IMembership`)."
);
contract!(
    membership_registry,
    MembershipRegistry,
    "abi/MembershipRegistry.json",
    "Which Membership says who is Pro (`IMembershipRegistry`)."
);
contract!(
    renewal_lens,
    RenewalLens,
    "abi/RenewalLens.json",
    "Whether the next renewal of a mandate would work (`IRenewalLens`)."
);
contract!(staking, Staking, "abi/Staking.json", "Stakes and levels (`IStaking`).");
contract!(
    reward_pool,
    RewardPool,
    "abi/RewardPool.json",
    "Contribution rewards (`IRewardPool`)."
);
contract!(
    operation_pool,
    OperationPool,
    "abi/OperationPool.json",
    "Budgets (`IOperationPool`)."
);
contract!(
    staking_pool,
    StakingPool,
    "abi/StakingPool.json",
    "Staking-related funding (`IStakingPool`)."
);

pub use btsc::BTSc;
pub use feed_poster::FeedPoster;
pub use membership::{IMembership, Membership};
pub use membership_registry::MembershipRegistry;
pub use operation_pool::OperationPool;
pub use reference_price::ReferencePrice;
pub use renewal_lens::RenewalLens;
pub use reward_pool::RewardPool;
pub use staking::{IStaking, Staking};
pub use staking_pool::{IStakingPool, StakingPool};
