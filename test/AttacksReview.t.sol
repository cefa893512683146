// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
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

    function _deployReentrant() private returns (ReentrantToken reentrant) {
        reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        fund(address(reentrant));
    }
}
