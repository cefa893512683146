// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IReferencePrice} from "./IReferencePrice.sol";

/// @title IMembership
/// @notice Verifies a BTSc payment and sets Normal or Pro membership (spec rows A2 and A3).
/// @dev Reference amounts have 18 decimals, BTSc amounts are wei, times are unix seconds, shares are basis points.
/// Nothing rests here: what is paid goes to the three pools within the paying transaction, by token transfer alone.
interface IMembership {
    /// @notice What an account may use. Light is free and is never stored: it is what remains when time runs out.
    enum Tier {
        Light,
        Normal,
        Pro
    }

    /// @notice An account's membership. `tier` lasts over [start, end); `nextTier`, when it isn't Light, lasts for
    /// `nextDuration` from `end` on.
    /// @dev The standing at any later time t follows from this alone, until the next change:
    /// t < end: `tier`, since `since`; else, if nextTier isn't Light and t < end + nextDuration: `nextTier`, since `end`;
    /// else: Light, since 0.
    /// @param tier The tier that was paid for; Light only for an account that nobody ever paid for.
    /// @param since Start of the unbroken time in this tier. A gap of up to `renewalWindow` between the end of the tier
    /// and its next purchase does not break it, even where Normal time filled a gap in Pro. Queued time starts afresh.
    /// @param start Start of the time that `value` was paid for.
    /// @param end The first second that is not paid for.
    /// @param value Reference currency paid for [start, end).
    /// @param nextTier The queued tier, or Light for none.
    /// @param nextDuration Length of the queued time, in seconds.
    /// @param nextValue Reference currency paid for the queued time.
    struct Account {
        Tier tier;
        uint40 since;
        uint40 start;
        uint40 end;
        uint96 value;
        Tier nextTier;
        uint40 nextDuration;
        uint96 nextValue;
    }

    /// @notice A payment that a wallet authorises by an EIP-712 signature and anyone may submit, once.
    /// @param payer Pays, and signs.
    /// @param beneficiary Receives the membership; the payer, unless it is a gift.
    /// @param tier Normal or Pro.
    /// @param periods How many periods of `period()` seconds, at most `maximumPeriods()` ahead.
    /// @param maxCost The most that may be charged, in reference currency.
    /// @param maxAmount The most that may be charged, in BTSc wei.
    /// @param nonce Any number the payer has not used; order does not matter.
    /// @param deadline Last second at which the order may be submitted.
    struct Order {
        address payer;
        address beneficiary;
        Tier tier;
        uint16 periods;
        uint256 maxCost;
        uint256 maxAmount;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice An EIP-2612 signature over an allowance for this contract.
    struct Permit {
        uint256 value;
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice What a payment would cost now.
    /// @param cost Reference currency to pay: fee less credit.
    /// @param credit Reference value of unused time that the payer gives up for an upgrade.
    /// @param amount BTSc wei to pay, rounded up.
    /// @param price BTSc wei per unit of reference currency.
    struct Quote {
        uint256 cost;
        uint256 credit;
        uint256 amount;
        uint256 price;
    }

    /// @notice `payer` paid `amount` for `periods` of `tier` for `beneficiary`; the three parts add up to `amount`.
    event Paid(
        address indexed payer,
        address indexed beneficiary,
        Tier tier,
        uint16 periods,
        uint256 cost,
        uint256 credit,
        uint256 amount,
        uint256 toRewardPool,
        uint256 toOperationPool,
        uint256 toStakingPool
    );
    /// @notice The membership of `account` after a change, whole: the fields of `Account`.
    event MembershipChanged(
        address indexed account,
        Tier tier,
        uint40 since,
        uint40 start,
        uint40 end,
        uint96 value,
        Tier nextTier,
        uint40 nextDuration,
        uint96 nextValue
    );
    /// @notice `nonce` of `account` can't be used any more: its order was taken or cancelled.
    event NonceUsed(address indexed account, uint256 nonce);
    /// @notice The fee per period after the change, in reference currency.
    event FeeChanged(Tier tier, uint256 fee);
    /// @notice How income is split after the change (basis points); what rounding leaves goes to the operation pool.
    event SplitChanged(uint16 rewardPool, uint16 operationPool, uint16 stakingPool);

    /// @notice Only Normal and Pro can be bought.
    error TierNotForSale(Tier tier);
    /// @notice Periods must lie in 1..=maximum.
    error PeriodsOutOfRange(uint16 periods, uint16 maximum);
    /// @notice The membership would be prepaid further ahead than `maximumPeriods` allows.
    error PrepaidTooFar(uint256 end, uint256 maximum);
    /// @notice The beneficiary is the zero address.
    error BeneficiaryZero();
    /// @notice The time to submit is over.
    error DeadlinePassed(uint256 deadline);
    /// @notice The charge would exceed what the payer allowed, in BTSc wei.
    error AmountAboveMaximum(uint256 amount, uint256 maximum);
    /// @notice The charge would exceed what the payer allowed, in reference currency.
    error CostAboveMaximum(uint256 cost, uint256 maximum);
    /// @notice The signature is not the payer's over this order.
    error SignatureInvalid(address payer);
    /// @notice The order was taken or cancelled.
    error NonceAlreadyUsed(address account, uint256 nonce);
    /// @notice A pool received less than was sent: the token takes a part, and that is not accepted.
    error PoolReceivedLess(address pool, uint256 sent, uint256 received);
    /// @notice The split does not add up to 10,000 basis points.
    error SplitDoesNotAddUp(uint256 sum);
    /// @notice A parameter lies outside its immutable bounds.
    error ParameterOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Pays for `periods` of `tier` for `beneficiary` from the caller's allowance.
    /// @dev With no time left, the new time starts now. The tier that runs is extended: `end` moves, `start` is now, and
    /// `value` is what is unused of it (in proportion to time, rounded down) and what is paid. Another tier is queued
    /// behind it, except that a Normal member who pays for Pro for themselves is Pro at once, credited with the reference
    /// value paid for what is unused. Where that exceeds the fee, no BTSc is due and the Normal time worth the rest stays
    /// queued, even where Normal was paid at more than Pro costs now and both together then exceed `maximumPeriods`; Pro
    /// that was queued as a gift follows the new Pro without a seam. `value` includes the credit.
    /// Nobody's paid time becomes shorter or another tier's by what somebody else pays.
    /// @param maxAmount The most the caller will pay, in BTSc wei.
    /// @param deadline Last second at which this may be mined.
    /// @return amount What was paid, in BTSc wei.
    function pay(address beneficiary, Tier tier, uint16 periods, uint256 maxAmount, uint256 deadline)
        external
        returns (uint256 amount);

    /// @notice As `pay`, after handing `permit` to the token. A permit that was already submitted, or that the token
    /// does not know, is passed over: the allowance decides.
    function payWithPermit(
        address beneficiary,
        Tier tier,
        uint16 periods,
        uint256 maxAmount,
        uint256 deadline,
        Permit calldata permit
    ) external returns (uint256 amount);

    /// @notice Takes an order that its payer signed; anyone may submit it and none but the payer pays BTSc.
    /// @param signature ECDSA (65 bytes) by the payer, or whatever the payer's contract accepts by ERC-1271.
    function payBySignature(Order calldata order, bytes calldata signature) external returns (uint256 amount);

    /// @notice As `payBySignature`, after handing `permit` to the token (passed over when it fails).
    function payBySignatureWithPermit(Order calldata order, bytes calldata signature, Permit calldata permit)
        external
        returns (uint256 amount);

    /// @notice Makes the caller's `nonce` unusable, so that an order that was signed can't be taken. Never paused.
    function cancelOrder(uint256 nonce) external;

    /// @notice Sets the fee per period in reference currency. Restricted to a delayed role.
    function setFee(Tier tier, uint256 fee) external;

    /// @notice Sets the split of income in basis points. Restricted to a delayed role.
    function setSplit(uint16 rewardPool, uint16 operationPool, uint16 stakingPool) external;

    /// @notice The tier of `account` now.
    function tierOf(address account) external view returns (Tier);

    /// @notice The tier of `account` now, and since when without a gap (0 for Light).
    function standingOf(address account) external view returns (Tier tier, uint40 since);

    /// @notice What is stored of `account`, as it was after its last change.
    function membershipOf(address account) external view returns (Account memory);

    /// @notice What a payment would cost now, credit for an upgrade included. Reverts where the payment would, but for
    /// allowance, balance and pause.
    function quote(address payer, address beneficiary, Tier tier, uint16 periods) external view returns (Quote memory);

    /// @notice The EIP-712 digest that the payer of `order` signs.
    function hashOrder(Order calldata order) external view returns (bytes32);

    /// @notice Whether `nonce` of `account` was used or cancelled.
    function isNonceUsed(address account, uint256 nonce) external view returns (bool);

    /// @notice The fee per period, in reference currency.
    function feeOf(Tier tier) external view returns (uint256);

    /// @notice The split of income (basis points).
    function split() external view returns (uint16 rewardPool, uint16 operationPool, uint16 stakingPool);

    /// @notice The length of a period in seconds.
    function period() external view returns (uint40);

    /// @notice How many periods ahead a membership may be paid.
    function maximumPeriods() external view returns (uint16);

    /// @notice How long after its end a renewal keeps `since`, in seconds.
    function renewalWindow() external view returns (uint40);

    /// @notice The token that is paid.
    function token() external view returns (IERC20);

    /// @notice Where the price comes from.
    function referencePrice() external view returns (IReferencePrice);

    /// @notice The Membership whose paid time this one honours; zero for the first.
    function predecessor() external view returns (IMembership);

    /// @notice The pools that receive the income.
    function pools() external view returns (address rewardPool, address operationPool, address stakingPool);
}
