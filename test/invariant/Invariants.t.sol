// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IOperationPool} from "../../contracts/interfaces/IOperationPool.sol";
import {IMembershipRegistry} from "../../contracts/interfaces/IMembershipRegistry.sol";
import {IRewardPool} from "../../contracts/interfaces/IRewardPool.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {EventMirror} from "./EventMirror.sol";
import {Handler} from "./Handler.sol";
import {Contracts} from "./World.sol";

/// @dev After anything anybody does, these hold. The number of an invariant stands where it is looked at.
///  1 Solvency: what each contract holds is what it owes and what is free, and never less than it owes. Principal and
///    rewards are one token: they are booked apart.
///  2 The stakes add up to the total, and the requests.
///  3 Nobody's principal changes but by their own action. (World)
///  4 Nobody's paid time shrinks but by their own action. (World)
///  5 Income is the sum of its parts, and a pool holds its parts.
///  6 Rewards paid never exceed rewards funded.
///  7 A level implies Pro.
///  8 Nobody ever buys below the band, and cost and credit add up to the fee. (EventMirror)
///  9 The value of prepaid time never exceeds what was paid for it.
/// 10 An order is taken at most once (Payers, EventMirror); a mandate is charged at most once a period, for at most its
///    periods, within its caps. (Payers)
/// 11 Events alone rebuild the public state.
/// 12 A pause never keeps anybody from leaving. (Stakers: no request, withdrawal or claim may be refused)
/// 13 No role, and nobody else, moves what belongs to a member. (World, Attackers)
contract InvariantsTest is Test {
    Handler private _handler;
    EventMirror private _mirror;
    Contracts private _c;
    address[] private _members;

    function setUp() public {
        _handler = new Handler();
        _mirror = _handler.mirror();
        _c = _handler.contracts();
        _members = _handler.members();
        targetContract(address(_handler));
        targetSelector(FuzzSelector(address(_handler), _handler.selectors()));
        targetSelector(FuzzSelector(address(_handler), _handler.hostileSelectors()));
    }

    /// @dev One campaign for all of them: each step is costly, and what it has brought about is looked at from all sides.
    function invariant_AllOfThem() public view {
        for (uint256 i; i < _members.length; ++i) {
            _assertMember(_members[i]);
            _assertStaker(_members[i]);
        }
        _assertMembershipTerms();
        _assertStakingTotals();
        _assertRewardStream();
        _assertPrice();
        _assertOperationPool();
        _assertStakingPool();
        _assertRewardPool();
        _assertRegistry();
        _assertBalances();
        _assertSolvency();
    }

    function _assertMember(address account) private view {
        IMembership.Account memory held = _c.membership.membershipOf(account);
        assertEq(abi.encode(held), abi.encode(_mirror.membershipOf(account)), "11: membership");
        assertLe(uint256(held.value) + held.nextValue, _mirror.costPaidFor(account), "9: value of prepaid time");
        (IMembership.Tier tier, uint40 since) = _c.membership.standingOf(account);
        (IMembership.Tier mirroredTier, uint40 mirroredSince) = _mirror.standingAt(account, block.timestamp);
        assertEq(uint8(tier), uint8(mirroredTier), "11: tier now");
        assertEq(since, mirroredSince, "11: since");
        assertEq(uint8(_c.membership.tierOf(account)), uint8(mirroredTier), "11: tier");
        if (tier != IMembership.Tier.Pro) assertEq(_c.staking.levelOf(account), 0, "7: level without Pro");
        for (uint256 nonce; nonce < 16; ++nonce) {
            assertEq(
                abi.encode(_c.membership.mandateOf(account, nonce)),
                abi.encode(_mirror.mandateOf(account, nonce)),
                "11: mandate"
            );
        }
    }

    function _assertStaker(address account) private view {
        IStaking.Stake memory held = _mirror.stakeOf(account);
        assertEq(abi.encode(_c.staking.stakeOf(account)), abi.encode(held), "11: stake");
        for (uint32 id; id <= held.requests; ++id) {
            assertEq(
                abi.encode(_c.staking.requestOf(account, id)), abi.encode(_mirror.requestOf(account, id)), "11: request"
            );
        }
        assertEq(_c.rewardPool.claimedOf(account), _mirror.claimedOf(account), "11: claimed");
    }

    function _assertRewardStream() private view {
        assertEq(_c.staking.rewardsOwed(), _mirror.rewardsOwed(), "11: rewards owed");
        assertEq(_c.staking.totalAccruing(), _mirror.totalAccruing(), "11: total accruing");
        assertEq(
            _mirror.rewardsFunded(),
            _mirror.rewardsClaimed() + _mirror.rewardsOwed(),
            "6: rewards funded, paid and owed"
        );
        uint256 claimable;
        for (uint256 i; i < _members.length; ++i) {
            claimable += _c.staking.rewardsOf(_members[i]);
        }
        assertLe(claimable, _c.staking.rewardsOwed(), "6: rewards claimable and owed");
    }

    function _assertRegistry() private view {
        IMembershipRegistry.Entry[] memory entries = _mirror.registered();
        assertEq(_c.registry.length(), entries.length, "11: entries of the registry");
        for (uint256 i; i < entries.length; ++i) {
            assertEq(abi.encode(_c.registry.entryAt(i)), abi.encode(entries[i]), "11: entry of the registry");
        }
    }

    function _assertMembershipTerms() private view {
        assertEq(
            _c.membership.feeOf(IMembership.Tier.Normal), _mirror.fee(IMembership.Tier.Normal), "11: fee of Normal"
        );
        assertEq(_c.membership.feeOf(IMembership.Tier.Pro), _mirror.fee(IMembership.Tier.Pro), "11: fee of Pro");
        (uint16 reward, uint16 operation, uint16 staking) = _c.membership.split();
        assertEq(reward, _mirror.split(0), "11: reward share");
        assertEq(operation, _mirror.split(1), "11: operation share");
        assertEq(staking, _mirror.split(2), "11: staking share");
        assertEq(_c.membership.paused(), _mirror.paused(address(_c.membership)), "11: payments paused");
    }

    function _assertStakingTotals() private view {
        assertEq(_c.staking.totalStaked(), _mirror.totalStaked(), "11: total staked");
        assertEq(_c.staking.totalUnstaking(), _mirror.totalUnstaking(), "11: total unstaking");
        assertEq(_c.staking.cooldown(), _mirror.cooldown(), "11: cooldown");
        assertEq(abi.encode(_c.staking.levels()), abi.encode(_mirror.levels()), "11: levels");
        assertEq(_c.staking.paused(), _mirror.paused(address(_c.staking)), "11: stakes paused");
    }

    function _assertPrice() private view {
        (uint256 price, uint40 postedAt) = _c.referencePrice.latestPrice();
        assertEq(price, _mirror.price(), "11: price");
        assertEq(postedAt, _mirror.postedAt(), "11: posted at");
        (uint256 minimum, uint256 maximum) = _c.referencePrice.band();
        assertEq(minimum, _mirror.band(0), "11: band's minimum");
        assertEq(maximum, _mirror.band(1), "11: band's maximum");
        assertEq(_c.referencePrice.maximumMove(), _mirror.maximumMove(), "11: largest move");
        assertEq(_c.referencePrice.maximumAge(), _mirror.maximumAge(), "11: maximum age");
        assertTrue(price >= minimum && price <= maximum, "8: price inside the band");
    }

    function _assertOperationPool() private view {
        uint256 epoch = _c.operationPool.currentEpoch();
        for (uint8 i; i < 4; ++i) {
            IOperationPool.Purpose purpose = IOperationPool.Purpose(i);
            assertEq(_c.operationPool.budgetOf(purpose), _mirror.budget(purpose), "11: budget");
            assertEq(
                _c.operationPool.spentIn(purpose, epoch), _mirror.spentIn(purpose, epoch), "11: spent in the epoch"
            );
        }
    }

    function _assertStakingPool() private view {
        assertEq(abi.encode(_c.stakingPool.recipients()), abi.encode(_mirror.recipients()), "11: recipients");
        assertEq(_c.stakingPool.releaseShare(), _mirror.releaseShare(), "11: release share");
        assertEq(_c.stakingPool.lastReleasedEpoch(), _mirror.lastReleasedEpoch(), "11: last released epoch");
    }

    function _assertRewardPool() private view {
        (IRewardPool.Rewards memory inForce, IRewardPool.Rewards memory pending) = _mirror.rewardsAt(block.timestamp);
        assertEq(abi.encode(_c.rewardPool.rewards()), abi.encode(inForce), "11: rewards in force");
        assertEq(abi.encode(_c.rewardPool.pendingRewards()), abi.encode(pending), "11: pending rewards");
        assertEq(_c.rewardPool.totalClaimed(), _mirror.totalClaimed(), "11: claimed by all");
        assertEq(_c.rewardPool.epochCap(), _mirror.epochCap(), "11: epoch cap");
        uint256 published = pending.activeAt != 0 ? pending.total : inForce.total;
        assertEq(_c.rewardPool.owed(), published - _mirror.totalClaimed(), "11: owed");
    }

    /// @dev What a pool holds is its part of what was paid, less what it says it gave away, and what was sent to it
    /// without being asked for.
    function _assertBalances() private view {
        uint256 toReward = _mirror.paidToRewardPool();
        uint256 toOperation = _mirror.paidToOperationPool();
        uint256 toStaking = _mirror.paidToStakingPool();
        assertEq(toReward + toOperation + toStaking, _mirror.paid(), "5: parts of what was paid");
        _assertBalance(address(_c.rewardPool), toReward, _mirror.totalClaimed(), "5: reward pool's balance");
        _assertBalance(address(_c.operationPool), toOperation, _mirror.spent(), "5: operation pool's balance");
        _assertBalance(address(_c.stakingPool), toStaking, _mirror.released(), "5: staking pool's balance");
        _assertBalance(address(_c.membership), 0, 0, "1: Membership's balance");
        // Staking holds what was staked and not withdrawn, and what came in for rewards and was not paid out.
        assertEq(
            _c.token.balanceOf(address(_c.staking)), _mirror.balance(address(_c.staking)), "1: Staking, by transfers"
        );
        uint256 owed = _mirror.totalStaked() + _mirror.totalUnstaking() + _mirror.rewardsOwed();
        assertEq(_c.token.balanceOf(address(_c.staking)), owed + _c.staking.surplus(), "1: Staking, owed and free");
    }

    function _assertBalance(address holder, uint256 income, uint256 spent, string memory label) private view {
        uint256 held = _c.token.balanceOf(holder);
        assertEq(held + spent, income + _handler.donated(holder), label);
        assertEq(held, _mirror.balance(holder), string.concat(label, ", by transfers"));
    }

    function _assertSolvency() private view {
        uint256 stakes;
        uint256 requests;
        for (uint256 i; i < _members.length; ++i) {
            IStaking.Stake memory held = _c.staking.stakeOf(_members[i]);
            stakes += held.amount;
            for (uint32 id; id < held.requests; ++id) {
                requests += _c.staking.requestOf(_members[i], id).amount;
            }
        }
        assertEq(stakes, _c.staking.totalStaked(), "2: sum of stakes");
        assertEq(requests, _c.staking.totalUnstaking(), "2: sum of requests");
        uint256 owed = stakes + requests + _c.staking.rewardsOwed();
        assertGe(_c.token.balanceOf(address(_c.staking)), owed, "1: principal and rewards that are there");
        assertGe(
            _c.token.balanceOf(address(_c.rewardPool)), _c.rewardPool.owed(), "1: contribution rewards that are there"
        );
    }
}
