// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Membership} from "../contracts/Membership.sol";
import {Staking} from "../contracts/Staking.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {Audit} from "../scripts/Audit.s.sol";
import {Deploy} from "../scripts/Deploy.s.sol";
import {Configuration} from "../scripts/lib/Configuration.sol";
import {Part, Plan, Plans} from "../scripts/lib/Plan.sol";
import {Record, Records} from "../scripts/lib/Record.sol";
import {Roles} from "../scripts/lib/Roles.sol";
import {Call} from "../scripts/lib/Succession.sol";
import {BaseTest} from "./BaseTest.sol";
import {AuditOfRecordedLogs} from "./helpers/AuditOfRecordedLogs.sol";

/// @dev A rehearsal: Deploy deploys, members live with it, another Membership and another Staking take over, everybody
/// leaves. Whatever is called to that end is what Deploy says must be called.
contract SuccessionTest is BaseTest {
    using Plans for Plan;
    using Records for Record;

    uint256 private constant ALICES_STAKE = 20_000e18 + 7;
    uint256 private constant CAROLS_STAKE = 5000e18 + 1;
    uint256 private constant NEW_PRO_FEE = 40e18;

    Deploy private _script;
    Configuration private _c;
    Record private _record;
    AuditOfRecordedLogs private _audit;
    Membership private _successor;

    function setUp() public override {
        _c = configuration();
        (_c.stakersShare, _c.recipientShares) = (5000, [uint256(2000), 1500, 1500]);
        Plan memory plan = Plans.make(_c, DEFAULT_SENDER);
        vm.recordLogs();
        deployWith(_c);
        _record = Records.make(plan, "test", 0);
        _script = new Deploy();
        _audit = new AuditOfRecordedLogs();
        // What the owner writes into the configuration for a succession.
        (_c.predecessor, _c.proFee) = (address(membership), NEW_PRO_FEE);
    }

    // ------------------------------------------------------------------ Deploy::deploySuccessor

    function test_DeploySuccessor_RevertWhen_PredecessorIsNotTheRecorded() public {
        _c.predecessor = address(staking);
        vm.expectRevert(
            abi.encodeWithSelector(Deploy.PredecessorDiffers.selector, address(membership), address(staking))
        );
        _script.deploySuccessor(_c, _record);
    }

    function test_DeploySuccessor_CreatesMembershipAndLensAlone() public {
        (Plan memory plan,) = _script.deploySuccessor(_c, _record);
        for (uint256 i; i < Plans.PARTS; ++i) {
            bool isNew = Part(i) == Part.Membership || Part(i) == Part.RenewalLens;
            assertEq(plan.addresses[i] != _record.addresses[i], isNew, Plans.nameOf(Part(i)));
        }
        Membership successor = Membership(plan.at(Part.Membership));
        assertEq(address(successor.predecessor()), address(membership), "predecessor");
        assertEq(successor.feeOf(PRO), NEW_PRO_FEE, "fee of Pro");
        assertEq(address(successor.authority()), address(manager), "authority");
        assertEq(address(registry.current()), address(membership), "Membership that decides");

        address[3] memory actors = [guardian, configurer, DEFAULT_SENDER];
        for (uint256 i; i < actors.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, actors[i]));
            vm.prank(actors[i]);
            successor.pause();
        }
    }

    function test_DeploySuccessor_ReturnsTheCalls() public {
        (Plan memory plan, Call[] memory calls) = _script.deploySuccessor(_c, _record);
        address successor = plan.at(Part.Membership);
        assertEq(calls.length, 6, "calls");
        address[6] memory from = [admin, admin, configurer, configurer, configurer, configurer];
        uint256[6] memory waits = [uint256(0), DELAY, 0, DELAY, SUCCESSION - DELAY, DELAY];
        for (uint256 i; i < calls.length; ++i) {
            assertEq(calls[i].from, from[i], string.concat("who: ", calls[i].what));
            assertEq(calls[i].to, i < 2 ? address(timelock) : address(manager), string.concat("to: ", calls[i].what));
            assertEq(calls[i].wait, waits[i], string.concat("when: ", calls[i].what));
        }
        bytes memory append = abi.encodeCall(registry.append, (IMembership(successor)));
        assertEq(calls[3].data, abi.encodeCall(manager.execute, (address(registry), append)), "entry");
        bytes memory retire = abi.encodeCall(IGate.retire, ());
        assertEq(calls[5].data, abi.encodeCall(manager.execute, (address(membership), retire)), "retirement");
    }

    function test_DeploySuccessor_WhenItWasDeployedBefore() public {
        (Plan memory first, Call[] memory calls) = _script.deploySuccessor(_c, _record);
        vm.expectCall(Plans.FACTORY, "", 0);
        (Plan memory second, Call[] memory again) = _script.deploySuccessor(_c, _record);
        assertEq(abi.encode(second), abi.encode(first), "addresses");
        assertEq(abi.encode(again), abi.encode(calls), "calls");
    }

    // ------------------------------------------------------------------ rehearsal

    function test_Succession_FromDeploymentToTheLastWithdrawal() public {
        _liveWithTheFirst();
        (Plan memory plan, Call[] memory calls) = _script.deploySuccessor(_c, _record);
        _successor = Membership(plan.at(Part.Membership));
        for (uint256 i; i < 4; ++i) {
            _make(calls[i]);
        }
        _assertTheFirstDecides();
        _make(calls[4]);
        uint8 level = staking.levelOf(alice.addr);
        travel(calls[5].wait);
        _assertTheSuccessorDecidesTheSame(level);
        _make(calls[5], 0);
        _payAtTheSuccessor();
        _assertAuditPasses(plan);
        _waitForWhatIsQueued();
        _leaveStaking();
        _assertNothingIsStuck();
    }

    function test_Succession_CanBeVetoed() public {
        (Plan memory plan, Call[] memory calls) = _script.deploySuccessor(_c, _record);
        for (uint256 i; i < 3; ++i) {
            _make(calls[i]);
        }
        bytes memory append = abi.encodeCall(registry.append, (IMembership(plan.at(Part.Membership))));
        vm.prank(vetoer);
        manager.cancel(configurer, address(registry), append);
        _assertRefused(calls[3]);
        assertEq(registry.length(), 1, "entries");

        _make(calls[4]);
        vm.prank(vetoer);
        manager.cancel(configurer, address(membership), abi.encodeCall(IGate.retire, ()));
        _assertRefused(calls[5]);
        assertFalse(membership.retired(), "retired");
    }

    // ------------------------------------------------------------------ acts of the rehearsal

    /// @dev Alice is Pro for a year and stakes; Bob is Normal for half a year, with a month of Pro waiting as a gift;
    /// Carol is Pro for two months and stakes. Income reaches the stakers.
    function _liveWithTheFirst() private {
        pay(alice.addr, alice.addr, PRO, 12);
        pay(bob.addr, bob.addr, NORMAL, 6);
        pay(carol.addr, bob.addr, PRO, 1);
        pay(carol.addr, carol.addr, PRO, 2);
        vm.prank(alice.addr);
        staking.stake(ALICES_STAKE);
        vm.prank(carol.addr);
        staking.stake(CAROLS_STAKE);
        travel(EPOCH);
        vm.startPrank(stranger);
        uint256 released = stakingPool.release();
        uint256 funded = staking.fund();
        vm.stopPrank();
        assertApproxEqAbs(funded, released / 2, REWARD_TIME, "funded, of what was released");

        travel(10 days);
        uint256 rewards = staking.rewardsOf(alice.addr);
        assertGt(rewards, 0, "rewards of Alice");
        watchBalances();
        vm.prank(alice.addr);
        assertEq(staking.claim(alice.addr), rewards, "claimed by Alice");
        assertLost(address(staking), rewards, "Staking pays rewards");
        assertGained(alice.addr, rewards, "Alice is paid");
        assertNothingElseMoved();
        assertEq(staking.levelOf(alice.addr), 2, "level of Alice");
    }

    /// @dev The successor is announced, and members can disagree.
    function _assertTheFirstDecides() private {
        assertEq(address(registry.current()), address(membership), "Membership that decides");
        assertEq(address(staking.membership()), address(membership), "Membership that Staking asks");
        approve(carol.addr, address(_successor), type(uint256).max);
        bytes memory refusal = abi.encodeWithSelector(IMembership.PredecessorNotRetired.selector, address(membership));
        vm.expectRevert(refusal);
        vm.prank(carol.addr);
        _successor.pay(carol.addr, PRO, 1, type(uint256).max, block.timestamp);

        uint40 end = membership.membershipOf(carol.addr).end;
        pay(carol.addr, carol.addr, PRO, 1);
        assertEq(membership.membershipOf(carol.addr).end, end + PERIOD, "end after a payment at the first");
    }

    /// @param level Of Alice, by the predecessor.
    function _assertTheSuccessorDecidesTheSame(uint8 level) private view {
        assertEq(address(registry.current()), address(_successor), "Membership that decides");
        assertFalse(membership.retired(), "predecessor is retired");
        address[4] memory accounts = [alice.addr, bob.addr, carol.addr, stranger];
        for (uint256 i; i < accounts.length; ++i) {
            _assertSame(accounts[i]);
        }
        assertEq(level, 3, "level of Alice by the predecessor");
        assertEq(staking.levelOf(alice.addr), level, "level of Alice by the successor");
        assertEq(staking.levelOf(carol.addr), 2, "level of Carol by the successor");
        assertEq(staking.levelOf(bob.addr), 0, "level of Bob by the successor");
    }

    function _assertSame(address account) private view {
        assertEq(
            abi.encode(_successor.membershipOf(account)), abi.encode(membership.membershipOf(account)), "membership"
        );
        (IMembership.Tier tier, uint40 since) = _successor.standingOf(account);
        (IMembership.Tier tierBefore, uint40 sinceBefore) = membership.standingOf(account);
        assertEq(uint8(tier), uint8(tierBefore), "tier");
        assertEq(since, sinceBefore, "since");
        (uint40 proSince, uint40 proEnd) = _successor.lastProOf(account);
        (uint40 proSinceBefore, uint40 proEndBefore) = membership.lastProOf(account);
        assertEq(proSince, proSinceBefore, "since of the last Pro time");
        assertEq(proEnd, proEndBefore, "end of the last Pro time");
    }

    function _payAtTheSuccessor() private {
        vm.expectRevert(IGate.RetiredForGood.selector);
        vm.prank(carol.addr);
        membership.pay(carol.addr, PRO, 1, type(uint256).max, block.timestamp);

        IMembership.Account memory before = membership.membershipOf(carol.addr);
        watchBalances();
        vm.prank(carol.addr);
        uint256 amount = _successor.pay(carol.addr, PRO, 1, type(uint256).max, block.timestamp);
        assertEq(amount, amountFor(NEW_PRO_FEE), "price of the successor");
        assertLost(carol.addr, amount, "Carol pays");
        assertGained(address(rewardPool), amount * 3 / 10, "the reward pool's share");
        assertGained(address(stakingPool), amount * 2 / 10, "the staking pool's share");
        assertGained(address(operationPool), amount - amount * 3 / 10 - amount * 2 / 10, "the operation pool's share");
        assertNothingElseMoved();
        IMembership.Account memory held = _successor.membershipOf(carol.addr);
        assertEq(held.end, before.end + PERIOD, "end, from where the predecessor left it");
        assertEq(held.since, before.since, "since, without a seam");
        assertEq(membership.membershipOf(carol.addr).end, before.end, "end at the predecessor");

        // The powers over it are those over its predecessor.
        vm.prank(guardian);
        _successor.pause();
        configure(address(_successor), abi.encodeCall(IGate.unpause, ()));
        configure(address(_successor), abi.encodeCall(IMembership.setFee, (PRO, PRO_FEE)));
        assertEq(_successor.feeOf(PRO), PRO_FEE, "fee of Pro");
    }

    function _assertAuditPasses(Plan memory plan) private {
        Audit.Report memory report = _audit.audit(_c, _record.succeededBy(plan), true);
        for (uint256 i; i < report.differences.count; ++i) {
            emit log(report.differences.list[i]);
        }
        assertEq(report.differences.count, 0, "differences");
        assertEq(report.notes.count, 1, "notes");
        assertEq(
            report.notes.list[0],
            "Membership: fee of Pro per period (reference currency): 30, configured was 40",
            "note of the fee that was changed"
        );
    }

    /// @dev Bob does nothing at all.
    function _waitForWhatIsQueued() private {
        uint40 end = membership.membershipOf(bob.addr).end;
        travelTo(end - 1);
        assertEq(uint8(_successor.tierOf(bob.addr)), uint8(NORMAL), "tier of Bob in his last second of Normal");
        travelTo(end);
        (IMembership.Tier tier, uint40 since) = _successor.standingOf(bob.addr);
        assertEq(uint8(tier), uint8(PRO), "tier of Bob, by the gift");
        assertEq(since, end, "since when");
        travelTo(end + PERIOD);
        assertEq(uint8(_successor.tierOf(bob.addr)), uint8(LIGHT), "tier of Bob when all is over");
    }

    function _leaveStaking() private {
        pay(alice.addr, _successor);
        Staking next = new Staking(address(manager), token, registry, REWARD_TIME, COOLDOWN, staking.levels());
        IStakingPool.Recipient[] memory recipients = stakingPool.recipients();
        recipients[recipients.length - 1].account = address(next);
        configure(address(stakingPool), abi.encodeCall(IStakingPool.setRecipients, (recipients)));
        configure(address(staking), abi.encodeCall(IGate.retire, ()));
        vm.startPrank(alice.addr);
        vm.expectRevert(IGate.RetiredForGood.selector);
        staking.stake(1);
        vm.expectRevert(IGate.RetiredForGood.selector);
        staking.compound();
        vm.stopPrank();

        _leave(alice.addr, ALICES_STAKE);
        _leave(carol.addr, CAROLS_STAKE);

        approve(alice.addr, address(next), ALICES_STAKE);
        vm.prank(alice.addr);
        assertEq(next.stake(ALICES_STAKE), ALICES_STAKE, "staked at the next Staking");
    }

    function _leave(address account, uint256 principal) private {
        uint256 rewards = staking.rewardsOf(account);
        assertGt(rewards, 0, "rewards");
        vm.prank(account);
        uint32 id = staking.requestUnstake(principal);
        travel(COOLDOWN);
        watchBalances();
        vm.startPrank(account);
        assertEq(staking.withdraw(id, account), principal, "withdrawn");
        assertEq(staking.claim(account), rewards, "claimed");
        vm.stopPrank();
        assertLost(address(staking), principal + rewards, "Staking pays");
        assertGained(account, principal + rewards, "the staker is paid to the last wei");
        assertNothingElseMoved();
        vm.expectRevert(abi.encodeWithSelector(IStaking.NothingToClaim.selector, account));
        vm.prank(account);
        staking.claim(account);
    }

    /// @dev What stays is what can't be divided: less than a wei for each staker, and of the funds less than a wei per
    /// second.
    function _assertNothingIsStuck() private view {
        assertEq(staking.totalStaked(), 0, "principal");
        assertEq(staking.totalUnstaking(), 0, "principal asked back");
        assertLe(staking.rewardsOwed(), 2, "rewards that nobody can claim");
        assertLt(staking.surplus(), REWARD_TIME, "surplus that is too small to give");
        assertEq(token.balanceOf(address(staking)), staking.rewardsOwed() + staking.surplus(), "balance of Staking");
        assertEq(token.balanceOf(address(membership)), 0, "balance of the predecessor");
        assertEq(token.balanceOf(address(_successor)), 0, "balance of the successor");
    }

    // ------------------------------------------------------------------ helpers

    function _make(Call memory call) private {
        _make(call, call.wait);
    }

    function _make(Call memory call, uint256 wait) private {
        if (wait != 0) travel(wait);
        vm.prank(call.from);
        (bool success,) = call.to.call(call.data);
        assertTrue(success, call.what);
    }

    function _assertRefused(Call memory call) private {
        travel(call.wait);
        vm.prank(call.from);
        (bool success, bytes memory reason) = call.to.call(call.data);
        assertFalse(success, call.what);
        assertEq(bytes4(reason), IAccessManager.AccessManagerNotScheduled.selector, "why");
    }

    function pay(address account, Membership at) private {
        approve(account, address(at), type(uint256).max);
        vm.prank(account);
        at.pay(account, PRO, 1, type(uint256).max, block.timestamp);
    }
}
