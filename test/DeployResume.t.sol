// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {Deploy} from "../scripts/Deploy.s.sol";
import {Configuration} from "../scripts/lib/Configuration.sol";
import {Delay, Delays} from "../scripts/lib/Delays.sol";
import {Part, Plan, Plans} from "../scripts/lib/Plan.sol";
import {Roles} from "../scripts/lib/Roles.sol";
import {BaseTest} from "./BaseTest.sol";

/// @dev Deployments that begin where another one ended. Whoever sends the creations (a run that died, or a stranger who
/// saw them) makes no difference, so a stranger sends them here. A run that is killed for real:
/// scripts/check-audit.mjs.
contract DeployResumeTest is BaseTest {
    using Plans for Plan;

    Deploy private _script;
    Configuration private _c;

    function setUp() public override {
        vm.warp(START);
        _script = new Deploy();
        _c = configuration();
    }

    function testFuzz_Deploy_GivenTheFirstContractsExist(uint256 count) public {
        count = bound(count, 0, Plans.PARTS);
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        _create(plan, count);
        Deploy.Deployment memory deployed = _script.deploy(_c);

        for (uint256 i; i < Plans.PARTS; ++i) {
            if (!plan.has(Part(i))) continue;
            assertGt(plan.addresses[i].code.length, 0, string.concat("code of ", Plans.nameOf(Part(i))));
        }
        assertEq(address(deployed.membership), plan.at(Part.Membership), "Membership");
        assertEq(address(deployed.registry.current()), plan.at(Part.Membership), "Membership that decides");
        _assertHandedOver(deployed);
        for (uint64 role; role <= Roles.VETOER; ++role) {
            (bool holds,) = deployed.manager.hasRole(role, stranger);
            assertFalse(holds, "role of who sent first");
        }
    }

    function test_Deploy_GivenItIsFinished() public {
        Deploy.Deployment memory first = _script.deploy(_c);
        skip(30 days);
        vm.recordLogs();
        vm.expectCall(Plans.FACTORY, "", 0);
        vm.expectCall(address(first.manager), abi.encodePacked(Multicall.multicall.selector), 0);
        Deploy.Deployment memory second = _script.deploy(_c);
        assertEq(vm.getRecordedLogs().length, 0, "events");
        assertEq(abi.encode(second), abi.encode(first), "what is deployed");
    }

    function test_Deploy_GivenTheManagerDoesNotExistYet() public {
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        _create(plan, uint256(Part.AccessManager));
        assertEq(plan.at(Part.AccessManager).code.length, 0, "AccessManager");
        address[3] memory nobodies = [DEFAULT_SENDER, stranger, plan.at(Part.TimelockController)];
        for (uint256 i; i < nobodies.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, nobodies[i]));
            vm.prank(nobodies[i]);
            IMembership(plan.at(Part.Membership)).setFee(PRO, PRO_FEE + 1);
        }
        _assertHandedOver(_script.deploy(_c));
    }

    function test_Deploy_GivenNothingIsHandedOver() public {
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        _create(plan, Plans.PARTS);
        AccessManager created = AccessManager(plan.at(Part.AccessManager));
        (bool holds,) = created.hasRole(0, DEFAULT_SENDER);
        assertTrue(holds, "deployer is admin");
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManager.AccessManagerUnauthorizedAccount.selector, stranger, uint64(0))
        );
        vm.prank(stranger);
        created.grantRole(0, stranger, 0);
        _assertHandedOver(_script.deploy(_c));
    }

    function test_Deploy_RevertGiven_TheManagerServesAnotherConfiguration() public {
        address existing = address(_script.deploy(_c).manager);
        _c.timelockDelay += 1 days;
        vm.expectRevert(
            abi.encodeWithSelector(
                Deploy.ManagerInOtherHands.selector,
                existing,
                "it serves another configuration: raise deployment.version to deploy everything anew"
            )
        );
        _script.deploy(_c);
        vm.stopBroadcast();
        _c.version += 1;
        assertNotEq(address(_script.deploy(_c).manager), existing, "AccessManager of the next version");
    }

    function test_Deploy_GivenTheTimelockIsAdminAlready() public {
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        _create(plan, Plans.PARTS);
        vm.prank(DEFAULT_SENDER);
        AccessManager(plan.at(Part.AccessManager)).grantRole(0, plan.at(Part.TimelockController), 0);
        _assertHandedOver(_script.deploy(_c));
    }

    function test_Deploy_RevertGiven_PowersWereAlteredByHand() public {
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        _create(plan, Plans.PARTS);
        vm.prank(DEFAULT_SENDER);
        AccessManager(plan.at(Part.AccessManager)).setRoleGuardian(Roles.POSTER, Roles.SPENDER);
        string[] memory differences = new string[](1);
        differences[0] = "POSTER: guardian is SPENDER";
        vm.expectRevert(abi.encodeWithSelector(Deploy.DeploymentDiffers.selector, differences));
        _script.deploy(_c);
    }

    function test_Plan_WhenDeployerOrVersionIsAnother() public {
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        Plan memory byAnother = Plans.make(_c, stranger);
        _c.version += 1;
        Plan memory ofAnother = Plans.make(_c, DEFAULT_SENDER);
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (!plan.has(Part(i))) continue;
            string memory name = Plans.nameOf(Part(i));
            assertNotEq(plan.addresses[i], ofAnother.addresses[i], string.concat(name, " of another version"));
            // Neither token nor timelock knows who deployed it.
            bool same = Part(i) == Part.BTSc || Part(i) == Part.TimelockController;
            assertEq(plan.addresses[i] == byAnother.addresses[i], same, string.concat(name, " by another deployer"));
        }
    }

    function test_Deploy_RevertWhen_TheChainLacksTheProxy() public {
        bytes[2] memory codes = [bytes(""), hex"00"];
        for (uint256 i; i < codes.length; ++i) {
            vm.etch(Plans.FACTORY, codes[i]);
            vm.expectPartialRevert(Deploy.FactoryMissing.selector);
            _script.deploy(_c);
        }
    }

    function test_Delays_AreWhatTheGettersSay() public {
        Deploy.Deployment memory deployed = _script.deploy(_c);
        uint48 effect = START + 5 days;
        for (uint256 i; i < 2; ++i) {
            bool inForce = i == 1;
            if (inForce) vm.warp(effect);
            for (uint64 role; role <= Roles.VETOER; ++role) {
                uint32 expected = role == Roles.GUARDIAN || role == Roles.VETOER ? 0 : GRANT_DELAY;
                Delay memory delay = Delays.grantDelay(deployed.manager, role);
                assertEq(delay.current, deployed.manager.getRoleGrantDelay(role), "grant delay");
                assertEq(delay.pending, inForce ? 0 : expected, "pending grant delay");
                assertEq(delay.effect, inForce || expected == 0 ? 0 : effect, "its effect");
            }
            Delay memory ofTarget = Delays.targetDelay(deployed.manager, address(deployed.staking));
            assertEq(ofTarget.current, deployed.manager.getTargetAdminDelay(address(deployed.staking)), "target delay");
            assertEq(ofTarget.pending, inForce ? 0 : TARGET_DELAY, "pending target delay");
            assertEq(ofTarget.effect, inForce ? 0 : effect, "its effect");
        }
    }

    // ------------------------------------------------------------------ helpers

    /// @dev A stranger sends the first `count` creations as they are.
    function _create(Plan memory plan, uint256 count) private {
        for (uint256 i; i < count; ++i) {
            if (!plan.has(Part(i))) continue;
            vm.prank(stranger);
            (bool success,) = Plans.FACTORY.call(bytes.concat(plan.salt, plan.initCodes[i]));
            assertTrue(success, string.concat("creation of ", Plans.nameOf(Part(i))));
        }
    }

    function _assertHandedOver(Deploy.Deployment memory deployed) private view {
        (bool byDeployer,) = deployed.manager.hasRole(0, DEFAULT_SENDER);
        (bool byTimelock, uint32 delay) = deployed.manager.hasRole(0, address(deployed.timelock));
        assertFalse(byDeployer, "deployer is admin");
        assertTrue(byTimelock, "timelock is admin");
        assertEq(delay, 0, "timelock's delay in the AccessManager");
        (bool posts,) = deployed.manager.hasRole(Roles.POSTER, poster);
        assertTrue(posts, "poster");
    }
}
