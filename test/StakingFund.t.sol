// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Staking} from "../contracts/Staking.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {StakingBaseTest} from "./helpers/StakingBaseTest.sol";
import {PlainToken} from "./mocks/PlainToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";

/// @dev How a surplus becomes a stream. Alice is Pro for a year; what she gets of it is in StakingRewards.t.sol.
contract StakingFundTest is StakingBaseTest {
    // ------------------------------------------------------------------ nothing was ever funded

    function test_Fund_RevertWhen_TheFirstIsAWeiShort() public {
        expectFundRevert(0, REWARD_TIME);
        donate(REWARD_TIME - 1);
        expectFundRevert(REWARD_TIME - 1, REWARD_TIME);
    }

    function test_Fund_WhenTheFirstIsAWeiPerSecond() public {
        assertStream(0, 0, 0);
        donate(REWARD_TIME);
        fundAndAssert(REWARD_TIME, 1);
    }

    function test_Fund_GivenAReleaseOfTheStakingPool() public {
        IStakingPool.Recipient[] memory recipients = new IStakingPool.Recipient[](2);
        recipients[0] = IStakingPool.Recipient(address(staking), 4000);
        recipients[1] = IStakingPool.Recipient(featureA, 6000);
        configure(address(stakingPool), abi.encodeCall(IStakingPool.setRecipients, (recipients)));
        uint256 released = stakingPool.release();
        uint256 part = released * 4000 / BASIS_POINTS;
        assertEq(staking.surplus(), part, "surplus");
        fundAndAssert(part - part % REWARD_TIME, part / REWARD_TIME);
    }

    // ------------------------------------------------------------------ a stream that runs

    function test_Fund_RevertGiven_AStream_WhenAWeiShortOfWhatWasEmitted() public {
        _startStream();
        skip(1);
        expectFundRevert(0, RATE);
        donate(RATE - 1);
        expectFundRevert(RATE - 1, RATE);
        skip(9 days);
        expectFundRevert(RATE - 1, RATE * (9 days + 1));
        vm.warp(START + REWARD_TIME - 1);
        expectFundRevert(RATE - 1, RATE * (REWARD_TIME - 1));
    }

    function test_Fund_GivenAStream_WhenItIsWhatWasEmitted() public {
        _startStream();
        skip(1);
        donate(RATE);
        fundAndAssert(RATE, RATE);
        skip(9 days);
        donate(RATE * 9 days);
        fundAndAssert(RATE * 9 days, RATE);
        vm.warp(block.timestamp + REWARD_TIME - 1);
        donate(RATE * (REWARD_TIME - 1));
        fundAndAssert(RATE * (REWARD_TIME - 1), RATE);
    }

    function test_Fund_GivenAStream_WhenItIsMore() public {
        _startStream();
        skip(10 days);
        // Two thirds are left.
        donate(STREAM);
        fundAndAssert(STREAM - RATE * 20 days % REWARD_TIME, RATE * 5 / 3);
        assertEq(staking.rewardsOf(alice.addr), RATE * 10 days, "what the first stream gave");
    }

    // ------------------------------------------------------------------ funded this second

    function test_Fund_RevertGiven_FundedThisSecond_WhenAWeiShort() public {
        _startStream();
        expectFundRevert(0, REWARD_TIME);
        donate(REWARD_TIME - 1);
        expectFundRevert(REWARD_TIME - 1, REWARD_TIME);
    }

    function test_Fund_GivenFundedThisSecond_WhenItIsAWeiPerSecond() public {
        _startStream();
        donate(REWARD_TIME);
        fundAndAssert(REWARD_TIME, RATE + 1);
    }

    // ------------------------------------------------------------------ a stream that is over

    function test_Fund_RevertGiven_AStreamThatIsOver_WhenAWeiShort() public {
        _startStream();
        skip(REWARD_TIME);
        expectFundRevert(0, REWARD_TIME);
        donate(REWARD_TIME - 1);
        expectFundRevert(REWARD_TIME - 1, REWARD_TIME);
        skip(300 days);
        expectFundRevert(REWARD_TIME - 1, REWARD_TIME);
    }

    function test_Fund_GivenAStreamThatIsOver_WhenItIsAWeiPerSecond() public {
        _startStream();
        skip(REWARD_TIME);
        donate(REWARD_TIME);
        fundAndAssert(REWARD_TIME, 1);
        assertEq(staking.rewardsOf(alice.addr), STREAM, "what the first stream gave");
    }

    // ------------------------------------------------------------------ a stream that waited

    function test_Fund_RevertGiven_AStreamThatWaited_WhenAWeiShort() public {
        _letTheStreamWait();
        expectFundRevert(0, RATE * 1 days);
        donate(RATE * 1 days - 1);
        expectFundRevert(RATE * 1 days - 1, RATE * 1 days);
    }

    function test_Fund_GivenAStreamThatWaited_WhenItIsWhatWasEmitted() public {
        _letTheStreamWait();
        donate(RATE * 1 days);
        fundAndAssert(RATE * 1 days, RATE);
        skip(100 days);
        assertStream(RATE, block.timestamp + REWARD_TIME, STREAM + RATE * 1 days);
    }

    function test_Fund_RevertGiven_AStreamThatWaitedFromTheBeginning_WhenAWeiShort() public {
        fundWith(STREAM);
        skip(50 days);
        donate(REWARD_TIME - 1);
        expectFundRevert(REWARD_TIME - 1, REWARD_TIME);
        donate(1);
        fundAndAssert(REWARD_TIME, RATE + 1);
    }

    // ------------------------------------------------------------------ what does not divide

    function test_Fund_WhenItDoesNotDivide() public {
        donate(2 * REWARD_TIME - 1);
        fundAndAssert(REWARD_TIME, 1);
        assertEq(staking.surplus(), REWARD_TIME - 1, "what waits");
        expectFundRevert(REWARD_TIME - 1, REWARD_TIME);
        donate(1);
        fundAndAssert(REWARD_TIME, 2);
        assertEq(staking.surplus(), 0, "nothing waits");
    }

    // ------------------------------------------------------------------ what is not surplus

    function test_Fund_TakesNobodysPrincipal() public {
        makePro(bob.addr);
        stake(alice.addr, 1000e18);
        stake(bob.addr, 500e18);
        requestUnstake(bob.addr, 200e18);
        expectFundRevert(0, REWARD_TIME);
        donate(STREAM);
        fundAndAssert(STREAM, RATE);
        skip(REWARD_TIME);
        expectFundRevert(0, REWARD_TIME);
        assertSolvent();

        vm.warp(membership.membershipOf(bob.addr).end);
        poke(bob.addr);
        expectFundRevert(0, REWARD_TIME);
        uint256 rewards = claim(alice.addr, alice.addr) + claim(bob.addr, bob.addr);
        assertLe(rewards, STREAM, "rewards");
        assertGe(rewards, STREAM - 1, "rewards, less what rounding left");
        requestUnstake(alice.addr, 1000e18);
        requestUnstake(bob.addr, 300e18);
        skip(COOLDOWN);
        assertEq(withdraw(alice.addr, 0, alice.addr), 1000e18, "alice's principal");
        assertEq(withdraw(bob.addr, 0, bob.addr), 200e18, "bob's principal, first");
        assertEq(withdraw(bob.addr, 1, bob.addr), 300e18, "bob's principal, rest");
        assertEq(token.balanceOf(address(staking)), STREAM - rewards, "what is left");
        assertSolvent();
    }

    function test_Surplus_IsWhatIsHeldBeyondWhatIsOwed() public {
        assertEq(staking.surplus(), 0, "surplus of nothing");
        stake(alice.addr, 100);
        requestUnstake(alice.addr, 40);
        donate(REWARD_TIME + 7);
        assertEq(staking.surplus(), REWARD_TIME + 7, "surplus beside principal");
        staking.fund();
        assertEq(staking.surplus(), 7, "surplus beside rewards");
        skip(REWARD_TIME);
        claim(alice.addr, alice.addr);
        withdraw(alice.addr, 0, alice.addr);
        assertEq(staking.surplus(), 7, "surplus after all that was paid out");
    }

    /// @dev As if the token were rebased: no loss becomes anybody's reward.
    function test_Fund_RevertGiven_TheTokenTookSomethingAway() public {
        stake(alice.addr, 1000);
        vm.prank(address(staking));
        token.transfer(stranger, 400);
        assertEq(staking.surplus(), 0, "surplus");
        donate(399);
        expectFundRevert(0, REWARD_TIME);
        donate(1 + REWARD_TIME);
        fundAndAssert(REWARD_TIME, 1);
    }

    // ------------------------------------------------------------------ limits

    /// @dev Nobody blocks the next stream by sending too much: what is beyond waits.
    function test_Fund_WhenTheRateDoesNotFit() public {
        startAgainWith(address(new PlainToken(treasury, type(uint160).max)));
        uint256 most = uint256(type(uint72).max);
        stake(alice.addr, 1000);
        donate(3 * most * REWARD_TIME);
        fundAndAssert(most * REWARD_TIME, most);
        expectFundRevert(2 * most * REWARD_TIME, REWARD_TIME);
        skip(1);
        fundAndAssert(most, most);
        skip(REWARD_TIME);
        fundAndAssert(most * REWARD_TIME, most);
        assertEq(staking.surplus(), most * (REWARD_TIME - 1), "what waits");
        claimAndAssert(alice.addr, alice.addr, most * (REWARD_TIME + 1));
    }

    /// @dev More than 1,600 streams of the fastest kind, of which nobody claims anything.
    function test_Fund_RevertWhen_TheRewardsOwedDoNotFit() public {
        startAgainWith(address(new PlainToken(treasury, type(uint160).max)));
        staking = new Staking(address(manager), token, registry, 90 days, COOLDOWN, new IStaking.Level[](0));
        uint256 most = uint256(type(uint72).max) * 90 days;
        vm.mockCall(address(membership), abi.encodeCall(IMembership.tierOf, (alice.addr)), abi.encode(PRO));
        approve(alice.addr, address(staking), 1);
        stake(alice.addr, 1);
        uint256 count = type(uint104).max / most;
        donate((count + 1) * most);
        for (uint256 i; i < count; ++i) {
            staking.fund();
            skip(90 days);
        }
        vm.expectRevert(
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 104, (count + 1) * most)
        );
        staking.fund();
        claimAndAssert(alice.addr, alice.addr, count * most);
        assertEq(staking.fund(), most, "funded later");
    }

    // ------------------------------------------------------------------ always possible

    function test_Fund_GivenPausedAndRetired() public {
        stake(alice.addr, 1000);
        pause();
        donate(STREAM);
        fundAndAssert(STREAM, RATE);
        retire();
        donate(REWARD_TIME);
        fundAndAssert(REWARD_TIME, RATE + 1);
        skip(REWARD_TIME);
        claimAndAssert(alice.addr, recipient, STREAM + REWARD_TIME);
    }

    /// @dev In the middle of a stake its tokens are here already, and nobody's yet.
    function test_Fund_WhenTokenCallsBackInTheMiddleOfAStake() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        startAgainWith(address(reentrant));
        donate(STREAM);
        reentrant.arm(address(staking), abi.encodeCall(IStaking.fund, ()));
        stakeAndAssert(alice.addr, 1000, 1000, block.timestamp, 1000);
        assertTrue(reentrant.called(), "called back");
        assertFalse(reentrant.succeeded(), "inner call");
        assertEq(
            reentrant.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "refusal"
        );
        assertStream(0, 0, 0);
    }

    // ------------------------------------------------------------------ anything, at any time

    /// @dev Reckoned by what is owed: as long as a stream runs, so much per second is what its owner may rely on.
    function testFuzz_Fund_NeverMakesAStreamSlower(
        uint256[8] memory amounts,
        uint256[8] memory waits,
        bool[8] memory come
    ) public {
        uint256 staked;
        for (uint256 i; i < amounts.length; ++i) {
            skip(bound(waits[i], 0, waits[i] % 2 == 0 ? 1 hours : 40 days));
            if (come[i] && staked == 0) staked = stake(alice.addr, 5);
            else if (staked != 0 && !come[i]) (staked,) = (0, requestUnstake(alice.addr, staked));
            donate(bound(amounts[i], 0, amounts[i] % 2 == 0 ? REWARD_TIME : 1e24));

            uint256 free = staking.surplus();
            uint256 rate = staking.rewardRate();
            uint256 finish = staking.rewardFinish();
            uint256 left = finish > block.timestamp ? rate * (finish - block.timestamp) : 0;
            // A rate that is no less than the present one while it runs, and that takes a wei or more at all.
            uint256 newRate = (left + free) / REWARD_TIME;
            bool runs = finish > block.timestamp;
            bool justFunded = finish == block.timestamp + REWARD_TIME;
            if (newRate == 0 || (runs && newRate < rate) || (justFunded && newRate == rate)) {
                expectFundRevert(free, runs && !justFunded ? rate * REWARD_TIME - left : REWARD_TIME);
                continue;
            }
            fundAndAssert(newRate * REWARD_TIME - left, newRate);
            assertLt(staking.surplus(), REWARD_TIME, "what waits");
            assertSolvent();
        }
    }

    // ------------------------------------------------------------------ helpers

    function _startStream() private {
        stake(alice.addr, 1000);
        donate(STREAM);
        fundAndAssert(STREAM, RATE);
    }

    /// @dev The stream has run for a day, and nobody was there for fifty.
    function _letTheStreamWait() private {
        _startStream();
        skip(1 days);
        requestUnstake(alice.addr, 1000);
        skip(50 days);
        assertStream(RATE, block.timestamp + REWARD_TIME - 1 days, STREAM);
    }
}
