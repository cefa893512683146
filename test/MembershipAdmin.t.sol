// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {Membership} from "../contracts/Membership.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";

contract MembershipAdminTest is MembershipBaseTest {
    // ------------------------------------------------------------------ constructor

    function test_Constructor_EmitsItsTerms() public {
        vm.expectEmit();
        emit IMembership.FeeChanged(NORMAL, LOWEST_FEE);
        vm.expectEmit();
        emit IMembership.FeeChanged(PRO, HIGHEST_FEE);
        vm.expectEmit();
        emit IMembership.SplitChanged(10_000, 0, 0);
        Membership fresh = _newMembership(LOWEST_FEE, HIGHEST_FEE, 10_000, 0, 0);
        assertEq(fresh.feeOf(NORMAL), LOWEST_FEE, "fee of Normal");
        assertEq(fresh.feeOf(PRO), HIGHEST_FEE, "fee of Pro");
        assertFalse(fresh.paused(), "paused");
    }

    function test_Constructor_RevertWhen_SplitDoesNotAddUp() public {
        vm.expectRevert(abi.encodeWithSelector(IMembership.SplitDoesNotAddUp.selector, 9999));
        _newMembership(NORMAL_FEE, PRO_FEE, 3333, 3333, 3333);
    }

    function test_Constructor_RevertWhen_AFeeIsOutOfBounds() public {
        vm.expectRevert(_feeOutOfBounds(LOWEST_FEE - 1));
        _newMembership(LOWEST_FEE - 1, PRO_FEE, 0, 10_000, 0);
        vm.expectRevert(_feeOutOfBounds(HIGHEST_FEE + 1));
        _newMembership(NORMAL_FEE, HIGHEST_FEE + 1, 0, 10_000, 0);
    }

    // ------------------------------------------------------------------ setFee

    function test_SetFee_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(membership), abi.encodeCall(IMembership.setFee, (NORMAL, 1e18)));
    }

    function test_SetFee_RevertWhen_TierIsLight() public {
        expectConfigureRevert(
            address(membership),
            abi.encodeCall(IMembership.setFee, (LIGHT, 1e18)),
            abi.encodeWithSelector(IMembership.TierNotForSale.selector, LIGHT)
        );
    }

    function test_SetFee_RevertWhen_OutOfBounds() public {
        _expectFeeRevert(LOWEST_FEE - 1);
        _expectFeeRevert(HIGHEST_FEE + 1);
        _expectFeeRevert(type(uint256).max);
    }

    function testFuzz_SetFee_WhenWithinBounds(uint256 fee, bool pro) public {
        fee = bound(fee, LOWEST_FEE, HIGHEST_FEE);
        (IMembership.Tier tier, IMembership.Tier other) = pro ? (PRO, NORMAL) : (NORMAL, PRO);
        pay(bob.addr, bob.addr, tier, 1);
        IMembership.Account memory stored = membership.membershipOf(bob.addr);

        bytes memory data = abi.encodeCall(IMembership.setFee, (tier, fee));
        scheduleInTime(address(membership), data);
        vm.expectEmit(address(membership));
        emit IMembership.FeeChanged(tier, fee);
        carryOut(address(membership), data);

        assertEq(membership.feeOf(tier), fee, "fee");
        assertEq(membership.feeOf(other), feeOf(other), "fee of the other tier");
        assertMembership(bob.addr, stored);
        payAndAssert(
            Payment(alice.addr, alice.addr, tier, 2, 2 * fee, 0),
            running(tier, START, START, START + 2 * PERIOD, 2 * fee)
        );
    }

    // ------------------------------------------------------------------ setSplit

    function test_SetSplit_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(membership), abi.encodeCall(IMembership.setSplit, (0, 10_000, 0)));
    }

    function test_SetSplit_RevertWhen_SharesDoNotAddUp() public {
        _expectSplitRevert(0, 0, 0);
        _expectSplitRevert(3000, 5000, 1999);
        _expectSplitRevert(3000, 5000, 2001);
        // What would add up if it wrapped round.
        _expectSplitRevert(65_535, 10_001, 0);
        _expectSplitRevert(65_535, 65_535, 65_535);
    }

    function testFuzz_SetSplit_LosesNothing(uint16 rewardShare, uint16 stakingShare, uint256 price) public {
        rewardShare = uint16(bound(rewardShare, 0, BASIS_POINTS));
        stakingShare = uint16(bound(stakingShare, 0, BASIS_POINTS - rewardShare));
        uint16 operationShare = uint16(BASIS_POINTS) - rewardShare - stakingShare;
        price = bound(price, PRICE * 9 / 10, PRICE * 11 / 10);
        skip(1 hours);
        vm.prank(poster);
        referencePrice.post(price);

        bytes memory data = abi.encodeCall(IMembership.setSplit, (rewardShare, operationShare, stakingShare));
        scheduleInTime(address(membership), data);
        vm.expectEmit(address(membership));
        emit IMembership.SplitChanged(rewardShare, operationShare, stakingShare);
        carryOut(address(membership), data);

        (uint16 reward, uint16 operation, uint16 staking_) = membership.split();
        assertEq(reward, rewardShare, "reward share");
        assertEq(operation, operationShare, "operation share");
        assertEq(staking_, stakingShare, "staking share");

        uint256 amount = amountFor(NORMAL_FEE);
        watchBalances();
        pay(alice.addr, alice.addr, NORMAL, 1);
        uint256 toRewardPool = amount * rewardShare / BASIS_POINTS;
        uint256 toStakingPool = amount * stakingShare / BASIS_POINTS;
        uint256 toOperationPool = amount - toRewardPool - toStakingPool;
        assertGe(toOperationPool, amount * operationShare / BASIS_POINTS, "operation gets its share at least");
        assertLe(toOperationPool, amount * operationShare / BASIS_POINTS + 2, "and no more than rounding leaves");
        assertLost(alice.addr, amount, "payer's balance");
        assertGained(address(rewardPool), toRewardPool, "reward pool's balance");
        assertGained(address(operationPool), toOperationPool, "operation pool's balance");
        assertGained(address(stakingPool), toStakingPool, "staking pool's balance");
        assertNothingElseMoved();
    }

    // ------------------------------------------------------------------ pause and unpause

    function test_Pause_RevertWhen_CallerIsNotTheGuardian() public {
        assertOnlyRole(address(membership), abi.encodeCall(IGate.pause, ()), guardian);
    }

    function test_Pause_StopsEveryWayToPay() public {
        IMembership.Order memory order =
            IMembership.Order(alice.addr, alice.addr, PRO, 1, PRO_FEE, FUNDS, 1, block.timestamp);
        bytes memory signature = signOrder(alice, order);
        IMembership.Permit memory permit = signPermit(alice, address(membership), FUNDS, block.timestamp);

        vm.expectEmit(address(membership));
        emit Pausable.Paused(guardian);
        vm.prank(guardian);
        membership.pause();
        assertTrue(membership.paused(), "paused");

        vm.startPrank(alice.addr);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        membership.pay(alice.addr, PRO, 1, FUNDS, block.timestamp);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        membership.payWithPermit(alice.addr, PRO, 1, FUNDS, block.timestamp, permit);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        membership.payBySignature(order, signature);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        membership.payBySignatureWithPermit(order, signature, permit);
        vm.stopPrank();
        assertEq(btsc.nonces(alice.addr), 0, "permit's nonce");
    }

    function test_Pause_LeavesPaidTimeAlone() public {
        pay(alice.addr, alice.addr, PRO, 1);
        IMembership.Account memory stored = membership.membershipOf(alice.addr);
        vm.prank(guardian);
        membership.pause();
        assertMembership(alice.addr, stored);
        vm.warp(stored.end - 1);
        assertTier(alice.addr, PRO, "tier in the last second");
    }

    function test_Unpause_RevertWhen_CallerIsNotTheConfigurer() public {
        vm.prank(guardian);
        membership.pause();
        assertOnlyConfigurer(address(membership), abi.encodeCall(IGate.unpause, ()));
    }

    function test_Unpause_TakesPaymentsAgain() public {
        vm.prank(guardian);
        membership.pause();
        configure(address(membership), abi.encodeCall(IGate.unpause, ()));
        assertFalse(membership.paused(), "paused");
        payAndAssert(plain(alice.addr, alice.addr, PRO, 1), running(PRO, START, START, START + PERIOD, PRO_FEE));
    }

    // ------------------------------------------------------------------ helpers

    function _newMembership(uint256 normalFee, uint256 proFee, uint16 reward, uint16 operation, uint16 staking_)
        private
        returns (Membership)
    {
        return new Membership(
            address(manager),
            token,
            referencePrice,
            IMembership(address(0)),
            Membership.Pools(address(rewardPool), address(operationPool), address(stakingPool)),
            Membership.Terms(uint96(normalFee), uint96(proFee), reward, operation, staking_)
        );
    }

    function _feeOutOfBounds(uint256 fee) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMembership.ParameterOutOfBounds.selector, fee, LOWEST_FEE, HIGHEST_FEE);
    }

    function _expectFeeRevert(uint256 fee) private {
        bytes memory data = abi.encodeCall(IMembership.setFee, (PRO, fee));
        expectConfigureRevert(address(membership), data, _feeOutOfBounds(fee));
        assertEq(membership.feeOf(PRO), PRO_FEE, "fee of Pro");
    }

    function _expectSplitRevert(uint16 reward, uint16 operation, uint16 staking_) private {
        expectConfigureRevert(
            address(membership),
            abi.encodeCall(IMembership.setSplit, (reward, operation, staking_)),
            abi.encodeWithSelector(IMembership.SplitDoesNotAddUp.selector, uint256(reward) + operation + staking_)
        );
    }
}
