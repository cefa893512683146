// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MembershipRegistry} from "../contracts/MembershipRegistry.sol";
import {Staking} from "../contracts/Staking.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IMembershipRegistry} from "../contracts/interfaces/IMembershipRegistry.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {StakingBaseTest} from "./helpers/StakingBaseTest.sol";
import {FalseToken} from "./mocks/FalseToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";

/// @dev Who is given what of a stream. Alice is Pro for a year, bob for a period; how a stream comes about is in
/// StakingFund.t.sol.
contract StakingRewardsTest is StakingBaseTest {
    function setUp() public override {
        super.setUp();
        pay(bob.addr, bob.addr, PRO, 1);
    }

    // ------------------------------------------------------------------ claim: refusals

    function test_Claim_RevertWhen_RecipientIsZeroOrTheContract() public {
        _streamTo(alice.addr, 1000);
        skip(1 days);
        _expectClaimRevert(address(0), abi.encodeWithSelector(IStaking.RecipientInvalid.selector, address(0)));
        _expectClaimRevert(
            address(staking), abi.encodeWithSelector(IStaking.RecipientInvalid.selector, address(staking))
        );
    }

    function test_Claim_RevertGiven_CallerNeverStaked() public {
        _streamTo(bob.addr, 1000);
        skip(1 days);
        _expectNothingToClaim();
    }

    function test_Claim_RevertGiven_NothingWasFundedOrNoTimePassed() public {
        stake(alice.addr, 1000);
        skip(1 days);
        _expectNothingToClaim();
        fundWith(STREAM);
        _expectNothingToClaim();
        skip(1);
        claimAndAssert(alice.addr, alice.addr, RATE);
    }

    function test_Claim_RevertGiven_ClaimedThisSecond() public {
        _streamTo(alice.addr, 1000);
        skip(1);
        claimAndAssert(alice.addr, alice.addr, RATE);
        _expectNothingToClaim();
    }

    /// @dev A wei per second, of which alice is given a hundredth.
    function test_Claim_RevertGiven_LessThanAWei() public {
        stake(bob.addr, 99);
        _stakeAndStream(alice.addr, 1, REWARD_TIME);
        skip(99);
        _expectNothingToClaim();
        skip(1);
        claimAndAssert(alice.addr, alice.addr, 1);
        claimAndAssert(bob.addr, bob.addr, 99);
    }

    // ------------------------------------------------------------------ claim: what it does

    function test_Claim_WhenSomethingIsThere() public {
        _streamTo(alice.addr, 1000);
        skip(1 days);
        claimAndAssert(alice.addr, alice.addr, RATE * 1 days);
        skip(2 days);
        claimAndAssert(alice.addr, recipient, RATE * 2 days);
        assertAccrual(alice.addr, true, 1000);
        assertStream(RATE, START + REWARD_TIME, STREAM - RATE * 3 days);
        assertSolvent();
    }

    function test_Claim_WhenAFractionOfAWeiIsLeft() public {
        stake(bob.addr, 2);
        _stakeAndStream(alice.addr, 1, STREAM);
        uint256 third = RATE / 3;
        skip(1);
        claimAndAssert(alice.addr, alice.addr, third);
        claimAndAssert(bob.addr, bob.addr, 2 * third);
        skip(1);
        claimAndAssert(alice.addr, alice.addr, third);
        claimAndAssert(bob.addr, bob.addr, 2 * third + 1);
        skip(1);
        claimAndAssert(alice.addr, alice.addr, third + 1);
        claimAndAssert(bob.addr, bob.addr, 2 * third + 1);
        assertEq(staking.rewardsOwed(), STREAM - 3 * RATE, "nothing is lost");
    }

    function test_Claim_GivenSeveralStakers() public {
        _streamTo(alice.addr, LEVEL_1_AMOUNT);
        skip(10 days);
        stake(bob.addr, LEVEL_1_AMOUNT);
        skip(5 days);
        // What bob asks back accrues no more, at once, and what is left has a lower level.
        requestUnstake(bob.addr, LEVEL_1_AMOUNT * 3 / 4);
        assertEq(staking.levelOf(bob.addr), 0, "bob's level");
        skip(5 days);
        uint256 alices = RATE * (10 days + 5 days / 2 + 5 days * 4 / 5);
        claimAndAssert(alice.addr, recipient, alices);
        claimAndAssert(bob.addr, recipient, RATE * 20 days - alices);
        assertAccrual(alice.addr, true, LEVEL_1_AMOUNT * 5 / 4);
        assertSolvent();
    }

    function test_Claim_GivenEverythingWasWithdrawn() public {
        _streamTo(alice.addr, 1000);
        skip(1 days);
        requestUnstake(alice.addr, 1000);
        skip(COOLDOWN);
        withdraw(alice.addr, 0, alice.addr);
        assertAccrual(alice.addr, false, 0);
        claimAndAssert(alice.addr, alice.addr, RATE * 1 days);
        skip(COOLDOWN);
        _expectNothingToClaim();
    }

    function test_Claim_GivenTheAccrualWasStopped() public {
        _streamTo(bob.addr, 1000);
        vm.warp(START + REWARD_TIME);
        fundWith(STREAM);
        skip(1 days);
        pokeAndAssert(bob.addr, false);
        skip(1 days);
        claimAndAssert(bob.addr, bob.addr, STREAM + RATE * 1 days);
        assertAccrual(bob.addr, false, 0);
        requestUnstake(bob.addr, 1000);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NothingToClaim.selector, bob.addr));
        claim(bob.addr, bob.addr);
    }

    function test_Claim_GivenTheStreamIsOver() public {
        _streamTo(alice.addr, 1000);
        vm.warp(START + REWARD_TIME - 1);
        claimAndAssert(alice.addr, alice.addr, STREAM - RATE);
        skip(300 days);
        claimAndAssert(alice.addr, alice.addr, RATE);
        assertStream(RATE, START + REWARD_TIME, 0);
        skip(1 days);
        _expectNothingToClaim();
    }

    function test_Claim_GivenEverythingElseStandsStill() public {
        _streamTo(alice.addr, 1000);
        pause();
        retire();
        vm.warp(membership.membershipOf(alice.addr).end + 1 days);
        vm.mockCallRevert(address(membership), bytes(""), "membership is broken");
        vm.mockCallRevert(address(registry), bytes(""), "registry is broken");
        vm.mockCallRevert(address(referencePrice), bytes(""), "price is broken");
        vm.mockCallRevert(address(manager), bytes(""), "manager is broken");
        claimAndAssert(alice.addr, recipient, STREAM);
    }

    // ------------------------------------------------------------------ claim: tokens that misbehave

    function test_Claim_WhenTokenCallsBack() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        startAgainWith(address(reentrant));
        fund(address(reentrant));
        pay(alice.addr, address(reentrant), PRO, 12);
        stake(address(reentrant), 1000);
        _streamTo(alice.addr, 1000);
        skip(1 days);
        bytes[4] memory inner = [
            abi.encodeCall(IStaking.claim, (address(reentrant))),
            abi.encodeCall(IStaking.compound, ()),
            abi.encodeCall(IStaking.fund, ()),
            abi.encodeCall(IStaking.poke, (address(reentrant)))
        ];
        for (uint256 i; i < inner.length; ++i) {
            skip(1 days);
            reentrant.arm(address(staking), inner[i]);
            claimAndAssert(address(reentrant), recipient, RATE * (i == 0 ? 2 days : 1 days) / 2);
            assertTrue(reentrant.called(), "called back");
            assertFalse(reentrant.succeeded(), "inner call");
            assertEq(
                reentrant.answer(),
                abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
                "refusal"
            );
        }
        claimAndAssert(alice.addr, alice.addr, RATE * 5 days / 2);
        assertSolvent();
    }

    /// @dev Asking back is not locked, as it calls nothing: what is paid out was off the books before.
    function test_Claim_WhenTokenCallsBackToAskBack() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        startAgainWith(address(reentrant));
        fund(address(reentrant));
        pay(alice.addr, address(reentrant), PRO, 12);
        _streamTo(address(reentrant), 1000);
        skip(1 days);
        reentrant.arm(address(staking), abi.encodeCall(IStaking.requestUnstake, (1000)));
        vm.prank(address(reentrant));
        assertEq(staking.claim(recipient), RATE * 1 days, "claimed");
        assertTrue(reentrant.succeeded(), "inner request");
        assertStake(address(reentrant), 0, START, 1);
        assertTotals(0, 1000);
        assertEq(staking.rewardsOf(address(reentrant)), 0, "claimable");
        assertEq(token.balanceOf(recipient), RATE * 1 days, "recipient's balance");
        assertSolvent();
    }

    function test_Claim_RevertWhen_TokenAnswersFalse() public {
        FalseToken refusing = new FalseToken(treasury, SUPPLY);
        startAgainWith(address(refusing));
        _streamTo(alice.addr, 1000);
        skip(1 days);
        refusing.setRefuses(true);
        _expectClaimRevert(
            alice.addr, abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(refusing))
        );
        refusing.setRefuses(false);
        claimAndAssert(alice.addr, alice.addr, RATE * 1 days);
    }

    // ------------------------------------------------------------------ compound

    function test_Compound_RevertGiven_Paused() public {
        _streamTo(alice.addr, 1000);
        skip(1 days);
        pause();
        _expectCompoundRevert(alice.addr, abi.encodePacked(Pausable.EnforcedPause.selector));
    }

    function test_Compound_RevertGiven_Retired() public {
        _streamTo(alice.addr, 1000);
        skip(1 days);
        retire();
        _expectCompoundRevert(alice.addr, abi.encodePacked(IGate.RetiredForGood.selector));
    }

    function test_Compound_RevertWhen_CallerIsNotPro() public {
        _streamTo(bob.addr, 1000);
        vm.warp(membership.membershipOf(bob.addr).end);
        _expectCompoundRevert(bob.addr, abi.encodeWithSelector(IStaking.NotPro.selector, bob.addr));
    }

    function test_Compound_RevertGiven_NothingIsThere() public {
        _streamTo(bob.addr, 1000);
        skip(1 days);
        _expectCompoundRevert(alice.addr, abi.encodeWithSelector(IStaking.NothingToClaim.selector, alice.addr));
    }

    function test_Compound_WhenSomethingIsThere() public {
        uint256 principal = RATE * 100;
        _streamTo(alice.addr, principal);
        skip(50);
        // (100 * 0 + 50 * 50) / 150 is 16.7 seconds after the start, and rounded up 17.
        _compoundAndAssert(alice.addr, RATE * 50, principal + RATE * 50, START + 17);
        skip(100);
        // By now the stake is no divisor of what is emitted, which is rounded down. (150 * 17 + 100 * 150) / 250 is 70.2.
        _compoundAndAssert(alice.addr, RATE * 100 - 1, principal + RATE * 150 - 1, START + 71);
        assertEq(staking.rewardsOf(alice.addr), 0, "claimable");
    }

    /// @dev What is compounded accrues as what is staked does, and leaves as it does.
    function test_Compound_MakesPrincipal() public {
        _streamTo(alice.addr, RATE * 1 days);
        skip(1 days);
        _compoundAndAssert(alice.addr, RATE * 1 days, RATE * 2 days, START + 1 days / 2);
        stake(bob.addr, RATE * 1 days);
        skip(3 days);
        assertEq(staking.rewardsOf(alice.addr), RATE * 2 days, "two thirds");
        assertEq(staking.rewardsOf(bob.addr), RATE * 1 days, "one third");
        requestUnstake(alice.addr, RATE * 2 days);
        skip(COOLDOWN);
        assertEq(withdraw(alice.addr, 0, recipient), RATE * 2 days, "withdrawn");
        claimAndAssert(alice.addr, recipient, RATE * 2 days);
        assertSolvent();
    }

    function test_Compound_GivenTheAccrualWasStopped() public {
        _streamTo(bob.addr, 1000);
        stake(alice.addr, 1000);
        vm.warp(membership.membershipOf(bob.addr).end);
        pokeAndAssert(bob.addr, false);
        uint256 rewards = STREAM / 2;
        refreshPrice();
        pay(bob.addr, bob.addr, PRO, 1);
        expectPoked(bob.addr, true, 2000);
        assertEq(compound(bob.addr), rewards, "compounded");
        assertAccrual(bob.addr, true, 2000 + rewards);
        assertEq(staking.rewardsOf(bob.addr), 0, "bob's rewards");
        assertEq(staking.rewardsOf(alice.addr), rewards, "alice's rewards");
    }

    function test_Compound_GivenEverythingWasAskedBack() public {
        _streamTo(alice.addr, 1000);
        skip(1 days);
        requestUnstake(alice.addr, 1000);
        skip(1 days);
        _compoundAndAssert(alice.addr, RATE * 1 days, RATE * 1 days, START + 2 days);
    }

    // ------------------------------------------------------------------ poke

    function test_Poke_RevertWhen_TheAccountStakesNothing() public {
        expectPokeRevert(stranger);
        expectPokeRevert(alice.addr);
        stake(alice.addr, 1000);
        requestUnstake(alice.addr, 1000);
        expectPokeRevert(alice.addr);
        vm.warp(membership.membershipOf(alice.addr).end);
        expectPokeRevert(alice.addr);
    }

    function test_Poke_RevertWhen_TheAccountIsProAndAccrues() public {
        stake(bob.addr, 1000);
        expectPokeRevert(bob.addr);
        vm.warp(membership.membershipOf(bob.addr).end - 1);
        expectPokeRevert(bob.addr);
    }

    function test_Poke_WhenTheAccountWasProUntilThisSecond() public {
        stake(alice.addr, 3000);
        _streamTo(bob.addr, 1000);
        vm.warp(membership.membershipOf(bob.addr).end);
        fundWith(STREAM);
        pokeAndAssert(bob.addr, false);
        expectPokeRevert(bob.addr);
        skip(1 days);
        expectPokeRevert(bob.addr);
        assertEq(staking.rewardsOf(alice.addr), STREAM * 3 / 4 + RATE * 1 days, "all that comes goes to alice");
        claimAndAssert(bob.addr, bob.addr, STREAM / 4);
    }

    function test_Poke_WhenAStoppedAccountIsProAgain() public {
        stake(alice.addr, 1000);
        _streamTo(bob.addr, 1000);
        _stopBob();
        skip(1 days);
        pay(alice.addr, bob.addr, PRO, 1);
        assertAccrual(bob.addr, false, 1000);
        pokeAndAssert(bob.addr, true);
        expectPokeRevert(bob.addr);
        skip(2 days);
        assertEq(staking.rewardsOf(bob.addr), STREAM / 2 + RATE * 1 days, "nothing for the day between");
        assertEq(staking.rewardsOf(alice.addr), STREAM / 2 + RATE * 2 days, "the day between");
        assertStake(bob.addr, 1000, START, 0);
    }

    function test_Poke_WhenAStoppedAccountThatIsProAgainStakes() public {
        stake(alice.addr, 1000);
        _streamTo(bob.addr, 500);
        _stopBob();
        skip(1 days);
        pay(alice.addr, bob.addr, PRO, 1);
        uint256 claimable = staking.rewardsOf(bob.addr);
        expectPoked(bob.addr, true, 1500);
        stakeAndAssert(bob.addr, 500, 1000, START + (REWARD_TIME + 1 days) / 2, 2000);
        assertAccrual(bob.addr, true, 2000);
        assertEq(staking.rewardsOf(bob.addr), claimable, "claimable");
        skip(2 days);
        assertEq(staking.rewardsOf(bob.addr), claimable + RATE * 1 days, "half of what comes");
        expectPokeRevert(bob.addr);
    }

    function test_Poke_WhenAStoppedAccountAsksBack() public {
        stake(alice.addr, 1000);
        _streamTo(bob.addr, 1000);
        _stopBob();
        requestUnstake(bob.addr, 400);
        assertAccrual(bob.addr, false, 1000);
        assertTotals(1600, 400);
        requestUnstake(bob.addr, 600);
        assertAccrual(bob.addr, false, 1000);
        assertTotals(1000, 1000);
        assertEq(staking.rewardsOf(bob.addr), STREAM / 2, "claimable");
        skip(COOLDOWN);
        assertEq(withdraw(bob.addr, 0, bob.addr) + withdraw(bob.addr, 1, bob.addr), 1000, "withdrawn");

        // Nothing of it is left behind for a later stake.
        refreshPrice();
        pay(alice.addr, bob.addr, PRO, 1);
        expectPoked(bob.addr, true, 1000);
        stakeAndAssert(bob.addr, 70, 70, block.timestamp, 1070);
        assertAccrual(bob.addr, true, 1070);
        assertSolvent();
    }

    function test_Poke_GivenNobodyElseAccrues() public {
        _streamTo(bob.addr, 1000);
        vm.warp(membership.membershipOf(bob.addr).end);
        fundWith(STREAM);
        skip(1 days);
        pokeAndAssert(bob.addr, false);
        skip(10 days);
        assertStream(RATE, block.timestamp + REWARD_TIME - 1 days, 2 * STREAM);
        assertEq(staking.rewardsOf(bob.addr), STREAM + RATE * 1 days, "claimable");
        stake(alice.addr, 1);
        skip(1);
        assertEq(staking.rewardsOf(alice.addr), RATE, "alice's rewards");
    }

    function test_Poke_GivenPausedAndRetired() public {
        stake(alice.addr, 1000);
        _streamTo(bob.addr, 1000);
        pause();
        _stopBob();
        retire();
        skip(1 days);
        pay(alice.addr, bob.addr, PRO, 1);
        pokeAndAssert(bob.addr, true);
    }

    function test_Poke_RevertWhen_TheMembershipReverts() public {
        _streamTo(bob.addr, 1000);
        vm.warp(membership.membershipOf(bob.addr).end);
        vm.mockCallRevert(address(membership), bytes(""), "membership is broken");
        vm.expectRevert("membership is broken");
        poke(bob.addr);
        _assertBobCanLeave();
    }

    function test_Poke_RevertWhen_TheMembershipAnswersNonsense() public {
        _streamTo(bob.addr, 1000);
        vm.warp(membership.membershipOf(bob.addr).end);
        bytes memory call = abi.encodeCall(IMembership.tierOf, (bob.addr));
        bytes[3] memory nonsense = [abi.encode(uint256(3)), abi.encode(type(uint256).max), bytes("short")];
        for (uint256 i; i < nonsense.length; ++i) {
            vm.mockCall(address(membership), call, nonsense[i]);
            vm.expectRevert(bytes(""));
            poke(bob.addr);
        }
        _assertBobCanLeave();
    }

    function test_Poke_RevertWhen_TheMembershipBurnsAllGas() public {
        _streamTo(bob.addr, 1000);
        vm.warp(membership.membershipOf(bob.addr).end);
        vm.etch(address(membership), hex"fe");
        vm.prank(stranger);
        (bool success,) = address(staking).call{gas: 10_000_000}(abi.encodeCall(IStaking.poke, (bob.addr)));
        assertFalse(success, "poke");
        _assertBobCanLeave();
    }

    function test_Poke_RevertWhen_TheRegistryIsEmpty() public {
        _streamTo(bob.addr, 1000);
        vm.warp(membership.membershipOf(bob.addr).end);
        bytes memory reason = abi.encodePacked(IMembershipRegistry.RegistryEmpty.selector);
        vm.mockCallRevert(address(registry), abi.encodeCall(IMembershipRegistry.current, ()), reason);
        vm.expectRevert(reason);
        poke(bob.addr);
        _assertBobCanLeave();
    }

    /// @dev A Staking that was deployed before the registry's first entry takes nothing, and waits for it.
    function test_Stake_RevertWhen_TheRegistryIsEmpty() public {
        MembershipRegistry empty = new MembershipRegistry(address(manager), SUCCESSION);
        staking = new Staking(address(manager), token, empty, REWARD_TIME, COOLDOWN, new IStaking.Level[](0));
        vm.expectRevert(IMembershipRegistry.RegistryEmpty.selector);
        stake(alice.addr, 1);
        vm.expectRevert(IMembershipRegistry.RegistryEmpty.selector);
        compound(alice.addr);
        vm.expectRevert(IMembershipRegistry.RegistryEmpty.selector);
        poke(alice.addr);
        vm.expectRevert(IMembershipRegistry.RegistryEmpty.selector);
        staking.levelOf(alice.addr);
        donate(STREAM);
        assertEq(staking.fund(), STREAM, "funded");
        assertEq(staking.rewardFinish(), block.timestamp + REWARD_TIME, "finish");
        skip(1 days);
        assertEq(staking.rewardFinish(), block.timestamp + REWARD_TIME, "finish of a stream that waits");
    }

    // ------------------------------------------------------------------ the stream

    function test_Rewards_GivenNobodyAccrues() public {
        fundWith(STREAM);
        skip(10 days);
        assertStream(RATE, block.timestamp + REWARD_TIME, STREAM);
        stake(alice.addr, 1000);
        assertEq(staking.rewardsOf(alice.addr), 0, "of the time before");
        skip(1 days);
        requestUnstake(alice.addr, 1000);
        skip(200 days);
        assertEq(staking.rewardsOf(alice.addr), RATE * 1 days, "of the time that she staked");
        assertStream(RATE, block.timestamp + REWARD_TIME - 1 days, STREAM);

        refreshPrice();
        makePro(bob.addr);
        stake(bob.addr, 1);
        uint256 staked = block.timestamp;
        assertEq(staking.rewardsOf(bob.addr), 0, "of the time that nobody staked");
        skip(60 days);
        assertStream(RATE, staked + REWARD_TIME - 1 days, STREAM);
        claimAndAssert(bob.addr, bob.addr, STREAM - RATE * 1 days);
        claimAndAssert(alice.addr, alice.addr, RATE * 1 days);
        assertStream(RATE, staked + REWARD_TIME - 1 days, 0);
    }

    function test_Rewards_GivenAStakeInTheSecondOfTheFunding() public {
        fundWith(STREAM);
        stake(alice.addr, 1);
        skip(1);
        claimAndAssert(alice.addr, alice.addr, RATE);
    }

    function test_Rewards_GivenNoTimePasses() public {
        stake(alice.addr, 1000);
        fundWith(STREAM);
        stake(bob.addr, 1_000_000);
        requestUnstake(bob.addr, 1_000_000);
        assertEq(staking.rewardsOf(bob.addr), 0, "claimable within a second");
        skip(1);
        assertEq(staking.rewardsOf(bob.addr), 0, "claimable later");
        claimAndAssert(alice.addr, alice.addr, RATE);
    }

    function test_IsAccruing_IsTheStakesThatWereNotStopped() public {
        assertAccrual(alice.addr, false, 0);
        stake(alice.addr, 1000);
        stake(bob.addr, 50);
        assertAccrual(alice.addr, true, 1050);
        requestUnstake(alice.addr, 900);
        assertAccrual(alice.addr, true, 150);
        _stopBob();
        assertAccrual(alice.addr, true, 100);
        assertAccrual(bob.addr, false, 100);
        requestUnstake(alice.addr, 100);
        assertAccrual(alice.addr, false, 0);
        assertTotals(50, 1000);
    }

    // ------------------------------------------------------------------ helpers

    /// @dev `account` stakes `amount`, and a stream begins at once.
    function _streamTo(address account, uint256 amount) private {
        _stakeAndStream(account, amount, STREAM);
    }

    function _stakeAndStream(address account, uint256 amount, uint256 funds) private {
        stake(account, amount);
        fundWith(funds);
        assertEq(staking.rewardFinish(), block.timestamp + REWARD_TIME, "finish");
    }

    /// @dev Bob's Pro and the first stream end in the same second; another one begins, and bob is stopped.
    function _stopBob() private {
        vm.warp(membership.membershipOf(bob.addr).end);
        refreshPrice();
        fundWith(STREAM);
        pokeAndAssert(bob.addr, false);
    }

    /// @dev Bob stakes 1,000 and is no Pro any more; he has the whole stream to himself.
    function _assertBobCanLeave() private {
        assertEq(requestUnstake(bob.addr, 600), 0, "first request");
        assertEq(requestUnstake(bob.addr, 400), 1, "second request");
        claimAndAssert(bob.addr, bob.addr, STREAM);
        skip(COOLDOWN);
        assertEq(withdraw(bob.addr, 0, recipient), 600, "first part");
        assertEq(withdraw(bob.addr, 1, bob.addr), 400, "second part");
        assertTotals(0, 0);
        assertSolvent();
    }

    function _compoundAndAssert(address account, uint256 amount, uint256 accountTotal, uint256 heldSince) private {
        watchBalances();
        uint256 owed = staking.rewardsOwed() - amount;
        uint256 staked = staking.totalStaked() + amount;
        uint256 accruing = staking.totalAccruing() + amount;
        uint32 requests = staking.stakeOf(account).requests;
        uint256 unstaking = staking.totalUnstaking();
        vm.expectEmit(address(staking));
        emit IStaking.RewardsClaimed(account, address(staking), amount, owed);
        expectStaked(account, amount, accountTotal, heldSince, staked);
        assertEq(compound(account), amount, "compounded");
        assertNothingElseMoved();
        assertStake(account, accountTotal, heldSince, requests);
        assertAccrual(account, true, accruing);
        assertTotals(staked, unstaking);
        assertEq(staking.rewardsOwed(), owed, "rewards owed");
        assertSolvent();
    }

    function _expectCompoundRevert(address account, bytes memory reason) private {
        uint256 claimable = staking.rewardsOf(account);
        bytes memory held = abi.encode(staking.stakeOf(account));
        watchBalances();
        vm.expectRevert(reason);
        compound(account);
        assertNothingElseMoved();
        assertEq(staking.rewardsOf(account), claimable, "claimable");
        assertEq(abi.encode(staking.stakeOf(account)), held, "stake");
    }

    function _expectClaimRevert(address to, bytes memory reason) private {
        uint256 claimable = staking.rewardsOf(alice.addr);
        watchBalances();
        vm.expectRevert(reason);
        claim(alice.addr, to);
        assertNothingElseMoved();
        assertEq(staking.rewardsOf(alice.addr), claimable, "claimable");
    }

    function _expectNothingToClaim() private {
        assertEq(staking.rewardsOf(alice.addr), 0, "nothing is claimable");
        _expectClaimRevert(alice.addr, abi.encodeWithSelector(IStaking.NothingToClaim.selector, alice.addr));
    }
}
