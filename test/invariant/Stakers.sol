// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {World} from "./World.sol";

/// @dev Members who stake, and everybody who keeps rewards going. What lets people out is never allowed to be refused, and
/// is tried whether entries are paused or not.
abstract contract Stakers is World {
    function stake(uint256 member, uint256 amount) external acts(memberOf(member).addr) {
        address account = memberOf(member).addr;
        uint256 most = token.balanceOf(account) / 4;
        if (staking.paused() || membership.tierOf(account) != PRO || most == 0) return;
        vm.prank(account);
        staking.stake(bound(amount, 1, most));
    }

    function requestUnstake(uint256 member, uint256 amount, bool all) external acts(memberOf(member).addr) {
        address account = memberOf(member).addr;
        uint256 most = staking.stakeOf(account).amount;
        if (most == 0) return;
        uint256 claimable = staking.rewardsOf(account);
        vm.prank(account);
        staking.requestUnstake(all ? most : bound(amount, 1, most));
        assertEq(staking.rewardsOf(account), claimable, "what is claimable survives a request");
    }

    function withdraw(uint256 member, uint256 seed) external acts(memberOf(member).addr) {
        address account = memberOf(member).addr;
        uint32 count = staking.stakeOf(account).requests;
        for (uint32 i; i < count; ++i) {
            uint32 id = uint32((seed % count + i) % count);
            IStaking.UnstakeRequest memory request = staking.requestOf(account, id);
            if (request.amount == 0 || request.releaseAt > block.timestamp) continue;
            vm.prank(account);
            staking.withdraw(id, account);
            return;
        }
    }

    function claimRewards(uint256 member) external acts(memberOf(member).addr) {
        address account = memberOf(member).addr;
        uint256 claimable = staking.rewardsOf(account);
        if (claimable == 0) return;
        vm.prank(account);
        assertEq(staking.claim(account), claimable, "claimed");
    }

    function compound(uint256 member) external acts(memberOf(member).addr) {
        address account = memberOf(member).addr;
        if (staking.paused() || membership.tierOf(account) != PRO || staking.rewardsOf(account) == 0) return;
        vm.prank(account);
        staking.compound();
    }

    function poke(uint256 member) external acts(stranger) {
        address account = memberOf(member).addr;
        uint256 claimable = staking.rewardsOf(account);
        attempt(stranger, address(staking), abi.encodeCall(IStaking.poke, (account)), _reasonsNotToPoke());
        assertEq(staking.rewardsOf(account), claimable, "what is claimable survives a poke");
    }

    function fund(uint256 seed) external acts(stranger) {
        if (seed % 3 == 0) {
            uint256 amount = bound(seed >> 8, 1, 100_000e18);
            donated[address(staking)] += amount;
            send(treasury, address(staking), amount);
        }
        attempt(stranger, address(staking), abi.encodeCall(IStaking.fund, ()), _reasonsNotToFund());
    }

    function _reasonsNotToPoke() private pure returns (bytes memory) {
        return bytes.concat(IStaking.AccrualUnchanged.selector);
    }

    function _reasonsNotToFund() private pure returns (bytes memory) {
        return bytes.concat(IStaking.FundingTooSmall.selector);
    }
}
