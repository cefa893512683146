// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Membership} from "../contracts/Membership.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IMembershipRegistry} from "../contracts/interfaces/IMembershipRegistry.sol";
import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {Deploy} from "../scripts/Deploy.s.sol";
import {Audit} from "../scripts/Audit.s.sol";
import {Configuration} from "../scripts/lib/Configuration.sol";
import {Part, Plan, Plans} from "../scripts/lib/Plan.sol";
import {Power, Powers} from "../scripts/lib/Powers.sol";
import {Record, Records} from "../scripts/lib/Record.sol";
import {Roles} from "../scripts/lib/Roles.sol";
import {MockAggregator} from "./mocks/MockAggregator.sol";
import {BaseTest} from "./BaseTest.sol";
import {AuditOfRecordedLogs} from "./helpers/AuditOfRecordedLogs.sol";

/// @dev A deployment as the script leaves it is in order; each thing that is altered afterwards is found, and named.
/// Events come from what this test recorded; scripts/check-audit.mjs asks a real node for them.
contract AuditTest is BaseTest {
    uint64 private constant UNKNOWN_ROLE = 77;

    AuditOfRecordedLogs private _audit;
    Configuration private _c;
    Record private _record;

    function setUp() public override {
        _c = configuration();
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        vm.recordLogs();
        super.setUp();
        _record = Records.make(plan, "test", 0);
        _audit = new AuditOfRecordedLogs();
    }

    // ------------------------------------------------------------------ in order

    function test_Audit_WhenNothingIsAltered() public {
        Audit.Report memory report = _run(false);
        assertEq(report.differences.count, 0, "differences");
        assertEq(report.notes.count, 0, "notes");
    }

    function test_Audit_PrintsEveryPower() public {
        Audit.Report memory report = _run(false);
        Power[] memory powers = Powers.functions();
        for (uint256 i; i < powers.length; ++i) {
            string memory target = string.concat(Plans.nameOf(powers[i].target), ".", powers[i].name);
            _assertListed(report, string.concat(Powers.labelOf(powers[i].role), " may call ", target));
        }
        address[7] memory holders = [address(timelock), configurer, guardian, poster, spender, publisher, vetoer];
        for (uint64 role; role <= Roles.VETOER; ++role) {
            string memory holder = string.concat(Powers.labelOf(role), ": ", vm.toString(holders[role]));
            _assertListed(report, string.concat(holder, " holds it since ", vm.toString(START - DELAY)));
        }
        _assertListed(report, string.concat("TimelockController: ", vm.toString(admin), " is proposer"));
        _assertListed(report, string.concat("TimelockController: ", vm.toString(admin), " is canceller"));
        _assertListed(report, string.concat("TimelockController: ", vm.toString(admin), " is executor"));
        _assertListed(report, "POSTER: given by ADMIN, cancelled by ADMIN, new holders wait 0 s, 3 days from ");
        _assertListed(report, "Staking: changes of its powers wait 0 s, 4 days from ");
        _assertListed(report, "Membership: fee of Pro per period (reference currency): 30 (0.01 to 10000)");
    }

    function test_Audit_WhenTheTokenExistedBefore() public {
        _c = configuration();
        (_c.token, _c.initialHolder) = (address(btsc), address(0));
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        deployFor(address(btsc));
        _record = Records.make(plan, "test", 0);
        Audit.Report memory report = _run(false);
        assertEq(report.differences.count, 0, "differences");
        _assertOne(report.notes.list, report.notes.count, "BTSc existed before: the hash of its code is 0x");
    }

    function test_Audit_WhenThereIsAFeed() public {
        _c = configuration();
        (_c.feed, _c.feedAge) = (address(new MockAggregator(8)), 1 hours);
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        new Deploy().deploy(_c);
        _record = Records.make(plan, "test", 0);
        Audit.Report memory report = _run(false);
        assertEq(report.differences.count, 0, "differences");
        string memory holder = vm.toString(plan.addresses[uint256(Part.FeedPoster)]);
        _assertListed(report, string.concat("POSTER: ", holder, " holds it since "));
        _assertListed(report, "FeedPoster: greatest age of a round: 1 hour (");
    }

    function test_Audit_WhenTheFeedIsAnother() public {
        _c = configuration();
        (_c.feed, _c.feedAge) = (address(new MockAggregator(8)), 1 hours);
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        new Deploy().deploy(_c);
        _record = Records.make(plan, "test", 0);
        _c.feed = address(new MockAggregator(8));
        _assertDiffers("FeedPoster: feed is ");
    }

    // ------------------------------------------------------------------ second phase

    function test_Confirm_RevertWhen_DelaysAreNotInForceYet() public {
        vm.warp(START - DELAY + 5 days - 1);
        // Seven contracts, four roles and ADMIN.
        Audit.Report memory report = _run(true);
        assertEq(report.differences.count, 12, "delays that come into force a second later");
        for (uint256 i; i < report.differences.count; ++i) {
            assertTrue(vm.contains(report.differences.list[i], "comes into force only at"), report.differences.list[i]);
        }
    }

    function test_Confirm_WhenTheyAre() public {
        vm.warp(START - DELAY + 5 days);
        assertEq(_run(true).differences.count, 0, "differences");
        for (uint64 role; role <= Roles.VETOER; ++role) {
            bool isProtector = role == Roles.GUARDIAN || role == Roles.VETOER;
            assertEq(manager.getRoleGrantDelay(role), isProtector ? 0 : GRANT_DELAY, "grant delay in force");
        }
        for (uint256 i; i < Plans.PARTS; ++i) {
            uint256 expected = Plans.isManaged(Part(i)) ? TARGET_DELAY : 0;
            assertEq(manager.getTargetAdminDelay(addressOf(Part(i))), expected, "target admin delay in force");
        }
    }

    // ------------------------------------------------------------------ holders

    function test_Audit_WhenSomebodyElseHoldsARole() public {
        _asAdmin(abi.encodeCall(manager.grantRole, (Roles.SPENDER, stranger, 0)));
        _assertDiffers(string.concat("SPENDER: ", vm.toString(stranger), " holds it since "));
    }

    function test_Audit_WhenSomebodyElseWillHoldARole() public {
        vm.warp(START - DELAY + 5 days);
        _asAdmin(abi.encodeCall(manager.grantRole, (Roles.SPENDER, stranger, 0)));
        (bool holds,) = manager.hasRole(Roles.SPENDER, stranger);
        assertFalse(holds, "holds it already");
        string memory since = vm.toString(block.timestamp + GRANT_DELAY);
        _assertDiffers(string.concat("SPENDER: ", vm.toString(stranger), " will hold it from ", since));
    }

    function test_Audit_WhenSomebodyElseHeldARole() public {
        _asAdmin(abi.encodeCall(manager.grantRole, (Roles.SPENDER, stranger, 0)));
        _asAdmin(abi.encodeCall(manager.revokeRole, (Roles.SPENDER, stranger)));
        assertEq(_run(false).differences.count, 0, "differences");
    }

    function test_Audit_WhenTheDeployerIsAdminAgain() public {
        _asAdmin(abi.encodeCall(manager.grantRole, (0, DEFAULT_SENDER, 0)));
        _assertDiffers("ADMIN: still held by the deployer ");
    }

    function test_Audit_WhenAHolderIsGone() public {
        _asAdmin(abi.encodeCall(manager.revokeRole, (Roles.GUARDIAN, guardian)));
        _assertDiffers(string.concat("GUARDIAN: ", vm.toString(guardian), " does not hold it"));
    }

    function test_Audit_WhenAHolderIsToHoldItLater() public {
        vm.warp(START - DELAY + 5 days);
        _asAdmin(abi.encodeCall(manager.revokeRole, (Roles.POSTER, poster)));
        _asAdmin(abi.encodeCall(manager.grantRole, (Roles.POSTER, poster, 0)));
        _assertDiffers(string.concat("POSTER: ", vm.toString(poster), " holds it from "));
    }

    function test_Audit_WhenAHolderWaitsLonger() public {
        _asAdmin(abi.encodeCall(manager.grantRole, (Roles.PARAMETERS, configurer, DELAY + 1)));
        _assertDiffers(
            string.concat("PARAMETERS: ", vm.toString(configurer), " waits 172801 s before a call, not 172800")
        );
    }

    function test_Audit_WhenAHolderIsToWaitLess() public {
        _asAdmin(abi.encodeCall(manager.grantRole, (Roles.PARAMETERS, configurer, 0)));
        _assertDiffers(string.concat("PARAMETERS: ", vm.toString(configurer), " will wait 0 s before a call, from "));
    }

    function test_Audit_WhenARoleThatNobodyKnowsIsHeld() public {
        _asAdmin(abi.encodeCall(manager.grantRole, (UNKNOWN_ROLE, stranger, 0)));
        _assertDiffers(string.concat("role 77: ", vm.toString(stranger), " holds it since "));
    }

    function test_Audit_WhenTheNodeHasForgottenEvents() public {
        _audit.forget();
        Audit.Report memory report = _run(false);
        _assertFound(
            report, string.concat("the node's events do not say that POSTER was given to ", vm.toString(poster))
        );
        _assertFound(report, "the node's events do not say that ADMIN was given to ");
        _assertFound(report, "the node's events do not say that the TimelockController is its own admin");
    }

    // ------------------------------------------------------------------ roles

    function test_Audit_WhenARoleHasAnotherAdmin() public {
        _asAdmin(abi.encodeCall(manager.setRoleAdmin, (Roles.POSTER, Roles.SPENDER)));
        _assertDiffers("POSTER: admin is SPENDER");
    }

    function test_Audit_WhenARoleHasAnotherGuardian() public {
        _asAdmin(abi.encodeCall(manager.setRoleGuardian, (Roles.PARAMETERS, Roles.PUBLISHER)));
        _assertDiffers("PARAMETERS: guardian is PUBLISHER");
    }

    function test_Audit_WhenARoleIsToBeGivenFaster() public {
        vm.warp(START - DELAY + 5 days);
        _asAdmin(abi.encodeCall(manager.setGrantDelay, (Roles.POSTER, 1)));
        assertEq(manager.getRoleGrantDelay(Roles.POSTER), GRANT_DELAY, "still in force");
        _assertDiffers("POSTER: grant delay is 1 s, not 259200");
    }

    function test_Audit_WhenAdminsAreToBeMadeFaster() public {
        _asAdmin(abi.encodeCall(manager.setGrantDelay, (0, 0)));
        _assertDiffers("ADMIN: grant delay is 0 s, not 259200");
    }

    function test_Audit_WhenARoleThatNobodyKnowsIsSetUp() public {
        _asAdmin(abi.encodeCall(manager.setRoleAdmin, (UNKNOWN_ROLE, Roles.SPENDER)));
        _assertDiffers("role 77 is not in the table, and is set up: role 77: given by SPENDER");
    }

    // ------------------------------------------------------------------ functions and targets

    function test_Audit_WhenAFunctionIsForAnotherRole() public {
        _asAdmin(_assignment(address(membership), IMembership.setFee.selector, Roles.POSTER));
        _assertDiffers("Membership.setFee: is for POSTER, not for PARAMETERS");
    }

    function test_Audit_WhenAFunctionIsForEverybody() public {
        _asAdmin(_assignment(address(membership), IGate.pause.selector, type(uint64).max));
        _assertDiffers("Membership.pause: is for role 18446744073709551615, not for GUARDIAN");
    }

    function test_Audit_WhenAFunctionThatIsNotInTheTableHasARole() public {
        _asAdmin(_assignment(address(staking), IStaking.withdraw.selector, Roles.VETOER));
        _assertDiffers(
            string.concat(
                "Staking.",
                vm.toString(abi.encodePacked(IStaking.withdraw.selector)),
                ": is for VETOER, and is not in the table"
            )
        );
    }

    function test_Audit_WhenAForeignContractHasPowers() public {
        _asAdmin(_assignment(stranger, IGate.pause.selector, Roles.VETOER));
        _assertDiffers(string.concat(vm.toString(stranger), ".0x8456cb59: is for VETOER, and is not in the table"));
    }

    function test_Audit_WhenATargetIsClosed() public {
        _asAdmin(abi.encodeCall(manager.setTargetClosed, (address(rewardPool), true)));
        _assertDiffers("RewardPool: is closed");
    }

    function test_Audit_WhenATargetsPowersAreToChangeFaster() public {
        _asAdmin(abi.encodeCall(manager.setTargetAdminDelay, (address(rewardPool), 7)));
        _assertDiffers("RewardPool: target admin delay is 7 s, not 345600");
    }

    function test_Audit_WhenAForeignContractIsSetUp() public {
        _asAdmin(abi.encodeCall(manager.setTargetAdminDelay, (stranger, 7)));
        _assertDiffers(string.concat(vm.toString(stranger), ": changes of its powers wait 0 s, 7 s from "));
    }

    function test_Audit_WhenAnAuthorityIsAnother() public {
        address other = address(new AccessManager(stranger));
        _asAdmin(abi.encodeCall(manager.updateAuthority, (address(staking), other)));
        _assertDiffers(string.concat("Staking: authority is ", vm.toString(other)));
    }

    // ------------------------------------------------------------------ what is scheduled

    function test_Audit_WhenAParameterIsToChange() public {
        bytes memory change = abi.encodeCall(IReferencePrice.setMaximumMove, (2000));
        vm.prank(configurer);
        manager.schedule(address(referencePrice), change, 0);
        _assertNotes("ReferencePrice.setMaximumMove, data 0x");
    }

    function test_Audit_WhenAPowerIsToChange() public {
        vm.warp(START - DELAY + 5 days);
        bytes memory change = _assignment(address(staking), IGate.pause.selector, Roles.SPENDER);
        vm.prank(address(timelock));
        manager.schedule(address(manager), change, 0);
        _assertDiffers(": AccessManager.setTargetFunctionRole, data 0x08d6122d");
    }

    function test_Audit_WhenAScheduledChangeWasCancelledMadeOrForgotten() public {
        bytes memory change = abi.encodeCall(IReferencePrice.setMaximumMove, (MAXIMUM_MOVE));
        vm.startPrank(configurer);
        manager.schedule(address(referencePrice), change, 0);
        manager.cancel(configurer, address(referencePrice), change);
        manager.schedule(address(referencePrice), change, 0);
        skip(DELAY);
        manager.execute(address(referencePrice), change);
        manager.schedule(address(referencePrice), change, 0);
        skip(DELAY + 1 weeks);
        vm.stopPrank();
        Audit.Report memory report = _run(false);
        assertEq(report.differences.count, 0, "differences");
        assertEq(report.notes.count, 0, "notes");
    }

    function test_Audit_WhenTheTimelockIsToAct() public {
        bytes memory change = abi.encodeCall(IAccessManager.grantRole, (Roles.POSTER, stranger, 0));
        vm.prank(admin);
        timelock.schedule(address(manager), 0, change, 0, 0, DELAY);
        _assertDiffers(
            string.concat(
                "TimelockController: scheduled for ",
                vm.toString(START + DELAY),
                ": AccessManager.grantRole, data 0x25c471a0"
            )
        );
    }

    function test_Audit_WhenTheTimelocksActWasCancelled() public {
        bytes memory change = abi.encodeCall(IAccessManager.grantRole, (Roles.POSTER, stranger, 0));
        vm.startPrank(admin);
        timelock.schedule(address(manager), 0, change, 0, 0, DELAY);
        timelock.cancel(timelock.hashOperation(address(manager), 0, change, 0, 0));
        vm.stopPrank();
        assertEq(_run(false).differences.count, 0, "differences");
    }

    // ------------------------------------------------------------------ timelock

    function test_Audit_WhenTheTimelockHasAnotherProposer() public {
        bytes32 role = timelock.PROPOSER_ROLE();
        _asTimelock(abi.encodeCall(timelock.grantRole, (role, stranger)));
        _assertDiffers(string.concat(vm.toString(stranger), " is proposer, and is not configured"));
    }

    function test_Audit_WhenTheTimelockHasAnotherExecutor() public {
        bytes32 role = timelock.EXECUTOR_ROLE();
        _asTimelock(abi.encodeCall(timelock.grantRole, (role, address(0))));
        _assertDiffers(string.concat(vm.toString(address(0)), " is executor, and is not configured"));
    }

    function test_Audit_WhenTheTimelockHasAnotherAdmin() public {
        bytes32 role = timelock.DEFAULT_ADMIN_ROLE();
        _asTimelock(abi.encodeCall(timelock.grantRole, (role, stranger)));
        _assertDiffers(string.concat(vm.toString(stranger), " is admin, and is not configured"));
    }

    function test_Audit_WhenTheTimelockLacksACanceller() public {
        bytes32 role = timelock.CANCELLER_ROLE();
        _asTimelock(abi.encodeCall(timelock.revokeRole, (role, admin)));
        _assertDiffers(string.concat("TimelockController: ", vm.toString(admin), " is not canceller"));
    }

    function test_Audit_WhenTheTimelockWaitsLess() public {
        _asTimelock(abi.encodeCall(timelock.updateDelay, (1)));
        _assertDiffers("TimelockController: delay is 1 s");
    }

    // ------------------------------------------------------------------ registry, parameters, state

    function test_Audit_WhenAnotherMembershipWasAppended() public {
        Membership.Pools memory pools =
            Membership.Pools(address(rewardPool), address(operationPool), address(stakingPool));
        Membership.Terms memory terms = Membership.Terms(uint96(NORMAL_FEE), uint96(PRO_FEE), 3000, 5000, 2000);
        Membership other =
            new Membership(address(manager), token, referencePrice, IMembership(address(membership)), pools, terms);
        configure(address(registry), abi.encodeCall(IMembershipRegistry.append, (other)));
        _assertDiffers(string.concat("MembershipRegistry: the last entry is ", vm.toString(address(other))));
    }

    function test_Audit_WhenAParameterWasChanged() public {
        configure(address(referencePrice), abi.encodeCall(IReferencePrice.setMaximumMove, (2000)));
        _assertNotes("ReferencePrice: largest move in 24 hours: 20 %, configured was 10 %");
    }

    function test_Audit_WhenThePriceWasPosted() public {
        skip(1 days);
        vm.prank(poster);
        referencePrice.post(PRICE * 101 / 100);
        Audit.Report memory report = _run(false);
        assertEq(report.differences.count, 0, "differences");
        assertEq(report.notes.count, 0, "notes");
    }

    function test_Audit_WhenWhatIsFixedIsNotAsConfigured() public {
        _c.challenge += 1 days;
        _assertDiffers("RewardPool: challenge time: 2 days, configured was 3 days");
    }

    function test_Audit_WhenAGateIsShut() public {
        vm.prank(guardian);
        staking.pause();
        _assertNotes("Staking is paused");
    }

    function test_Audit_WhenAGateIsRetired() public {
        configure(address(membership), abi.encodeCall(IGate.retire, ()));
        _assertNotes("Membership is retired");
    }

    // ------------------------------------------------------------------ code

    function test_Audit_WhenArgumentsAreOthers() public {
        _record.arguments[uint256(Part.RewardPool)] = abi.encode(address(manager));
        _assertDiffers(
            string.concat("RewardPool: is at ", vm.toString(address(rewardPool)), ", but source and arguments give ")
        );
    }

    function test_Audit_WhenAContractIsAnother() public {
        _record.addresses[uint256(Part.RenewalLens)] = address(new LensOf(membership));
        _assertDiffers("RenewalLens: is at ");
    }

    function test_Audit_WhenAContractKnowsAnother() public {
        _record.addresses[uint256(Part.RenewalLens)] = address(new LensOf(Membership(stranger)));
        Audit.Report memory report = _run(false);
        _assertFound(report, "RenewalLens: is at ");
        _assertFound(report, string.concat("RenewalLens: membership is ", vm.toString(stranger)));
    }

    function test_Audit_WhenThereIsNoCode() public {
        vm.etch(address(staking), "");
        _assertDiffers(string.concat("Staking has no code at ", vm.toString(address(staking))));
    }

    function test_Audit_WhenTheTokenIsAnother() public {
        (_c.token, _c.initialHolder) = (stranger, address(0));
        _assertDiffers("BTSc is recorded at ");
    }

    function test_Audit_WhenTheChainIsAnother() public {
        _c.chainId = 56;
        _assertDiffers("this is chain 31337");
    }

    // ------------------------------------------------------------------ helpers

    function _run(bool inForce) private returns (Audit.Report memory) {
        return _audit.audit(_c, _record, inForce);
    }

    /// @dev As if what the admin does had been announced.
    function _asAdmin(bytes memory call) private {
        vm.prank(address(timelock));
        (bool success,) = address(manager).call(call);
        assertTrue(success, "call of the AccessManager");
    }

    function _asTimelock(bytes memory call) private {
        vm.prank(address(timelock));
        (bool success,) = address(timelock).call(call);
        assertTrue(success, "call of the TimelockController");
    }

    function _assignment(address target, bytes4 selector, uint64 role) private view returns (bytes memory) {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        return abi.encodeCall(manager.setTargetFunctionRole, (target, selectors, role));
    }

    /// @dev This difference, and no other.
    function _assertDiffers(string memory what) private {
        Audit.Report memory report = _run(false);
        _assertOne(report.differences.list, report.differences.count, what);
    }

    /// @dev This note, and no difference.
    function _assertNotes(string memory what) private {
        Audit.Report memory report = _run(false);
        assertEq(report.differences.count, 0, "differences");
        _assertOne(report.notes.list, report.notes.count, what);
    }

    function _assertOne(string[] memory list, uint256 count, string memory what) private {
        for (uint256 i = 1; i < count; ++i) {
            emit log_named_string("also found", list[i]);
        }
        assertEq(count, 1, string.concat("found beside: ", what));
        assertTrue(vm.contains(list[0], what), string.concat(list[0], " instead of ", what));
    }

    function _assertFound(Audit.Report memory report, string memory what) private {
        bool found;
        for (uint256 i; i < report.differences.count; ++i) {
            if (vm.contains(report.differences.list[i], what)) found = true;
        }
        assertTrue(found, string.concat("not found: ", what));
    }

    function _assertListed(Audit.Report memory report, string memory what) private {
        bool found;
        for (uint256 i; i < report.table.count; ++i) {
            if (vm.indexOf(report.table.list[i], what) == 0) found = true;
        }
        assertTrue(found, string.concat("not listed: ", what));
    }
}

contract LensOf {
    Membership public immutable membership;

    constructor(Membership membership_) {
        membership = membership_;
    }
}
