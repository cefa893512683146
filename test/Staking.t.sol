// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {StakingBaseTest} from "./helpers/StakingBaseTest.sol";
import {FalseToken} from "./mocks/FalseToken.sol";
import {PlainToken} from "./mocks/PlainToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {SilentToken} from "./mocks/SilentToken.sol";
import {TaxedToken} from "./mocks/TaxedToken.sol";

/// @dev Coming and going. Alice is Pro for a year; levels and powers are in StakingLevels.t.sol.
contract StakingTest is StakingBaseTest {
    // ------------------------------------------------------------------ stake: refusals

    function test_Stake_RevertGiven_Paused() public {
        vm.prank(guardian);
        staking.pause();
        _expectStakeRevert(alice.addr, 1, abi.encodePacked(Pausable.EnforcedPause.selector));
    }

    function test_Stake_RevertWhen_AmountIsZero() public {
        _expectStakeRevert(alice.addr, 0, abi.encodePacked(IStaking.AmountZero.selector));
    }

    function test_Stake_RevertWhen_CallerIsNotPro() public {
        _expectNotPro(bob.addr);
        pay(bob.addr, bob.addr, NORMAL, 1);
        _expectNotPro(bob.addr);
        vm.warp(membership.membershipOf(alice.addr).end);
        _expectNotPro(alice.addr);
    }

    function test_Stake_GivenTheLastSecondOfPro() public {
        vm.warp(membership.membershipOf(alice.addr).end - 1);
        stakeAndAssert(alice.addr, 5, 5, block.timestamp, 5);
    }

    function test_Stake_RevertGiven_AllowanceIsAWeiShort() public {
        approve(alice.addr, address(staking), 99);
        _expectStakeRevert(
            alice.addr,
            100,
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(staking), 99, 100)
        );
    }

    // ------------------------------------------------------------------ stake: tokens that misbehave

    function test_Stake_WhenTokenKeepsAPart() public {
        TaxedToken taxed = new TaxedToken(treasury, SUPPLY);
        startAgainWith(address(taxed));
        taxed.setTax(100);

        watchBalances();
        expectStaked(alice.addr, 990, 990, block.timestamp, 990);
        assertEq(stake(alice.addr, 1000), 990, "credited");
        assertLost(alice.addr, 1000, "staker's balance");
        assertGained(address(staking), 990, "contract's balance");
        assertNothingElseMoved();
        assertStake(alice.addr, 990, block.timestamp, 0);
        assertTotals(990, 0);
    }

    function test_Stake_RevertWhen_TokenKeepsEverything() public {
        TaxedToken taxed = new TaxedToken(treasury, SUPPLY);
        startAgainWith(address(taxed));
        taxed.setTax(10_000);
        _expectStakeRevert(alice.addr, 1000, abi.encodePacked(IStaking.AmountZero.selector));
    }

    function test_Stake_RevertWhen_TokenAnswersFalse() public {
        FalseToken refusing = new FalseToken(treasury, SUPPLY);
        startAgainWith(address(refusing));
        refusing.setRefuses(true);
        _expectStakeRevert(
            alice.addr, 1000, abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(refusing))
        );
    }

    function test_Stake_WhenTokenAnswersNothing() public {
        startAgainWith(address(new SilentToken(treasury, SUPPLY)));
        stakeAndAssert(alice.addr, 1000, 1000, block.timestamp, 1000);
    }

    /// @dev Were the inner stake let in, what arrives by it would be credited twice.
    function test_Stake_WhenTokenCallsBack() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        startAgainWith(address(reentrant));
        fund(address(reentrant));
        pay(alice.addr, address(reentrant), PRO, 1);
        reentrant.arm(address(staking), abi.encodeCall(IStaking.stake, (500)));
        stakeAndAssert(alice.addr, 1000, 1000, block.timestamp, 1000);
        _assertRefusedReentry(reentrant);
        assertStake(address(reentrant), 0, 0, 0);
    }

    function test_Stake_WhenTokenCallsBackToWithdraw() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        startAgainWith(address(reentrant));
        fund(address(reentrant));
        pay(alice.addr, address(reentrant), PRO, 12);
        stake(address(reentrant), 500);
        requestUnstake(address(reentrant), 500);
        travel(COOLDOWN);
        reentrant.arm(address(staking), abi.encodeCall(IStaking.withdraw, (0, address(reentrant))));
        stakeAndAssert(alice.addr, 1000, 1000, block.timestamp, 1000);
        _assertRefusedReentry(reentrant);
        assertTotals(1000, 500);
    }

    // ------------------------------------------------------------------ stake: what it does

    function test_Stake_GivenCallerStakesNothing() public {
        stakeAndAssert(alice.addr, 100e18, 100e18, START, 100e18);
        makePro(bob.addr);
        stakeAndAssert(bob.addr, 7e18, 7e18, START, 107e18);
    }

    function test_Stake_GivenCallerStakesAlready() public {
        stakeAndAssert(alice.addr, 300, 300, START, 300);
        skip(10);
        // (300 * 0 + 101 * 10) / 401 is 2.5 seconds after the start, and rounded up 3.
        stakeAndAssert(alice.addr, 101, 401, START + 3, 401);
    }

    function test_Stake_GivenEverythingWasAskedBack() public {
        stake(alice.addr, 300);
        skip(10);
        requestUnstake(alice.addr, 300);
        skip(10);
        watchBalances();
        expectStaked(alice.addr, 100, 100, START + 20, 100);
        stake(alice.addr, 100);
        assertStake(alice.addr, 100, START + 20, 1);
        assertTotals(100, 300);
    }

    /// @dev Any stakes at any times: credited whole, and the held time never exceeds that of any true average.
    function testFuzz_Stake_AveragesAgainstTheStaker(uint256[6] memory amounts, uint256[6] memory waits) public {
        uint256 total;
        // The sum of amount times the time it was staked at.
        uint256 weighted;
        uint256 last;
        for (uint256 i; i < amounts.length; ++i) {
            skip(bound(waits[i], 0, 50 days));
            uint256 amount = bound(amounts[i], 1, FUNDS / 12);
            total += amount;
            weighted += amount * block.timestamp;
            stake(alice.addr, amount);

            IStaking.Stake memory held = staking.stakeOf(alice.addr);
            assertEq(held.amount, total, "stake");
            assertGe(uint256(held.heldSince) * total, weighted, "held since, rounded against the staker");
            assertLe(
                uint256(held.heldSince) * total, weighted + (i + 1) * total, "held since, a second a stake too late"
            );
            assertGe(held.heldSince, last, "held since never goes back");
            assertLe(held.heldSince, block.timestamp, "held since is past");
            last = held.heldSince;
        }
        assertTotals(total, 0);
        assertEq(token.balanceOf(address(staking)), total, "contract's balance");
    }

    // ------------------------------------------------------------------ stakeWithPermit

    function test_StakeWithPermit_WhenPermitIsGood() public {
        approve(alice.addr, address(staking), 0);
        IMembership.Permit memory permit = signPermit(alice, address(staking), 1000, block.timestamp);
        watchBalances();
        expectStaked(alice.addr, 1000, 1000, START, 1000);
        assertEq(_stakeWithPermit(alice.addr, 1000, permit), 1000, "credited");
        assertLost(alice.addr, 1000, "staker's balance");
        assertGained(address(staking), 1000, "contract's balance");
        assertNothingElseMoved();
        assertEq(token.allowance(alice.addr, address(staking)), 0, "allowance");
    }

    function test_StakeWithPermit_WhenSomebodySubmittedThePermitEarlier() public {
        approve(alice.addr, address(staking), 0);
        IMembership.Permit memory permit = signPermit(alice, address(staking), 1000, block.timestamp);
        vm.prank(stranger);
        btsc.permit(alice.addr, address(staking), permit.value, permit.deadline, permit.v, permit.r, permit.s);
        assertEq(_stakeWithPermit(alice.addr, 1000, permit), 1000, "credited");
        assertStake(alice.addr, 1000, START, 0);
    }

    function test_StakeWithPermit_RevertWhen_PermitIsBadAndThereIsNoAllowance() public {
        approve(alice.addr, address(staking), 0);
        IMembership.Permit memory permit = signPermit(bob, address(staking), 1000, block.timestamp);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(staking), 0, 1000)
        );
        _stakeWithPermit(alice.addr, 1000, permit);
    }

    function test_StakeWithPermit_RevertGiven_PausedOrNotPro() public {
        IMembership.Permit memory permit = signPermit(bob, address(staking), 1000, block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NotPro.selector, bob.addr));
        _stakeWithPermit(bob.addr, 1000, permit);
        vm.prank(guardian);
        staking.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        _stakeWithPermit(alice.addr, 1000, permit);
    }

    function test_StakeWithPermit_WhenTokenHasNoPermit() public {
        IMembership.Permit memory permit = signPermit(alice, address(staking), 1000, block.timestamp);
        startAgainWith(address(new PlainToken(treasury, SUPPLY)));
        assertEq(_stakeWithPermit(alice.addr, 1000, permit), 1000, "credited");
        startAgainWith(address(new SilentToken(treasury, SUPPLY)));
        assertEq(_stakeWithPermit(alice.addr, 1000, permit), 1000, "credited though the permit was swallowed");
    }

    // ------------------------------------------------------------------ requestUnstake

    function test_RequestUnstake_RevertWhen_AmountIsZero() public {
        stake(alice.addr, 100);
        vm.expectRevert(IStaking.AmountZero.selector);
        requestUnstake(alice.addr, 0);
    }

    function test_RequestUnstake_RevertWhen_AmountExceedsTheStake() public {
        stake(alice.addr, 100);
        makePro(bob.addr);
        stake(bob.addr, 100);
        vm.expectRevert(abi.encodeWithSelector(IStaking.AmountAboveStake.selector, 101, 100));
        requestUnstake(alice.addr, 101);
        uint256 wraps = uint256(type(uint128).max) + 2;
        vm.expectRevert(abi.encodeWithSelector(IStaking.AmountAboveStake.selector, wraps, 100));
        requestUnstake(alice.addr, wraps);

        requestUnstake(alice.addr, 60);
        vm.expectRevert(abi.encodeWithSelector(IStaking.AmountAboveStake.selector, 41, 40));
        requestUnstake(alice.addr, 41);
    }

    function test_RequestUnstake_WhenAmountIsStaked() public {
        stake(alice.addr, 100);
        skip(50);
        watchBalances();
        _requestAndAssert(0, 30, 70, 70, 30);
        skip(50);
        _requestAndAssert(1, 70, 0, 0, 100);
        assertNothingElseMoved();

        makePro(bob.addr);
        stake(bob.addr, 5);
        assertEq(requestUnstake(bob.addr, 5), 0, "another account's first request");
        assertEq(staking.requestOf(bob.addr, 0).amount, 5, "another account's request");
        assertEq(staking.requestOf(alice.addr, 0).amount, 30, "request");
    }

    function test_RequestUnstake_GivenPausedAndNotPro() public {
        stake(alice.addr, 100);
        vm.prank(guardian);
        staking.pause();
        vm.warp(membership.membershipOf(alice.addr).end);
        _requestAndAssert(0, 100, 0, 0, 100);
    }

    // ------------------------------------------------------------------ withdraw

    function test_Withdraw_RevertWhen_ThereIsNoSuchRequest() public {
        stake(alice.addr, 100);
        requestUnstake(alice.addr, 50);
        skip(COOLDOWN);
        _expectWithdrawRevert(
            alice.addr, 1, recipient, abi.encodeWithSelector(IStaking.RequestUnknown.selector, alice.addr, 1)
        );
        _expectWithdrawRevert(
            bob.addr, 0, recipient, abi.encodeWithSelector(IStaking.RequestUnknown.selector, bob.addr, 0)
        );
    }

    function test_Withdraw_RevertGiven_ItWasPaidOut() public {
        stake(alice.addr, 100);
        requestUnstake(alice.addr, 50);
        requestUnstake(alice.addr, 50);
        skip(COOLDOWN);
        withdraw(alice.addr, 0, recipient);
        _expectWithdrawRevert(
            alice.addr, 0, recipient, abi.encodeWithSelector(IStaking.RequestUnknown.selector, alice.addr, 0)
        );
        assertEq(withdraw(alice.addr, 1, recipient), 50, "the other request");
    }

    function test_Withdraw_RevertWhen_RecipientIsZeroOrTheContract() public {
        stake(alice.addr, 100);
        requestUnstake(alice.addr, 100);
        skip(COOLDOWN);
        _expectWithdrawRevert(
            alice.addr, 0, address(0), abi.encodeWithSelector(IStaking.RecipientInvalid.selector, address(0))
        );
        _expectWithdrawRevert(
            alice.addr,
            0,
            address(staking),
            abi.encodeWithSelector(IStaking.RecipientInvalid.selector, address(staking))
        );
    }

    function test_Withdraw_RevertGiven_CooldownIsOverInASecond() public {
        stake(alice.addr, 100);
        uint40 releaseAt = uint40(block.timestamp) + COOLDOWN;
        requestUnstake(alice.addr, 100);
        vm.warp(releaseAt - 1);
        _expectWithdrawRevert(
            alice.addr, 0, recipient, abi.encodeWithSelector(IStaking.StillCoolingDown.selector, releaseAt)
        );
    }

    function test_Withdraw_GivenCooldownIsOverThisSecond() public {
        stake(alice.addr, 100);
        requestUnstake(alice.addr, 60);
        requestUnstake(alice.addr, 10);
        skip(COOLDOWN);
        _withdrawAndAssert(alice.addr, 0, recipient, 60, 10);
        assertStake(alice.addr, 30, START, 2);
        assertTotals(30, 10);
        assertEq(staking.requestOf(alice.addr, 0).amount, 0, "request paid out");
        assertEq(staking.requestOf(alice.addr, 0).releaseAt, 0, "its release");
        assertEq(staking.requestOf(alice.addr, 1).amount, 10, "request that is left");
    }

    /// @dev Leaving depends on nothing: everything that can stand still does.
    function test_Withdraw_GivenEverythingElseStandsStill() public {
        stake(alice.addr, 100);
        requestUnstake(alice.addr, 100);
        vm.startPrank(guardian);
        staking.pause();
        membership.pause();
        vm.stopPrank();
        skip(500 days);
        _breakTheRest();
        _withdrawAndAssert(alice.addr, 0, alice.addr, 100, 0);
    }

    function test_RequestUnstake_GivenEverythingElseStandsStill() public {
        stake(alice.addr, 100);
        _breakTheRest();
        _requestAndAssert(0, 100, 0, 0, 100);
    }

    function test_Withdraw_GivenCooldownWasChangedSince() public {
        stake(alice.addr, 100);
        requestUnstake(alice.addr, 50);
        configure(address(staking), abi.encodeCall(IStaking.setCooldown, (LONGEST_COOLDOWN)));
        requestUnstake(alice.addr, 50);
        skip(COOLDOWN);
        _withdrawAndAssert(alice.addr, 0, recipient, 50, 50);
        _expectWithdrawRevert(
            alice.addr,
            1,
            recipient,
            abi.encodeWithSelector(IStaking.StillCoolingDown.selector, START + LONGEST_COOLDOWN)
        );
        vm.warp(START + LONGEST_COOLDOWN);
        _withdrawAndAssert(alice.addr, 1, recipient, 50, 0);
    }

    function test_Withdraw_WhenTokenCallsBack() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        startAgainWith(address(reentrant));
        fund(address(reentrant));
        pay(alice.addr, address(reentrant), PRO, 12);
        stake(alice.addr, 1000);
        stake(address(reentrant), 1000);
        requestUnstake(address(reentrant), 1000);
        skip(COOLDOWN);
        reentrant.arm(address(staking), abi.encodeCall(IStaking.withdraw, (0, address(reentrant))));

        _withdrawAndAssert(address(reentrant), 0, recipient, 1000, 0);
        _assertRefusedReentry(reentrant);
        assertEq(token.balanceOf(address(staking)), 1000, "what is left for alice");
    }

    function test_Withdraw_RevertWhen_TokenAnswersFalse() public {
        FalseToken refusing = new FalseToken(treasury, SUPPLY);
        startAgainWith(address(refusing));
        stake(alice.addr, 100);
        requestUnstake(alice.addr, 100);
        skip(COOLDOWN);
        refusing.setRefuses(true);
        _expectWithdrawRevert(
            alice.addr,
            0,
            recipient,
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(refusing))
        );
        assertTotals(0, 100);
        refusing.setRefuses(false);
        _withdrawAndAssert(alice.addr, 0, recipient, 100, 0);
    }

    function testFuzz_Withdraw_PaysExactlyWhatWasStaked(uint256 amount, uint256 first, uint256 wait) public {
        amount = bound(amount, 2, FUNDS - 12 * PRO_FEE * PRICE / UNIT);
        first = bound(first, 1, amount - 1);
        uint256 before = token.balanceOf(alice.addr);
        stake(alice.addr, amount);
        skip(bound(wait, 0, 300 days));
        requestUnstake(alice.addr, first);
        requestUnstake(alice.addr, amount - first);
        assertTotals(0, amount);
        skip(COOLDOWN);
        _withdrawAndAssert(alice.addr, 1, alice.addr, amount - first, first);
        _withdrawAndAssert(alice.addr, 0, alice.addr, first, 0);
        assertEq(token.balanceOf(alice.addr), before, "staker's balance in the end");
        assertEq(token.balanceOf(address(staking)), 0, "contract's balance in the end");
    }

    // ------------------------------------------------------------------ helpers

    function _stakeWithPermit(address account, uint256 amount, IMembership.Permit memory permit)
        private
        returns (uint256)
    {
        vm.prank(account);
        return staking.stakeWithPermit(amount, permit);
    }

    function _breakTheRest() private {
        vm.mockCallRevert(address(membership), bytes(""), "membership is broken");
        vm.mockCallRevert(address(referencePrice), bytes(""), "price is broken");
        vm.mockCallRevert(address(manager), bytes(""), "manager is broken");
        vm.expectRevert("membership is broken");
        staking.levelOf(alice.addr);
    }

    function _requestAndAssert(uint32 id, uint256 amount, uint256 left, uint256 totalStaked, uint256 totalUnstaking)
        private
    {
        uint40 heldSince = staking.stakeOf(alice.addr).heldSince;
        uint40 releaseAt = uint40(block.timestamp) + COOLDOWN;
        vm.expectEmit(address(staking));
        emit IStaking.UnstakeRequested(alice.addr, id, amount, releaseAt, left, heldSince, totalStaked, totalUnstaking);
        assertEq(requestUnstake(alice.addr, amount), id, "returned id");
        assertStake(alice.addr, left, heldSince, id + 1);
        assertTotals(totalStaked, totalUnstaking);
        assertEq(staking.requestOf(alice.addr, id).amount, amount, "requested amount");
        assertEq(staking.requestOf(alice.addr, id).releaseAt, releaseAt, "release");
    }

    function _withdrawAndAssert(address account, uint32 id, address to, uint256 amount, uint256 totalUnstaking)
        private
    {
        watchBalances();
        vm.expectEmit(address(staking));
        emit IStaking.Withdrawn(account, id, to, amount, totalUnstaking);
        assertEq(withdraw(account, id, to), amount, "returned amount");
        assertGained(to, amount, "recipient's balance");
        assertLost(address(staking), amount, "contract's balance");
        assertNothingElseMoved();
        assertEq(staking.totalUnstaking(), totalUnstaking, "total unstaking");
    }

    function _expectStakeRevert(address account, uint256 amount, bytes memory reason) private {
        bytes memory stored = abi.encode(staking.stakeOf(account));
        watchBalances();
        vm.expectRevert(reason);
        stake(account, amount);
        assertNothingElseMoved();
        assertEq(abi.encode(staking.stakeOf(account)), stored, "stored stake");
    }

    function _expectNotPro(address account) private {
        _expectStakeRevert(account, 100, abi.encodeWithSelector(IStaking.NotPro.selector, account));
    }

    function _expectWithdrawRevert(address account, uint32 id, address to, bytes memory reason) private {
        watchBalances();
        vm.expectRevert(reason);
        withdraw(account, id, to);
        assertNothingElseMoved();
    }

    function _assertRefusedReentry(ReentrantToken reentrant) private view {
        assertTrue(reentrant.called(), "called back");
        assertFalse(reentrant.succeeded(), "inner call");
        assertEq(
            reentrant.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "refusal"
        );
    }
}
