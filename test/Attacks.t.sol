// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IRewardPool} from "../contracts/interfaces/IRewardPool.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {BaseTest} from "./BaseTest.sol";
import {MerkleTree} from "./helpers/MerkleTree.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {Wallet1271} from "./mocks/Wallet1271.sol";

/// @dev What somebody might try against members, each other or the pools. Alice is the victim, unless it is said
/// otherwise, and bob the one who tries.
contract AttacksTest is BaseTest {
    bytes32 private constant LEAVES_HASH = keccak256("leaves");

    // The last run of Pro, as the words of IMembership have it: kept from what was done, not from what is stored.
    uint256 private _runSince;
    uint256 private _runEnd;
    // What alice would get for a period of Pro.
    uint256 private _cost;
    uint256 private _proLeft;
    uint256 private _normalLeft;
    uint256 private _since;

    // ------------------------------------------------------------------ gifts as a weapon

    /// @dev Whatever is given, at whatever fees: the member's own Pro costs no more, lasts no shorter and is as old.
    function testFuzz_Gift_NeverWorsensTheMembersOwnUpgrade(uint256 seed) public {
        if (_next(seed, 0) % 2 == 0) {
            pay(alice.addr, alice.addr, PRO, 1);
            travel(PERIOD + _next(seed, 1) % (RENEWAL_WINDOW + 1 days));
        }
        pay(alice.addr, alice.addr, NORMAL, uint16(1 + _next(seed, 2) % 6));
        travel(_next(seed, 3) % PERIOD);
        for (uint256 i; i < 3; ++i) {
            _setFees(_next(seed, 10 + i), _next(seed, 20 + i));
            _measureUpgrade();
            (uint256 cost, uint256 proLeft, uint256 normalLeft, uint256 since) = (_cost, _proLeft, _normalLeft, _since);

            IMembership.Tier tier = _next(seed, 30 + i) % 2 == 0 ? NORMAL : PRO;
            _tryPay(bob.addr, tier, uint16(1 + _next(seed, 40 + i) % 12));
            _measureUpgrade();
            assertLe(_cost, cost, "cost");
            assertGe(_proLeft, proLeft, "Pro time");
            assertGe(_normalLeft, normalLeft, "Normal time");
            assertEq(_since, since, "since");
        }
    }

    /// @dev A gift can fill up the time that may be prepaid, and so keep a Pro from renewing early. It keeps nobody from
    /// renewing in the second in which Pro ends, with nothing lost, and the giver has paid for it.
    function test_Gift_ThatFillsThePrepaidTime_LeavesTheRenewalOpen() public {
        _stake(alice.addr, LEVEL_2_AMOUNT);
        travelTo(START + 20 days);
        assertEq(staking.levelOf(alice.addr), 2, "level");
        pay(bob.addr, alice.addr, NORMAL, 11);

        travelTo(START + PERIOD - 1);
        assertEq(pay(alice.addr, alice.addr, PRO, 1), PRO_FEE * PRICE / UNIT, "paid");
        assertEq(timeLeft(alice.addr, PRO), PERIOD + 1, "Pro time");
        assertEq(timeLeft(alice.addr, NORMAL), 11 * PERIOD, "Normal time");
        vm.warp(START + PERIOD);
        assertEq(staking.levelOf(alice.addr), 2, "level after the renewal");
    }

    /// @dev Where Pro is the cheaper tier, an upgrade frees less Normal time than it adds of Pro. A gift that fills the
    /// prepaid time can't keep a lapsed Pro out by that until the window closes.
    function test_Gift_GivenProIsTheCheaper_LeavesTheRenewalOpen() public {
        _setFee(PRO, NORMAL_FEE / 2);
        pay(alice.addr, alice.addr, PRO, 1);
        travelTo(START + PERIOD + 1 days);
        pay(bob.addr, alice.addr, NORMAL, 12);

        assertEq(pay(alice.addr, alice.addr, PRO, 1), 0, "paid: the gift's value covers it");
        assertMembership(
            alice.addr,
            queued(
                PRO,
                START,
                block.timestamp,
                block.timestamp + PERIOD,
                NORMAL_FEE / 2,
                NORMAL,
                23 * PERIOD / 2,
                23 * NORMAL_FEE / 2
            )
        );
        bytes memory tooFar = abi.encodeWithSelector(
            IMembership.PrepaidTooFar.selector, block.timestamp + 27 * PERIOD / 2, block.timestamp + 12 * PERIOD
        );
        vm.prank(bob.addr);
        vm.expectRevert(tooFar);
        membership.pay(alice.addr, NORMAL, 1, type(uint256).max, block.timestamp);
    }

    /// @dev Fees that fall keep nobody who paid the higher ones a year ahead from Pro, and Pro itself stays bounded.
    function test_Upgrade_GivenNormalWasPaidAtHigherFees() public {
        _setFee(NORMAL, 10 * PRO_FEE);
        pay(alice.addr, alice.addr, NORMAL, 12);
        _setFee(NORMAL, NORMAL_FEE);
        assertEq(pay(alice.addr, alice.addr, PRO, 12), 0, "paid: the unused value covers it");
        assertEq(timeLeft(alice.addr, PRO), 12 * PERIOD, "Pro time");
        assertEq(timeLeft(alice.addr, NORMAL), 12 * PERIOD * 9 / 10, "Normal time");

        pay(carol.addr, bob.addr, NORMAL, 1);
        pay(carol.addr, bob.addr, PRO, 11);
        vm.prank(bob.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IMembership.PrepaidTooFar.selector, START + 13 * PERIOD, START + 12 * PERIOD)
        );
        membership.pay(bob.addr, PRO, 2, type(uint256).max, block.timestamp);
    }

    /// @dev Somebody else's Pro queues behind what a third party gave first. The member brings it forward alone, for
    /// the difference, within the window with all of its standing.
    function test_Gift_BeforeAnothersGift_TakesNothingFromIt() public {
        _stake(alice.addr, LEVEL_2_AMOUNT);
        travelTo(START + PERIOD);
        pay(bob.addr, alice.addr, NORMAL, 1);
        pay(carol.addr, alice.addr, PRO, 2);
        assertTier(alice.addr, NORMAL, "tier");
        assertEq(timeLeft(alice.addr, PRO), 2 * PERIOD, "Pro that was given");

        travel(RENEWAL_WINDOW);
        uint256 credit = NORMAL_FEE * 23 / 30;
        assertEq(pay(alice.addr, alice.addr, PRO, 1), amountFor(PRO_FEE - credit), "paid");
        assertMembership(alice.addr, running(PRO, START, block.timestamp, block.timestamp + 3 * PERIOD, 3 * PRO_FEE));
        assertEq(staking.levelOf(alice.addr), 2, "level");
    }

    /// @dev An order that allows exactly what was quoted goes through whatever gift is put before it.
    function testFuzz_Gift_BeforeASignedUpgrade_DoesNotStopIt(bool pro, uint16 periods, uint256 passed) public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(bound(passed, 0, PERIOD - 1));
        IMembership.Quote memory quoted = membership.quote(alice.addr, alice.addr, PRO, 1);
        IMembership.Order memory order = IMembership.Order(
            alice.addr, alice.addr, PRO, 1, quoted.cost, quoted.amount, type(uint256).max, block.timestamp
        );
        bytes memory signature = signOrder(alice, order);
        _tryPay(bob.addr, pro ? PRO : NORMAL, uint16(bound(periods, 1, 11)));

        vm.prank(relayer);
        assertLe(membership.payBySignature(order, signature), quoted.amount, "paid");
        assertTier(alice.addr, PRO, "tier");
    }

    // ------------------------------------------------------------------ value and time out of nothing

    /// @dev Fees go up and down, gifts and upgrades come in any order: what is held and what was credited never exceeds
    /// what was paid in, and a credit never exceeds what was held.
    function testFuzz_Value_IsNeverMadeByCycling(uint256 seed) public {
        uint256 paid;
        for (uint256 i; i < 16; ++i) {
            uint256 draw = _next(seed, i);
            travel(draw % (20 days));
            _setFees(draw >> 32, draw >> 64);
            IMembership.Account memory held = membership.membershipOf(alice.addr);
            address payer = draw >> 128 & 1 == 0 ? alice.addr : bob.addr;
            (uint256 cost, uint256 credit) =
                _tryPay(payer, draw >> 129 & 1 == 0 ? NORMAL : PRO, uint16(1 + (draw >> 160) % 4));
            paid += cost;
            assertLe(credit, uint256(held.value) + held.nextValue, "credit");
            held = membership.membershipOf(alice.addr);
            assertLe(uint256(held.value) + held.nextValue, paid, "value held");
        }
    }

    /// @dev The longest prepayment at the highest fees, given and credited, fits what is stored.
    function test_Value_AtTheHighestFees_Fits() public {
        _setFee(NORMAL, HIGHEST_FEE);
        _setFee(PRO, HIGHEST_FEE);
        pay(alice.addr, alice.addr, NORMAL, 6);
        pay(bob.addr, alice.addr, PRO, 6);
        pay(alice.addr, alice.addr, PRO, 6);
        assertMembership(alice.addr, running(PRO, START, START, START + 12 * PERIOD, 12 * HIGHEST_FEE));
    }

    /// @dev `since` decides levels, so it is compared with a model that knows the words of the interface alone. Times
    /// gather around the ends and the window, where it could break.
    function testFuzz_Since_IsThatOfTheUnbrokenRunOfPro(uint256 seed) public {
        for (uint256 i; i < 20; ++i) {
            uint256 draw = _next(seed, i);
            _travelToAnEdge(draw);
            _settleRun();
            _payAndModel(draw >> 128 & 1 == 0 ? alice.addr : bob.addr, draw >> 129 & 1 == 0 ? NORMAL : PRO);
            (IMembership.Tier tier, uint40 since) = membership.standingOf(alice.addr);
            if (tier == PRO) assertEq(since, _runSince, "since");
        }
    }

    /// @dev Amount times held time is never more than what was really staked for how long, in whatever order is staked
    /// and asked back: a level can't be had by moving the same tokens in circles.
    function testFuzz_Level_TokenTimeIsNeverMade(uint256 seed) public {
        pay(alice.addr, alice.addr, PRO, 12);
        uint256 tokenTime;
        uint256 held;
        for (uint256 i; i < 20; ++i) {
            uint256 draw = _next(seed, i);
            uint256 passed = draw % 10 days;
            skip(passed);
            tokenTime += held * passed;
            bool asksBack = held != 0 && draw >> 128 & 1 == 0;
            uint256 amount = 1 + (draw >> 64) % (asksBack ? held : draw >> 129 & 1 == 0 ? 1e3 : 1e22);
            vm.prank(alice.addr);
            if (asksBack) staking.requestUnstake(amount);
            else staking.stake(amount);
            held = asksBack ? held - amount : held + amount;
            IStaking.Stake memory own = staking.stakeOf(alice.addr);
            assertEq(own.amount, held, "staked");
            assertLe(own.amount * (block.timestamp - own.heldSince), tokenTime, "token time");
        }
    }

    // ------------------------------------------------------------------ signatures

    /// @dev Wallets of one owner accept the same signatures; the order names which of them pays.
    function test_Order_OfOneWallet_IsNoneOfItsOwnersOthers() public {
        address first = address(new Wallet1271(alice.addr));
        address second = address(new Wallet1271(alice.addr));
        fund(first);
        fund(second);
        IMembership.Order memory order =
            IMembership.Order(first, bob.addr, PRO, 1, PRO_FEE, type(uint256).max, 0, block.timestamp);
        bytes memory signature = signOrder(alice, order);
        address[2] memory others = [second, alice.addr];
        for (uint256 i; i < others.length; ++i) {
            IMembership.Order memory copy = order;
            copy.payer = others[i];
            vm.prank(bob.addr);
            vm.expectRevert(abi.encodeWithSelector(IMembership.SignatureInvalid.selector, others[i]));
            membership.payBySignature(copy, signature);
        }
        order.payer = first;
        vm.prank(bob.addr);
        membership.payBySignature(order, signature);
        assertTier(bob.addr, PRO, "tier");
    }

    // ------------------------------------------------------------------ tokens that call back

    /// @dev The staker asks back in the middle of its own staking.
    function test_Stake_WhenTheStakerAsksBackMeanwhile() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        fund(address(reentrant));
        pay(alice.addr, address(reentrant), PRO, 1);
        reentrant.execute(address(staking), abi.encodeCall(IStaking.stake, (100)));

        reentrant.arm(address(staking), abi.encodeCall(IStaking.requestUnstake, (60)));
        reentrant.execute(address(staking), abi.encodeCall(IStaking.stake, (10)));
        assertTrue(reentrant.succeeded(), "request in between");
        assertEq(staking.stakeOf(address(reentrant)).amount, 50, "staked");
        assertEq(staking.requestOf(address(reentrant), 0).amount, 60, "asked back");
        assertEq(staking.totalStaked(), 50, "staked by all");
        assertEq(staking.totalUnstaking(), 60, "asked back by all");
        assertEq(token.balanceOf(address(staking)), 110, "held");
    }

    /// @dev Pro that isn't paid yet can be staked on, within the payment; when that fails, so has the stake.
    function test_Stake_InTheMiddleOfAPayment() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        fund(address(reentrant));
        reentrant.arm(address(staking), abi.encodeCall(IStaking.stake, (100)));
        bytes memory data =
            abi.encodeCall(IMembership.pay, (address(reentrant), PRO, 1, type(uint256).max, block.timestamp));

        // Enough for the first transfer, in which the stake is made, and not for the second.
        uint256 amount = amountFor(PRO_FEE);
        uint256 allowed = amount * REWARD_SHARE / BASIS_POINTS;
        approve(address(reentrant), address(membership), allowed);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector,
                address(membership),
                0,
                amount * OPERATION_SHARE / BASIS_POINTS
            )
        );
        reentrant.execute(address(membership), data);
        assertEq(staking.totalStaked(), 0, "staked without a payment");
        assertTier(address(reentrant), LIGHT, "tier without a payment");

        approve(address(reentrant), address(membership), amount);
        reentrant.execute(address(membership), data);
        assertTrue(reentrant.succeeded(), "stake in between");
        assertEq(staking.totalStaked(), 100, "staked");
        assertEq(token.balanceOf(address(staking)), 100, "held");
        assertTier(address(reentrant), PRO, "tier");
    }

    // ------------------------------------------------------------------ pools

    /// @dev A hostile publisher may promise to itself what members haven't claimed yet, for the cap bounds the rise of
    /// the total alone. Until that comes into force members claim from the set before it, and the vetoer can end it.
    function test_Publish_OfWhatMembersHaveNotClaimed() public {
        send(treasury, address(rewardPool), EPOCH_CAP);
        bytes32[] memory leaves = new bytes32[](2);
        (leaves[0], leaves[1]) = (rewardPool.leafOf(alice.addr, 100), rewardPool.leafOf(carol.addr, 50));
        _publish(MerkleTree.root(leaves), 150);
        skip(CHALLENGE);
        vm.warp((rewardPool.currentEpoch() + 1) * EPOCH);
        bytes32 theft = rewardPool.leafOf(publisher, 150);
        _publish(theft, 150);

        vm.prank(alice.addr);
        assertEq(rewardPool.claim(alice.addr, 100, MerkleTree.proof(leaves, 0)), 100, "claimed in the challenge time");
        uint256 claimable = vm.snapshotState();
        skip(CHALLENGE);
        vm.prank(publisher);
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.ClaimsAboveTotal.selector, 250, 150));
        rewardPool.claim(publisher, 150, new bytes32[](0));

        vm.revertToState(claimable);
        vm.prank(vetoer);
        rewardPool.veto();
        skip(CHALLENGE);
        vm.prank(publisher);
        vm.expectRevert(IRewardPool.ProofInvalid.selector);
        rewardPool.claim(publisher, 150, new bytes32[](0));
        vm.prank(carol.addr);
        assertEq(rewardPool.claim(carol.addr, 50, MerkleTree.proof(leaves, 1)), 50, "claimed after the veto");
    }

    /// @dev Claims, a veto, and the same root again: nobody is paid twice and what is owed stays covered.
    function test_Publish_OfAnEarlierRootAfterAVeto() public {
        send(treasury, address(rewardPool), 150);
        bytes32[] memory leaves = new bytes32[](2);
        (leaves[0], leaves[1]) = (rewardPool.leafOf(alice.addr, 100), rewardPool.leafOf(carol.addr, 50));
        bytes32 root = MerkleTree.root(leaves);
        _publish(root, 150);
        skip(EPOCH);
        _publish(bytes32(uint256(1)), 150);
        vm.prank(alice.addr);
        rewardPool.claim(alice.addr, 100, MerkleTree.proof(leaves, 0));
        vm.prank(vetoer);
        rewardPool.veto();
        assertEq(rewardPool.owed(), 50, "owed after the veto");
        _publish(root, 150);
        skip(CHALLENGE);

        vm.prank(alice.addr);
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.NothingToClaim.selector, alice.addr));
        rewardPool.claim(alice.addr, 100, MerkleTree.proof(leaves, 0));
        vm.prank(carol.addr);
        rewardPool.claim(carol.addr, 50, MerkleTree.proof(leaves, 1));
        assertEq(rewardPool.owed(), 0, "owed");
        assertEq(token.balanceOf(address(rewardPool)), 0, "held");
    }

    /// @dev Whoever releases an epoch over dust delays its income by one epoch, and takes none of it.
    function test_Release_OverDust() public {
        send(bob.addr, address(stakingPool), 4);
        vm.prank(bob.addr);
        assertEq(stakingPool.release(), 1, "released over dust");
        send(treasury, address(stakingPool), 1000e18 - 3);
        uint256 epoch = stakingPool.currentEpoch();
        vm.expectRevert(abi.encodeWithSelector(IStakingPool.EpochAlreadyReleased.selector, epoch));
        stakingPool.release();
        vm.warp((epoch + 1) * EPOCH);
        assertEq(stakingPool.release(), 250e18, "released in the next epoch");
    }

    // ------------------------------------------------------------------ helpers

    function _next(uint256 seed, uint256 index) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, index)));
    }

    function _stake(address account, uint256 amount) private {
        pay(account, account, PRO, 1);
        vm.prank(account);
        staking.stake(amount);
    }

    function _publish(bytes32 root, uint256 total) private {
        vm.prank(publisher);
        rewardPool.publish(root, total, LEAVES_HASH, "");
    }

    function _setFee(IMembership.Tier tier, uint256 fee) private {
        configure(address(membership), abi.encodeCall(IMembership.setFee, (tier, fee)));
    }

    function _setFees(uint256 normal, uint256 pro) private {
        _setFee(NORMAL, bound(normal, LOWEST_FEE, 100e18));
        _setFee(PRO, bound(pro, LOWEST_FEE, 200e18));
    }

    /// @dev Pays for alice unless that would be too far ahead; answers with what it cost and what was credited.
    function _tryPay(address payer, IMembership.Tier tier, uint16 periods)
        private
        returns (uint256 cost, uint256 credit)
    {
        try membership.quote(payer, alice.addr, tier, periods) returns (IMembership.Quote memory quoted) {
            assertEq(pay(payer, alice.addr, tier, periods), quoted.amount, "paid against quoted");
            return (quoted.cost, quoted.credit);
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), IMembership.PrepaidTooFar.selector, "only reason to refuse");
        }
    }

    /// @dev What a period of Pro would cost alice and leave her with, without buying it.
    function _measureUpgrade() private {
        uint256 before = vm.snapshotState();
        uint256 cost = membership.quote(alice.addr, alice.addr, PRO, 1).cost;
        pay(alice.addr, alice.addr, PRO, 1);
        (uint256 proLeft, uint256 normalLeft) = (timeLeft(alice.addr, PRO), timeLeft(alice.addr, NORMAL));
        (, uint256 since) = membership.standingOf(alice.addr);
        vm.revertToState(before);
        (_cost, _proLeft, _normalLeft, _since) = (cost, proLeft, normalLeft, since);
    }

    function _travelToAnEdge(uint256 draw) private {
        IMembership.Account memory held = membership.membershipOf(alice.addr);
        uint256[5] memory edges = [
            block.timestamp + draw % 10 days,
            held.end,
            uint256(held.end) + held.nextDuration,
            _runEnd + RENEWAL_WINDOW,
            uint256(held.end) + held.nextDuration + RENEWAL_WINDOW
        ];
        uint256 edge = edges[(draw >> 32) % 5] + (draw >> 64) % 3;
        if (edge > block.timestamp + 1) travelTo(edge - 1);
    }

    /// @dev Queued Pro that has come to run is a run of its own.
    function _settleRun() private {
        IMembership.Account memory held = membership.membershipOf(alice.addr);
        if (held.nextTier != PRO || block.timestamp < held.end) return;
        (_runSince, _runEnd) = (held.end, held.end + held.nextDuration);
    }

    function _payAndModel(address payer, IMembership.Tier tier) private {
        IMembership.Tier before = membership.tierOf(alice.addr);
        (uint256 cost, uint256 credit) = _tryPay(payer, tier, 1);
        if (cost + credit == 0 || tier != PRO || (before == NORMAL && payer != alice.addr)) return;
        if (before != PRO && (_runEnd == 0 || block.timestamp > _runEnd + RENEWAL_WINDOW)) {
            _runSince = block.timestamp;
        }
        _runEnd = block.timestamp + timeLeft(alice.addr, PRO);
    }
}
