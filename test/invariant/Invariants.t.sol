// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IOperationPool} from "../../contracts/interfaces/IOperationPool.sol";
import {IRewardPool} from "../../contracts/interfaces/IRewardPool.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {EventMirror} from "./EventMirror.sol";
import {Contracts, Handler} from "./Handler.sol";

/// @dev After anything anybody does: what the contracts answer is what their events alone say, and nobody is owed what is
/// not there. That nobody loses time by what others do, and that no order is taken twice, the handler looks after.
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

        bytes4[] memory selectors = new bytes4[](20);
        selectors[0] = Handler.passTime.selector;
        selectors[1] = Handler.post.selector;
        selectors[2] = Handler.pay.selector;
        selectors[3] = Handler.payBySignature.selector;
        selectors[4] = Handler.replay.selector;
        selectors[5] = Handler.cancel.selector;
        selectors[6] = Handler.stake.selector;
        selectors[7] = Handler.requestUnstake.selector;
        selectors[8] = Handler.withdraw.selector;
        selectors[9] = Handler.spend.selector;
        selectors[10] = Handler.release.selector;
        selectors[11] = Handler.publish.selector;
        selectors[12] = Handler.veto.selector;
        selectors[13] = Handler.claim.selector;
        selectors[14] = Handler.donate.selector;
        selectors[15] = Handler.setFee.selector;
        selectors[16] = Handler.setSplit.selector;
        selectors[17] = Handler.setParameters.selector;
        selectors[18] = Handler.setLists.selector;
        selectors[19] = Handler.togglePauses.selector;
        targetContract(address(_handler));
        targetSelector(FuzzSelector(address(_handler), selectors));
    }

    function invariant_EventsAloneRebuildTheState() public view {
        for (uint256 i; i < _members.length; ++i) {
            _assertMember(_members[i]);
        }
        _assertMembershipTerms();
        _assertStakingTotals();
        _assertPrice();
        _assertOperationPool();
        _assertStakingPool();
        _assertRewardPool();
        _assertBalances();
        _assertSolvency();
    }

    function _assertMember(address account) private view {
        assertEq(
            abi.encode(_c.membership.membershipOf(account)), abi.encode(_mirror.membershipOf(account)), "membership"
        );
        (IMembership.Tier tier, uint40 since) = _c.membership.standingOf(account);
        (IMembership.Tier mirroredTier, uint40 mirroredSince) = _mirror.standingAt(account, block.timestamp);
        assertEq(uint8(tier), uint8(mirroredTier), "tier now");
        assertEq(since, mirroredSince, "since");
        assertEq(uint8(_c.membership.tierOf(account)), uint8(mirroredTier), "tier");
        if (tier != IMembership.Tier.Pro) assertEq(_c.staking.levelOf(account), 0, "level without Pro");

        IStaking.Stake memory held = _mirror.stakeOf(account);
        assertEq(abi.encode(_c.staking.stakeOf(account)), abi.encode(held), "stake");
        for (uint32 id; id <= held.requests; ++id) {
            assertEq(
                abi.encode(_c.staking.requestOf(account, id)), abi.encode(_mirror.requestOf(account, id)), "request"
            );
        }
        assertEq(_c.rewardPool.claimedOf(account), _mirror.claimedOf(account), "claimed");
    }

    function _assertMembershipTerms() private view {
        assertEq(_c.membership.feeOf(IMembership.Tier.Normal), _mirror.fee(IMembership.Tier.Normal), "fee of Normal");
        assertEq(_c.membership.feeOf(IMembership.Tier.Pro), _mirror.fee(IMembership.Tier.Pro), "fee of Pro");
        (uint16 reward, uint16 operation, uint16 staking) = _c.membership.split();
        assertEq(reward, _mirror.split(0), "reward share");
        assertEq(operation, _mirror.split(1), "operation share");
        assertEq(staking, _mirror.split(2), "staking share");
        assertEq(_c.membership.paused(), _mirror.paused(address(_c.membership)), "payments paused");
    }

    function _assertStakingTotals() private view {
        assertEq(_c.staking.totalStaked(), _mirror.totalStaked(), "total staked");
        assertEq(_c.staking.totalUnstaking(), _mirror.totalUnstaking(), "total unstaking");
        assertEq(_c.staking.cooldown(), _mirror.cooldown(), "cooldown");
        assertEq(abi.encode(_c.staking.levels()), abi.encode(_mirror.levels()), "levels");
        assertEq(_c.staking.paused(), _mirror.paused(address(_c.staking)), "stakes paused");
    }

    function _assertPrice() private view {
        (uint256 price, uint40 postedAt) = _c.referencePrice.latestPrice();
        assertEq(price, _mirror.price(), "price");
        assertEq(postedAt, _mirror.postedAt(), "posted at");
        (uint256 minimum, uint256 maximum) = _c.referencePrice.band();
        assertEq(minimum, _mirror.band(0), "band's minimum");
        assertEq(maximum, _mirror.band(1), "band's maximum");
        assertEq(_c.referencePrice.maximumMove(), _mirror.maximumMove(), "largest move");
        assertEq(_c.referencePrice.maximumAge(), _mirror.maximumAge(), "maximum age");
        assertTrue(price >= minimum && price <= maximum, "price inside the band");
    }

    function _assertOperationPool() private view {
        uint256 epoch = _c.operationPool.currentEpoch();
        for (uint8 i; i < 4; ++i) {
            IOperationPool.Purpose purpose = IOperationPool.Purpose(i);
            assertEq(_c.operationPool.budgetOf(purpose), _mirror.budget(purpose), "budget");
            assertEq(_c.operationPool.spentIn(purpose, epoch), _mirror.spentIn(purpose, epoch), "spent in the epoch");
        }
    }

    function _assertStakingPool() private view {
        assertEq(abi.encode(_c.stakingPool.recipients()), abi.encode(_mirror.recipients()), "recipients");
        assertEq(_c.stakingPool.releaseShare(), _mirror.releaseShare(), "release share");
        assertEq(_c.stakingPool.lastReleasedEpoch(), _mirror.lastReleasedEpoch(), "last released epoch");
    }

    function _assertRewardPool() private view {
        (IRewardPool.Rewards memory inForce, IRewardPool.Rewards memory pending) = _mirror.rewardsAt(block.timestamp);
        assertEq(abi.encode(_c.rewardPool.rewards()), abi.encode(inForce), "rewards in force");
        assertEq(abi.encode(_c.rewardPool.pendingRewards()), abi.encode(pending), "pending rewards");
        assertEq(_c.rewardPool.totalClaimed(), _mirror.totalClaimed(), "claimed by all");
        assertEq(_c.rewardPool.epochCap(), _mirror.epochCap(), "epoch cap");
        uint256 published = pending.activeAt != 0 ? pending.total : inForce.total;
        assertEq(_c.rewardPool.owed(), published - _mirror.totalClaimed(), "owed");
    }

    /// @dev What a pool holds is its part of what was paid, less what it says it gave away, and what was sent to it
    /// without being asked for.
    function _assertBalances() private view {
        uint256 toReward = _mirror.paidToRewardPool();
        uint256 toOperation = _mirror.paidToOperationPool();
        uint256 toStaking = _mirror.paidToStakingPool();
        assertEq(toReward + toOperation + toStaking, _mirror.paid(), "parts of what was paid");
        _assertBalance(address(_c.rewardPool), toReward, _mirror.totalClaimed(), "reward pool's balance");
        _assertBalance(address(_c.operationPool), toOperation, _mirror.spent(), "operation pool's balance");
        _assertBalance(address(_c.stakingPool), toStaking, _mirror.released(), "staking pool's balance");
        _assertBalance(address(_c.membership), 0, 0, "Membership's balance");
        uint256 principal = _mirror.totalStaked() + _mirror.totalUnstaking();
        _assertBalance(address(_c.staking), principal, 0, "Staking's balance");
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
        assertEq(stakes, _c.staking.totalStaked(), "sum of stakes");
        assertEq(requests, _c.staking.totalUnstaking(), "sum of requests");
        assertGe(_c.token.balanceOf(address(_c.staking)), stakes + requests, "principal that is there");
        assertGe(_c.token.balanceOf(address(_c.rewardPool)), _c.rewardPool.owed(), "rewards that are there");
    }
}
