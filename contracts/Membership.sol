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
import {IGate} from "./interfaces/IGate.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IReferencePrice} from "./interfaces/IReferencePrice.sol";
import {Accounts} from "./libraries/Accounts.sol";
import {Bounds} from "./libraries/Bounds.sol";
import {MembershipMath} from "./libraries/MembershipMath.sol";
import {Outages} from "./libraries/Outages.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title Membership
contract Membership is IMembership, Gate, Sweepable, ReentrancyGuardTransient, EIP712 {
    using Accounts for Accounts.Book;
    using BitMaps for BitMaps.BitMap;
    using MembershipMath for MembershipMath.State;
    using Outages for Outages.History;
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
    uint40 public constant renewalWindow = Outages.WINDOW;
    /// @inheritdoc IMembership
    uint40 public constant renewalLead = 3 days;
    /// @inheritdoc IMembership
    uint16 public constant maximumPeriods = 12;

    uint256 private constant UNIT = 1e18;
    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(address payer,address beneficiary,uint8 tier,uint16 periods,uint256 maxCost,uint256 maxAmount,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant MANDATE_TYPEHASH = keccak256(
        "Mandate(address payer,address beneficiary,uint8 tier,uint16 periods,uint256 maxCost,uint256 maxAmount,uint256 nonce,uint256 deadline,uint256 expiry)"
    );
    bytes32 private constant CANCELLATION_TYPEHASH = keccak256("Cancellation(address account,uint256 nonce)");

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
    mapping(address payer => mapping(uint256 nonce => MandateState)) private _mandates;
    uint40 private _pausedAt;
    Outages.History private _pauses;

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
        return _pay(_ownOrder(beneficiary, tier, periods, maxAmount, deadline), _rolled(beneficiary));
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
        return _pay(_ownOrder(beneficiary, tier, periods, maxAmount, deadline), _rolled(beneficiary));
    }

    /// @inheritdoc IMembership
    function payBySignature(Order calldata order, bytes calldata signature)
        external
        nonReentrant
        whenOpen
        returns (uint256)
    {
        _takeOrder(order, signature);
        return _pay(order, _rolled(order.beneficiary));
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
        return _pay(order, _rolled(order.beneficiary));
    }

    /// @inheritdoc IMembership
    function openMandate(Mandate calldata mandate, bytes calldata signature)
        external
        nonReentrant
        whenOpen
        returns (uint256)
    {
        return _open(mandate, signature);
    }

    /// @inheritdoc IMembership
    function openMandateWithPermit(Mandate calldata mandate, bytes calldata signature, Permit calldata permit)
        external
        nonReentrant
        whenOpen
        returns (uint256)
    {
        _tryPermit(mandate.payer, permit);
        return _open(mandate, signature);
    }

    /// @inheritdoc IMembership
    function renew(Mandate calldata mandate) external nonReentrant whenOpen returns (uint256) {
        MandateState memory made = _mandates[mandate.payer][mandate.nonce];
        if (made.ended || made.fingerprint != bytes20(hashMandate(mandate))) {
            revert MandateNotOpen(mandate.payer, mandate.nonce);
        }
        if (made.charged >= mandate.periods) revert MandateExhausted(mandate.periods);
        MembershipMath.State memory state = _rolled(mandate.beneficiary);
        (uint40 from, uint40 until) = _dueTime(mandate, made, state);
        if (block.timestamp < from || block.timestamp > until) revert RenewalNotDue(from, until);
        return _charge(mandate, made, state);
    }

    /// @inheritdoc IMembership
    function cancel(uint256 nonce) external {
        _cancel(msg.sender, nonce);
    }

    /// @inheritdoc IMembership
    function cancelBySignature(address account, uint256 nonce, bytes calldata signature) external {
        _requireSignature(account, hashCancellation(account, nonce), signature);
        _cancel(account, nonce);
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
        (tier,) = standingOf(account);
    }

    /// @inheritdoc IMembership
    function standingOf(address account) public view returns (Tier tier, uint40 since) {
        if (_isElsewhere(account)) return predecessor.standingOf(account);
        return _accounts.standingOf(account, block.timestamp);
    }

    /// @inheritdoc IMembership
    function membershipOf(address account) external view returns (Account memory) {
        if (_isElsewhere(account)) return predecessor.membershipOf(account);
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
    function lastProOf(address account) external view returns (uint40 since, uint40 end) {
        if (_isElsewhere(account)) return predecessor.lastProOf(account);
        MembershipMath.State memory state = _accounts.load(account);
        return (state.proSince, state.proEnd);
    }

    /// @inheritdoc IMembership
    function mandateOf(address payer, uint256 nonce) external view returns (MandateState memory) {
        return _mandates[payer][nonce];
    }

    /// @inheritdoc IMembership
    function renewalTime(Mandate calldata mandate) external view returns (uint40 from, uint40 until) {
        return _dueTime(mandate, _mandates[mandate.payer][mandate.nonce], _rolled(mandate.beneficiary));
    }

    /// @inheritdoc IMembership
    function quote(address payer, address beneficiary, Tier tier, uint16 periods)
        external
        view
        returns (Quote memory quoted)
    {
        quoted = _quote(payer, beneficiary, tier, periods, _rolled(beneficiary));
    }

    /// @inheritdoc IMembership
    function hashOrder(Order calldata order) external view returns (bytes32) {
        return _hashOrder(order);
    }

    /// @inheritdoc IMembership
    function hashMandate(Mandate calldata mandate) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(MANDATE_TYPEHASH, mandate)));
    }

    /// @inheritdoc IMembership
    function hashCancellation(address account, uint256 nonce) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CANCELLATION_TYPEHASH, account, nonce)));
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

    function _open(Mandate calldata mandate, bytes calldata signature) private returns (uint256) {
        if (block.timestamp > mandate.deadline) revert DeadlinePassed(mandate.deadline);
        _requireForSale(mandate.beneficiary, mandate.tier);
        if (mandate.periods == 0) revert PeriodsOutOfRange(0, type(uint16).max);
        MandateState memory made = _mandates[mandate.payer][mandate.nonce];
        bytes32 digest = hashMandate(mandate);
        // Somebody may have opened it already, without the permit.
        if (made.fingerprint == bytes20(digest) && !made.ended) return 0;
        if (made.fingerprint != 0 || _nonces[mandate.payer].get(mandate.nonce)) {
            revert NonceAlreadyUsed(mandate.payer, mandate.nonce);
        }
        if (msg.sender != mandate.payer) _requireSignature(mandate.payer, digest, signature);

        made.fingerprint = bytes20(digest);
        _mandates[mandate.payer][mandate.nonce] = made;
        emit MandateOpened(
            mandate.payer,
            mandate.beneficiary,
            mandate.nonce,
            mandate.tier,
            mandate.periods,
            mandate.maxCost,
            mandate.maxAmount,
            mandate.deadline,
            mandate.expiry
        );
        MembershipMath.State memory state = _rolled(mandate.beneficiary);
        return _isDueAtOnce(mandate, made, state) ? _charge(mandate, made, state) : 0;
    }

    /// @dev Whoever calls it has made sure that the mandate is open and that a period is due.
    function _charge(Mandate calldata mandate, MandateState memory made, MembershipMath.State memory state)
        private
        returns (uint256)
    {
        ++made.charged;
        made.chargedAt = uint40(block.timestamp);
        _mandates[mandate.payer][mandate.nonce] = made;
        emit MandateCharged(mandate.payer, mandate.nonce, made.charged, made.chargedAt);
        return _pay(
            Order(
                mandate.payer,
                mandate.beneficiary,
                mandate.tier,
                1,
                mandate.maxCost,
                mandate.maxAmount,
                mandate.nonce,
                mandate.expiry
            ),
            state
        );
    }

    function _cancel(address account, uint256 nonce) private {
        MandateState storage made = _mandates[account][nonce];
        bool isOpen = made.fingerprint != 0 && !made.ended;
        if (isOpen) {
            made.ended = true;
            emit MandateEnded(account, nonce);
        }
        if (!isOpen || !_nonces[account].get(nonce)) _useNonce(account, nonce);
    }

    /// @dev The one way in: whoever calls it has made sure that the payer wants `order`. `state` is the beneficiary's, rolled.
    function _pay(Order memory order, MembershipMath.State memory state) private returns (uint256) {
        if (block.timestamp > order.deadline) revert DeadlinePassed(order.deadline);
        Quote memory quoted = _quote(order.payer, order.beneficiary, order.tier, order.periods, state);
        if (quoted.cost > order.maxCost) revert CostAboveMaximum(quoted.cost, order.maxCost);
        if (quoted.amount > order.maxAmount) revert AmountAboveMaximum(quoted.amount, order.maxAmount);

        _change(order.beneficiary, state);
        _collect(order, quoted);
        return quoted.amount;
    }

    /// @dev Changes `state`, which is the beneficiary's, rolled, into what the payment makes of it.
    function _quote(address payer, address beneficiary, Tier tier, uint16 periods, MembershipMath.State memory state)
        private
        view
        returns (Quote memory quoted)
    {
        _requireForSale(beneficiary, tier);
        if (periods == 0 || periods > maximumPeriods) revert PeriodsOutOfRange(periods, maximumPeriods);

        uint40 time = uint40(block.timestamp);
        uint256 fee = _feeOf(tier) * periods;
        (, uint40 lastEnd) = state.lastIn(tier);
        quoted.credit = state.buy(
            MembershipMath.Purchase(tier, period * periods, fee, payer == beneficiary),
            time,
            _windowAfter(lastEnd, time)
        );
        uint256 end = state.reach(tier);
        uint256 maximum = time + period * maximumPeriods;
        if (end > maximum) revert PrepaidTooFar(end, maximum);
        quoted.cost = fee - quoted.credit;
        quoted.price = referencePrice.currentPrice();
        quoted.amount = Math.mulDiv(quoted.cost, quoted.price, UNIT, Math.Rounding.Ceil);
    }

    /// @dev How long after `end` a renewal takes up where it ended, as far as is known: outages until now make it longer, so
    /// that a window is over once seven days have passed in which one could pay. They matter only after the plain window.
    function _windowAfter(uint40 end, uint40 time) private view returns (uint40) {
        if (end == 0 || time <= end + renewalWindow) return renewalWindow;
        uint40 lasting = paused() ? _pausedAlone(uint40(Math.max(_pausedAt, end)), time) : 0;
        return renewalWindow + _pauses.secondsSince(end) + lasting + referencePrice.outageAfter(end);
    }

    /// @dev Seconds of a pause that began at `start`, without those in which the price was stale, which it counts itself.
    function _pausedAlone(uint40 start, uint40 time) private view returns (uint40) {
        return uint40(Math.saturatingSub(time - start, referencePrice.outageAfter(start)));
    }

    /// @dev When the mandate may be charged next, if ever: the first second and the last.
    function _dueTime(Mandate calldata mandate, MandateState memory made, MembershipMath.State memory state)
        private
        view
        returns (uint40 from, uint40 until)
    {
        uint40 time = uint40(block.timestamp);
        bool resumes = mandate.payer == mandate.beneficiary && state.mayResume(mandate.tier, time)
            && time <= state.proEnd + _windowAfter(state.proEnd, time);
        uint40 end;
        (from, end) = state.renewalOf(mandate.tier, resumes, time, renewalLead);
        until = end + _windowAfter(end, time);
        if (made.charged != 0) from = uint40(Math.max(from, made.chargedAt + period - renewalLead));
    }

    /// @dev At its opening a mandate also starts what does not run, and makes its payer Pro.
    function _isDueAtOnce(Mandate calldata mandate, MandateState memory made, MembershipMath.State memory state)
        private
        view
        returns (bool)
    {
        if (block.timestamp >= state.end) return true;
        if (state.tier != mandate.tier) return mandate.tier == Tier.Pro && mandate.payer == mandate.beneficiary;
        (uint40 from,) = _dueTime(mandate, made, state);
        return block.timestamp >= from;
    }

    function _rolled(address account) private view returns (MembershipMath.State memory state) {
        state = _load(account);
        state.roll(uint40(block.timestamp));
    }

    /// @dev An account that has nothing here yet brings what it paid for at the predecessor. It can't buy there any more
    /// by then, or that time would be lost.
    function _load(address account) private view returns (MembershipMath.State memory state) {
        if (!_isElsewhere(account)) return _accounts.load(account);
        if (!IGate(address(predecessor)).retired()) revert PredecessorNotRetired(address(predecessor));
        return Accounts.stateAt(predecessor, account);
    }

    function _isElsewhere(address account) private view returns (bool) {
        return address(predecessor) != address(0) && !_accounts.has(account);
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
        _requireSignature(order.payer, _hashOrder(order), signature);
    }

    function _requireSignature(address account, bytes32 digest, bytes calldata signature) private view {
        if (!Signatures.isValid(account, digest, signature)) revert SignatureInvalid(account);
    }

    function _requireForSale(address beneficiary, Tier tier) private pure {
        if (beneficiary == address(0)) revert BeneficiaryZero();
        if (tier == Tier.Light) revert TierNotForSale(tier);
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

    function _pause() internal override {
        super._pause();
        _pausedAt = uint40(block.timestamp);
    }

    function _unpause() internal override {
        super._unpause();
        uint40 time = uint40(block.timestamp);
        // Its seconds, put at its end: a window that began within it is never too short.
        _pauses.add(time - _pausedAlone(_pausedAt, time), time);
    }

    /// @dev Nothing rests here, BTSc neither.
    function _heldToken() internal pure override returns (IERC20) {
        return IERC20(address(0));
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
