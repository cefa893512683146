// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IGate} from "../../contracts/interfaces/IGate.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IMembershipRegistry} from "../../contracts/interfaces/IMembershipRegistry.sol";
import {IOperationPool} from "../../contracts/interfaces/IOperationPool.sol";
import {IReferencePrice} from "../../contracts/interfaces/IReferencePrice.sol";
import {IRewardPool} from "../../contracts/interfaces/IRewardPool.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../../contracts/interfaces/IStakingPool.sol";
import {ISweepable} from "../../contracts/interfaces/ISweepable.sol";
import {World} from "./World.sol";

/// @dev Strangers, members and role holders who try what is not theirs to do. Everything here has to fail; what it would
/// have moved, the modifier of World looks at as well.
abstract contract Attackers is World {
    /// @dev Whoever it is, a call that belongs to a role that they do not hold is refused.
    function usurp(uint256 seed, uint256 amount) external acts(address(0)) {
        address[7] memory roles = [guardian, poster, spender, publisher, vetoer, stranger, memberOf(seed).addr];
        address usurper = roles[seed % 7];
        (address target, bytes memory data, address holder) = _restrictedCall(seed >> 8, amount, usurper);
        if (usurper == holder) return;
        vm.prank(usurper);
        (bool success,) = target.call(data);
        assertFalse(success, "a call that belongs to another role");
    }

    /// @dev The strongest role tries to take the token, from where it is held for others.
    function sweepTheToken(uint256 seed) external acts(configurer) {
        address[4] memory holders =
            [address(staking), address(rewardPool), address(operationPool), address(stakingPool)];
        address target = holders[seed % 4];
        expectConfigureRevert(
            target,
            abi.encodeCall(ISweepable.sweep, (token, address(uint160(uint256(keccak256(abi.encode(seed))))))),
            abi.encodeWithSelector(ISweepable.TokenNotSweepable.selector, token)
        );
        // Of the transfer that was undone.
        vm.getRecordedLogs();
    }

    /// @dev Somebody tries what only `victim` may do.
    function impersonate(uint256 seed, uint256 amount) external acts(address(0)) {
        address victim = memberOf(seed).addr;
        (address target, bytes memory data) = _personalCall(seed >> 8, victim, amount);
        vm.prank(stranger);
        (bool success, bytes memory answer) = target.call(data);
        bool moved = success && (answer.length != 32 || abi.decode(answer, (uint256)) != 0);
        assertFalse(moved, "a call that belongs to a member");
    }

    function _restrictedCall(uint256 seed, uint256 amount, address to)
        private
        view
        returns (address target, bytes memory data, address holder)
    {
        uint256 which = seed % 14;
        if (which == 0) return (address(membership), abi.encodeCall(IMembership.setFee, (PRO, amount)), configurer);
        if (which == 1) return (address(membership), abi.encodeCall(IMembership.setSplit, (0, 10_000, 0)), configurer);
        if (which == 2) return (address(membership), abi.encodeCall(IGate.retire, ()), configurer);
        if (which == 3) return (address(staking), abi.encodeCall(IGate.pause, ()), guardian);
        if (which == 4) return (address(staking), abi.encodeCall(IStaking.setCooldown, (0)), configurer);
        if (which == 5) return (address(staking), abi.encodeCall(ISweepable.sweep, (token, to)), configurer);
        if (which == 6) return (address(rewardPool), abi.encodeCall(IRewardPool.veto, ()), vetoer);
        if (which == 7) return (address(rewardPool), abi.encodeCall(IRewardPool.setEpochCap, (amount)), configurer);
        if (which == 8) {
            IOperationPool.Purpose purpose = IOperationPool.Purpose.AI;
            return (address(operationPool), abi.encodeCall(IOperationPool.spend, (purpose, to, amount)), spender);
        }
        if (which == 9) {
            return (address(stakingPool), abi.encodeCall(IStakingPool.setReleaseShare, (10_000)), configurer);
        }
        if (which == 10) return (address(referencePrice), abi.encodeCall(IReferencePrice.post, (amount)), poster);
        if (which == 11) {
            return (address(referencePrice), abi.encodeCall(IReferencePrice.setBand, (1, amount)), configurer);
        }
        if (which == 12) {
            return (address(registry), abi.encodeCall(IMembershipRegistry.append, (IMembership(to))), configurer);
        }
        return (address(staking), abi.encodeCall(IAccessManaged.setAuthority, (to)), address(manager));
    }

    function _personalCall(uint256 seed, address victim, uint256 amount)
        private
        view
        returns (address target, bytes memory data)
    {
        uint256 which = seed % 7;
        amount = bound(amount, 1, FUNDS);
        if (which == 0) return (address(token), abi.encodeCall(IERC20.transferFrom, (victim, stranger, amount)));
        if (which == 1) return (address(staking), abi.encodeCall(IStaking.requestUnstake, (amount)));
        if (which == 2) return (address(staking), abi.encodeCall(IStaking.withdraw, (uint32(seed % 8), stranger)));
        if (which == 3) return (address(staking), abi.encodeCall(IStaking.claim, (stranger)));
        if (which == 4) {
            bytes memory data_ = abi.encodeCall(IRewardPool.claim, (stranger, amount, new bytes32[](seed % 3)));
            return (address(rewardPool), data_);
        }
        if (which == 5) {
            bytes memory signature = abi.encodePacked(bytes32(seed), bytes32(amount), uint8(27 + seed % 2));
            return (address(membership), abi.encodeCall(IMembership.cancelBySignature, (victim, seed % 16, signature)));
        }
        IMembership.Mandate memory mandate =
            IMembership.Mandate(victim, stranger, PRO, 1, amount, amount, seed % 16, block.timestamp, block.timestamp);
        return (address(membership), abi.encodeCall(IMembership.renew, (mandate)));
    }
}
