// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {StakingPool} from "../contracts/pools/StakingPool.sol";
import {BaseTest} from "./BaseTest.sol";
import {BlacklistToken} from "./mocks/BlacklistToken.sol";
import {FalseToken} from "./mocks/FalseToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {SilentToken} from "./mocks/SilentToken.sol";

contract StakingPoolTest is BaseTest {
    uint256 private constant INCOME = 4004;
    uint256 private constant PART = INCOME * RELEASE_SHARE / BASIS_POINTS;

    function setUp() public override {
        super.setUp();
        send(treasury, address(stakingPool), INCOME);
    }

    function test_Constructor_WhenParametersAreFine() public {
        StakingPool fresh = new StakingPool(address(manager), token, 1 hours, 0, defaultRecipients());
        assertEq(address(fresh.token()), address(token), "token");
        assertEq(fresh.epochLength(), 1 hours, "epoch length");
        assertEq(fresh.releaseShare(), 0, "release share");
        assertEq(fresh.lastReleasedEpoch(), 0, "last released epoch");
        assertEq(fresh.currentEpoch(), block.timestamp / 1 hours, "epoch");
        _assertRecipients(fresh, defaultRecipients());
    }

    function test_Constructor_RevertWhen_AParameterIsOutOfBounds() public {
        _expectOutOfBounds(1 hours - 1, 1 hours, 366 days);
        new StakingPool(address(manager), token, 1 hours - 1, RELEASE_SHARE, defaultRecipients());
        _expectOutOfBounds(366 days + 1, 1 hours, 366 days);
        new StakingPool(address(manager), token, 366 days + 1, RELEASE_SHARE, defaultRecipients());
        _expectOutOfBounds(10_001, 0, 10_000);
        new StakingPool(address(manager), token, EPOCH, 10_001, defaultRecipients());
        _expectInvalid(0);
        new StakingPool(address(manager), token, EPOCH, RELEASE_SHARE, new IStakingPool.Recipient[](0));
    }

    function test_Release_RevertGiven_PoolIsEmpty() public {
        deployFor(_tokenThePoolHasNoneOf());
        vm.expectRevert(IStakingPool.NothingToRelease.selector);
        stakingPool.release();
        assertEq(stakingPool.lastReleasedEpoch(), 0, "last released epoch");
    }

    function test_Release_RevertGiven_EpochWasReleased() public {
        uint256 epoch = stakingPool.currentEpoch();
        stakingPool.release();
        vm.warp((epoch + 1) * EPOCH - 1);
        vm.expectRevert(abi.encodeWithSelector(IStakingPool.EpochAlreadyReleased.selector, epoch));
        stakingPool.release();

        vm.warp((epoch + 1) * EPOCH);
        assertEq(stakingPool.release(), (INCOME - PART) * RELEASE_SHARE / BASIS_POINTS, "released");
        assertEq(stakingPool.lastReleasedEpoch(), epoch + 1, "last released epoch");
    }

    function test_Release_GivenEpochWasNotReleased() public {
        uint256 epoch = stakingPool.currentEpoch();
        (uint256 first, uint256 second, uint256 third) = _partsOf(PART);
        watchBalances();
        _expectPaid(epoch, featureA, first);
        _expectPaid(epoch, featureB, second);
        _expectPaid(epoch, featureC, third);
        vm.expectEmit(address(stakingPool));
        emit IStakingPool.Released(epoch, PART, INCOME - PART);
        vm.prank(stranger);
        uint256 released = stakingPool.release();

        assertEq(released, PART, "returned");
        assertEq(stakingPool.lastReleasedEpoch(), epoch, "last released epoch");
        assertGained(featureA, first, "first recipient's balance");
        assertGained(featureB, second, "second recipient's balance");
        assertGained(featureC, third, "last recipient's balance");
        assertLost(address(stakingPool), PART, "pool's balance");
        assertNothingElseMoved();
    }

    /// @dev Whichever of them it is: the others are paid, and what is left is divided by the next epoch.
    function test_Release_WhenTokenRefusesARecipient() public {
        address[3] memory accounts = [featureA, featureB, featureC];
        for (uint256 refused; refused < 3; ++refused) {
            BlacklistToken listing = _startAgainWithBlacklist();
            listing.setBlacklisted(accounts[refused], true);
            uint256 kept = _releaseAllBut(accounts, refused);

            listing.setBlacklisted(accounts[refused], false);
            skip(EPOCH);
            uint256 expected = (INCOME - PART + kept) * RELEASE_SHARE / BASIS_POINTS;
            assertEq(stakingPool.release(), expected, "released by the next epoch");
        }
    }

    function test_Release_RevertWhen_TokenRefusesEveryRecipient() public {
        BlacklistToken listing = _startAgainWithBlacklist();
        address[3] memory accounts = [featureA, featureB, featureC];
        for (uint256 i; i < 3; ++i) {
            listing.setBlacklisted(accounts[i], true);
        }
        uint256 epoch = stakingPool.currentEpoch();
        watchBalances();
        vm.expectRevert(abi.encodeWithSelector(IStakingPool.AllRefused.selector, epoch));
        stakingPool.release();
        assertEq(stakingPool.lastReleasedEpoch(), 0, "last released epoch");
        assertNothingElseMoved();

        listing.setBlacklisted(featureB, false);
        assertEq(stakingPool.release(), PART * 3333 / BASIS_POINTS, "released later in the epoch");
    }

    /// @dev A part of nothing is not sent: some tokens refuse that.
    function test_Release_GivenPartsRoundToNothing() public {
        deployFor(address(new SilentToken(treasury, SUPPLY)));
        send(treasury, address(stakingPool), 4);
        uint256 epoch = stakingPool.currentEpoch();
        watchBalances();
        _expectPaid(epoch, featureC, 1);
        vm.expectEmit(address(stakingPool));
        emit IStakingPool.Released(epoch, 1, 3);
        vm.recordLogs();
        assertEq(stakingPool.release(), 1, "returned");
        assertEq(vm.getRecordedLogs().length, 2, "no other events");
        assertGained(featureC, 1, "last recipient's balance");
        assertLost(address(stakingPool), 1, "pool's balance");
        assertNothingElseMoved();
    }

    /// @dev Staking is a recipient like any other: nothing of it is called.
    function test_Release_ToStaking() public {
        IStakingPool.Recipient[] memory list = new IStakingPool.Recipient[](1);
        list[0] = IStakingPool.Recipient(address(staking), uint16(BASIS_POINTS));
        _setAndAssert(list);
        watchBalances();
        vm.expectCall(address(staking), "", 0);
        stakingPool.release();
        assertGained(address(staking), PART, "Staking's balance");
        assertLost(address(stakingPool), PART, "pool's balance");
        assertNothingElseMoved();
    }

    /// @dev With as much gas as a caller likes: all are paid, or none and the epoch stays open. A payment that runs out of
    /// gas never passes for a refusal.
    function test_Release_WithTooLittleGas_TurnsNoPaymentIntoARefusal() public {
        uint256 epoch = stakingPool.currentEpoch();
        (uint256 first, uint256 second, uint256 third) = _partsOf(PART);
        uint256 failures;
        uint256 gasLimit = 30_000;
        uint256 snapshot = vm.snapshotState();
        for (bool success; !success; gasLimit += 250) {
            (success,) = address(stakingPool).call{gas: gasLimit}(abi.encodeCall(IStakingPool.release, ()));
            bool paid = stakingPool.lastReleasedEpoch() == epoch;
            assertEq(paid, success, "released");
            assertEq(token.balanceOf(featureA), paid ? first : 0, "first recipient's balance");
            assertEq(token.balanceOf(featureB), paid ? second : 0, "second recipient's balance");
            assertEq(token.balanceOf(featureC), paid ? third : 0, "last recipient's balance");
            if (!success) ++failures;
            vm.revertToState(snapshot);
        }
        assertGt(failures, 300, "limits tried that were too low");
    }

    function test_Release_GivenEpochsWereLeftOut() public {
        stakingPool.release();
        skip(10 * EPOCH);
        assertEq(stakingPool.release(), (INCOME - PART) * RELEASE_SHARE / BASIS_POINTS, "released");
        uint256 epoch = stakingPool.currentEpoch();
        vm.expectRevert(abi.encodeWithSelector(IStakingPool.EpochAlreadyReleased.selector, epoch));
        stakingPool.release();
    }

    function test_Release_WhenTokenAnswersNothing() public {
        deployFor(address(new SilentToken(treasury, SUPPLY)));
        send(treasury, address(stakingPool), INCOME);
        watchBalances();
        stakingPool.release();
        assertLost(address(stakingPool), PART, "pool's balance");
    }

    function test_Release_RevertWhen_TokenAnswersFalse() public {
        FalseToken refusing = new FalseToken(treasury, SUPPLY);
        deployFor(address(refusing));
        send(treasury, address(stakingPool), INCOME);
        refusing.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(IStakingPool.AllRefused.selector, stakingPool.currentEpoch()));
        stakingPool.release();
        assertEq(stakingPool.lastReleasedEpoch(), 0, "last released epoch");
    }

    function test_Release_WhenTokenCallsBack() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        send(treasury, address(stakingPool), INCOME);
        reentrant.arm(address(stakingPool), abi.encodeCall(IStakingPool.release, ()));

        watchBalances();
        stakingPool.release();

        assertTrue(reentrant.called(), "called back");
        assertFalse(reentrant.succeeded(), "inner release");
        assertEq(
            reentrant.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "refusal"
        );
        assertLost(address(stakingPool), PART, "pool's balance");
    }

    function testFuzz_Release_PaysWhatItSays(uint256 income, uint16 first, uint16 second, uint16 share) public {
        income = bound(income, 0, SUPPLY - 3 * FUNDS - INCOME);
        first = uint16(bound(first, 1, BASIS_POINTS - 2));
        second = uint16(bound(second, 1, BASIS_POINTS - 1 - first));
        share = uint16(bound(share, 1, BASIS_POINTS));
        IStakingPool.Recipient[] memory list = defaultRecipients();
        (list[0].share, list[1].share, list[2].share) = (first, second, uint16(BASIS_POINTS) - first - second);
        configure(address(stakingPool), abi.encodeCall(IStakingPool.setRecipients, (list)));
        configure(address(stakingPool), abi.encodeCall(IStakingPool.setReleaseShare, (share)));
        send(treasury, address(stakingPool), income);

        uint256 expected = (INCOME + income) * share / BASIS_POINTS;
        vm.assume(expected != 0);
        watchBalances();
        assertEq(stakingPool.release(), expected, "released");

        uint256 toFirst = expected * first / BASIS_POINTS;
        uint256 toSecond = expected * second / BASIS_POINTS;
        assertGained(featureA, toFirst, "first recipient's balance");
        assertGained(featureB, toSecond, "second recipient's balance");
        assertGained(featureC, expected - toFirst - toSecond, "last recipient's balance");
        assertLost(address(stakingPool), expected, "pool's balance");
        assertNothingElseMoved();
    }

    function test_SetRecipients_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(stakingPool), abi.encodeCall(IStakingPool.setRecipients, (defaultRecipients())));
    }

    function test_SetRecipients_RevertWhen_NoneOrTooMany() public {
        _expectSetRevert(new IStakingPool.Recipient[](0), 0);
        IStakingPool.Recipient[] memory nine = new IStakingPool.Recipient[](9);
        for (uint160 i; i < 9; ++i) {
            nine[i] = IStakingPool.Recipient(address(i + 1), i == 8 ? 1112 : 1111);
        }
        _expectSetRevert(nine, 9);
    }

    function test_SetRecipients_RevertWhen_OneIsZeroOrThePoolOrHasNoShare() public {
        IStakingPool.Recipient[] memory list = defaultRecipients();
        list[1].account = address(0);
        _expectSetRevert(list, 1);
        list[1].account = address(stakingPool);
        _expectSetRevert(list, 1);
        list = defaultRecipients();
        (list[0].share, list[2].share) = (uint16(BASIS_POINTS) - 3333, 0);
        _expectSetRevert(list, 2);
    }

    function test_SetRecipients_RevertWhen_SharesDoNotAddUp() public {
        IStakingPool.Recipient[] memory list = defaultRecipients();
        list[2].share -= 1;
        _expectSetRevert(list, 3);
        list[2].share += 2;
        _expectSetRevert(list, 3);
    }

    function test_SetRecipients_WhenTheyAreFine() public {
        IStakingPool.Recipient[] memory list = new IStakingPool.Recipient[](1);
        list[0] = IStakingPool.Recipient(recipient, uint16(BASIS_POINTS));
        _setAndAssert(list);
        watchBalances();
        stakingPool.release();
        assertGained(recipient, PART, "only recipient's balance");
        assertLost(address(stakingPool), PART, "pool's balance");
        assertNothingElseMoved();

        IStakingPool.Recipient[] memory eight = new IStakingPool.Recipient[](8);
        for (uint160 i; i < 8; ++i) {
            eight[i] = IStakingPool.Recipient(address(i + 1), 1250);
        }
        _setAndAssert(eight);
    }

    function test_SetReleaseShare_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(stakingPool), abi.encodeCall(IStakingPool.setReleaseShare, (1)));
    }

    function test_SetReleaseShare_RevertWhen_OutOfBounds() public {
        expectConfigureRevert(
            address(stakingPool),
            abi.encodeCall(IStakingPool.setReleaseShare, (10_001)),
            abi.encodeWithSelector(IStakingPool.ParameterOutOfBounds.selector, 10_001, 0, 10_000)
        );
    }

    function test_SetReleaseShare_WhenItIsDue() public {
        bytes memory data = abi.encodeCall(IStakingPool.setReleaseShare, (10_000));
        scheduleInTime(address(stakingPool), data);
        vm.expectEmit(address(stakingPool));
        emit IStakingPool.ReleaseShareChanged(10_000);
        carryOut(address(stakingPool), data);

        assertEq(stakingPool.releaseShare(), 10_000, "release share");
        assertEq(stakingPool.release(), INCOME, "released");
        assertEq(token.balanceOf(address(stakingPool)), 0, "pool's balance");
    }

    function _startAgainWithBlacklist() private returns (BlacklistToken listing) {
        listing = new BlacklistToken(treasury, SUPPLY);
        deployFor(address(listing));
        send(treasury, address(stakingPool), INCOME);
    }

    /// @dev Releases, and states events, return value and balances. Returns what the refused one did not get.
    function _releaseAllBut(address[3] memory accounts, uint256 refused) private returns (uint256 kept) {
        uint256[3] memory parts;
        (parts[0], parts[1], parts[2]) = _partsOf(PART);
        kept = parts[refused];
        uint256 epoch = stakingPool.currentEpoch();
        watchBalances();
        for (uint256 i; i < 3; ++i) {
            vm.expectEmit(address(stakingPool));
            if (i == refused) emit IStakingPool.RecipientRefused(epoch, accounts[i], parts[i]);
            else emit IStakingPool.RecipientPaid(epoch, accounts[i], parts[i]);
        }
        vm.expectEmit(address(stakingPool));
        emit IStakingPool.Released(epoch, PART - kept, INCOME - PART + kept);
        assertEq(stakingPool.release(), PART - kept, "returned");
        for (uint256 i; i < 3; ++i) {
            if (i != refused) assertGained(accounts[i], parts[i], "recipient's balance");
        }
        assertLost(address(stakingPool), PART - kept, "pool's balance");
        assertNothingElseMoved();
        vm.expectRevert(abi.encodeWithSelector(IStakingPool.EpochAlreadyReleased.selector, epoch));
        stakingPool.release();
    }

    function _partsOf(uint256 amount) private pure returns (uint256 first, uint256 second, uint256 third) {
        (first, second) = (amount * 3334 / BASIS_POINTS, amount * 3333 / BASIS_POINTS);
        third = amount - first - second;
    }

    function _expectPaid(uint256 epoch, address account, uint256 amount) private {
        vm.expectEmit(address(stakingPool));
        emit IStakingPool.RecipientPaid(epoch, account, amount);
    }

    function _tokenThePoolHasNoneOf() private returns (address) {
        return address(new SilentToken(treasury, SUPPLY));
    }

    function _setAndAssert(IStakingPool.Recipient[] memory list) private {
        bytes memory data = abi.encodeCall(IStakingPool.setRecipients, (list));
        scheduleInTime(address(stakingPool), data);
        vm.expectEmit(address(stakingPool));
        emit IStakingPool.RecipientsChanged(list);
        carryOut(address(stakingPool), data);
        _assertRecipients(stakingPool, list);
    }

    function _assertRecipients(StakingPool pool, IStakingPool.Recipient[] memory list) private view {
        assertEq(abi.encode(pool.recipients()), abi.encode(list), "recipients");
    }

    function _expectSetRevert(IStakingPool.Recipient[] memory list, uint256 index) private {
        expectConfigureRevert(
            address(stakingPool),
            abi.encodeCall(IStakingPool.setRecipients, (list)),
            abi.encodeWithSelector(IStakingPool.RecipientsInvalid.selector, index)
        );
        _assertRecipients(stakingPool, defaultRecipients());
    }

    function _expectInvalid(uint256 index) private {
        vm.expectRevert(abi.encodeWithSelector(IStakingPool.RecipientsInvalid.selector, index));
    }

    function _expectOutOfBounds(uint256 value, uint256 minimum, uint256 maximum) private {
        vm.expectRevert(abi.encodeWithSelector(IStakingPool.ParameterOutOfBounds.selector, value, minimum, maximum));
    }
}
