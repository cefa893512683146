// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {IRewardPool} from "../contracts/interfaces/IRewardPool.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {Roles} from "../scripts/lib/Roles.sol";
import {BaseTest} from "./BaseTest.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";

/// @dev What a second pair of eyes found, and what came of it.
contract AttacksReviewTest is BaseTest {
    uint256 private constant INCOME = 40_000e18;
    uint256 private constant DUE = INCOME * RELEASE_SHARE / BASIS_POINTS;

    /// @dev What a pool sends to all stakers in the middle of a stake would be that one staker's principal.
    function test_Stake_InTheMiddleOfItARelease() public {
        ReentrantToken reentrant = _deployReentrant();
        IStakingPool.Recipient[] memory toStakers = new IStakingPool.Recipient[](1);
        toStakers[0] = IStakingPool.Recipient(address(staking), uint16(BASIS_POINTS));
        configure(address(stakingPool), abi.encodeCall(IStakingPool.setRecipients, (toStakers)));
        pay(alice.addr, address(reentrant), PRO, 1);
        send(treasury, address(stakingPool), INCOME - token.balanceOf(address(stakingPool)));

        reentrant.arm(address(stakingPool), abi.encodeCall(IStakingPool.release, ()));
        vm.expectEmit(address(staking));
        emit IStaking.Staked(address(reentrant), 100, 100, uint40(block.timestamp), 100);
        reentrant.execute(address(staking), abi.encodeCall(IStaking.stake, (100)));
        assertTrue(reentrant.succeeded(), "release in between");
        assertEq(abi.decode(reentrant.answer(), (uint256)), DUE, "released");
        assertEq(staking.stakeOf(address(reentrant)).amount, 100, "stake");
        assertEq(staking.totalStaked(), 100, "staked by all");
        assertEq(staking.surplus(), DUE, "for all stakers");
        assertEq(token.balanceOf(address(staking)), 100 + DUE, "held");
    }

    /// @dev In the middle of a claim the pool still holds what it has booked as paid already.
    function test_Publish_InTheMiddleOfAClaim() public {
        ReentrantToken reentrant = _deployReentrant();
        vm.prank(address(timelock));
        manager.grantRole(Roles.PUBLISHER, address(reentrant), 0);
        travel(GRANT_DELAY);
        send(treasury, address(rewardPool), EPOCH_CAP);
        bytes32 root = rewardPool.leafOf(alice.addr, EPOCH_CAP);
        vm.prank(publisher);
        rewardPool.publish(root, EPOCH_CAP, root, "");
        travel(EPOCH);

        bytes memory more = abi.encodeCall(IRewardPool.publish, (root, 2 * EPOCH_CAP, root, ""));
        reentrant.arm(address(rewardPool), more);
        vm.prank(alice.addr);
        assertEq(rewardPool.claim(alice.addr, EPOCH_CAP, new bytes32[](0)), EPOCH_CAP, "claimed");
        assertTrue(reentrant.called(), "publication in between, tried");
        assertFalse(reentrant.succeeded(), "publication in between");
        assertEq(rewardPool.owed(), 0, "owed");
        assertEq(token.balanceOf(address(rewardPool)), 0, "held");
    }

    /// @dev Whoever funds too little is told how much it takes, at any point of a stream.
    function testFuzz_Fund_TooLittle_IsRefusedByName(uint256 first, uint256 passed, uint256 more) public {
        pay(alice.addr, alice.addr, PRO, MAXIMUM_PERIODS);
        vm.prank(alice.addr);
        staking.stake(1e18);
        send(treasury, address(staking), bound(first, REWARD_TIME, 1_000_000e18));
        staking.fund();
        passed = bound(passed, 1, REWARD_TIME);
        skip(passed);
        bool isOver = passed == REWARD_TIME;
        uint256 minimum = isOver ? REWARD_TIME : staking.rewardRate() * passed;
        uint256 left = staking.surplus();
        if (left >= minimum) return;
        send(treasury, address(staking), bound(more, 0, minimum - left - 1));

        uint256 free = staking.surplus();
        vm.expectRevert(abi.encodeWithSelector(IStaking.FundingTooSmall.selector, free, minimum));
        staking.fund();
    }

    function _deployReentrant() private returns (ReentrantToken reentrant) {
        reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        fund(address(reentrant));
    }
}
