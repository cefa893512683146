// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {Staking} from "../contracts/Staking.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {StakingBaseTest} from "./helpers/StakingBaseTest.sol";

/// @dev Levels, parameters and powers. Alice is Pro for a year.
contract StakingLevelsTest is StakingBaseTest {
    // ------------------------------------------------------------------ constructor

    function test_Constructor_WhenParametersAreFine() public view {
        assertEq(address(staking.token()), address(token), "token");
        assertEq(address(staking.membership()), address(membership), "membership");
        assertEq(staking.cooldown(), COOLDOWN, "cooldown");
        assertEq(abi.encode(staking.levels()), abi.encode(_defaultLevels()), "levels");
        assertTotals(0, 0);
        assertStake(alice.addr, 0, 0, 0);
        assertEq(staking.levelOf(alice.addr), 0, "level");
        assertFalse(staking.paused(), "paused");
    }

    function test_Constructor_RevertWhen_AParameterIsOutOfBounds() public {
        vm.expectRevert(_cooldownOutOfBounds());
        new Staking(address(manager), token, registry, REWARD_TIME, LONGEST_COOLDOWN + 1, _defaultLevels());
        IStaking.Level[] memory wrong = _defaultLevels();
        wrong[0].minimumAmount = 0;
        vm.expectRevert(abi.encodeWithSelector(IStaking.LevelsInvalid.selector, 0));
        new Staking(address(manager), token, registry, REWARD_TIME, COOLDOWN, wrong);
        uint40[2] memory times = [uint40(1 days - 1), 90 days + 1];
        for (uint256 i; i < times.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IStaking.ParameterOutOfBounds.selector, times[i], 1 days, 90 days));
            new Staking(address(manager), token, registry, times[i], COOLDOWN, _defaultLevels());
        }
        assertEq(staking.rewardTime(), REWARD_TIME, "reward time");
    }

    // ------------------------------------------------------------------ levelOf

    function test_LevelOf_GivenTooLittleIsStaked() public {
        stake(alice.addr, LEVEL_1_AMOUNT - 1);
        skip(300 days);
        assertEq(staking.levelOf(alice.addr), 0, "level of a wei too little");
        assertEq(staking.levelOf(stranger), 0, "level of a stranger");
    }

    function test_LevelOf_GivenEnoughIsStaked() public {
        stake(alice.addr, LEVEL_1_AMOUNT);
        assertEq(staking.levelOf(alice.addr), 1, "level at once, where no time is asked for");
    }

    function test_LevelOf_GivenItWasHeldASecondTooShort() public {
        stake(alice.addr, LEVEL_3_AMOUNT);
        skip(LEVEL_2_HELD - 1);
        assertEq(staking.levelOf(alice.addr), 1, "level a second before the second");
        skip(1);
        assertEq(staking.levelOf(alice.addr), 2, "level at the second");
        skip(LEVEL_3_HELD - LEVEL_2_HELD - 1);
        assertEq(staking.levelOf(alice.addr), 2, "level a second before the third");
        skip(1);
        assertEq(staking.levelOf(alice.addr), 3, "level at the third");
    }

    function test_LevelOf_GivenAWeiTooLittleForTheNext() public {
        stake(alice.addr, LEVEL_2_AMOUNT - 1);
        skip(LEVEL_3_HELD);
        assertEq(staking.levelOf(alice.addr), 1, "level a wei below the second");
        stake(alice.addr, 1);
        skip(1);
        assertEq(staking.levelOf(alice.addr), 2, "level with the wei, which counts as little as it weighs");
    }

    function test_LevelOf_GivenProRanOut() public {
        stake(alice.addr, LEVEL_1_AMOUNT);
        uint40 end = membership.membershipOf(alice.addr).end;
        vm.warp(end - 1);
        assertEq(staking.levelOf(alice.addr), 1, "level in the last second");
        vm.warp(end);
        assertEq(staking.levelOf(alice.addr), 0, "level at the end");
        refreshPrice();
        pay(alice.addr, alice.addr, NORMAL, 1);
        assertEq(staking.levelOf(alice.addr), 0, "level of a Normal member");
    }

    function test_LevelOf_GivenProWasRenewedWithinTheWindow() public {
        stake(alice.addr, LEVEL_3_AMOUNT);
        travelTo(membership.membershipOf(alice.addr).end + RENEWAL_WINDOW);
        makePro(alice.addr);
        assertEq(staking.levelOf(alice.addr), 3, "level");
    }

    function test_LevelOf_GivenProWasRenewedLater() public {
        stake(alice.addr, LEVEL_3_AMOUNT);
        travelTo(membership.membershipOf(alice.addr).end + RENEWAL_WINDOW + 1);
        makePro(alice.addr);
        uint256 renewed = block.timestamp;
        assertEq(staking.levelOf(alice.addr), 1, "level at the renewal");
        vm.warp(renewed + LEVEL_2_HELD - 1);
        assertEq(staking.levelOf(alice.addr), 1, "level before the time has passed again");
        vm.warp(renewed + LEVEL_2_HELD);
        assertEq(staking.levelOf(alice.addr), 2, "level after the time has passed again");
    }

    /// @dev Normal time between two stretches of Pro is no way to keep a level.
    function test_LevelOf_GivenNormalFollowedOnPro() public {
        pay(bob.addr, bob.addr, PRO, 1);
        stake(bob.addr, LEVEL_1_AMOUNT);
        pay(bob.addr, bob.addr, NORMAL, 1);
        vm.warp(START + PERIOD - 1);
        assertEq(staking.levelOf(bob.addr), 1, "level in Pro's last second");
        vm.warp(START + PERIOD);
        assertEq(staking.levelOf(bob.addr), 0, "level of queued Normal time");
    }

    function test_LevelOf_GivenAPartWasAskedBack() public {
        stake(alice.addr, LEVEL_3_AMOUNT);
        skip(LEVEL_3_HELD);
        requestUnstake(alice.addr, LEVEL_3_AMOUNT - LEVEL_2_AMOUNT);
        assertEq(staking.levelOf(alice.addr), 2, "level of what remains, with its time");
        requestUnstake(alice.addr, LEVEL_2_AMOUNT - LEVEL_1_AMOUNT + 1);
        assertEq(staking.levelOf(alice.addr), 0, "level of too little");
    }

    function test_LevelOf_GivenATopUp() public {
        stake(alice.addr, LEVEL_3_AMOUNT / 2);
        skip(LEVEL_3_HELD);
        stake(alice.addr, LEVEL_3_AMOUNT / 2);
        assertEq(staking.levelOf(alice.addr), 2, "level at half the time on average");
        skip(LEVEL_3_HELD / 2);
        assertEq(staking.levelOf(alice.addr), 3, "level at the whole time on average");
    }

    // ------------------------------------------------------------------ setCooldown

    function test_SetCooldown_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(staking), abi.encodeCall(IStaking.setCooldown, (1)));
    }

    function test_SetCooldown_RevertWhen_OutOfBounds() public {
        bytes memory data = abi.encodeCall(IStaking.setCooldown, (LONGEST_COOLDOWN + 1));
        expectConfigureRevert(address(staking), data, _cooldownOutOfBounds());
    }

    function test_SetCooldown_WhenWithinBounds() public {
        uint40[2] memory cooldowns = [uint40(0), LONGEST_COOLDOWN];
        stake(alice.addr, 100);
        for (uint32 i; i < 2; ++i) {
            bytes memory data = abi.encodeCall(IStaking.setCooldown, (cooldowns[i]));
            scheduleInTime(address(staking), data);
            vm.expectEmit(address(staking));
            emit IStaking.CooldownChanged(cooldowns[i]);
            carryOut(address(staking), data);
            assertEq(staking.cooldown(), cooldowns[i], "cooldown");
            requestUnstake(alice.addr, 1);
            assertEq(staking.requestOf(alice.addr, i).releaseAt, START + cooldowns[i], "release");
        }
        assertEq(withdraw(alice.addr, 0, recipient), 1, "withdrawn without a cooldown");
    }

    // ------------------------------------------------------------------ setLevels

    function test_SetLevels_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(staking), abi.encodeCall(IStaking.setLevels, (_defaultLevels())));
    }

    function test_SetLevels_RevertWhen_TooMany() public {
        _expectLevelsRevert(_rising(9), 8);
    }

    function test_SetLevels_RevertWhen_TheyDoNotRise() public {
        IStaking.Level[] memory wrong = _rising(3);
        wrong[0].minimumAmount = 0;
        _expectLevelsRevert(wrong, 0);
        wrong = _rising(3);
        wrong[2].minimumAmount = wrong[1].minimumAmount;
        _expectLevelsRevert(wrong, 2);
        wrong = _rising(3);
        wrong[1].minimumHeld = wrong[0].minimumHeld - 1;
        _expectLevelsRevert(wrong, 1);
    }

    function test_SetLevels_WhenTheyAreFine() public {
        stake(alice.addr, LEVEL_1_AMOUNT);
        skip(100 days);
        uint256[3] memory counts = [uint256(8), 1, 0];
        for (uint256 i; i < counts.length; ++i) {
            IStaking.Level[] memory levels = _rising(counts[i]);
            bytes memory data = abi.encodeCall(IStaking.setLevels, (levels));
            scheduleInTime(address(staking), data);
            vm.expectEmit(address(staking));
            emit IStaking.LevelsChanged(levels);
            carryOut(address(staking), data);
            assertEq(abi.encode(staking.levels()), abi.encode(levels), "levels");
            assertEq(staking.levelOf(alice.addr), counts[i], "level");
        }
    }

    function test_SetLevels_WhenTimesAreEqual() public {
        IStaking.Level[] memory levels = _rising(2);
        levels[1].minimumHeld = levels[0].minimumHeld;
        configure(address(staking), abi.encodeCall(IStaking.setLevels, (levels)));
        assertEq(abi.encode(staking.levels()), abi.encode(levels), "levels");
    }

    // ------------------------------------------------------------------ pause and unpause

    function test_Pause_RevertWhen_CallerIsNotTheGuardian() public {
        assertOnlyRole(address(staking), abi.encodeCall(IGate.pause, ()), guardian);
    }

    function test_Pause_StopsNewStakesAndNothingElse() public {
        stake(alice.addr, LEVEL_1_AMOUNT);
        vm.expectEmit(address(staking));
        emit Pausable.Paused(guardian);
        vm.prank(guardian);
        staking.pause();

        assertTrue(staking.paused(), "paused");
        vm.expectRevert(Pausable.EnforcedPause.selector);
        stake(alice.addr, 1);
        assertEq(staking.levelOf(alice.addr), 1, "level");
        requestUnstake(alice.addr, LEVEL_1_AMOUNT);
        skip(COOLDOWN);
        assertEq(withdraw(alice.addr, 0, alice.addr), LEVEL_1_AMOUNT, "withdrawn");
    }

    function test_Unpause_RevertWhen_CallerIsNotTheConfigurer() public {
        vm.prank(guardian);
        staking.pause();
        assertOnlyConfigurer(address(staking), abi.encodeCall(IGate.unpause, ()));
    }

    function test_Unpause_TakesStakesAgain() public {
        vm.prank(guardian);
        staking.pause();
        configure(address(staking), abi.encodeCall(IGate.unpause, ()));
        assertFalse(staking.paused(), "paused");
        stakeAndAssert(alice.addr, 1, 1, START, 1);
    }

    // ------------------------------------------------------------------ powers

    /// @dev Whoever adds a function that changes something has to think about principal, here.
    function test_Powers_AreTheseFunctionsAlone() public view {
        string[15] memory known = [
            "claim",
            "compound",
            "fund",
            "pause",
            "poke",
            "requestUnstake",
            "retire",
            "setAuthority",
            "setCooldown",
            "setLevels",
            "stake",
            "stakeWithPermit",
            "sweep",
            "unpause",
            "withdraw"
        ];
        string memory json = vm.readFile("out/Staking.sol/Staking.json");
        uint256 found;
        for (uint256 i; vm.keyExistsJson(json, _path(i, "")); ++i) {
            string memory kind = vm.parseJsonString(json, _path(i, ".type"));
            if (keccak256(bytes(kind)) != keccak256("function")) continue;
            string memory mutability = vm.parseJsonString(json, _path(i, ".stateMutability"));
            if (keccak256(bytes(mutability)) == keccak256("view")) continue;
            assertEq(vm.parseJsonString(json, _path(i, ".name")), known[found++], "function that changes something");
        }
        assertEq(found, known.length, "functions that change something");
    }

    function test_Powers_GivenAllOfThemTurnHostile() public {
        stake(alice.addr, 100);
        configure(address(staking), abi.encodeCall(IStaking.setCooldown, (LONGEST_COOLDOWN)));
        configure(address(staking), abi.encodeCall(IStaking.setLevels, (new IStaking.Level[](0))));
        vm.startPrank(guardian);
        staking.pause();
        membership.pause();
        vm.stopPrank();
        vm.startPrank(address(timelock));
        manager.setTargetClosed(address(staking), true);
        manager.updateAuthority(
            address(staking), address(new Staking(address(1), token, registry, REWARD_TIME, 0, _rising(1)))
        );
        vm.stopPrank();

        watchBalances();
        requestUnstake(alice.addr, 100);
        skip(LONGEST_COOLDOWN);
        assertEq(withdraw(alice.addr, 0, alice.addr), 100, "withdrawn");
        assertGained(alice.addr, 100, "staker's balance");
        assertLost(address(staking), 100, "contract's balance");
        assertNothingElseMoved();
    }

    // ------------------------------------------------------------------ helpers

    function _path(uint256 index, string memory field) private pure returns (string memory) {
        return string.concat(".abi[", vm.toString(index), "]", field);
    }

    function _defaultLevels() private pure returns (IStaking.Level[] memory levels) {
        levels = new IStaking.Level[](3);
        levels[0] = IStaking.Level(LEVEL_1_AMOUNT, 0);
        levels[1] = IStaking.Level(LEVEL_2_AMOUNT, LEVEL_2_HELD);
        levels[2] = IStaking.Level(LEVEL_3_AMOUNT, LEVEL_3_HELD);
    }

    /// @dev So many levels that rise by a wei and a day.
    function _rising(uint256 count) private pure returns (IStaking.Level[] memory levels) {
        levels = new IStaking.Level[](count);
        for (uint256 i; i < count; ++i) {
            levels[i] = IStaking.Level(uint128(i + 1), uint40((i + 1) * 1 days));
        }
    }

    function _cooldownOutOfBounds() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IStaking.ParameterOutOfBounds.selector, LONGEST_COOLDOWN + 1, 0, LONGEST_COOLDOWN);
    }

    function _expectLevelsRevert(IStaking.Level[] memory levels, uint256 index) private {
        expectConfigureRevert(
            address(staking),
            abi.encodeCall(IStaking.setLevels, (levels)),
            abi.encodeWithSelector(IStaking.LevelsInvalid.selector, index)
        );
        assertEq(abi.encode(staking.levels()), abi.encode(_defaultLevels()), "levels");
    }
}
