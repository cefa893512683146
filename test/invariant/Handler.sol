// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Membership} from "../../contracts/Membership.sol";
import {ReferencePrice} from "../../contracts/ReferencePrice.sol";
import {Staking} from "../../contracts/Staking.sol";
import {IGate} from "../../contracts/interfaces/IGate.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IOperationPool} from "../../contracts/interfaces/IOperationPool.sol";
import {IReferencePrice} from "../../contracts/interfaces/IReferencePrice.sol";
import {IRewardPool} from "../../contracts/interfaces/IRewardPool.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../../contracts/interfaces/IStakingPool.sol";
import {OperationPool} from "../../contracts/pools/OperationPool.sol";
import {RewardPool} from "../../contracts/pools/RewardPool.sol";
import {StakingPool} from "../../contracts/pools/StakingPool.sol";
import {BaseTest} from "../BaseTest.sol";
import {EventMirror} from "./EventMirror.sol";

struct Contracts {
    IERC20 token;
    Membership membership;
    Staking staking;
    ReferencePrice referencePrice;
    RewardPool rewardPool;
    OperationPool operationPool;
    StakingPool stakingPool;
}

/// @dev Everybody who does anything, at random. What an action may be refused for is said with it; any other refusal ends
/// the run. After each action the mirror reads the logs, and nobody but the actor may have lost time.
contract Handler is BaseTest {
    uint256 private constant MEMBERS = 5;

    EventMirror public mirror;
    // Sent outside of the contracts' own functions.
    mapping(address to => uint256) public donated;

    Account[] private _members;
    // The orders that were taken, to be submitted again.
    IMembership.Order[] private _spentOrders;
    // Whom the rewards in force, and those that are pending, promise how much.
    mapping(bytes32 root => address) private _promisedTo;
    mapping(bytes32 root => uint256) private _promised;

    constructor() {
        vm.recordLogs();
        setUp();
        _members.push(alice);
        _members.push(bob);
        _members.push(carol);
        while (_members.length < MEMBERS) {
            Account memory member = makeAccount(vm.toString(_members.length));
            fund(member.addr);
            _members.push(member);
        }
        mirror = new EventMirror(
            address(token),
            [
                address(membership),
                address(staking),
                address(referencePrice),
                address(rewardPool),
                address(operationPool),
                address(stakingPool)
            ]
        );
        mirror.read(vm.getRecordedLogs());
    }

    /// @dev Some time passes first, in which the poster is mostly awake. Then the mirror reads what the action does, and
    /// what everybody but `actor` has is compared.
    modifier acts(address actor) {
        uint256 seed = uint256(keccak256(msg.data));
        _letTimePass(seed % 3 days, seed >> 128 & 7 != 0);
        uint256[2][MEMBERS] memory before = _timesLeft();
        vm.recordLogs();
        _;
        mirror.read(vm.getRecordedLogs());
        uint256[2][MEMBERS] memory left = _timesLeft();
        for (uint256 i; i < MEMBERS; ++i) {
            if (_members[i].addr == actor) continue;
            assertGe(left[i][0], before[i][0], "somebody else's Normal time");
            assertGe(left[i][1], before[i][1], "somebody else's Pro time");
        }
    }

    function contracts() external view returns (Contracts memory) {
        return Contracts(token, membership, staking, referencePrice, rewardPool, operationPool, stakingPool);
    }

    function members() external view returns (address[] memory list) {
        list = new address[](MEMBERS);
        for (uint256 i; i < MEMBERS; ++i) {
            list[i] = _members[i].addr;
        }
    }

    // ------------------------------------------------------------------ time and price

    function passTime(uint256 duration, bool posterIsAwake) external {
        _letTimePass(bound(duration, 1, 20 days), posterIsAwake);
    }

    function post(uint256 seed) external {
        skip(1 hours);
        (uint256 price,) = referencePrice.latestPrice();
        uint256 newPrice = bound(seed, price * 90 / 100, price * 110 / 100);
        vm.recordLogs();
        _act(
            poster,
            address(referencePrice),
            abi.encodeCall(IReferencePrice.post, (newPrice)),
            IReferencePrice.PriceMovedTooFar.selector,
            IReferencePrice.PriceOutsideBand.selector
        );
        mirror.read(vm.getRecordedLogs());
    }

    // ------------------------------------------------------------------ payments

    function pay(uint256 payer, uint256 beneficiary, bool pro, uint16 periods) external acts(_member(payer).addr) {
        bytes memory data = abi.encodeCall(
            IMembership.pay,
            (_member(beneficiary).addr, _tier(pro), _periods(periods), type(uint256).max, block.timestamp)
        );
        _payment(_member(payer).addr, data);
    }

    function payBySignature(uint256 payer, uint256 beneficiary, bool pro, uint16 periods, uint256 nonce)
        external
        acts(_member(payer).addr)
    {
        IMembership.Order memory order = IMembership.Order(
            _member(payer).addr,
            _member(beneficiary).addr,
            _tier(pro),
            _periods(periods),
            type(uint256).max,
            type(uint256).max,
            nonce,
            block.timestamp
        );
        if (mirror.nonceUsed(order.payer, nonce)) return;
        bytes memory signature = signOrder(_member(payer), order);
        if (_payment(relayer, abi.encodeCall(IMembership.payBySignature, (order, signature)))) {
            _spentOrders.push(order);
        }
    }

    /// @dev Never taken again, however fresh its deadline and its signature.
    function replay(uint256 seed) external acts(relayer) {
        if (_spentOrders.length == 0 || membership.paused()) return;
        IMembership.Order memory order = _spentOrders[seed % _spentOrders.length];
        order.deadline = block.timestamp;
        bytes memory signature = signOrder(_memberAt(order.payer), order);
        bool taken = _act(
            relayer,
            address(membership),
            abi.encodeCall(IMembership.payBySignature, (order, signature)),
            IMembership.NonceAlreadyUsed.selector,
            0
        );
        assertFalse(taken, "order taken twice");
    }

    function cancel(uint256 member, uint256 nonce) external acts(_member(member).addr) {
        if (mirror.nonceUsed(_member(member).addr, nonce)) return;
        vm.prank(_member(member).addr);
        membership.cancel(nonce);
    }

    // ------------------------------------------------------------------ stakes

    function stake(uint256 member, uint256 amount) external acts(_member(member).addr) {
        address account = _member(member).addr;
        uint256 most = token.balanceOf(account) / 4;
        if (staking.paused() || membership.tierOf(account) != PRO || most == 0) return;
        vm.prank(account);
        staking.stake(bound(amount, 1, most));
    }

    function requestUnstake(uint256 member, uint256 amount) external acts(_member(member).addr) {
        address account = _member(member).addr;
        uint256 most = staking.stakeOf(account).amount;
        if (most == 0) return;
        vm.prank(account);
        staking.requestUnstake(bound(amount, 1, most));
    }

    function withdraw(uint256 member, uint256 seed) external acts(_member(member).addr) {
        address account = _member(member).addr;
        uint32 count = staking.stakeOf(account).requests;
        for (uint32 i; i < count; ++i) {
            uint32 id = uint32((seed % count + i) % count);
            IStaking.UnstakeRequest memory request = staking.requestOf(account, id);
            if (request.amount == 0 || request.releaseAt > block.timestamp) continue;
            vm.prank(account);
            staking.withdraw(id, account);
            return;
        }
    }

    // ------------------------------------------------------------------ pools

    function spend(uint8 purpose, uint256 amount) external acts(spender) {
        amount = bound(amount, 1, BUDGET / 3);
        if (token.balanceOf(address(operationPool)) < amount) return;
        _act(
            spender,
            address(operationPool),
            abi.encodeCall(IOperationPool.spend, (IOperationPool.Purpose(purpose % 4), recipient, amount)),
            IOperationPool.BudgetExceeded.selector,
            0
        );
    }

    function release() external acts(stranger) {
        _act(
            stranger,
            address(stakingPool),
            abi.encodeCall(IStakingPool.release, ()),
            IStakingPool.EpochAlreadyReleased.selector,
            IStakingPool.NothingToRelease.selector
        );
    }

    /// @dev A set of one leaf: all of it to one member, in addition to what that member was paid.
    function publish(uint256 member, uint256 amount) external acts(publisher) {
        (IRewardPool.Rewards memory last, IRewardPool.Rewards memory pending) = mirror.rewardsAt(block.timestamp);
        uint256 free = rewardPool.unallocated();
        uint256 most = free < rewardPool.epochCap() ? free : rewardPool.epochCap();
        if (pending.activeAt != 0 || most == 0) return;
        amount = bound(amount, 1, most);
        address account = _member(member).addr;
        uint256 cumulative = rewardPool.claimedOf(account) + amount;
        bytes32 root = rewardPool.leafOf(account, cumulative);
        (_promisedTo[root], _promised[root]) = (account, cumulative);
        _act(
            publisher,
            address(rewardPool),
            abi.encodeCall(IRewardPool.publish, (root, last.total + amount, keccak256("leaves"), "ipfs://leaves")),
            IRewardPool.EpochAlreadyPublished.selector,
            0
        );
    }

    function veto() external acts(vetoer) {
        (, IRewardPool.Rewards memory pending) = mirror.rewardsAt(block.timestamp);
        if (pending.activeAt == 0) return;
        vm.prank(vetoer);
        rewardPool.veto();
    }

    function claim() external acts(stranger) {
        bytes32 root = rewardPool.rewards().root;
        address account = _promisedTo[root];
        if (account == address(0) || rewardPool.claimedOf(account) >= _promised[root]) return;
        vm.prank(account);
        rewardPool.claim(account, _promised[root], new bytes32[](0));
    }

    function donate(uint256 seed, uint256 amount) external acts(stranger) {
        address[5] memory to =
            [address(membership), address(staking), address(rewardPool), address(operationPool), address(stakingPool)];
        amount = bound(amount, 0, 1000e18);
        donated[to[seed % 5]] += amount;
        send(treasury, to[seed % 5], amount);
    }

    // ------------------------------------------------------------------ parameters

    function setFee(bool pro, uint256 fee) external acts(configurer) {
        fee = bound(fee, LOWEST_FEE, 100e18);
        configure(address(membership), abi.encodeCall(IMembership.setFee, (_tier(pro), fee)));
    }

    function setSplit(uint16 reward, uint16 operation) external acts(configurer) {
        reward = uint16(bound(reward, 0, BASIS_POINTS));
        operation = uint16(bound(operation, 0, BASIS_POINTS - reward));
        uint16 rest = uint16(BASIS_POINTS) - reward - operation;
        configure(address(membership), abi.encodeCall(IMembership.setSplit, (reward, operation, rest)));
    }

    function setParameters(uint256 seed) external acts(configurer) {
        uint40 cooldown = uint40(bound(seed, 0, LONGEST_COOLDOWN));
        configure(address(staking), abi.encodeCall(IStaking.setCooldown, (cooldown)));
        configure(address(rewardPool), abi.encodeCall(IRewardPool.setEpochCap, (seed % HIGHEST_EPOCH_CAP)));
        configure(
            address(operationPool),
            abi.encodeCall(IOperationPool.setBudget, (IOperationPool.Purpose(seed % 4), seed % HIGHEST_BUDGET))
        );
        configure(
            address(stakingPool), abi.encodeCall(IStakingPool.setReleaseShare, (uint16(seed % (BASIS_POINTS + 1))))
        );
        configure(address(referencePrice), abi.encodeCall(IReferencePrice.setMaximumMove, (uint16(500 + seed % 1000))));
    }

    function setLists(uint256 seed) external acts(configurer) {
        IStaking.Level[] memory levels = new IStaking.Level[](seed % 9);
        for (uint256 i; i < levels.length; ++i) {
            levels[i] = IStaking.Level(uint128((i + 1) * (1 + seed % 1e21)), uint40(i * 1 days));
        }
        configure(address(staking), abi.encodeCall(IStaking.setLevels, (levels)));
        uint16 share = uint16(1 + seed % (BASIS_POINTS - 1));
        IStakingPool.Recipient[] memory list = new IStakingPool.Recipient[](2);
        list[0] = IStakingPool.Recipient(featureA, share);
        list[1] = IStakingPool.Recipient(featureB, uint16(BASIS_POINTS) - share);
        configure(address(stakingPool), abi.encodeCall(IStakingPool.setRecipients, (list)));
    }

    /// @dev Ends a pause whenever there is one, and begins one now and then.
    function togglePauses(bool ofMembership, uint8 seed) external acts(guardian) {
        address target = ofMembership ? address(membership) : address(staking);
        if (mirror.paused(target)) {
            configure(target, abi.encodeCall(IGate.unpause, ()));
        } else if (seed % 4 == 0) {
            vm.prank(guardian);
            IGate(target).pause();
        }
    }

    // ------------------------------------------------------------------ helpers

    function _letTimePass(uint256 duration, bool posterIsAwake) private {
        skip(duration);
        if (!posterIsAwake) return;
        vm.recordLogs();
        refreshPrice();
        mirror.read(vm.getRecordedLogs());
    }

    /// @dev Submits a payment; a member may be prepaid far enough, the price stale or payments paused.
    function _payment(address from, bytes memory data) private returns (bool) {
        if (membership.paused()) return false;
        return
            _act(
                from, address(membership), data, IMembership.PrepaidTooFar.selector, IReferencePrice.PriceStale.selector
            );
    }

    function _act(address from, address target, bytes memory data, bytes4 allowed, bytes4 allowedToo)
        private
        returns (bool success)
    {
        bytes memory answer;
        vm.prank(from);
        (success, answer) = target.call(data);
        if (!success) {
            assertTrue(bytes4(answer) == allowed || bytes4(answer) == allowedToo, "refused for no good reason");
        }
    }

    function _member(uint256 seed) private view returns (Account memory) {
        return _members[seed % MEMBERS];
    }

    function _memberAt(address account) private view returns (Account memory found) {
        for (uint256 i; i < MEMBERS; ++i) {
            if (_members[i].addr == account) found = _members[i];
        }
    }

    function _tier(bool pro) private pure returns (IMembership.Tier) {
        return pro ? PRO : NORMAL;
    }

    function _periods(uint16 seed) private pure returns (uint16) {
        return uint16(bound(seed, 1, 4));
    }

    function _timesLeft() private view returns (uint256[2][MEMBERS] memory left) {
        for (uint256 i; i < MEMBERS; ++i) {
            left[i] = [timeLeft(_members[i].addr, NORMAL), timeLeft(_members[i].addr, PRO)];
        }
    }
}
