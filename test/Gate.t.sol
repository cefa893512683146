// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {ISweepable} from "../contracts/interfaces/ISweepable.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";
import {PlainToken} from "./mocks/PlainToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";

/// @dev Membership and Staking, which take members in and can be shut. Alice is Pro by a mandate, has staked and asked
/// a part back, and has rewards.
contract GateTest is MembershipBaseTest {
    uint256 private constant STAKE = 1000e18;
    uint256 private constant MISTAKE = 500e18;

    IMembership.Mandate private _mandate;
    address[2] private _gates;

    function setUp() public override {
        super.setUp();
        _gates = [address(membership), address(staking)];
        _mandate = mandateFor(alice.addr, alice.addr, PRO);
        (_mandate.deadline, _mandate.expiry) = (START + 365 days, START + 730 days);
        openByPayer(_mandate);
        vm.startPrank(alice.addr);
        staking.stake(STAKE);
        staking.requestUnstake(STAKE / 2);
        vm.stopPrank();
        send(treasury, address(staking), 1000e18);
        staking.fund();
        travelTo(START + PERIOD - 1 days);
    }

    // ------------------------------------------------------------------ pause

    function test_Pause_RevertWhen_CallerIsNotTheGuardian() public {
        for (uint256 i; i < _gates.length; ++i) {
            assertOnlyRole(_gates[i], abi.encodeCall(IGate.pause, ()), guardian);
        }
    }

    function test_Pause_RevertGiven_Paused() public {
        for (uint256 i; i < _gates.length; ++i) {
            vm.startPrank(guardian);
            IGate(_gates[i]).pause();
            vm.expectRevert(Pausable.EnforcedPause.selector);
            IGate(_gates[i]).pause();
            vm.stopPrank();
        }
    }

    function test_Pause_WhenCallerIsTheGuardian() public {
        bytes memory before = _everything();
        for (uint256 i; i < _gates.length; ++i) {
            vm.expectEmit(_gates[i]);
            emit Pausable.Paused(guardian);
            vm.prank(guardian);
            IGate(_gates[i]).pause();
            assertTrue(IGate(_gates[i]).paused(), "paused");
            assertFalse(IGate(_gates[i]).retired(), "retired");
        }
        assertEq(_everything(), before, "memberships, stakes and mandates");
        _expectEntriesRefused(Pausable.EnforcedPause.selector);
        _leave();
    }

    // ------------------------------------------------------------------ unpause

    function test_Unpause_RevertWhen_CallerIsNotTheConfigurer() public {
        _pauseAll();
        for (uint256 i; i < _gates.length; ++i) {
            uint256 before = vm.snapshotState();
            assertOnlyConfigurer(_gates[i], abi.encodeCall(IGate.unpause, ()));
            vm.revertToState(before);
        }
    }

    function test_Unpause_RevertGiven_NotPaused() public {
        for (uint256 i; i < _gates.length; ++i) {
            expectConfigureRevert(
                _gates[i], abi.encodeCall(IGate.unpause, ()), abi.encodeWithSelector(Pausable.ExpectedPause.selector)
            );
        }
    }

    function test_Unpause_GivenRetired() public {
        _pauseAll();
        for (uint256 i; i < _gates.length; ++i) {
            configure(_gates[i], abi.encodeCall(IGate.retire, ()));
            configure(_gates[i], abi.encodeCall(IGate.unpause, ()));
            assertFalse(IGate(_gates[i]).paused(), "paused");
            assertTrue(IGate(_gates[i]).retired(), "retired");
        }
        _expectEntriesRefused(IGate.RetiredForGood.selector);
    }

    function test_Unpause_WhenItIsDue() public {
        _pauseAll();
        for (uint256 i; i < _gates.length; ++i) {
            scheduleInTime(_gates[i], abi.encodeCall(IGate.unpause, ()));
            vm.expectEmit(_gates[i]);
            emit Pausable.Unpaused(address(manager));
            carryOut(_gates[i], abi.encodeCall(IGate.unpause, ()));
            assertFalse(IGate(_gates[i]).paused(), "paused");
        }
        _enter();
    }

    // ------------------------------------------------------------------ retire

    function test_Retire_RevertWhen_CallerIsNotTheConfigurer() public {
        for (uint256 i; i < _gates.length; ++i) {
            uint256 before = vm.snapshotState();
            assertOnlyConfigurer(_gates[i], abi.encodeCall(IGate.retire, ()));
            vm.revertToState(before);
        }
    }

    function test_Retire_RevertGiven_Retired() public {
        for (uint256 i; i < _gates.length; ++i) {
            configure(_gates[i], abi.encodeCall(IGate.retire, ()));
            expectConfigureRevert(
                _gates[i], abi.encodeCall(IGate.retire, ()), abi.encodeWithSelector(IGate.RetiredForGood.selector)
            );
        }
    }

    function test_Retire_WhenItIsDue() public {
        bytes memory before = _everything();
        for (uint256 i; i < _gates.length; ++i) {
            scheduleInTime(_gates[i], abi.encodeCall(IGate.retire, ()));
            vm.expectEmit(_gates[i]);
            emit IGate.Retired();
            carryOut(_gates[i], abi.encodeCall(IGate.retire, ()));
            assertTrue(IGate(_gates[i]).retired(), "retired");
            assertFalse(IGate(_gates[i]).paused(), "paused");
        }
        assertEq(_everything(), before, "memberships, stakes and mandates");
        _expectEntriesRefused(IGate.RetiredForGood.selector);
        _leave();
        travel(1000 days);
        _expectEntriesRefused(IGate.RetiredForGood.selector);
    }

    // ------------------------------------------------------------------ sweep, of Membership

    function test_Sweep_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(membership), abi.encodeCall(ISweepable.sweep, (token, recipient)));
    }

    function test_Sweep_WhenItIsBTScThatWasSentByMistake() public {
        send(alice.addr, address(membership), MISTAKE);
        uint256 allowance = token.allowance(bob.addr, address(membership));
        watchBalances();
        _sweepAndExpect(token, MISTAKE);
        assertGained(recipient, MISTAKE, "recipient's balance");
        assertLost(address(membership), MISTAKE, "contract's balance");
        assertNothingElseMoved();
        assertEq(token.allowance(bob.addr, address(membership)), allowance, "bob's allowance");
        _enter();
    }

    function test_Sweep_WhenItIsAnotherToken() public {
        PlainToken mistaken = new PlainToken(address(membership), MISTAKE);
        watchBalances();
        _sweepAndExpect(mistaken, MISTAKE);
        assertEq(mistaken.balanceOf(recipient), MISTAKE, "recipient's balance of it");
        assertEq(mistaken.balanceOf(address(membership)), 0, "contract's balance of it");
        assertNothingElseMoved();
    }

    function test_Sweep_WhenThereIsNothing() public {
        watchBalances();
        _sweepAndExpect(token, 0);
        assertNothingElseMoved();
    }

    function test_Sweep_RevertWhen_ItHasNoCode() public {
        bytes memory data = abi.encodeCall(ISweepable.sweep, (IERC20(stranger), recipient));
        scheduleInTime(address(membership), data);
        vm.prank(configurer);
        vm.expectRevert();
        manager.execute(address(membership), data);
    }

    /// @dev A payment within the sweep: it goes where payments go, and the sweep where it was to go.
    function test_Sweep_WhenItCallsBackWithAPayment() public {
        ReentrantToken mistaken = new ReentrantToken(address(membership), MISTAKE);
        send(bob.addr, address(mistaken), 1000e18);
        mistaken.execute(address(token), abi.encodeCall(IERC20.approve, (address(membership), 1000e18)));
        mistaken.arm(
            address(membership), abi.encodeCall(IMembership.pay, (address(mistaken), NORMAL, 1, FUNDS, block.timestamp))
        );
        watchBalances();
        uint256 amount = amountFor(NORMAL_FEE);
        (uint256 toRewardPool, uint256 toOperationPool, uint256 toStakingPool) = partsOf(amount);
        _sweepAndExpect(mistaken, MISTAKE);
        assertTrue(mistaken.succeeded(), "payment in between");
        assertEq(mistaken.balanceOf(recipient), MISTAKE, "recipient's balance of it");
        assertEq(token.balanceOf(address(mistaken)), 1000e18 - amount, "payer's balance");
        assertGained(address(rewardPool), toRewardPool, "reward pool's balance");
        assertGained(address(operationPool), toOperationPool, "operation pool's balance");
        assertGained(address(stakingPool), toStakingPool, "staking pool's balance");
        assertNothingElseMoved();
    }

    // ------------------------------------------------------------------ helpers

    function _pauseAll() private {
        for (uint256 i; i < _gates.length; ++i) {
            vm.prank(guardian);
            IGate(_gates[i]).pause();
        }
    }

    function _sweepAndExpect(IERC20 mistaken, uint256 amount) private {
        bytes memory data = abi.encodeCall(ISweepable.sweep, (mistaken, recipient));
        scheduleInTime(address(membership), data);
        vm.expectEmit(address(membership));
        emit ISweepable.Swept(address(mistaken), recipient, amount);
        vm.prank(configurer);
        manager.execute(address(membership), data);
    }

    /// @dev Whatever is known of alice.
    function _everything() private view returns (bytes memory) {
        return abi.encode(
            membership.membershipOf(alice.addr),
            membership.mandateOf(alice.addr, NONCE),
            staking.stakeOf(alice.addr),
            staking.requestOf(alice.addr, 0),
            staking.totalStaked(),
            staking.totalUnstaking()
        );
    }

    /// @dev Every way in, by which alice could pay or stake now.
    function _entries() private view returns (address[] memory targets, bytes[] memory calls) {
        IMembership.Permit memory permit = signPermit(alice, address(membership), FUNDS, block.timestamp);
        IMembership.Order memory order =
            IMembership.Order(alice.addr, alice.addr, PRO, 1, FUNDS, FUNDS, 1, block.timestamp);
        IMembership.Mandate memory mandate = mandateFor(alice.addr, alice.addr, PRO);
        mandate.nonce = 2;
        (targets, calls) = (new address[](10), new bytes[](10));
        for (uint256 i; i < 7; ++i) {
            targets[i] = address(membership);
        }
        calls[0] = abi.encodeCall(IMembership.pay, (alice.addr, PRO, 1, FUNDS, block.timestamp));
        calls[1] = abi.encodeCall(IMembership.payWithPermit, (alice.addr, PRO, 1, FUNDS, block.timestamp, permit));
        calls[2] = abi.encodeCall(IMembership.payBySignature, (order, signOrder(alice, order)));
        order.nonce = 3;
        calls[3] = abi.encodeCall(IMembership.payBySignatureWithPermit, (order, signOrder(alice, order), permit));
        calls[4] = abi.encodeCall(IMembership.openMandate, (mandate, ""));
        mandate.nonce = 4;
        calls[5] = abi.encodeCall(IMembership.openMandateWithPermit, (mandate, "", permit));
        calls[6] = abi.encodeCall(IMembership.renew, (_mandate));
        permit = signPermit(alice, address(staking), FUNDS, block.timestamp);
        (targets[7], targets[8], targets[9]) = (address(staking), address(staking), address(staking));
        calls[7] = abi.encodeCall(IStaking.stake, (1e18));
        calls[8] = abi.encodeCall(IStaking.stakeWithPermit, (1e18, permit));
        calls[9] = abi.encodeCall(IStaking.compound, ());
    }

    function _expectEntriesRefused(bytes4 reason) private {
        watchBalances();
        (address[] memory targets, bytes[] memory calls) = _entries();
        for (uint256 i; i < calls.length; ++i) {
            vm.prank(alice.addr);
            (bool success, bytes memory answer) = targets[i].call(calls[i]);
            assertFalse(success, string.concat("entry ", vm.toString(i)));
            assertEq(answer, abi.encodePacked(reason), string.concat("refusal of entry ", vm.toString(i)));
        }
        assertNothingElseMoved();
    }

    /// @dev Each of the ways in works, tried alone.
    function _enter() private {
        (address[] memory targets, bytes[] memory calls) = _entries();
        for (uint256 i; i < calls.length; ++i) {
            uint256 before = vm.snapshotState();
            vm.prank(alice.addr);
            (bool success,) = targets[i].call(calls[i]);
            assertTrue(success, string.concat("entry ", vm.toString(i)));
            vm.revertToState(before);
        }
    }

    /// @dev Every way out and everything that isn't a way in, in any order; the state is put back.
    function _leave() private {
        uint256 before = vm.snapshotState();
        watchBalances();
        vm.startPrank(alice.addr);
        assertEq(staking.withdraw(0, alice.addr), STAKE / 2, "withdrawn");
        uint256 rewards = staking.claim(alice.addr);
        assertGt(rewards, 0, "rewards claimed");
        uint32 id = staking.requestUnstake(STAKE / 2);
        membership.cancel(NONCE);
        vm.stopPrank();
        assertTrue(membership.mandateOf(alice.addr, NONCE).ended, "mandate ended");
        membership.cancelBySignature(alice.addr, 5, signCancellation(alice, alice.addr, 5));
        assertTrue(membership.isNonceUsed(alice.addr, 5), "order cancelled");
        skip(COOLDOWN);
        vm.prank(alice.addr);
        assertEq(staking.withdraw(id, alice.addr), STAKE / 2, "withdrawn last");
        assertGained(alice.addr, STAKE + rewards, "alice's balance");
        assertLost(address(staking), STAKE + rewards, "contract's balance");
        assertNothingElseMoved();
        vm.revertToState(before);
    }
}
