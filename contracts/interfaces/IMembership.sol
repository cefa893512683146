// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IReferencePrice} from "./IReferencePrice.sol";

/// @title IMembership
/// @notice Verifies a BTSc payment and sets Normal or Pro membership (spec rows A2 and A3).
/// @dev Reference amounts have 18 decimals, BTSc amounts are wei, times are unix seconds, shares are basis points.
/// Nothing rests here: what is paid goes to the three pools within the paying transaction, by token transfer alone. So
/// there are no refunds, and a membership can't be moved to another account (docs/adr/0006).
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
    /// and its next purchase does not break it, even where Normal time filled a gap in Pro; where payments were impossible
    /// in the gap (pause, stale price), it may be longer by as much. Queued time starts afresh.
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
    /// @param nonce Any number the payer has not used; order does not matter. A mandate needs one of its own.
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

    /// @notice A payment every period, that a wallet authorises once by an EIP-712 signature. Anyone may open it, and any
    /// keeper may renew what is due; it binds one tier, and can neither be charged above its caps nor more often than it says.
    /// @dev A mandate is bound to this contract: a successor takes new ones.
    /// @param payer Pays, and signs.
    /// @param beneficiary Receives the membership; the payer, unless it is a gift.
    /// @param tier Normal or Pro.
    /// @param periods How many periods may be charged altogether. An allowance of `periods` times `maxAmount` covers them.
    /// @param maxCost The most that may be charged for one period, in reference currency.
    /// @param maxAmount The most that may be charged for one period, in BTSc wei.
    /// @param nonce Any number whose mandate the payer has not opened and that was not cancelled.
    /// @param deadline Last second at which the mandate may be opened.
    /// @param expiry Last second at which a period may be charged.
    struct Mandate {
        address payer;
        address beneficiary;
        Tier tier;
        uint16 periods;
        uint256 maxCost;
        uint256 maxAmount;
        uint256 nonce;
        uint256 deadline;
        uint256 expiry;
    }

    /// @notice What became of a payer's mandate.
    /// @param fingerprint The first 20 bytes of `hashMandate`; zero until it is opened.
    /// @param chargedAt When it was last charged; 0 before.
    /// @param charged How many periods it has paid for.
    /// @param ended Whether it was cancelled.
    struct MandateState {
        bytes20 fingerprint;
        uint40 chargedAt;
        uint16 charged;
        bool ended;
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
    /// @notice `payer` opened a mandate. Whatever `renew` takes is in here.
    event MandateOpened(
        address indexed payer,
        address indexed beneficiary,
        uint256 nonce,
        Tier tier,
        uint16 periods,
        uint256 maxCost,
        uint256 maxAmount,
        uint256 deadline,
        uint256 expiry
    );
    /// @notice The mandate of `payer` paid for a period, now `charged` of them; `Paid` in the same transaction says what.
    event MandateCharged(address indexed payer, uint256 nonce, uint16 charged, uint40 chargedAt);
    /// @notice The mandate of `payer` was cancelled after it had been opened.
    event MandateEnded(address indexed payer, uint256 nonce);
    /// @notice `nonce` of `account` can't be used any more: its order was taken, or it was cancelled.
    event NonceUsed(address indexed account, uint256 nonce);
    /// @notice The fee per period after the change, in reference currency.
    event FeeChanged(Tier tier, uint256 fee);
    /// @notice How income is split after the change (basis points); what rounding leaves goes to the operation pool.
    event SplitChanged(uint16 rewardPool, uint16 operationPool, uint16 stakingPool);

    /// @notice Only Normal and Pro can be bought.
    error TierNotForSale(Tier tier);
    /// @notice Periods must lie in 1..=maximum.
    error PeriodsOutOfRange(uint16 periods, uint16 maximum);
    /// @notice The tier would be prepaid further ahead than `maximumPeriods` allows. Running time and queued time count
    /// apart, so that a gift of another tier never stands in the way of a renewal.
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
    /// @notice The order was taken or cancelled, or the mandate opened or cancelled.
    error NonceAlreadyUsed(address account, uint256 nonce);
    /// @notice A pool received less than was sent: the token takes a part, and that is not accepted.
    error PoolReceivedLess(address pool, uint256 sent, uint256 received);
    /// @notice No such mandate of `payer` is open: it was never opened, was cancelled, or says something else.
    error MandateNotOpen(address payer, uint256 nonce);
    /// @notice All periods of the mandate are paid for.
    error MandateExhausted(uint16 periods);
    /// @notice A renewal is due over [from, until] alone.
    error RenewalNotDue(uint40 from, uint40 until);
    /// @notice The predecessor still takes payments: until it is retired, time is bought there.
    error PredecessorNotRetired(address predecessor);
    /// @notice The split does not add up to 10,000 basis points.
    error SplitDoesNotAddUp(uint256 sum);
    /// @notice A parameter lies outside its immutable bounds.
    error ParameterOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Pays for `periods` of `tier` for `beneficiary` from the caller's allowance.
    /// @dev With no time left, the new time starts now. The tier that runs is extended: `end` moves, `start` is now, and
    /// `value` is what is unused of it (in proportion to time, rounded down) and what is paid. Another tier is queued
    /// behind it, except that a Normal member who pays for Pro for themselves is Pro at once, credited with the reference
    /// value paid for what is unused. Where that exceeds the fee, no BTSc is due and the Normal time worth the rest stays
    /// queued; Pro that was queued as a gift follows the new Pro without a seam. `value` includes the credit.
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

    /// @notice Opens a mandate that its payer signed, or that the payer submits (no signature is needed then), and charges
    /// the first period if nothing runs, if it is an upgrade that the payer makes for themselves, or if a renewal is due.
    /// Otherwise nothing is charged before that; nor is anything by opening what is open already, which changes nothing, so
    /// that nobody can keep the permit that comes with it from taking effect by opening it first.
    /// @param signature ECDSA (65 bytes) by the payer, or whatever the payer's contract accepts by ERC-1271.
    /// @return amount What was paid, in BTSc wei.
    function openMandate(Mandate calldata mandate, bytes calldata signature) external returns (uint256 amount);

    /// @notice As `openMandate`, after handing `permit` to the token (passed over when it fails).
    function openMandateWithPermit(Mandate calldata mandate, bytes calldata signature, Permit calldata permit)
        external
        returns (uint256 amount);

    /// @notice Charges a mandate that is open for one period. Anyone may call, when it is due: from `renewalLead` before the
    /// end of the tier that it binds until `renewalWindow` after it, longer by the time of an outage. While another
    /// tier runs it waits for its end; except that a lapsed Pro member's own mandate for Pro does not wait for Normal
    /// time that somebody gave in the meantime, but is an upgrade. Two charges are at least `period` less `renewalLead`
    /// apart.
    /// @return amount What was paid, in BTSc wei.
    function renew(Mandate calldata mandate) external returns (uint256 amount);

    /// @notice Makes the caller's `nonce` unusable: an order or a mandate that was signed with it can't be taken, and a
    /// mandate that is open ends. Never paused. Reverts with `NonceAlreadyUsed` when there is nothing left to cancel.
    function cancel(uint256 nonce) external;

    /// @notice As `cancel`, for `account`, who signed `Cancellation(address account,uint256 nonce)`. Anyone may submit it.
    function cancelBySignature(address account, uint256 nonce, bytes calldata signature) external;

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

    /// @notice The last Pro time of `account` whose place Normal time has taken; zeros when there is none. A Pro purchase
    /// within `renewalWindow` of its end takes `since` up again.
    function lastProOf(address account) external view returns (uint40 since, uint40 end);

    /// @notice What became of the mandate of `payer` with `nonce`.
    function mandateOf(address payer, uint256 nonce) external view returns (MandateState memory);

    /// @notice When the mandate may be charged next, if neither its periods nor its time are over: the first second and
    /// the last, which moves on if payments become impossible in between, and comes with the end where another tier is queued
    /// behind it (that is waited for, but for a member's own Pro). IRenewalLens says what else is in the way.
    function renewalTime(Mandate calldata mandate) external view returns (uint40 from, uint40 until);

    /// @notice What a payment would cost now, credit for an upgrade included. Reverts where the payment would, but for
    /// allowance, balance and pause.
    function quote(address payer, address beneficiary, Tier tier, uint16 periods) external view returns (Quote memory);

    /// @notice The EIP-712 digest that the payer of `order` signs.
    function hashOrder(Order calldata order) external view returns (bytes32);

    /// @notice The EIP-712 digest that the payer of `mandate` signs.
    function hashMandate(Mandate calldata mandate) external view returns (bytes32);

    /// @notice The EIP-712 digest that `account` signs to cancel `nonce`.
    function hashCancellation(address account, uint256 nonce) external view returns (bytes32);

    /// @notice Whether `nonce` of `account` was taken by an order or cancelled.
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

    /// @notice How long before the end a mandate may be charged, in seconds.
    function renewalLead() external view returns (uint40);

    /// @notice The token that is paid.
    function token() external view returns (IERC20);

    /// @notice Where the price comes from.
    function referencePrice() external view returns (IReferencePrice);

    /// @notice The Membership whose paid time this one honours; zero for the first.
    function predecessor() external view returns (IMembership);

    /// @notice The pools that receive the income.
    function pools() external view returns (address rewardPool, address operationPool, address stakingPool);
}
