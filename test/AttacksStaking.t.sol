// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Staking} from "../contracts/Staking.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IMembershipRegistry} from "../contracts/interfaces/IMembershipRegistry.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {StakingBaseTest} from "./helpers/StakingBaseTest.sol";
import {PlainToken} from "./mocks/PlainToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";

/// @dev A successor that says of everybody what it wants.
contract HostileMembership {
    IMembership public immutable predecessor;
    IMembership.Tier public immutable everybody;

    constructor(IMembership predecessor_, IMembership.Tier everybody_) {
        (predecessor, everybody) = (predecessor_, everybody_);
    }

    function tierOf(address) external view returns (IMembership.Tier) {
        return everybody;
    }
}

/// @dev What somebody might try against stakers and their rewards. Alice is the victim, and bob the one who tries; both are
/// Pro for a year.
contract AttacksStakingTest is StakingBaseTest {
    uint256 private constant PRINCIPAL = 100_000e18;

    function setUp() public override {
        super.setUp();
        makePro(bob.addr);
    }

    // ------------------------------------------------------------------ donation

    /// @dev There is no price of a share that could be driven up: a stake counts for what it is.
    function test_Donation_InflatesNobodysStake() public {
        stake(bob.addr, 1);
        send(bob.addr, address(staking), 1_000_000e18);
        stakeAndAssert(alice.addr, 10, 10, START, 11);
        fundAndAssert(1_000_000e18 - 1_000_000e18 % REWARD_TIME, uint256(1_000_000e18) / REWARD_TIME);
        skip(REWARD_TIME);
        uint256 funded = staking.rewardsOwed();
        assertEq(claim(bob.addr, bob.addr), funded / 11, "bob gets less of it than he gave");
        assertEq(claim(alice.addr, alice.addr), funded * 10 / 11, "alice's part");
        requestUnstake(alice.addr, 10);
        skip(COOLDOWN);
        assertEq(withdraw(alice.addr, 0, alice.addr), 10, "alice's principal");
    }

    /// @dev A stream that somebody made fast keeps smaller funds waiting, until it is over at the latest.
    function test_Donation_KeepsSmallerFundsWaitingNoLongerThanTheRewardTime() public {
        stake(alice.addr, PRINCIPAL);
        send(bob.addr, address(staking), 1000 * STREAM);
        staking.fund();
        donate(STREAM);
        skip(REWARD_TIME - 1);
        expectFundRevert(STREAM, 1000 * (STREAM - RATE));
        skip(1);
        fundAndAssert(STREAM, RATE);
        assertEq(staking.rewardsOf(alice.addr), 1000 * STREAM, "what bob gave");
    }

    // ------------------------------------------------------------------ rounding

    /// @dev Each change rounds: as many as one likes, by stakes of a wei, take not a wei from a large staker.
    function test_Rounding_ByManyChangesTakesNothing() public {
        stake(alice.addr, PRINCIPAL);
        fundWith(STREAM);
        for (uint256 i; i < 100; ++i) {
            stake(bob.addr, 1);
            skip(1);
            requestUnstake(bob.addr, 1);
            skip(1);
        }
        uint256 all = RATE * 200;
        assertEq(staking.rewardsOf(bob.addr), 0, "bob's rewards");
        assertGe(staking.rewardsOf(alice.addr), all - 1, "alice's rewards");
        assertLe(staking.rewardsOf(alice.addr), all, "alice's rewards, at most");
    }

    /// @dev A wei beside 1e23: who stakes a wei gets its part, whether it claims often or once, and nobody else's.
    function test_Rounding_InFavourOfAWei() public {
        stake(alice.addr, PRINCIPAL);
        stake(bob.addr, 1);
        fundWith(12_345_678e18);
        uint256 claimed;
        for (uint256 i; i < 30; ++i) {
            skip(1 days);
            if (staking.rewardsOf(bob.addr) != 0) claimed += claim(bob.addr, bob.addr);
        }
        uint256 funded = staking.rewardRate() * REWARD_TIME;
        assertEq(claimed, funded / (PRINCIPAL + 1), "bob's part, rounded down");
        assertEq(claim(alice.addr, alice.addr), funded - claimed - 1, "alice's part, rounded down");
        assertEq(staking.rewardsOwed(), 1, "what rounding left");
    }

    // ------------------------------------------------------------------ timing

    function test_Sniping_AFundByStakingJustBefore() public {
        stake(alice.addr, PRINCIPAL);
        donate(STREAM);
        stake(bob.addr, 9 * PRINCIPAL);
        staking.fund();
        requestUnstake(bob.addr, 9 * PRINCIPAL);
        skip(1 days);
        assertEq(staking.rewardsOf(bob.addr), 0, "of a fund in the second of his stake");
        assertEq(staking.rewardsOf(alice.addr), RATE * 1 days, "all of it");
    }

    /// @dev Whoever stays a block gets a block's part, and waits for his principal as long as anybody.
    function test_Sniping_AFundForABlock() public {
        stake(alice.addr, PRINCIPAL);
        stake(bob.addr, 9 * PRINCIPAL);
        fundWith(STREAM);
        skip(3);
        requestUnstake(bob.addr, 9 * PRINCIPAL);
        claimAndAssert(bob.addr, bob.addr, RATE * 27 / 10);
        vm.expectRevert(abi.encodeWithSelector(IStaking.StillCoolingDown.selector, START + 3 + COOLDOWN));
        withdraw(bob.addr, 0, bob.addr);
    }

    function test_FlashStake_WithinASecond() public {
        configure(address(staking), abi.encodeCall(IStaking.setCooldown, (0)));
        stake(alice.addr, PRINCIPAL);
        fundWith(STREAM);
        skip(1 days);
        uint256 before = token.balanceOf(bob.addr);
        stake(bob.addr, 50 * PRINCIPAL);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NothingToClaim.selector, bob.addr));
        claim(bob.addr, bob.addr);
        requestUnstake(bob.addr, 50 * PRINCIPAL);
        withdraw(bob.addr, 0, bob.addr);
        assertEq(token.balanceOf(bob.addr), before, "bob's balance");
        claimAndAssert(alice.addr, alice.addr, RATE * 1 days);
    }

    function test_IdleEmission_IsNotTheFirstStakers() public {
        fundWith(STREAM);
        skip(200 days);
        stake(bob.addr, 1);
        skip(1);
        assertEq(staking.rewardsOf(bob.addr), RATE, "bob's second");
        stake(alice.addr, PRINCIPAL);
        requestUnstake(bob.addr, 1);
        skip(REWARD_TIME - 1);
        claimAndAssert(alice.addr, alice.addr, STREAM - RATE);
    }

    /// @dev Whoever wants the stream to last longer pays what it emits; it never gets slower for it.
    function test_DustExtension_IsRefused() public {
        stake(alice.addr, PRINCIPAL);
        fundWith(STREAM);
        for (uint256 i; i < 30; ++i) {
            donate(1);
            skip(1 days);
            if (i != 29) expectFundRevert(i + 1, RATE * (i + 1) * 1 days);
        }
        claimAndAssert(alice.addr, alice.addr, STREAM);
        assertStream(RATE, START + REWARD_TIME, 0);
    }

    function test_DustExtension_CostsWhatItExtends() public {
        stake(alice.addr, PRINCIPAL);
        fundWith(STREAM);
        for (uint256 i; i < 60; ++i) {
            skip(12 hours);
            fundWith(RATE * 12 hours);
            assertEq(staking.rewardRate(), RATE, "rate");
        }
        claimAndAssert(alice.addr, alice.addr, STREAM);
    }

    // ------------------------------------------------------------------ re-entrancy

    /// @dev What arrives in the middle of somebody's stake is not theirs: a token that calls its sender would let them have
    /// the pool release to stakers right then.
    function test_Reentrancy_TakesAReleaseForAStake() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        startAgainWith(address(reentrant));
        IStakingPool.Recipient[] memory recipients = new IStakingPool.Recipient[](1);
        recipients[0] = IStakingPool.Recipient(address(staking), 10_000);
        configure(address(stakingPool), abi.encodeCall(IStakingPool.setRecipients, (recipients)));
        uint256 part = token.balanceOf(address(stakingPool)) * RELEASE_SHARE / BASIS_POINTS;
        assertGt(part, 0, "what can be released");

        reentrant.arm(address(stakingPool), abi.encodeCall(IStakingPool.release, ()));
        expectStaked(alice.addr, 1000, 1000, block.timestamp, 1000);
        assertEq(stake(alice.addr, 1000), 1000, "credited");
        assertTrue(reentrant.succeeded(), "release");
        assertStake(alice.addr, 1000, block.timestamp, 0);
        assertEq(staking.surplus(), part, "surplus");
    }

    // ------------------------------------------------------------------ array growth

    /// @dev Requests are found by number: a thousand of them make no withdrawal dearer, nor anything else.
    function test_GasExhaustion_ByAThousandRequests() public {
        stake(alice.addr, PRINCIPAL);
        stake(bob.addr, PRINCIPAL);
        fundWith(STREAM);
        requestUnstake(alice.addr, 1000);
        for (uint256 i; i < 1000; ++i) {
            requestUnstake(bob.addr, 1000);
        }
        skip(COOLDOWN);
        withdraw(alice.addr, 0, alice.addr);
        uint256 one = vm.lastCallGas().gasTotalUsed;
        withdraw(bob.addr, 0, bob.addr);
        assertEq(vm.lastCallGas().gasTotalUsed, one, "gas of the first of a thousand");
        withdraw(bob.addr, 999, bob.addr);
        assertApproxEqAbs(vm.lastCallGas().gasTotalUsed, one, 50, "gas of the last, whose number has more bytes");

        claim(alice.addr, alice.addr);
        claim(bob.addr, bob.addr);
        skip(1 days);
        claim(alice.addr, alice.addr);
        one = vm.lastCallGas().gasTotalUsed;
        skip(1 days);
        claim(bob.addr, bob.addr);
        assertApproxEqAbs(vm.lastCallGas().gasTotalUsed, one, 50, "gas of a claim");
        assertStake(bob.addr, PRINCIPAL - 1_000_000, START, 1000);
        assertTotals(2 * PRINCIPAL - 1_001_000, 998_000);
    }

    // ------------------------------------------------------------------ lapsing and poking

    /// @dev What others lose to a lapsed staker is that staker's part for as long as nobody pokes, and no more.
    function test_LapsedStaker_NobodyPokes() public {
        pay(carol.addr, carol.addr, PRO, 1);
        stake(alice.addr, 3 * PRINCIPAL);
        stake(carol.addr, PRINCIPAL);
        skip(PERIOD);
        fundWith(STREAM);
        skip(8 days);
        assertEq(staking.levelOf(carol.addr), 0, "level of a lapsed staker");
        assertEq(staking.rewardsOf(alice.addr), RATE * 6 days, "alice's rewards");
        assertEq(staking.rewardsOf(carol.addr), RATE * 2 days, "carol's rewards");
        pokeAndAssert(carol.addr, false);
        skip(8 days);
        assertEq(staking.rewardsOf(alice.addr), RATE * 14 days, "alice's rewards, since the poke");
        assertEq(staking.rewardsOf(carol.addr), RATE * 2 days, "carol's rewards, since the poke");
        assertSolvent();
    }

    function test_PokeGriefing_OfAProIsRefused() public {
        stake(alice.addr, PRINCIPAL);
        fundWith(STREAM);
        for (uint256 i; i < 24; ++i) {
            expectPokeRevert(alice.addr);
            skip(1 days);
        }
        claimAndAssert(alice.addr, alice.addr, RATE * 24 days);
    }

    /// @dev The poke comes in the second in which Pro ends: who renews in that second loses nothing, who renews within the
    /// window loses the time between, and neither loses a level.
    function test_PokeGriefing_AtTheEndOfPro() public {
        pay(carol.addr, carol.addr, PRO, 1);
        stake(carol.addr, LEVEL_3_AMOUNT);
        travel(PERIOD);
        fundWith(STREAM);
        pokeAndAssert(carol.addr, false);
        pay(carol.addr, carol.addr, PRO, 1);
        pokeAndAssert(carol.addr, true);
        assertEq(staking.levelOf(carol.addr), 3, "level");
        travel(20 days);
        assertEq(staking.rewardsOf(carol.addr), RATE * 20 days, "all of it");

        travelTo(START + 2 * PERIOD);
        fundWith(STREAM);
        pokeAndAssert(carol.addr, false);
        stake(alice.addr, PRINCIPAL);
        travel(RENEWAL_WINDOW);
        pay(carol.addr, carol.addr, PRO, 1);
        pokeAndAssert(carol.addr, true);
        assertEq(staking.levelOf(carol.addr), 3, "level after the window");
        assertEq(staking.rewardsOf(carol.addr), STREAM, "all but the time between");
        assertEq(staking.rewardsOf(alice.addr), RATE * RENEWAL_WINDOW, "the time between");
    }

    // ------------------------------------------------------------------ a hostile successor

    /// @dev It decides nothing before everybody who asked back on the day that it was appended has their principal, at the
    /// longest cooldown.
    function test_HostileSuccessor_ComesTooLateForWhoLeaves() public {
        configure(address(staking), abi.encodeCall(IStaking.setCooldown, (LONGEST_COOLDOWN)));
        stake(alice.addr, PRINCIPAL);
        fundWith(STREAM);
        _append(LIGHT);
        requestUnstake(alice.addr, PRINCIPAL);
        skip(LONGEST_COOLDOWN);
        assertEq(address(staking.membership()), address(membership), "who decides");
        watchBalances();
        assertEq(withdraw(alice.addr, 0, alice.addr), PRINCIPAL, "withdrawn");
        assertGained(alice.addr, PRINCIPAL, "alice's balance");
    }

    /// @dev It says that nobody is Pro: everybody is stopped, and has all that there was until then.
    function test_HostileSuccessor_ThatDeniesEverybody() public {
        stake(alice.addr, PRINCIPAL);
        address hostile = _append(LIGHT);
        skip(SUCCESSION);
        fundWith(STREAM);
        skip(1 days);
        assertEq(address(staking.membership()), hostile, "who decides");
        pokeAndAssert(alice.addr, false);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NotPro.selector, alice.addr));
        stake(alice.addr, 1);
        skip(1 days);
        claimAndAssert(alice.addr, alice.addr, RATE * 1 days);
        requestUnstake(alice.addr, PRINCIPAL);
        skip(COOLDOWN);
        assertEq(withdraw(alice.addr, 0, alice.addr), PRINCIPAL, "withdrawn");
    }

    /// @dev It says that everybody is Pro: who never paid accrues by principal like others, and reaches nobody else's.
    function test_HostileSuccessor_ThatLetsEverybodyIn() public {
        stake(alice.addr, PRINCIPAL);
        _append(PRO);
        skip(SUCCESSION);
        fundWith(STREAM);
        stake(carol.addr, PRINCIPAL);
        skip(1 days);
        claimAndAssert(carol.addr, carol.addr, RATE * 1 days / 2);
        claimAndAssert(alice.addr, alice.addr, RATE * 1 days / 2);
        requestUnstake(alice.addr, PRINCIPAL);
        skip(COOLDOWN);
        assertEq(withdraw(alice.addr, 0, alice.addr), PRINCIPAL, "withdrawn");
        assertSolvent();
    }

    // ------------------------------------------------------------------ overflow

    /// @dev The fastest stream to a few wei, over and over: what a wei was given exceeds its width, and nobody notices.
    function test_Overflow_TheFastestStreamForAHundredYears() public {
        _startAgainWithPlenty(90 days);
        uint256 most = uint256(type(uint72).max) * 90 days;
        _setTier(alice.addr, PRO);
        _setTier(bob.addr, PRO);
        stake(alice.addr, 1);
        stake(bob.addr, 2);
        uint256 alices;
        for (uint256 i; i < 406; ++i) {
            fundWith(most);
            assertEq(staking.rewardRate(), type(uint72).max, "rate");
            skip(90 days);
            alices += claim(alice.addr, alice.addr);
            if (i % 50 == 7) stake(bob.addr, 2);
            if (i % 50 == 8) requestUnstake(bob.addr, 2);
            claim(bob.addr, bob.addr);
        }
        // A third, but for the eight quarters in which bob had twice as much.
        uint256 expected = most * 398 / 3 + most * 8 / 5;
        assertApproxEqAbs(alices, expected, 406, "alice's rewards");
        assertLe(staking.rewardsOwed(), 2, "what rounding left");
        assertSolvent();
    }

    function test_Overflow_AStreamThatWaitsForAHundredYears() public {
        fundWith(STREAM);
        skip(36_525 days);
        assertEq(staking.rewardFinish(), block.timestamp + REWARD_TIME, "finish");
        _setTier(alice.addr, PRO);
        stake(alice.addr, 1);
        skip(36_525 days);
        claimAndAssert(alice.addr, alice.addr, STREAM);
    }

    /// @dev What does not fit is refused at the entrance, whoever stakes it.
    function test_Overflow_OfStakes() public {
        _startAgainWithPlenty(REWARD_TIME);
        (uint256 most, uint8 bits) = (_mostStaked(), _stakeBits());
        uint256 wraps = uint256(type(uint128).max) + 2;
        bytes4 reason = SafeCast.SafeCastOverflowedUintDowncast.selector;
        vm.expectRevert(abi.encodeWithSelector(reason, bits, wraps));
        stake(alice.addr, wraps);
        vm.expectRevert(abi.encodeWithSelector(reason, bits, most + 1));
        stake(alice.addr, most + 1);
        stakeAndAssert(alice.addr, most - 1, most - 1, START, most - 1);
        vm.expectRevert(abi.encodeWithSelector(reason, bits, most + 1));
        stake(alice.addr, 2);
        vm.expectRevert(abi.encodeWithSelector(reason, bits, most + 1));
        stake(bob.addr, 2);
        stakeAndAssert(bob.addr, 1, 1, START, most);
        vm.expectRevert(abi.encodeWithSelector(reason, bits, most + 1));
        stake(bob.addr, 1);
        requestUnstake(alice.addr, most - 1);
        requestUnstake(bob.addr, 1);
        assertTotals(0, most);
        skip(COOLDOWN);
        withdraw(alice.addr, 0, alice.addr);
        withdraw(bob.addr, 0, bob.addr);
        assertEq(token.balanceOf(address(staking)), 0, "contract's balance");
    }

    /// @dev Whoever has more of a token than fits cannot fill up what was asked back, so that others cannot leave.
    function test_Overflow_OfRequestsKeepsNobodyIn() public {
        _startAgainWithPlenty(REWARD_TIME);
        stake(alice.addr, 1000);
        stake(bob.addr, _mostStaked() - 1000);
        requestUnstake(bob.addr, _mostStaked() - 1000);
        vm.expectPartialRevert(SafeCast.SafeCastOverflowedUintDowncast.selector);
        stake(bob.addr, 1);
        requestUnstake(alice.addr, 1000);
        skip(COOLDOWN);
        watchBalances();
        assertEq(withdraw(alice.addr, 0, alice.addr), 1000, "withdrawn");
        assertGained(alice.addr, 1000, "alice's balance");
        assertSolvent();
    }

    /// @dev Nor what was stopped, so that a lapsed staker goes on accruing.
    function test_Overflow_OfStoppedStakesKeepsNobodyAccruing() public {
        _startAgainWithPlenty(REWARD_TIME);
        _setTier(carol.addr, PRO);
        stake(bob.addr, _mostStaked() - 500);
        _setTier(bob.addr, LIGHT);
        pokeAndAssert(bob.addr, false);
        vm.expectPartialRevert(SafeCast.SafeCastOverflowedUintDowncast.selector);
        stake(carol.addr, 501);
        stake(carol.addr, 500);
        _setTier(carol.addr, LIGHT);
        pokeAndAssert(carol.addr, false);
        assertTotals(_mostStaked(), 0);
    }

    // ------------------------------------------------------------------ compounding

    /// @dev Who has no rewards makes no principal, out of nothing, the surplus or others' rewards.
    function test_Compounding_OnBehalfOfNobody() public {
        stake(alice.addr, PRINCIPAL);
        fundWith(STREAM);
        donate(STREAM);
        skip(1 days);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NothingToClaim.selector, bob.addr));
        compound(bob.addr);
        stake(bob.addr, PRINCIPAL);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NothingToClaim.selector, bob.addr));
        compound(bob.addr);
        assertEq(staking.surplus(), STREAM, "surplus");
        assertTotals(2 * PRINCIPAL, 0);
        claimAndAssert(alice.addr, alice.addr, RATE * 1 days);
    }

    // ------------------------------------------------------------------ helpers

    function _append(IMembership.Tier everybody) private returns (address hostile) {
        hostile = address(new HostileMembership(membership, everybody));
        bytes memory data = abi.encodeCall(IMembershipRegistry.append, (IMembership(hostile)));
        configure(address(registry), data);
    }

    function _setTier(address account, IMembership.Tier tier) private {
        vm.mockCall(address(membership), abi.encodeCall(IMembership.tierOf, (account)), abi.encode(tier));
    }

    /// @dev A token of which there is more than anything holds, and all of it is alice's, bob's and the treasury's.
    function _startAgainWithPlenty(uint40 rewardTime) private {
        startAgainWith(address(new PlainToken(treasury, type(uint160).max)));
        makePro(bob.addr);
        staking = new Staking(address(manager), token, registry, rewardTime, COOLDOWN, new IStaking.Level[](0));
        address[2] memory rich = [alice.addr, bob.addr];
        for (uint256 i; i < rich.length; ++i) {
            send(treasury, rich[i], 1 << 140);
            approve(rich[i], address(staking), type(uint256).max);
        }
        approve(carol.addr, address(staking), type(uint256).max);
    }

    function _mostStaked() private pure returns (uint256) {
        return (1 << _stakeBits()) - 1;
    }

    function _stakeBits() private pure returns (uint8) {
        return 104;
    }
}
