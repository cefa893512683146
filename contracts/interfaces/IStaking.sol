// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IMembership} from "./IMembership.sol";
import {IMembershipRegistry} from "./IMembershipRegistry.sol";

/// @title IStaking
/// @notice Pro members stake BTSc and reach enhanced levels (spec row A4). No return is promised: what stakers may receive
/// is what has been funded.
/// @dev Amounts are BTSc wei, times unix seconds. Leaving is never paused and calls nothing but the token.
/// Principal and rewards are one token, booked apart: what is held is `totalStaked`, `totalUnstaking`, `rewardsOwed` and a
/// `surplus` that belongs to nobody yet. Rewards accrue on principal alone, to every staker at the same rate, whatever the
/// level. While nothing accrues the stream waits, and its finish moves on by as long.
/// A reader of logs knows the stream at any time: it begins with `RewardsFunded`, waits while the accruing total, which every
/// change states or follows from, is zero, and is claimed from by `RewardsClaimed`.
interface IStaking {
    /// @notice What an account stakes.
    /// @param amount Principal that counts for the level.
    /// @param heldSince When it was staked; top-ups average it by amount, rounded against the staker. Requests leave it
    /// as it is, and what is staked after everything was asked back starts afresh.
    /// @param requests How many unstake requests the account has made; the next one's id, so that the first is 0.
    struct Stake {
        uint128 amount;
        uint40 heldSince;
        uint32 requests;
    }

    /// @notice Principal that was asked back.
    struct UnstakeRequest {
        uint128 amount;
        uint40 releaseAt;
    }

    /// @notice What level n (from 1) takes: so much staked, for so long.
    struct Level {
        uint128 minimumAmount;
        uint40 minimumHeld;
    }

    /// @notice `account` staked `amount`; then what it stakes, since when, and what all stake.
    event Staked(address indexed account, uint256 amount, uint256 accountTotal, uint40 heldSince, uint256 totalStaked);
    /// @notice `account` asked `amount` back, to be had from `releaseAt` on; then the totals.
    event UnstakeRequested(
        address indexed account,
        uint32 id,
        uint256 amount,
        uint40 releaseAt,
        uint256 accountTotal,
        uint40 heldSince,
        uint256 totalStaked,
        uint256 totalUnstaking
    );
    /// @notice Request `id` of `account` was paid out to `recipient`; then what is still owed to requests.
    event Withdrawn(
        address indexed account, uint32 id, address indexed recipient, uint256 amount, uint256 totalUnstaking
    );
    /// @notice `amount` that was here already goes to stakers, at `rate` wei per second until `finish`; then all rewards owed.
    event RewardsFunded(uint256 amount, uint256 rate, uint40 finish, uint256 rewardsOwed);
    /// @notice `account` was paid `amount` of rewards, to `recipient`: this contract, if they became principal. Then all
    /// rewards owed.
    event RewardsClaimed(address indexed account, address indexed recipient, uint256 amount, uint256 rewardsOwed);
    /// @notice The stake of `account` accrues rewards, or does so no longer; then how much principal accrues.
    event AccrualChanged(address indexed account, bool accruing, uint256 totalAccruing);
    /// @notice The cooldown of requests to come, after the change (seconds).
    event CooldownChanged(uint40 cooldown);
    /// @notice The levels after the change, lowest first.
    event LevelsChanged(Level[] levels);

    /// @notice Only Pro members may stake.
    error NotPro(address account);
    /// @notice The amount is zero.
    error AmountZero();
    /// @notice More was asked back than is staked.
    error AmountAboveStake(uint256 amount, uint256 staked);
    /// @notice There is no such request, or it was paid out.
    error RequestUnknown(address account, uint32 id);
    /// @notice The cooldown is not over.
    error StillCoolingDown(uint40 releaseAt);
    /// @notice The recipient is the zero address or this contract.
    error RecipientInvalid(address recipient);
    /// @notice Levels must rise in amount from above zero, not fall in time, and be no more than 8. `index` is that of
    /// the first which is wrong.
    error LevelsInvalid(uint256 index);
    /// @notice No rewards are there for `account`.
    error NothingToClaim(address account);
    /// @notice The accrual of `account` is in step with its tier, or it stakes nothing.
    error AccrualUnchanged(address account);
    /// @notice A new stream would be slower than the present one, or less than a wei per second: it takes `minimum`.
    error FundingTooSmall(uint256 amount, uint256 minimum);
    /// @notice A parameter lies outside its immutable bounds.
    error ParameterOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Stakes `amount` of the caller, who must be Pro; what arrives of it is credited.
    /// @return credited What arrived of it.
    function stake(uint256 amount) external returns (uint256 credited);

    /// @notice As `stake`, after handing the permit to the token (passed over when it fails).
    function stakeWithPermit(uint256 amount, IMembership.Permit calldata permit) external returns (uint256 credited);

    /// @notice Asks `amount` of the caller's stake back. It stops counting for the level at once.
    /// @return id The request's id, for `withdraw`.
    function requestUnstake(uint256 amount) external returns (uint32 id);

    /// @notice Pays request `id` of the caller out to `recipient`.
    function withdraw(uint32 id, address recipient) external returns (uint256 amount);

    /// @notice Pays the caller's rewards out to `recipient`. Never paused.
    function claim(address recipient) external returns (uint256 amount);

    /// @notice Stakes the caller's rewards, as `stake` does; no token moves.
    function compound() external returns (uint256 amount);

    /// @notice Brings the accrual of `account` in step with its tier: a staker who is not Pro any more accrues nothing from
    /// now on and keeps what there is; one who is Pro again accrues again. Anyone may call.
    function poke(address account) external;

    /// @notice Gives the surplus to stakers, over `rewardTime` from now on, together with what the present stream has left.
    /// Anyone may call, when it makes the stream no slower: dust never draws it out. Retirement does not end it, so that
    /// nothing stays behind.
    /// @return amount What of the surplus was taken; what does not divide by `rewardTime` waits.
    function fund() external returns (uint256 amount);

    /// @notice Sets the cooldown of requests to come (seconds). Restricted to a delayed role.
    function setCooldown(uint40 newCooldown) external;

    /// @notice Sets the levels, lowest first. Restricted to a delayed role.
    function setLevels(Level[] calldata newLevels) external;

    /// @notice The level of `account` now: 0 unless it is Pro, and the held time counts only while it was Pro.
    function levelOf(address account) external view returns (uint8);

    /// @notice What `account` stakes.
    function stakeOf(address account) external view returns (Stake memory);

    /// @notice A request of `account`; zeros when there is none or it was paid out.
    function requestOf(address account, uint32 id) external view returns (UnstakeRequest memory);

    /// @notice The levels, lowest first.
    function levels() external view returns (Level[] memory);

    /// @notice All principal that counts (BTSc wei).
    function totalStaked() external view returns (uint256);

    /// @notice All principal that was asked back and not yet paid out (BTSc wei).
    function totalUnstaking() external view returns (uint256);

    /// @notice What `account` could claim now.
    function rewardsOf(address account) external view returns (uint256);

    /// @notice Whether the stake of `account` accrues rewards, as of its last change or poke.
    function isAccruing(address account) external view returns (bool);

    /// @notice All rewards that were funded and not yet claimed, those to come included (BTSc wei).
    function rewardsOwed() external view returns (uint256);

    /// @notice The principal that rewards are divided by (BTSc wei).
    function totalAccruing() external view returns (uint256);

    /// @notice Wei per second that stakers are given until `rewardFinish`; while nothing accrues both wait.
    function rewardRate() external view returns (uint256);

    /// @notice When the present stream is over (unix seconds).
    function rewardFinish() external view returns (uint40);

    /// @notice Over how long a new stream runs (seconds).
    function rewardTime() external view returns (uint40);

    /// @notice What is held beyond all that is owed (BTSc wei).
    function surplus() external view returns (uint256);

    /// @notice The cooldown of requests to come (seconds).
    function cooldown() external view returns (uint40);

    /// @notice The token that is staked.
    function token() external view returns (IERC20);

    /// @notice Which Membership says who is Pro.
    function registry() external view returns (IMembershipRegistry);

    /// @notice The Membership that says now who is Pro.
    function membership() external view returns (IMembership);
}
