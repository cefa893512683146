// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IRewardPool} from "../contracts/interfaces/IRewardPool.sol";
import {RewardPool} from "../contracts/pools/RewardPool.sol";
import {BaseTest} from "./BaseTest.sol";
import {MerkleTree} from "./helpers/MerkleTree.sol";
import {FalseToken} from "./mocks/FalseToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {SilentToken} from "./mocks/SilentToken.sol";

contract RewardPoolTest is BaseTest {
    uint256 private constant INCOME = 5 * EPOCH_CAP;
    bytes32 private constant LEAVES_HASH = keccak256("the file of leaves");
    string private constant URI = "ipfs://leaves";

    // What alice, bob and carol were promised in the set that was published last.
    address[] private _accounts;
    uint256[] private _amounts;

    function setUp() public override {
        super.setUp();
        send(treasury, address(rewardPool), INCOME);
        _accounts = [alice.addr, bob.addr, carol.addr];
        _amounts = [100e18, 200e18, 300e18];
        vm.warp((START / EPOCH + 1) * uint256(EPOCH));
    }

    function test_Constructor_WhenParametersAreFine() public {
        RewardPool fresh = new RewardPool(address(manager), token, EPOCH, CHALLENGE, HIGHEST_EPOCH_CAP, 0);
        assertEq(address(fresh.token()), address(token), "token");
        assertEq(fresh.epochLength(), EPOCH, "epoch length");
        assertEq(fresh.challengeTime(), CHALLENGE, "challenge time");
        assertEq(fresh.maximumEpochCap(), HIGHEST_EPOCH_CAP, "highest cap");
        assertEq(fresh.epochCap(), 0, "cap");
        assertEq(fresh.currentEpoch(), block.timestamp / EPOCH, "epoch");
        assertEq(fresh.owed(), 0, "owed");
        assertEq(fresh.unallocated(), 0, "unallocated");
        assertEq(fresh.totalClaimed(), 0, "claimed by all");
        assertEq(abi.encode(fresh.rewards()), abi.encode(_none()), "rewards in force");
        assertEq(abi.encode(fresh.pendingRewards()), abi.encode(_none()), "pending rewards");
    }

    function test_Constructor_RevertWhen_AParameterIsOutOfBounds() public {
        _expectOutOfBounds(1 hours - 1, 1 hours, 366 days);
        new RewardPool(address(manager), token, 1 hours - 1, CHALLENGE, HIGHEST_EPOCH_CAP, EPOCH_CAP);
        _expectOutOfBounds(366 days + 1, 1 hours, 366 days);
        new RewardPool(address(manager), token, 366 days + 1, CHALLENGE, HIGHEST_EPOCH_CAP, EPOCH_CAP);
        _expectOutOfBounds(1 hours - 1, 1 hours, 14 days);
        new RewardPool(address(manager), token, EPOCH, 1 hours - 1, HIGHEST_EPOCH_CAP, EPOCH_CAP);
        _expectOutOfBounds(14 days + 1, 1 hours, 14 days);
        new RewardPool(address(manager), token, EPOCH, 14 days + 1, HIGHEST_EPOCH_CAP, EPOCH_CAP);
        _expectOutOfBounds(EPOCH_CAP + 1, 0, EPOCH_CAP);
        new RewardPool(address(manager), token, EPOCH, CHALLENGE, EPOCH_CAP, EPOCH_CAP + 1);
    }

    function test_Publish_RevertWhen_CallerIsNotThePublisher() public {
        assertOnlyRole(
            address(rewardPool), abi.encodeCall(IRewardPool.publish, (bytes32(0), 0, LEAVES_HASH, URI)), publisher
        );
    }

    function test_Publish_WhenItIsFine() public {
        uint256 epoch = rewardPool.currentEpoch();
        uint40 activeAt = uint40(block.timestamp) + CHALLENGE;
        bytes32 root = MerkleTree.root(_leaves());
        watchBalances();
        vm.expectEmit(address(rewardPool));
        emit IRewardPool.RewardsPublished(epoch, root, 600e18, LEAVES_HASH, URI, activeAt);
        _publish(root, 600e18);

        IRewardPool.Rewards memory published = IRewardPool.Rewards(root, 600e18, LEAVES_HASH, activeAt);
        assertEq(abi.encode(rewardPool.pendingRewards()), abi.encode(published), "pending rewards");
        assertEq(abi.encode(rewardPool.rewards()), abi.encode(_none()), "rewards in force");
        assertEq(rewardPool.owed(), 600e18, "owed");
        assertEq(rewardPool.unallocated(), INCOME - 600e18, "unallocated");
        assertNothingElseMoved();

        vm.warp(activeAt - 1);
        assertEq(abi.encode(rewardPool.rewards()), abi.encode(_none()), "rewards in force a second too early");
        vm.warp(activeAt);
        assertEq(abi.encode(rewardPool.rewards()), abi.encode(published), "rewards in force");
        assertEq(abi.encode(rewardPool.pendingRewards()), abi.encode(_none()), "pending rewards then");
        assertEq(rewardPool.owed(), 600e18, "owed then");
    }

    function test_Publish_RevertGiven_LastSetIsInItsChallengeTime() public {
        skip(EPOCH - 1);
        uint40 activeAt = uint40(block.timestamp) + CHALLENGE;
        _publishAll();
        vm.warp(activeAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.StillPending.selector, activeAt));
        _publish(keccak256("next"), 600e18);
        vm.warp(activeAt);
        _publishAll();
        assertEq(rewardPool.pendingRewards().activeAt, activeAt + CHALLENGE, "next set");
    }

    function test_Publish_RevertGiven_EpochHasItsSet() public {
        uint256 epoch = rewardPool.currentEpoch();
        _publishAll();
        vm.warp((epoch + 1) * EPOCH - 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.EpochAlreadyPublished.selector, epoch));
        _publish(keccak256("next"), 600e18);
        vm.warp((epoch + 1) * EPOCH);
        _publishAll();
        assertEq(rewardPool.pendingRewards().total, 600e18, "next set");
    }

    function test_Publish_GivenEpochsSetWasVetoed() public {
        _publish(keccak256("wrong"), 900e18);
        vm.prank(vetoer);
        rewardPool.veto();
        _publishAll();
        assertEq(rewardPool.pendingRewards().root, MerkleTree.root(_leaves()), "pending root");
        assertEq(rewardPool.owed(), 600e18, "owed");
    }

    function test_Publish_RevertWhen_TotalFallsOrRisesTooFar() public {
        _expectTotalOutOfBounds(EPOCH_CAP + 1, 0, EPOCH_CAP);
        _publish(bytes32(0), EPOCH_CAP + 1);
        _publish(keccak256("1"), EPOCH_CAP);

        skip(EPOCH);
        _expectTotalOutOfBounds(EPOCH_CAP - 1, EPOCH_CAP, 2 * EPOCH_CAP);
        _publish(bytes32(0), EPOCH_CAP - 1);
        _expectTotalOutOfBounds(2 * EPOCH_CAP + 1, EPOCH_CAP, 2 * EPOCH_CAP);
        _publish(bytes32(0), 2 * EPOCH_CAP + 1);
        _publish(keccak256("2"), 2 * EPOCH_CAP);
        assertEq(rewardPool.owed(), 2 * EPOCH_CAP, "owed");
    }

    function test_Publish_RevertWhen_PoolHoldsLessThanWouldBeOwed() public {
        configure(address(rewardPool), abi.encodeCall(IRewardPool.setEpochCap, (HIGHEST_EPOCH_CAP)));
        _publishAll();
        skip(EPOCH);
        uint256 claimed = _claim(0);

        uint256 most = INCOME; // what is held now, and what was claimed of it
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.FundsTooLow.selector, most + 1 - claimed, INCOME - claimed));
        _publish(bytes32(0), most + 1);
        _publish(keccak256("all"), most);
        assertEq(rewardPool.owed(), INCOME - claimed, "owed");
        assertEq(rewardPool.unallocated(), 0, "unallocated");
    }

    function test_Veto_RevertWhen_CallerIsNotTheVetoer() public {
        _publishAll();
        assertOnlyRole(address(rewardPool), abi.encodeCall(IRewardPool.veto, ()), vetoer);
    }

    function test_Veto_RevertGiven_NothingIsPending() public {
        vm.expectRevert(IRewardPool.NothingToVeto.selector);
        vm.prank(vetoer);
        rewardPool.veto();

        _publishAll();
        skip(CHALLENGE);
        vm.expectRevert(IRewardPool.NothingToVeto.selector);
        vm.prank(vetoer);
        rewardPool.veto();
    }

    function test_Veto_GivenASecondIsLeft() public {
        _publishAll();
        skip(EPOCH);
        uint256 claimed = _claim(0);
        IRewardPool.Rewards memory inForce = rewardPool.rewards();
        uint256 epoch = rewardPool.currentEpoch();
        _publish(keccak256("wrong"), 10_000e18);
        assertEq(rewardPool.owed(), 10_000e18 - claimed, "owed before");
        skip(CHALLENGE - 1);

        watchBalances();
        vm.expectEmit(address(rewardPool));
        emit IRewardPool.RewardsVetoed(epoch, keccak256("wrong"));
        vm.prank(vetoer);
        rewardPool.veto();

        assertEq(abi.encode(rewardPool.rewards()), abi.encode(inForce), "rewards in force");
        assertEq(abi.encode(rewardPool.pendingRewards()), abi.encode(_none()), "pending rewards");
        assertEq(rewardPool.owed(), 600e18 - claimed, "owed");
        assertNothingElseMoved();
        vm.expectRevert(IRewardPool.NothingToVeto.selector);
        vm.prank(vetoer);
        rewardPool.veto();
    }

    function test_Claim_RevertGiven_NothingIsInForce() public {
        bytes32[] memory proof = MerkleTree.proof(_leaves(), 0);
        _expectClaimRevert(alice.addr, 100e18, proof, abi.encodePacked(IRewardPool.ProofInvalid.selector));
        _publishAll();
        skip(CHALLENGE - 1);
        _expectClaimRevert(alice.addr, 100e18, proof, abi.encodePacked(IRewardPool.ProofInvalid.selector));
        skip(1);
        assertEq(_claim(0), 100e18, "claimed once it is in force");
    }

    function test_Claim_GivenASetIsPending() public {
        _publishAll();
        skip(EPOCH);
        bytes32[] memory oldProof = MerkleTree.proof(_leaves(), 0);
        _amounts[0] = 150e18;
        _publishAll();

        _expectClaimRevert(
            alice.addr, 150e18, MerkleTree.proof(_leaves(), 0), abi.encodePacked(IRewardPool.ProofInvalid.selector)
        );
        vm.prank(alice.addr);
        assertEq(rewardPool.claim(recipient, 100e18, oldProof), 100e18, "claimed by the set before");
    }

    function test_Claim_RevertWhen_RecipientIsZeroOrThePool() public {
        _publishAll();
        skip(CHALLENGE);
        bytes32[] memory proof = MerkleTree.proof(_leaves(), 0);
        vm.startPrank(alice.addr);
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.RecipientInvalid.selector, address(0)));
        rewardPool.claim(address(0), 100e18, proof);
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.RecipientInvalid.selector, address(rewardPool)));
        rewardPool.claim(address(rewardPool), 100e18, proof);
        vm.stopPrank();
    }

    function test_Claim_RevertWhen_ProofLeadsNowhere() public {
        _publishAll();
        skip(CHALLENGE);
        bytes memory invalid = abi.encodePacked(IRewardPool.ProofInvalid.selector);
        _expectClaimRevert(bob.addr, 100e18, MerkleTree.proof(_leaves(), 0), invalid);
        _expectClaimRevert(alice.addr, 100e18 + 1, MerkleTree.proof(_leaves(), 0), invalid);
        _expectClaimRevert(alice.addr, 100e18, MerkleTree.proof(_leaves(), 1), invalid);
        _expectClaimRevert(alice.addr, 100e18, new bytes32[](0), invalid);
        assertEq(rewardPool.totalClaimed(), 0, "claimed by all");
    }

    function test_Claim_RevertWhen_LeafIsForAnotherChainOrContract() public {
        RewardPool other = new RewardPool(address(manager), token, EPOCH, CHALLENGE, HIGHEST_EPOCH_CAP, EPOCH_CAP);
        bytes32 leaf = rewardPool.leafOf(alice.addr, 1);
        assertEq(
            leaf,
            keccak256(bytes.concat(keccak256(abi.encode(block.chainid, address(rewardPool), alice.addr, uint256(1))))),
            "leaf"
        );
        assertNotEq(leaf, other.leafOf(alice.addr, 1), "leaf of another contract");

        _publishAll();
        skip(CHALLENGE);
        bytes32[] memory proof = MerkleTree.proof(_leaves(), 0);
        vm.chainId(block.chainid + 1);
        _expectClaimRevert(alice.addr, 100e18, proof, abi.encodePacked(IRewardPool.ProofInvalid.selector));
    }

    function test_Claim_RevertWhen_EverythingWasClaimed() public {
        _publishAll();
        skip(CHALLENGE);
        _claim(0);
        bytes memory nothing = abi.encodeWithSelector(IRewardPool.NothingToClaim.selector, alice.addr);
        _expectClaimRevert(alice.addr, 100e18, MerkleTree.proof(_leaves(), 0), nothing);

        // A later set that promises less takes nothing back, and pays nothing.
        skip(EPOCH);
        (_amounts[0], _amounts[1]) = (99e18, 201e18);
        _publishAll();
        skip(CHALLENGE);
        _expectClaimRevert(alice.addr, 99e18, MerkleTree.proof(_leaves(), 0), nothing);
    }

    function test_Claim_WhenProofLeadsToTheRootInForce() public {
        _publishAll();
        skip(CHALLENGE);
        bytes32[] memory proof = MerkleTree.proof(_leaves(), 1);
        watchBalances();
        vm.expectEmit(address(rewardPool));
        emit IRewardPool.Claimed(bob.addr, recipient, 200e18, 200e18, 200e18);
        vm.prank(bob.addr);
        uint256 amount = rewardPool.claim(recipient, 200e18, proof);

        assertEq(amount, 200e18, "returned");
        assertGained(recipient, 200e18, "recipient's balance");
        assertLost(address(rewardPool), 200e18, "pool's balance");
        assertNothingElseMoved();
        assertEq(rewardPool.claimedOf(bob.addr), 200e18, "claimed by the account");
        assertEq(rewardPool.claimedOf(recipient), 0, "claimed by the recipient");
        assertEq(rewardPool.totalClaimed(), 200e18, "claimed by all");
        assertEq(rewardPool.owed(), 400e18, "owed");
        assertEq(rewardPool.unallocated(), INCOME - 600e18, "unallocated");
    }

    function test_Claim_GivenSeveralSetsSinceTheLast() public {
        _publishAll();
        skip(CHALLENGE);
        _claim(0);
        for (uint256 i; i < 3; ++i) {
            skip(EPOCH);
            _amounts[0] += 10e18;
            _publishAll();
        }
        skip(CHALLENGE);
        watchBalances();
        assertEq(_claim(0), 30e18, "returned");
        assertGained(alice.addr, 30e18, "account's balance");
        assertLost(address(rewardPool), 30e18, "pool's balance");
        assertNothingElseMoved();
        assertEq(rewardPool.claimedOf(alice.addr), 130e18, "claimed by the account");
    }

    function test_Claim_RevertWhen_LeavesPromiseAWeiMoreThanTheTotal() public {
        _publish(MerkleTree.root(_leaves()), 600e18 - 1);
        skip(CHALLENGE);
        _claim(2);
        _claim(1);
        _expectClaimsAboveTotal();
        assertEq(rewardPool.owed(), 100e18 - 1, "owed");
    }

    /// @dev A greater total that is pending, and may be vetoed yet, pays for nothing.
    function test_Claim_RevertGiven_AGreaterTotalIsPending_WhenLeavesPromiseTooMuch() public {
        _publish(MerkleTree.root(_leaves()), 600e18 - 1);
        skip(EPOCH);
        _claim(2);
        _claim(1);
        _publish(keccak256("next"), 700e18);
        _expectClaimsAboveTotal();

        vm.prank(vetoer);
        rewardPool.veto();
        assertEq(rewardPool.owed(), 100e18 - 1, "owed after a veto");
    }

    function test_Claim_WhenTokenAnswersNothing() public {
        _startAgainWith(address(new SilentToken(treasury, SUPPLY)));
        watchBalances();
        _claim(0);
        assertGained(alice.addr, 100e18, "account's balance");
        assertLost(address(rewardPool), 100e18, "pool's balance");
        assertNothingElseMoved();
    }

    function test_Claim_RevertWhen_TokenAnswersFalse() public {
        FalseToken refusing = new FalseToken(treasury, SUPPLY);
        _startAgainWith(address(refusing));
        refusing.setRefuses(true);
        _expectClaimRevert(
            alice.addr,
            100e18,
            MerkleTree.proof(_leaves(), 0),
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(refusing))
        );
        assertEq(rewardPool.claimedOf(alice.addr), 0, "claimed by the account");
    }

    function test_Claim_WhenTokenCallsBack() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        _accounts[2] = address(reentrant);
        _startAgainWith(address(reentrant));
        bytes32[] memory proof = MerkleTree.proof(_leaves(), 2);
        _claimReentered(reentrant, 0, abi.encodeCall(IRewardPool.claim, (recipient, 300e18, proof)));
        _claimReentered(reentrant, 1, abi.encodeCall(IRewardPool.claimFor, (address(reentrant), 300e18, proof)));
    }

    function test_ClaimFor_WhenAnyoneSubmits() public {
        _publishAll();
        skip(CHALLENGE);
        bytes32[] memory proof = MerkleTree.proof(_leaves(), 1);
        watchBalances();
        vm.expectEmit(address(rewardPool));
        emit IRewardPool.Claimed(bob.addr, bob.addr, 200e18, 200e18, 200e18);
        vm.prank(relayer);
        uint256 amount = rewardPool.claimFor(bob.addr, 200e18, proof);

        assertEq(amount, 200e18, "returned");
        assertGained(bob.addr, 200e18, "account's balance");
        assertLost(address(rewardPool), 200e18, "pool's balance");
        assertNothingElseMoved();
        assertEq(rewardPool.claimedOf(bob.addr), 200e18, "claimed by the account");
        assertEq(rewardPool.claimedOf(relayer), 0, "claimed by the submitter");
        assertEq(rewardPool.totalClaimed(), 200e18, "claimed by all");

        vm.expectRevert(abi.encodeWithSelector(IRewardPool.NothingToClaim.selector, bob.addr));
        vm.prank(bob.addr);
        rewardPool.claim(recipient, 200e18, proof);
    }

    function test_ClaimFor_RevertWhen_ProofIsThatOfTheSubmitter() public {
        _publishAll();
        skip(CHALLENGE);
        bytes32[] memory proof = MerkleTree.proof(_leaves(), 0);
        vm.expectRevert(IRewardPool.ProofInvalid.selector);
        vm.prank(alice.addr);
        rewardPool.claimFor(bob.addr, 100e18, proof);
    }

    function test_ClaimFor_RevertWhen_AccountIsZeroOrThePool() public {
        _accounts = [address(0), address(rewardPool), carol.addr];
        _publishAll();
        skip(CHALLENGE);
        for (uint256 i; i < 2; ++i) {
            bytes32[] memory proof = MerkleTree.proof(_leaves(), i);
            vm.expectRevert(abi.encodeWithSelector(IRewardPool.RecipientInvalid.selector, _accounts[i]));
            rewardPool.claimFor(_accounts[i], _amounts[i], proof);
        }
    }

    /// @dev Any rewards for any number of accounts: each gets its own, exactly once, and in the end nothing is owed.
    function testFuzz_Claim_PaysEveryAccountItsOwn(uint256 seed, uint256 count) public {
        count = bound(count, 1, 20);
        delete _accounts;
        delete _amounts;
        uint256 total;
        for (uint256 i; i < count; ++i) {
            _accounts.push(makeAddr(vm.toString(i)));
            _amounts.push(1 + uint256(keccak256(abi.encode(seed, i))) % (EPOCH_CAP / count - 1));
            total += _amounts[i];
        }
        _publishAll();
        skip(CHALLENGE);
        for (uint256 i; i < count; ++i) {
            assertEq(_claim(i), _amounts[i], "returned");
            assertEq(token.balanceOf(_accounts[i]), _amounts[i], "account's balance");
        }
        assertEq(rewardPool.owed(), 0, "owed");
        assertEq(rewardPool.totalClaimed(), total, "claimed by all");
        assertEq(token.balanceOf(address(rewardPool)), INCOME - total, "pool's balance");
        assertEq(rewardPool.unallocated(), INCOME - total, "unallocated");
    }

    function test_SetEpochCap_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(rewardPool), abi.encodeCall(IRewardPool.setEpochCap, (1)));
    }

    function test_SetEpochCap_RevertWhen_AboveTheHighest() public {
        expectConfigureRevert(
            address(rewardPool),
            abi.encodeCall(IRewardPool.setEpochCap, (HIGHEST_EPOCH_CAP + 1)),
            abi.encodeWithSelector(
                IRewardPool.ParameterOutOfBounds.selector, HIGHEST_EPOCH_CAP + 1, 0, HIGHEST_EPOCH_CAP
            )
        );
    }

    function test_SetEpochCap_WhenItIsDue() public {
        bytes memory data = abi.encodeCall(IRewardPool.setEpochCap, (600e18 - 1));
        scheduleInTime(address(rewardPool), data);
        vm.expectEmit(address(rewardPool));
        emit IRewardPool.EpochCapChanged(600e18 - 1);
        carryOut(address(rewardPool), data);

        assertEq(rewardPool.epochCap(), 600e18 - 1, "cap");
        _expectTotalOutOfBounds(600e18, 0, 600e18 - 1);
        _publish(bytes32(0), 600e18);
    }

    function _startAgainWith(address token_) private {
        deployFor(token_);
        send(treasury, address(rewardPool), INCOME);
        _publishAll();
        skip(CHALLENGE);
    }

    function _leaves() private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](_accounts.length);
        for (uint256 i; i < leaves.length; ++i) {
            leaves[i] = rewardPool.leafOf(_accounts[i], _amounts[i]);
        }
    }

    function _publishAll() private {
        uint256 total;
        for (uint256 i; i < _amounts.length; ++i) {
            total += _amounts[i];
        }
        bytes32 root = MerkleTree.root(_leaves());
        vm.prank(publisher);
        rewardPool.publish(root, total, LEAVES_HASH, URI);
    }

    function _publish(bytes32 root, uint256 total) private {
        vm.prank(publisher);
        rewardPool.publish(root, total, LEAVES_HASH, URI);
    }

    /// @dev `index` claims all it was promised, to itself.
    function _claim(uint256 index) private returns (uint256) {
        bytes32[] memory proof = MerkleTree.proof(_leaves(), index);
        vm.prank(_accounts[index]);
        return rewardPool.claim(_accounts[index], _amounts[index], proof);
    }

    function _claimReentered(ReentrantToken reentrant, uint256 index, bytes memory inner) private {
        reentrant.arm(address(rewardPool), inner);
        watchBalances();
        _claim(index);
        assertTrue(reentrant.called(), "called back");
        assertFalse(reentrant.succeeded(), "inner claim");
        assertEq(
            reentrant.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "refusal"
        );
        assertGained(_accounts[index], _amounts[index], "account's balance");
        assertLost(address(rewardPool), _amounts[index], "pool's balance");
        assertNothingElseMoved();
    }

    function _none() private pure returns (IRewardPool.Rewards memory none) {}

    function _expectClaimRevert(address account, uint256 cumulative, bytes32[] memory proof, bytes memory reason)
        private
    {
        vm.prank(account);
        vm.expectRevert(reason);
        rewardPool.claim(recipient, cumulative, proof);
    }

    function _expectClaimsAboveTotal() private {
        _expectClaimRevert(
            alice.addr,
            100e18,
            MerkleTree.proof(_leaves(), 0),
            abi.encodeWithSelector(IRewardPool.ClaimsAboveTotal.selector, 600e18, 600e18 - 1)
        );
    }

    function _expectTotalOutOfBounds(uint256 total, uint256 minimum, uint256 maximum) private {
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.TotalOutOfBounds.selector, total, minimum, maximum));
    }

    function _expectOutOfBounds(uint256 value, uint256 minimum, uint256 maximum) private {
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.ParameterOutOfBounds.selector, value, minimum, maximum));
    }
}
