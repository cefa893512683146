// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IRewardPool
/// @notice Pays participation and contribution rewards by a cumulative Merkle root per epoch (spec row A5).
/// @dev Amounts are BTSc wei, times unix seconds. A leaf is keccak256(keccak256(abi.encode(chain id, this contract,
/// account, cumulative amount))), as OpenZeppelin's merkle-tree makes it of [uint256, address, address, uint256]. What is
/// published is reserved from what the pool holds; what is unclaimed never expires. The pool can't see leaves, so this is
/// what a publisher can do at worst if the vetoer sleeps for `challengeTime`: publish leaves that leave out or reassign
/// everything unclaimed, and a cap more, which whoever they name may take after that time. Until then members claim from
/// the set before, and what anyone was paid is out of reach. In any time t the total rises by at most the cap times
/// 2 + t / epochLength: once in every epoch that it touches. A vetoed set may be followed by another at once, so a
/// publisher that goes on has to lose the role. A vetoer can keep new sets out, and takes nothing away.
interface IRewardPool {
    /// @notice A set of rewards.
    /// @param root Merkle root over every account's cumulative amount.
    /// @param total The sum of all cumulative amounts.
    /// @param leavesHash keccak256 of the file that lists the leaves.
    /// @param activeAt From when on it may be claimed from; until then it may be vetoed.
    struct Rewards {
        bytes32 root;
        uint256 total;
        bytes32 leavesHash;
        uint40 activeAt;
    }

    /// @notice Rewards were published, to come into force at `activeAt` unless vetoed.
    event RewardsPublished(
        uint256 indexed epoch, bytes32 root, uint256 total, bytes32 leavesHash, string uri, uint40 activeAt
    );
    /// @notice Rewards were withdrawn before they came into force.
    event RewardsVetoed(uint256 indexed epoch, bytes32 root);
    /// @notice `account` was paid `amount`; then all it was ever paid, and all that anyone was.
    event Claimed(
        address indexed account, address indexed recipient, uint256 amount, uint256 accountTotal, uint256 totalClaimed
    );
    /// @notice The most that `total` may rise by per epoch, after the change.
    event EpochCapChanged(uint256 cap);

    /// @notice The last set is still in its challenge time.
    error StillPending(uint40 activeAt);
    /// @notice An epoch has one set of rewards; one that was vetoed does not count.
    error EpochAlreadyPublished(uint256 epoch);
    /// @notice The total may only rise, by at most the cap.
    error TotalOutOfBounds(uint256 total, uint256 minimum, uint256 maximum);
    /// @notice The pool does not hold what would be owed.
    error FundsTooLow(uint256 owed, uint256 held);
    /// @notice Nothing is pending, or it came into force.
    error NothingToVeto();
    /// @notice The proof does not lead to the root in force.
    error ProofInvalid();
    /// @notice Nothing is left to claim.
    error NothingToClaim(address account);
    /// @notice The recipient is the zero address or this contract.
    error RecipientInvalid(address recipient);
    /// @notice The leaves add up to more than the total they were published with, and that much is all that is reserved.
    error ClaimsAboveTotal(uint256 claimed, uint256 total);
    /// @notice A parameter lies outside its immutable bounds.
    error ParameterOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Publishes the rewards of the present epoch. Restricted to the publisher.
    /// @param uri Where the file of leaves is.
    function publish(bytes32 root, uint256 total, bytes32 leavesHash, string calldata uri) external;

    /// @notice Withdraws rewards in their challenge time. Restricted to the vetoer.
    function veto() external;

    /// @notice Pays the caller what `cumulative` exceeds its earlier claims by, to `recipient`.
    function claim(address recipient, uint256 cumulative, bytes32[] calldata proof) external returns (uint256 amount);

    /// @notice Pays `account` what `cumulative` exceeds its earlier claims by. Anyone may call, and pays the gas: the amount
    /// goes to the account and nowhere else.
    function claimFor(address account, uint256 cumulative, bytes32[] calldata proof) external returns (uint256 amount);

    /// @notice Sets the most that the total may rise by per epoch, at most `maximumEpochCap`. Restricted to a delayed
    /// role.
    function setEpochCap(uint256 cap) external;

    /// @notice The rewards in force; zeros before the first.
    function rewards() external view returns (Rewards memory);

    /// @notice The rewards in challenge time; zeros when there are none.
    function pendingRewards() external view returns (Rewards memory);

    /// @notice The leaf of `account` for `cumulative`.
    function leafOf(address account, uint256 cumulative) external view returns (bytes32);

    /// @notice All that `account` was paid.
    function claimedOf(address account) external view returns (uint256);

    /// @notice All that anyone was paid.
    function totalClaimed() external view returns (uint256);

    /// @notice What was published, pending included, and not yet paid.
    function owed() external view returns (uint256);

    /// @notice What the pool holds beyond what it owes; 0 if it holds less.
    function unallocated() external view returns (uint256);

    /// @notice The most that the total may rise by per epoch.
    function epochCap() external view returns (uint256);

    /// @notice The most that the cap may be set to.
    function maximumEpochCap() external view returns (uint256);

    /// @notice The number of the present epoch: unix time divided by `epochLength`.
    function currentEpoch() external view returns (uint256);

    /// @notice The length of an epoch in seconds.
    function epochLength() external view returns (uint40);

    /// @notice How long a set may be vetoed, in seconds.
    function challengeTime() external view returns (uint40);

    /// @notice The token that is paid.
    function token() external view returns (IERC20);
}
