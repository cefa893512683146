// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IRewardPool} from "../contracts/interfaces/IRewardPool.sol";
import {BaseTest} from "./BaseTest.sol";

/// @dev What a publisher or a vetoer who turned against members could do, and a pool that lost what it owes. Each set has
/// one or two leaves, so a proof is the other leaf.
contract RewardPoolAttacksTest is BaseTest {
    uint256 private constant INCOME = 20 * EPOCH_CAP;
    bytes32 private constant LEAVES_HASH = keccak256("the file of leaves");

    uint256 private _boundary;

    function setUp() public override {
        super.setUp();
        send(treasury, address(rewardPool), INCOME);
        _boundary = (START / EPOCH + 2) * uint256(EPOCH);
    }

    function test_Publish_JustBeforeAndAfterAnEpochsBoundary_GetsTwoCapsAtMost() public {
        vm.warp(_boundary - CHALLENGE);
        _publishFor(stranger, EPOCH_CAP, EPOCH_CAP);
        vm.warp(_boundary);
        _publishFor(stranger, 2 * EPOCH_CAP, 2 * EPOCH_CAP);
        vm.warp(_boundary + CHALLENGE);
        assertEq(_claim(stranger, 2 * EPOCH_CAP), 2 * EPOCH_CAP, "taken");

        _expectPublishRevert(
            stranger,
            3 * EPOCH_CAP,
            abi.encodeWithSelector(IRewardPool.EpochAlreadyPublished.selector, _boundary / EPOCH)
        );
        vm.warp(_boundary + EPOCH - 1);
        _expectPublishRevert(
            stranger,
            3 * EPOCH_CAP,
            abi.encodeWithSelector(IRewardPool.EpochAlreadyPublished.selector, _boundary / EPOCH)
        );
    }

    /// @dev A publisher that always wants the cap, and a vetoer who acts at random.
    function testFuzz_Publish_RaisesTheTotalByACapPerEpochTouched(uint256 seed) public {
        vm.warp(_boundary + seed % EPOCH);
        uint256 firstEpoch = rewardPool.currentEpoch();
        for (uint256 i; i < 16; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            skip((seed >> 8) % (EPOCH / 2));
            if (seed % 4 == 0) _veto();
            uint256 total = _total() + EPOCH_CAP;
            if (total > INCOME) return;
            _tryPublishFor(stranger, total, total);
            uint256 epochsTouched = rewardPool.currentEpoch() - firstEpoch + 1;
            assertLe(_total(), EPOCH_CAP * epochsTouched, "total");
            assertLe(rewardPool.owed(), token.balanceOf(address(rewardPool)), "owed");
        }
    }

    function test_Publish_ReassigningEverythingUnclaimed_LeavesTheChallengeTimeToClaim() public {
        // Alice and Bob are promised 4 and 6 tenths of a cap; nobody has claimed yet.
        bytes32 ofAlice = rewardPool.leafOf(alice.addr, EPOCH_CAP * 4 / 10);
        bytes32 ofBob = rewardPool.leafOf(bob.addr, EPOCH_CAP * 6 / 10);
        _publish(_parent(ofAlice, ofBob), EPOCH_CAP);
        vm.warp(_boundary);
        _publishFor(stranger, 2 * EPOCH_CAP, 2 * EPOCH_CAP);

        skip(CHALLENGE - 1);
        vm.prank(stranger);
        vm.expectRevert(IRewardPool.ProofInvalid.selector);
        rewardPool.claim(stranger, 2 * EPOCH_CAP, new bytes32[](0));
        vm.prank(alice.addr);
        assertEq(rewardPool.claim(alice.addr, EPOCH_CAP * 4 / 10, _proof(ofBob)), EPOCH_CAP * 4 / 10, "alice's");

        // Bob sleeps as the vetoer does. What Alice has is out of reach: the leaf's amount exceeds what is left.
        skip(1);
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardPool.ClaimsAboveTotal.selector, EPOCH_CAP * 4 / 10 + 2 * EPOCH_CAP, 2 * EPOCH_CAP
            )
        );
        rewardPool.claim(stranger, 2 * EPOCH_CAP, new bytes32[](0));
        vm.prank(bob.addr);
        vm.expectRevert(IRewardPool.ProofInvalid.selector);
        rewardPool.claim(bob.addr, EPOCH_CAP * 6 / 10, _proof(ofAlice));
        assertEq(rewardPool.owed(), EPOCH_CAP * 16 / 10, "at stake: what is unclaimed, and a cap");
        assertEq(token.balanceOf(alice.addr), FUNDS + EPOCH_CAP * 4 / 10, "alice's balance");
    }

    function test_Publish_ReassigningEverythingUnclaimed_TakesItAndACapAtMost() public {
        _publishFor(bob.addr, EPOCH_CAP, EPOCH_CAP);
        vm.warp(_boundary);
        _publishFor(stranger, 2 * EPOCH_CAP, 2 * EPOCH_CAP);
        skip(CHALLENGE);
        watchBalances();
        assertEq(_claim(stranger, 2 * EPOCH_CAP), 2 * EPOCH_CAP, "taken");
        assertGained(stranger, 2 * EPOCH_CAP, "thief's balance");
        assertLost(address(rewardPool), 2 * EPOCH_CAP, "pool's balance");
        assertNothingElseMoved();
        assertEq(rewardPool.unallocated(), INCOME - 2 * EPOCH_CAP, "unallocated");
    }

    function test_Publish_AgainAfterEveryVeto_GainsNothing() public {
        for (uint256 i; i < 5; ++i) {
            _publishFor(stranger, EPOCH_CAP, EPOCH_CAP);
            uint40 activeAt = rewardPool.pendingRewards().activeAt;
            assertEq(activeAt, block.timestamp + CHALLENGE, "time to veto");
            skip(CHALLENGE - 1);
            vm.prank(stranger);
            vm.expectRevert(IRewardPool.ProofInvalid.selector);
            rewardPool.claim(stranger, EPOCH_CAP, new bytes32[](0));
            _veto();
            assertEq(rewardPool.owed(), 0, "owed");
        }
    }

    function test_Publish_RevertWhen_TotalIsBelowWhatWasClaimed() public {
        _publishFor(alice.addr, EPOCH_CAP, EPOCH_CAP);
        skip(CHALLENGE);
        _claim(alice.addr, EPOCH_CAP);
        vm.warp(_boundary);
        _expectPublishRevert(
            stranger,
            EPOCH_CAP - 1,
            abi.encodeWithSelector(IRewardPool.TotalOutOfBounds.selector, EPOCH_CAP - 1, EPOCH_CAP, 2 * EPOCH_CAP)
        );
    }

    function test_Veto_OfEverything_TakesNothingAwayThatIsInForce() public {
        _publishFor(alice.addr, EPOCH_CAP, EPOCH_CAP);
        skip(CHALLENGE);
        _veto();
        for (uint256 i = 1; i < 4; ++i) {
            vm.warp(_boundary + i * EPOCH);
            _publishFor(bob.addr, EPOCH_CAP, 2 * EPOCH_CAP);
            _veto();
        }
        assertEq(_claim(alice.addr, EPOCH_CAP), EPOCH_CAP, "claimed");
        assertEq(rewardPool.totalClaimed(), EPOCH_CAP, "claimed by all");
    }

    /// @dev Only the token itself can bring that about.
    function test_Claim_GivenThePoolLostWhatItOwes_IsOpenAsFarAsItReaches() public {
        bytes32 ofAlice = rewardPool.leafOf(alice.addr, 40);
        bytes32 ofBob = rewardPool.leafOf(bob.addr, 60);
        _publish(_parent(ofAlice, ofBob), 100);
        vm.warp(_boundary);
        deal(address(token), address(rewardPool), 99);
        assertEq(rewardPool.owed(), 100, "owed");
        assertEq(rewardPool.unallocated(), 0, "unallocated");
        _expectPublishRevert(stranger, 100, abi.encodeWithSelector(IRewardPool.FundsTooLow.selector, 100, 99));

        vm.prank(alice.addr);
        assertEq(rewardPool.claim(alice.addr, 40, _proof(ofBob)), 40, "alice's");
        vm.prank(bob.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(rewardPool), 59, 60)
        );
        rewardPool.claim(bob.addr, 60, _proof(ofAlice));
        assertEq(rewardPool.claimedOf(bob.addr), 0, "claimed by bob");

        send(treasury, address(rewardPool), 1);
        vm.prank(bob.addr);
        assertEq(rewardPool.claim(bob.addr, 60, _proof(ofAlice)), 60, "bob's");
        assertEq(rewardPool.owed(), 0, "owed in the end");
    }

    /// @dev The only leaf of a set is its root.
    function _publishFor(address account, uint256 cumulative, uint256 total) private {
        _publish(rewardPool.leafOf(account, cumulative), total);
    }

    function _expectPublishRevert(address account, uint256 total, bytes memory reason) private {
        bytes32 root = rewardPool.leafOf(account, total);
        vm.expectRevert(reason);
        _publish(root, total);
    }

    function _tryPublishFor(address account, uint256 cumulative, uint256 total) private {
        bytes32 root = rewardPool.leafOf(account, cumulative);
        bytes memory data = abi.encodeCall(IRewardPool.publish, (root, total, LEAVES_HASH, ""));
        vm.prank(publisher);
        (bool success, bytes memory reason) = address(rewardPool).call(data);
        if (success) return;
        bytes4 selector = bytes4(reason);
        assertTrue(
            selector == IRewardPool.StillPending.selector || selector == IRewardPool.EpochAlreadyPublished.selector,
            "refusal"
        );
    }

    function _publish(bytes32 root, uint256 total) private {
        vm.prank(publisher);
        rewardPool.publish(root, total, LEAVES_HASH, "");
    }

    function _veto() private {
        if (rewardPool.pendingRewards().activeAt == 0) return;
        vm.prank(vetoer);
        rewardPool.veto();
    }

    function _claim(address account, uint256 cumulative) private returns (uint256) {
        vm.prank(account);
        return rewardPool.claim(account, cumulative, new bytes32[](0));
    }

    function _total() private view returns (uint256) {
        return rewardPool.owed() + rewardPool.totalClaimed();
    }

    function _parent(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function _proof(bytes32 sibling) private pure returns (bytes32[] memory proof) {
        proof = new bytes32[](1);
        proof[0] = sibling;
    }
}
