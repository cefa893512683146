// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {Gate} from "./Gate.sol";
import {Sweepable} from "./Sweepable.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IReferencePrice} from "./interfaces/IReferencePrice.sol";
import {Accounts} from "./libraries/Accounts.sol";
import {Bounds} from "./libraries/Bounds.sol";
import {MembershipMath} from "./libraries/MembershipMath.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title Membership
contract Membership is IMembership, Gate, Sweepable, ReentrancyGuardTransient, EIP712 {
    using Accounts for Accounts.Book;
    using BitMaps for BitMaps.BitMap;
    using MembershipMath for MembershipMath.State;
    using SafeCast for uint256;
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

    /// @inheritdoc IMembership
    uint40 public constant period = 30 days;
    /// @inheritdoc IMembership
    uint40 public constant renewalWindow = 7 days;
    /// @inheritdoc IMembership
    uint16 public constant maximumPeriods = 12;

    uint256 private constant UNIT = 1e18;
    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(address payer,address beneficiary,uint8 tier,uint16 periods,uint256 maxCost,uint256 maxAmount,uint256 nonce,uint256 deadline)"
    );

    /// @inheritdoc IMembership
    IERC20 public immutable token;
    /// @inheritdoc IMembership
    IReferencePrice public immutable referencePrice;
    /// @inheritdoc IMembership
    IMembership public immutable predecessor;
    address private immutable _rewardPool;
    address private immutable _operationPool;
    address private immutable _stakingPool;

    Terms private _terms;
    Accounts.Book private _accounts;
    mapping(address account => BitMaps.BitMap) private _nonces;

    constructor(
        address authority,
        IERC20 token_,
        IReferencePrice referencePrice_,
        IMembership predecessor_,
        Pools memory pools_,
        Terms memory terms
    ) AccessManaged(authority) EIP712("BTSChain Membership", "1") {
        token = token_;
        referencePrice = referencePrice_;
        predecessor = predecessor_;
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
        whenOpen
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
    ) external nonReentrant whenOpen returns (uint256) {
        _tryPermit(msg.sender, permit);
        return _pay(_ownOrder(beneficiary, tier, periods, maxAmount, deadline));
    }

    /// @inheritdoc IMembership
    function payBySignature(Order calldata order, bytes calldata signature)
        external
        nonReentrant
        whenOpen
        returns (uint256)
    {
        _takeOrder(order, signature);
        return _pay(order);
    }

    /// @inheritdoc IMembership
    function payBySignatureWithPermit(Order calldata order, bytes calldata signature, Permit calldata permit)
        external
        nonReentrant
        whenOpen
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
    function tierOf(address account) external view returns (Tier tier) {
        (tier,) = _accounts.standingOf(account, block.timestamp);
    }

    /// @inheritdoc IMembership
    function standingOf(address account) external view returns (Tier tier, uint40 since) {
        return _accounts.standingOf(account, block.timestamp);
    }

    /// @inheritdoc IMembership
    function membershipOf(address account) external view returns (Account memory) {
        MembershipMath.State memory state = _accounts.load(account);
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

        _change(order.beneficiary, state);
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
        state = _accounts.load(beneficiary);
        state.roll(time);
        quoted.credit =
            state.buy(MembershipMath.Purchase(tier, period * periods, fee, payer == beneficiary), time, renewalWindow);
        // Normal time that an upgrade leaves over was within the maximum when it was paid: it can't stand in the way.
        uint256 end = quoted.credit == 0 ? state.end + state.nextDuration : state.end;
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
        if (fee < Bounds.MINIMUM_FEE || fee > Bounds.MAXIMUM_FEE) {
            revert ParameterOutOfBounds(fee, Bounds.MINIMUM_FEE, Bounds.MAXIMUM_FEE);
        }
        if (tier == Tier.Normal) _terms.normalFee = fee.toUint96();
        else _terms.proFee = fee.toUint96();
        emit FeeChanged(tier, fee);
    }

    function _setSplit(uint16 rewardShare, uint16 operationShare, uint16 stakingShare) private {
        uint256 sum = uint256(rewardShare) + operationShare + stakingShare;
        if (sum != Bounds.BASIS_POINTS) revert SplitDoesNotAddUp(sum);
        (_terms.rewardShare, _terms.operationShare, _terms.stakingShare) = (rewardShare, operationShare, stakingShare);
        emit SplitChanged(rewardShare, operationShare, stakingShare);
    }

    function _feeOf(Tier tier) private view returns (uint256) {
        if (tier == Tier.Light) return 0;
        return tier == Tier.Normal ? _terms.normalFee : _terms.proFee;
    }

    /// @dev Nothing rests here, BTSc neither.
    function _holds(IERC20) internal pure override returns (bool) {
        return false;
    }

    function _change(address account, MembershipMath.State memory state) private {
        _accounts.store(account, state);
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
