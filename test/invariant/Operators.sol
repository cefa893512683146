// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IGate} from "../../contracts/interfaces/IGate.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IOperationPool} from "../../contracts/interfaces/IOperationPool.sol";
import {IReferencePrice} from "../../contracts/interfaces/IReferencePrice.sol";
import {IRewardPool} from "../../contracts/interfaces/IRewardPool.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../../contracts/interfaces/IStakingPool.sol";
import {World} from "./World.sol";

/// @dev Everybody who holds a role, at work within it.
abstract contract Operators is World {
    // Whom the rewards in force, and those that are pending, promise how much.
    mapping(bytes32 root => address) private _promisedTo;
    mapping(bytes32 root => uint256) private _promised;

    // ------------------------------------------------------------------ time and price

    function passTime(uint256 duration, bool posterIsAwake) external {
        letTimePass(bound(duration, 1, 20 days), posterIsAwake);
    }

    function post(uint256 seed) external {
        skip(1 hours);
        (uint256 price,) = referencePrice.latestPrice();
        uint256 newPrice = bound(seed, price * 90 / 100, price * 110 / 100);
        vm.recordLogs();
        attempt(
            poster,
            address(referencePrice),
            abi.encodeCall(IReferencePrice.post, (newPrice)),
            bytes.concat(IReferencePrice.PriceMovedTooFar.selector, IReferencePrice.PriceOutsideBand.selector)
        );
        mirror.read(vm.getRecordedLogs());
    }

    // ------------------------------------------------------------------ pools

    function spend(uint8 purpose, uint256 amount) external acts(spender) {
        amount = bound(amount, 1, BUDGET / 3);
        if (token.balanceOf(address(operationPool)) < amount) return;
        attempt(
            spender,
            address(operationPool),
            abi.encodeCall(IOperationPool.spend, (IOperationPool.Purpose(purpose % 4), recipient, amount)),
            bytes.concat(IOperationPool.BudgetExceeded.selector)
        );
    }

    function release() external acts(stranger) {
        attempt(
            stranger,
            address(stakingPool),
            abi.encodeCall(IStakingPool.release, ()),
            bytes.concat(IStakingPool.EpochAlreadyReleased.selector, IStakingPool.NothingToRelease.selector)
        );
    }

    /// @dev A set of one leaf: all of it to one member, in addition to what that member was paid.
    function publish(uint256 member, uint256 amount) external acts(publisher) {
        (IRewardPool.Rewards memory last, IRewardPool.Rewards memory pending) = mirror.rewardsAt(block.timestamp);
        uint256 free = rewardPool.unallocated();
        uint256 most = free < rewardPool.epochCap() ? free : rewardPool.epochCap();
        if (pending.activeAt != 0 || most == 0) return;
        amount = bound(amount, 1, most);
        address account = memberOf(member).addr;
        uint256 cumulative = rewardPool.claimedOf(account) + amount;
        bytes32 root = rewardPool.leafOf(account, cumulative);
        (_promisedTo[root], _promised[root]) = (account, cumulative);
        attempt(
            publisher,
            address(rewardPool),
            abi.encodeCall(IRewardPool.publish, (root, last.total + amount, keccak256("leaves"), "ipfs://leaves")),
            bytes.concat(IRewardPool.EpochAlreadyPublished.selector)
        );
    }

    function veto() external acts(vetoer) {
        (, IRewardPool.Rewards memory pending) = mirror.rewardsAt(block.timestamp);
        if (pending.activeAt == 0) return;
        vm.prank(vetoer);
        rewardPool.veto();
    }

    function claimContribution() external acts(stranger) {
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
        configure(address(membership), abi.encodeCall(IMembership.setFee, (tierOf(pro), fee)));
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
        list[0] = IStakingPool.Recipient(address(staking), share);
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
}
