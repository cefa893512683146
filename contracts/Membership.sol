// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IReferencePrice} from "./interfaces/IReferencePrice.sol";
import {MembershipMath} from "./libraries/MembershipMath.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title Membership
contract Membership is IMembership, AccessManaged, Pausable, ReentrancyGuardTransient, EIP712 {
    using BitMaps for BitMaps.BitMap;
    using MembershipMath for MembershipMath.State;
    using SafeERC20 for IERC20;

    struct Pools {
        address rewardPool;
        address operationPool;
        address stakingPool;
    }

    /// @dev What every payment reads, in one slot. Fees in reference currency per period, shares in basis points.
    struct Terms {
        uint96 normalFee;
        uint96 proFee;
        uint16 rewardShare;
        uint16 operationShare;
        uint16 stakingShare;
    }

    /// @dev First slot of an account; `more` says whether there is anything in the second.
    struct Current {
        Tier tier;
        uint40 since;
        uint40 start;
        uint40 end;
        uint96 value;
        bool more;
    }

    /// @dev Second slot of an account, read and written only when there is something in it.
    struct Beyond {
        Tier nextTier;
        uint40 nextDuration;
        uint96 nextValue;
        uint40 proSince;
        uint40 proEnd;
    }

    uint40 public constant period = 30 days;
    uint40 public constant renewalWindow = 7 days;
    uint16 public constant maximumPeriods = 12;
    uint256 public constant MINIMUM_FEE = 0.01e18;
    uint256 public constant MAXIMUM_FEE = 10_000e18;

    uint256 private constant UNIT = 1e18;
    uint256 private constant BASIS_POINTS = 10_000;
    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(address payer,address beneficiary,uint8 tier,uint16 periods,uint256 maxCost,uint256 maxAmount,uint256 nonce,uint256 deadline)"
    );

    /// @inheritdoc IMembership
    IERC20 public immutable token;
    /// @inheritdoc IMembership
    IReferencePrice public immutable referencePrice;
    address private immutable _rewardPool;
    address private immutable _operationPool;
    address private immutable _stakingPool;

    Terms private _terms;
    mapping(address account => Current) private _current;
    mapping(address account => Beyond) private _beyond;
    mapping(address account => BitMaps.BitMap) private _nonces;

    constructor(
        address authority,
        IERC20 token_,
        IReferencePrice referencePrice_,
        Pools memory pools_,
        Terms memory terms
    ) AccessManaged(authority) EIP712("BTSChain Membership", "1") {
        token = token_;
        referencePrice = referencePrice_;
        _rewardPool = pools_.rewardPool;
        _operationPool = pools_.operationPool;
        _stakingPool = pools_.stakingPool;
        _setFee(Tier.Normal, terms.normalFee);
        _setFee(Tier.Pro, terms.proFee);
        _setSplit(terms.rewardShare, terms.operationShare, terms.stakingShare);
    }

    /// @inheritdoc IMembership
    function pay(address beneficiary, Tier tier, uint16 periods, uint256 maxAmount, uint256 deadline)
        external
        nonReentrant
        whenNotPaused
        returns (uint256)
    {
        return _pay(_ownOrder(beneficiary, tier, periods, maxAmount, deadline));
    }

    /// @inheritdoc IMembership
    function payWithPermit(
        address beneficiary,
        Tier tier,
        uint16 periods,
        uint256 maxAmount,
        uint256 deadline,
        Permit calldata permit
    ) external nonReentrant whenNotPaused returns (uint256) {
        _tryPermit(msg.sender, permit);
        return _pay(_ownOrder(beneficiary, tier, periods, maxAmount, deadline));
    }

    /// @inheritdoc IMembership
    function payBySignature(Order calldata order, bytes calldata signature)
        external
        nonReentrant
        whenNotPaused
        returns (uint256)
    {
        _takeOrder(order, signature);
        return _pay(order);
    }

    /// @inheritdoc IMembership
    function payBySignatureWithPermit(Order calldata order, bytes calldata signature, Permit calldata permit)
        external
        nonReentrant
        whenNotPaused
        returns (uint256)
    {
        _takeOrder(order, signature);
        _tryPermit(order.payer, permit);
        return _pay(order);
    }

    /// @inheritdoc IMembership
    function cancelOrder(uint256 nonce) external {
        _useNonce(msg.sender, nonce);
    }

    /// @inheritdoc IMembership
    function setFee(Tier tier, uint256 fee) external restricted {
        _setFee(tier, fee);
    }

    /// @inheritdoc IMembership
    function setSplit(uint16 rewardPool, uint16 operationPool, uint16 stakingPool) external restricted {
        _setSplit(rewardPool, operationPool, stakingPool);
    }

    /// @inheritdoc IMembership
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IMembership
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc IMembership
    function tierOf(address account) external view returns (Tier tier) {
        (tier,) = _standingOf(account);
    }

    /// @inheritdoc IMembership
    function standingOf(address account) external view returns (Tier tier, uint40 since) {
        return _standingOf(account);
    }

    /// @inheritdoc IMembership
    function membershipOf(address account) external view returns (Account memory) {
        MembershipMath.State memory state = _load(account);
        return Account(
            state.tier,
            state.since,
            state.start,
            state.end,
            state.value,
            state.nextTier,
            state.nextDuration,
            state.nextValue
        );
    }

    /// @inheritdoc IMembership
    function quote(address payer, address beneficiary, Tier tier, uint16 periods)
        external
        view
        returns (Quote memory quoted)
    {
        (quoted,) = _quote(payer, beneficiary, tier, periods);
    }

    /// @inheritdoc IMembership
    function hashOrder(Order calldata order) external view returns (bytes32) {
        return _hashOrder(order);
    }

    /// @inheritdoc IMembership
    function isNonceUsed(address account, uint256 nonce) external view returns (bool) {
        return _nonces[account].get(nonce);
    }

    /// @inheritdoc IMembership
    function feeOf(Tier tier) external view returns (uint256) {
        return _feeOf(tier);
    }

    /// @inheritdoc IMembership
    function split() external view returns (uint16 rewardPool, uint16 operationPool, uint16 stakingPool) {
        return (_terms.rewardShare, _terms.operationShare, _terms.stakingShare);
    }

    /// @inheritdoc IMembership
    function pools() external view returns (address rewardPool, address operationPool, address stakingPool) {
        return (_rewardPool, _operationPool, _stakingPool);
    }

    /// @dev The one way in: whoever calls it has made sure that the payer wants `order`.
    function _pay(Order memory order) private returns (uint256) {
        if (block.timestamp > order.deadline) revert DeadlinePassed(order.deadline);
        (Quote memory quoted, MembershipMath.State memory state) =
            _quote(order.payer, order.beneficiary, order.tier, order.periods);
        if (quoted.cost > order.maxCost) revert CostAboveMaximum(quoted.cost, order.maxCost);
        if (quoted.amount > order.maxAmount) revert AmountAboveMaximum(quoted.amount, order.maxAmount);

        _store(order.beneficiary, state);
        _collect(order, quoted);
        return quoted.amount;
    }

    function _quote(address payer, address beneficiary, Tier tier, uint16 periods)
        private
        view
        returns (Quote memory quoted, MembershipMath.State memory state)
    {
        if (beneficiary == address(0)) revert BeneficiaryZero();
        if (tier == Tier.Light) revert TierNotForSale(tier);
        if (periods == 0 || periods > maximumPeriods) revert PeriodsOutOfRange(periods, maximumPeriods);

        uint40 time = uint40(block.timestamp);
        uint256 fee = _feeOf(tier) * periods;
        state = _load(beneficiary);
        state.roll(time);
        quoted.credit =
            state.buy(MembershipMath.Purchase(tier, period * periods, fee, payer == beneficiary), time, renewalWindow);
        uint256 end = state.end + state.nextDuration;
        uint256 maximum = time + period * maximumPeriods;
        if (end > maximum) revert PrepaidTooFar(end, maximum);

        quoted.cost = fee - quoted.credit;
        quoted.price = referencePrice.currentPrice();
        quoted.amount = Math.mulDiv(quoted.cost, quoted.price, UNIT, Math.Rounding.Ceil);
    }

    function _collect(Order memory order, Quote memory quoted) private {
        (uint256 toRewardPool, uint256 toOperationPool, uint256 toStakingPool) =
            MembershipMath.divide(quoted.amount, _terms.rewardShare, _terms.stakingShare);
        emit Paid(
            order.payer,
            order.beneficiary,
            order.tier,
            order.periods,
            quoted.cost,
            quoted.credit,
            quoted.amount,
            toRewardPool,
            toOperationPool,
            toStakingPool
        );
        _transfer(order.payer, _rewardPool, toRewardPool);
        _transfer(order.payer, _operationPool, toOperationPool);
        _transfer(order.payer, _stakingPool, toStakingPool);
    }

    function _transfer(address payer, address pool, uint256 sent) private {
        if (sent == 0) return;
        uint256 before = token.balanceOf(pool);
        token.safeTransferFrom(payer, pool, sent);
        uint256 received = Math.saturatingSub(token.balanceOf(pool), before);
        if (received < sent) revert PoolReceivedLess(pool, sent, received);
    }

    function _ownOrder(address beneficiary, Tier tier, uint16 periods, uint256 maxAmount, uint256 deadline)
        private
        view
        returns (Order memory)
    {
        return Order(msg.sender, beneficiary, tier, periods, type(uint256).max, maxAmount, 0, deadline);
    }

    function _takeOrder(Order calldata order, bytes calldata signature) private {
        _useNonce(order.payer, order.nonce);
        if (!Signatures.isValid(order.payer, _hashOrder(order), signature)) revert SignatureInvalid(order.payer);
    }

    function _hashOrder(Order calldata order) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ORDER_TYPEHASH, order)));
    }

    /// @dev Somebody else may have submitted the permit already, or the token may not know permits: the allowance counts.
    function _tryPermit(address owner, Permit calldata permit) private {
        try IERC20Permit(address(token))
            .permit(owner, address(this), permit.value, permit.deadline, permit.v, permit.r, permit.s) {}
            catch {}
    }

    function _useNonce(address account, uint256 nonce) private {
        if (_nonces[account].get(nonce)) revert NonceAlreadyUsed(account, nonce);
        _nonces[account].set(nonce);
        emit NonceUsed(account, nonce);
    }

    function _setFee(Tier tier, uint256 fee) private {
        if (tier == Tier.Light) revert TierNotForSale(tier);
        if (fee < MINIMUM_FEE || fee > MAXIMUM_FEE) revert ParameterOutOfBounds(fee, MINIMUM_FEE, MAXIMUM_FEE);
        // The bound keeps it within 96 bits.
        if (tier == Tier.Normal) _terms.normalFee = uint96(fee);
        else _terms.proFee = uint96(fee);
        emit FeeChanged(tier, fee);
    }

    function _setSplit(uint16 rewardShare, uint16 operationShare, uint16 stakingShare) private {
        uint256 sum = uint256(rewardShare) + operationShare + stakingShare;
        if (sum != BASIS_POINTS) revert SplitDoesNotAddUp(sum);
        (_terms.rewardShare, _terms.operationShare, _terms.stakingShare) = (rewardShare, operationShare, stakingShare);
        emit SplitChanged(rewardShare, operationShare, stakingShare);
    }

    function _feeOf(Tier tier) private view returns (uint256) {
        if (tier == Tier.Light) return 0;
        return tier == Tier.Normal ? _terms.normalFee : _terms.proFee;
    }

    function _standingOf(address account) private view returns (Tier, uint40) {
        Current memory current = _current[account];
        if (block.timestamp < current.end) return (current.tier, current.since);
        if (!current.more) return (Tier.Light, 0);
        Beyond memory beyond = _beyond[account];
        if (block.timestamp < current.end + beyond.nextDuration) return (beyond.nextTier, current.end);
        return (Tier.Light, 0);
    }

    function _load(address account) private view returns (MembershipMath.State memory state) {
        Current memory current = _current[account];
        (state.tier, state.since, state.start, state.end, state.value) =
        (current.tier, current.since, current.start, current.end, current.value);
        if (!current.more) return state;
        Beyond memory beyond = _beyond[account];
        (state.nextTier, state.nextDuration, state.nextValue, state.proSince, state.proEnd) =
        (beyond.nextTier, beyond.nextDuration, beyond.nextValue, beyond.proSince, beyond.proEnd);
    }

    function _store(address account, MembershipMath.State memory state) private {
        bool more = state.nextTier != Tier.Light || state.proEnd != 0;
        if (more) {
            _beyond[account] = Beyond(state.nextTier, state.nextDuration, state.nextValue, state.proSince, state.proEnd);
        } else if (_current[account].more) {
            delete _beyond[account];
        }
        _current[account] = Current(state.tier, state.since, state.start, state.end, state.value, more);
        emit MembershipChanged(
            account,
            state.tier,
            state.since,
            state.start,
            state.end,
            state.value,
            state.nextTier,
            state.nextDuration,
            state.nextValue
        );
    }
}
