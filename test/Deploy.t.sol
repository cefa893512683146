// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Vm} from "forge-std/Vm.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IOperationPool} from "../contracts/interfaces/IOperationPool.sol";
import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {IRewardPool} from "../contracts/interfaces/IRewardPool.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {Deploy} from "../scripts/Deploy.s.sol";
import {Configuration, Configurations} from "../scripts/lib/Configuration.sol";
import {Part, Plans} from "../scripts/lib/Plan.sol";
import {Power, Powers} from "../scripts/lib/Powers.sol";
import {Roles} from "../scripts/lib/Roles.sol";
import {MockAggregator} from "./mocks/MockAggregator.sol";
import {BaseTest} from "./BaseTest.sol";

/// @dev What the script deploys and whom it gives which power. Configurations it refuses are in DeployRefusals.t.sol.
contract DeployTest is BaseTest {
    mapping(bytes32 id => bool) private _isPower;
    mapping(bytes32 id => bool) private _isFree;

    // ------------------------------------------------------------------ wiring

    function test_Deploy_WiresEverything() public view {
        assertEq(btsc.balanceOf(treasury) + 3 * FUNDS, SUPPLY, "supply of the initial holder");
        (address reward, address operation, address staking_) = membership.pools();
        assertEq(reward, address(rewardPool), "Membership's reward pool");
        assertEq(operation, address(operationPool), "Membership's operation pool");
        assertEq(staking_, address(stakingPool), "Membership's staking pool");
        assertEq(address(membership.referencePrice()), address(referencePrice), "Membership's price");
        assertEq(address(staking.membership()), address(membership), "Staking's membership");

        assertEq(address(membership.token()), address(btsc), "Membership's token");
        assertEq(address(staking.token()), address(btsc), "Staking's token");
        assertEq(address(rewardPool.token()), address(btsc), "RewardPool's token");
        assertEq(address(operationPool.token()), address(btsc), "OperationPool's token");
        assertEq(address(stakingPool.token()), address(btsc), "StakingPool's token");
    }

    function test_Deploy_GivesParametersWhatIsConfigured() public view {
        (uint256 price,) = referencePrice.latestPrice();
        (uint256 bandMinimum, uint256 bandMaximum) = referencePrice.band();
        assertEq(price, PRICE, "price");
        assertEq(bandMinimum, BAND_MINIMUM, "band's minimum");
        assertEq(bandMaximum, BAND_MAXIMUM, "band's maximum");
        assertEq(referencePrice.maximumMove(), MAXIMUM_MOVE, "largest move");
        assertEq(referencePrice.maximumAge(), MAXIMUM_AGE, "maximum age");
        assertEq(membership.feeOf(NORMAL), NORMAL_FEE, "fee of Normal");
        assertEq(membership.feeOf(PRO), PRO_FEE, "fee of Pro");
        assertEq(staking.cooldown(), COOLDOWN, "cooldown");
        assertEq(staking.levels().length, 3, "levels");
        assertEq(staking.levels()[2].minimumAmount, LEVEL_3_AMOUNT, "amount of the highest level");
        assertEq(staking.levels()[2].minimumHeld, LEVEL_3_HELD, "time of the highest level");
        assertEq(rewardPool.epochCap(), EPOCH_CAP, "epoch cap");
        assertEq(rewardPool.maximumEpochCap(), HIGHEST_EPOCH_CAP, "highest epoch cap");
        assertEq(rewardPool.challengeTime(), CHALLENGE, "challenge time");
        assertEq(rewardPool.epochLength(), EPOCH, "RewardPool's epoch");
        assertEq(operationPool.epochLength(), EPOCH, "OperationPool's epoch");
        assertEq(operationPool.budgetOf(IOperationPool.Purpose.Maintenance), BUDGET, "budget");
        assertEq(operationPool.maximumBudget(), HIGHEST_BUDGET, "highest budget");
        assertEq(stakingPool.epochLength(), EPOCH, "StakingPool's epoch");
        assertEq(stakingPool.releaseShare(), RELEASE_SHARE, "release share");
        assertEq(stakingPool.recipients().length, 3, "recipients");
        assertEq(stakingPool.recipients()[0].account, featureA, "first recipient");
        assertEq(stakingPool.recipients()[0].share, 3334, "first recipient's share");
        assertEq(timelock.getMinDelay(), DELAY, "timelock's delay");
    }

    function test_Deploy_WhenTheTokenExists() public {
        address before = address(btsc);
        deployFor(before);
        assertEq(address(token), before, "token");
        assertEq(address(membership.token()), before, "Membership's token");
        assertEq(address(staking.token()), before, "Staking's token");
    }

    function test_Deploy_GivesStakersTheirShareOfReleases() public {
        Configuration memory c = configuration();
        (c.stakersShare, c.recipientShares[0]) = (3000, 334);
        Deploy.Deployment memory deployed = new Deploy().deploy(c);
        IStakingPool.Recipient[] memory recipients = deployed.stakingPool.recipients();
        assertEq(recipients.length, 4, "recipients");
        assertEq(recipients[0].account, featureA, "first recipient");
        assertEq(recipients[0].share, 334, "first recipient's share");
        assertEq(recipients[3].account, address(deployed.staking), "last recipient");
        assertEq(recipients[3].share, 3000, "last recipient's share");
    }

    function test_Deploy_GivesStakersAllWhenThereAreNoFeatures() public {
        Configuration memory c = configuration();
        c.stakersShare = 10_000;
        (c.recipients, c.recipientShares) = (new address[](0), new uint256[](0));
        Deploy.Deployment memory deployed = new Deploy().deploy(c);
        assertEq(deployed.stakingPool.recipients().length, 1, "recipients");
        assertEq(deployed.stakingPool.recipients()[0].account, address(deployed.staking), "recipient");
    }

    function test_Deploy_MakesTheFeedAPoster() public {
        MockAggregator feed = new MockAggregator(8);
        Configuration memory c = configuration();
        // One poster who is a person, and then none.
        for (uint256 persons; persons < 2; ++persons) {
            (c.feed, c.feedAge, c.version) = (address(feed), 1 hours, c.version + 1);
            c.posters = new address[](persons);
            if (persons == 1) c.posters[0] = poster;
            Deploy.Deployment memory deployed = new Deploy().deploy(c);
            assertEq(address(deployed.feedPoster.feed()), address(feed), "feed");
            assertEq(address(deployed.feedPoster.referencePrice()), address(deployed.price), "feed's price");
            assertEq(deployed.feedPoster.maximumFeedAge(), 1 hours, "age of a round");
            _assertDelay(deployed.manager.getAccess, Roles.POSTER, address(deployed.feedPoster), 0);
            (bool posts,) = deployed.manager.hasRole(Roles.POSTER, poster);
            assertEq(posts, persons == 1, "poster beside it");

            skip(1 hours);
            feed.answer(0.4e8);
            vm.prank(stranger);
            assertEq(deployed.feedPoster.post(), 2.5e18, "price that was posted");
        }
    }

    function test_Deploy_NeedsNoFeed() public {
        assertEq(address(new Deploy().deploy(configuration()).feedPoster), address(0), "FeedPoster");
    }

    function test_Run_WithTheLocalConfiguration() public {
        Configuration memory c = Configurations.read("local");
        assertEq(c.chainId, 31337, "chain id");
        assertEq(c.version, 1, "version");
        assertEq(c.initialPrice, 2e18, "initial price");
        assertEq(c.bandMinimum, 0.02e18, "band's minimum");
        assertEq(c.bandMaximum, 200e18, "band's maximum");
        assertEq(c.normalFee, 10e18, "fee of Normal");
        assertEq(c.levelAmounts[1], 10_000e18, "amount of the second level");
        assertEq(c.levelTimes[1], 7 days, "time of the second level");
        assertEq(c.budgets[3], 50_000e18, "budget for maintenance");

        Deploy script = new Deploy();
        Deploy.Deployment memory deployed = script.deploy(c);
        assertEq(deployed.membership.feeOf(PRO), c.proFee, "fee of Pro");
        assertEq(deployed.price.currentPrice(), c.initialPrice, "price in force");
        assertEq(deployed.operationPool.budgetOf(IOperationPool.Purpose.Maintenance), c.budgets[3], "budget");
        _assertDelay(deployed.manager.getAccess, Roles.PARAMETERS, c.parameters[0], c.parametersDelay);

        // As it is run, short of sending: nothing is written, and what is deployed by now is not deployed again.
        bytes32 written = _recordOfLocalChain();
        script.run("local");
        assertEq(_recordOfLocalChain(), written, "deployment file");
    }

    // ------------------------------------------------------------------ powers

    function test_Powers_AreTheseFunctionsAlone() public {
        _listFree();
        Power[] memory powers = Powers.functions();
        for (uint256 i; i < powers.length; ++i) {
            Power memory power = powers[i];
            bytes32 id = _idOf(power.target, power.selector);
            assertFalse(_isPower[id], string.concat(power.name, " is listed twice"));
            _isPower[id] = true;
        }
        uint256 found;
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (Plans.isManaged(Part(i))) found += _assertAllKnown(Part(i));
        }
        assertEq(found, powers.length, "powers over functions that exist");
    }

    function test_Deploy_GivesEachFunctionItsRole() public view {
        Power[] memory powers = Powers.functions();
        for (uint256 i; i < powers.length; ++i) {
            address target = addressOf(powers[i].target);
            assertEq(manager.getTargetFunctionRole(target, powers[i].selector), powers[i].role, powers[i].name);
        }
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (!Plans.isManaged(Part(i))) continue;
            address target = addressOf(Part(i));
            assertEq(IAccessManaged(target).authority(), address(manager), "authority");
            assertFalse(manager.isTargetClosed(target), "closed");
            assertEq(manager.getTargetFunctionRole(target, IAccessManaged.setAuthority.selector), 0, "setAuthority");
        }
    }

    /// @dev By what was emitted, so that nobody can have been forgotten.
    function test_Deploy_GivesNobodyElseAnything() public {
        vm.recordLogs();
        deployFor(address(0));
        Vm.Log[] memory logs = vm.getRecordedLogs();

        uint256 granted;
        uint256 revoked;
        uint256 guarded;
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (logs[i].emitter == address(manager) && topic == IAccessManager.RoleGranted.selector) {
                ++granted;
                _assertExpectedHolder(uint64(uint256(logs[i].topics[1])), address(uint160(uint256(logs[i].topics[2]))));
            }
            if (logs[i].emitter == address(manager) && topic == IAccessManager.RoleRevoked.selector) {
                ++revoked;
                assertEq(uint256(logs[i].topics[1]), manager.ADMIN_ROLE(), "role that was given up");
                assertEq(logs[i].topics[2], bytes32(uint256(uint160(DEFAULT_SENDER))), "who gave it up");
            }
            if (logs[i].emitter == address(timelock) && topic == IAccessControl.RoleGranted.selector) {
                _assertExpectedTimelockHolder(logs[i].topics[1], address(uint160(uint256(logs[i].topics[2]))));
            }
            assertNotEq(topic, IAccessManager.RoleAdminChanged.selector, "role with another admin");
            if (topic == IAccessManager.RoleGuardianChanged.selector) {
                ++guarded;
                assertEq(uint256(logs[i].topics[1]), Roles.PARAMETERS, "role with a guardian");
                assertEq(uint256(logs[i].topics[2]), Roles.VETOER, "its guardian");
            }
        }
        // Six roles, the admin's to the deployer first and to the timelock at last.
        assertEq(granted, 8, "grants");
        assertEq(revoked, 1, "renunciations");
        assertEq(guarded, 1, "roles with a guardian");
    }

    function test_Deploy_GivesRolesTheirHoldersAndDelays() public view {
        _assertDelay(manager.getAccess, Roles.PARAMETERS, configurer, DELAY);
        _assertDelay(manager.getAccess, Roles.GUARDIAN, guardian, 0);
        _assertDelay(manager.getAccess, Roles.POSTER, poster, 0);
        _assertDelay(manager.getAccess, Roles.SPENDER, spender, 0);
        _assertDelay(manager.getAccess, Roles.PUBLISHER, publisher, 0);
        _assertDelay(manager.getAccess, Roles.VETOER, vetoer, 0);
        _assertDelay(manager.getAccess, manager.ADMIN_ROLE(), address(timelock), 0);
    }

    function test_Deploy_LetsTheVetoerCancelAChangeOfParameters() public {
        IStakingPool.Recipient[] memory thief = new IStakingPool.Recipient[](1);
        thief[0] = IStakingPool.Recipient(configurer, 10_000);
        bytes memory change = abi.encodeCall(IStakingPool.setRecipients, (thief));
        vm.prank(configurer);
        manager.schedule(address(stakingPool), change, 0);
        address[2] memory others = [guardian, stranger];
        for (uint256 i; i < others.length; ++i) {
            vm.expectPartialRevert(IAccessManager.AccessManagerUnauthorizedCancel.selector);
            vm.prank(others[i]);
            manager.cancel(configurer, address(stakingPool), change);
        }

        vm.prank(vetoer);
        manager.cancel(configurer, address(stakingPool), change);
        skip(DELAY);
        vm.expectPartialRevert(IAccessManager.AccessManagerNotScheduled.selector);
        vm.prank(configurer);
        manager.execute(address(stakingPool), change);
        assertEq(stakingPool.recipients()[0].account, featureA, "recipient after the change was cancelled");
    }

    function test_Deploy_LeavesTheDeployerWithoutPower() public {
        for (uint64 role; role <= Roles.VETOER; ++role) {
            (bool holds,) = manager.hasRole(role, DEFAULT_SENDER);
            assertFalse(holds, "deployer's role");
        }
        assertFalse(timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), DEFAULT_SENDER), "deployer's timelock admin");
        assertFalse(timelock.hasRole(timelock.PROPOSER_ROLE(), DEFAULT_SENDER), "deployer's right to propose");
        assertFalse(timelock.hasRole(timelock.CANCELLER_ROLE(), DEFAULT_SENDER), "deployer's right to cancel");
        assertFalse(timelock.hasRole(timelock.EXECUTOR_ROLE(), DEFAULT_SENDER), "deployer's right to execute");
        assertEq(btsc.balanceOf(DEFAULT_SENDER), 0, "deployer's balance");

        vm.startPrank(DEFAULT_SENDER);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerUnauthorizedAccount.selector, DEFAULT_SENDER, manager.ADMIN_ROLE()
            )
        );
        manager.grantRole(Roles.POSTER, DEFAULT_SENDER, 0);
        vm.stopPrank();
    }

    function test_Deploy_LetsOnlyTheTimelockChangeWhoMayDoWhat() public {
        bytes memory change = abi.encodeCall(IAccessManager.grantRole, (Roles.POSTER, stranger, 0));
        address[5] memory others = [admin, configurer, guardian, treasury, stranger];
        for (uint256 i; i < others.length; ++i) {
            vm.prank(others[i]);
            (bool success,) = address(manager).call(change);
            assertFalse(success, "change without the timelock");
        }

        vm.startPrank(admin);
        timelock.schedule(address(manager), 0, change, 0, 0, DELAY);
        skip(DELAY - 1);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        timelock.execute(address(manager), 0, change, 0, 0);
        skip(1);
        timelock.execute(address(manager), 0, change, 0, 0);
        vm.stopPrank();
        (bool holds,) = manager.hasRole(Roles.POSTER, stranger);
        assertTrue(holds, "role after the delay");
    }

    function test_Deploy_LetsOnlyProposersUseTheTimelock() public {
        bytes memory change = abi.encodeCall(IAccessManager.grantRole, (Roles.POSTER, stranger, 0));
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        vm.prank(stranger);
        timelock.schedule(address(manager), 0, change, 0, 0, DELAY);
        vm.expectPartialRevert(TimelockController.TimelockInsufficientDelay.selector);
        vm.prank(admin);
        timelock.schedule(address(manager), 0, change, 0, 0, DELAY - 1);

        vm.prank(admin);
        timelock.schedule(address(manager), 0, change, 0, 0, DELAY);
        skip(DELAY);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        vm.prank(stranger);
        timelock.execute(address(manager), 0, change, 0, 0);
    }

    // ------------------------------------------------------------------ helpers

    /// @dev What members and anybody may call. All else that changes anything is in Powers.sol.
    function _listFree() private {
        string[9] memory membershipFree = [
            "pay(address,uint8,uint16,uint256,uint256)",
            "payWithPermit(address,uint8,uint16,uint256,uint256,(uint256,uint256,uint8,bytes32,bytes32))",
            "payBySignature((address,address,uint8,uint16,uint256,uint256,uint256,uint256),bytes)",
            "payBySignatureWithPermit((address,address,uint8,uint16,uint256,uint256,uint256,uint256),bytes,"
            "(uint256,uint256,uint8,bytes32,bytes32))",
            "openMandate((address,address,uint8,uint16,uint256,uint256,uint256,uint256,uint256),bytes)",
            "openMandateWithPermit((address,address,uint8,uint16,uint256,uint256,uint256,uint256,uint256),bytes,"
            "(uint256,uint256,uint8,bytes32,bytes32))",
            "renew((address,address,uint8,uint16,uint256,uint256,uint256,uint256,uint256))",
            "cancel(uint256)",
            "cancelBySignature(address,uint256,bytes)"
        ];
        for (uint256 i; i < membershipFree.length; ++i) {
            _markFree(Part.Membership, membershipFree[i]);
        }
        _markFree(Part.Staking, "stake(uint256)");
        _markFree(Part.Staking, "stakeWithPermit(uint256,(uint256,uint256,uint8,bytes32,bytes32))");
        _markFree(Part.Staking, "requestUnstake(uint256)");
        _markFree(Part.Staking, "claim(address)");
        _markFree(Part.Staking, "compound()");
        _markFree(Part.Staking, "poke(address)");
        _markFree(Part.Staking, "fund()");
        _markFree(Part.Staking, "withdraw(uint32,address)");
        _markFree(Part.RewardPool, "claim(address,uint256,bytes32[])");
        _markFree(Part.RewardPool, "claimFor(address,uint256,bytes32[])");
        _markFree(Part.StakingPool, "release()");
        // The AccessManager itself calls it, when its admin asks it to.
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (Plans.isManaged(Part(i))) _markFree(Part(i), "setAuthority(address)");
        }
    }

    function _markFree(Part part, string memory signature) private {
        _isFree[_idOf(part, bytes4(keccak256(bytes(signature))))] = true;
    }

    function _idOf(Part part, bytes4 selector) private pure returns (bytes32) {
        return keccak256(abi.encode(part, selector));
    }

    /// @dev Every function that is not a view is a power or free, and refuses a stranger exactly when it is a power.
    function _assertAllKnown(Part part) private returns (uint256 powers) {
        string memory name = Plans.nameOf(part);
        string memory json = vm.readFile(string.concat("out/", name, ".sol/", name, ".json"));
        string[] memory signatures = vm.parseJsonKeys(json, ".methodIdentifiers");
        uint256 known;
        for (uint256 i; i < signatures.length; ++i) {
            bytes4 selector = bytes4(keccak256(bytes(signatures[i])));
            bool isPower = _isPower[_idOf(part, selector)];
            if (!isPower && !_isFree[_idOf(part, selector)]) continue;
            ++known;
            if (isPower) ++powers;
            if (selector != IAccessManaged.setAuthority.selector) {
                assertEq(_refusesStranger(addressOf(part), selector), isPower, string.concat(name, ".", signatures[i]));
            }
        }
        uint256 changing;
        for (uint256 i; vm.keyExistsJson(json, _path(i, "")); ++i) {
            if (!_is(json, _path(i, ".type"), "function")) continue;
            if (_is(json, _path(i, ".stateMutability"), "nonpayable")) ++changing;
            else assertFalse(_is(json, _path(i, ".stateMutability"), "payable"), "function that takes money");
        }
        assertEq(
            known,
            changing,
            string.concat(name, " has a function that is neither in Powers.sol nor in this test's list")
        );
    }

    function _refusesStranger(address target, bytes4 selector) private returns (bool) {
        vm.prank(stranger);
        (bool success, bytes memory reason) = target.call(abi.encodePacked(selector, new bytes(640)));
        return !success && bytes4(reason) == IAccessManaged.AccessManagedUnauthorized.selector;
    }

    function _is(string memory json, string memory path, string memory value) private pure returns (bool) {
        return keccak256(bytes(vm.parseJsonString(json, path))) == keccak256(bytes(value));
    }

    function _path(uint256 index, string memory field) private pure returns (string memory) {
        return string.concat(".abi[", vm.toString(index), "]", field);
    }

    function _assertDelay(
        function(uint64, address) external view returns (uint48, uint32, uint32, uint48) getAccess,
        uint64 role,
        address holder,
        uint256 delay
    ) private view {
        (uint48 since, uint32 current, uint32 pending,) = getAccess(role, holder);
        assertGt(since, 0, "holds the role");
        assertLe(since, block.timestamp, "holds the role by now");
        assertEq(current, delay, "delay");
        assertEq(pending, 0, "pending delay");
    }

    function _assertExpectedHolder(uint64 role, address holder) private view {
        if (role == manager.ADMIN_ROLE()) {
            assertTrue(holder == DEFAULT_SENDER || holder == address(timelock), "admin");
            return;
        }
        address[6] memory holders = [configurer, guardian, poster, spender, publisher, vetoer];
        assertEq(holder, holders[role - 1], "holder of a role");
    }

    function _assertExpectedTimelockHolder(bytes32 role, address holder) private view {
        if (role == timelock.DEFAULT_ADMIN_ROLE()) assertEq(holder, address(timelock), "timelock's admin");
        else assertEq(holder, admin, "timelock's proposer, canceller, executor");
    }

    function _recordOfLocalChain() private view returns (bytes32) {
        string memory path = "scripts/deployments/31337.json";
        return vm.isFile(path) ? keccak256(bytes(vm.readFile(path))) : bytes32(0);
    }
}
