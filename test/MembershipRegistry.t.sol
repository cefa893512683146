// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {stdError} from "forge-std/StdError.sol";
import {MembershipRegistry} from "../contracts/MembershipRegistry.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IMembershipRegistry} from "../contracts/interfaces/IMembershipRegistry.sol";
import {Bounds} from "../contracts/libraries/Bounds.sol";
import {BaseTest} from "./BaseTest.sol";

/// @dev All that a registry asks of a Membership.
contract Successor {
    address public immutable predecessor;

    constructor(address predecessor_) {
        predecessor = predecessor_;
    }
}

contract WithoutPredecessor {}

contract MembershipRegistryTest is BaseTest {
    MembershipRegistry private _empty;

    /// @dev A registry without an entry, which the test itself may append to.
    function setUp() public override {
        super.setUp();
        _empty = new MembershipRegistry(address(this), SUCCESSION);
    }

    /// @dev What a registry asks its authority: this test lets itself do anything at once.
    function canCall(address caller, address, bytes4) external view returns (bool, uint32) {
        return (caller == address(this), 0);
    }

    // ------------------------------------------------------------------ constructor

    function test_Constructor_RevertWhen_DelayIsOutOfBounds() public {
        uint40[2] memory wrong = [Bounds.MINIMUM_SUCCESSION - 1, Bounds.MAXIMUM_SUCCESSION + 1];
        for (uint256 i; i < wrong.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IMembershipRegistry.ParameterOutOfBounds.selector, wrong[i], 15 days, 90 days)
            );
            new MembershipRegistry(address(this), wrong[i]);
        }
    }

    function test_Constructor_WhenDelayIsWithinBounds() public {
        uint40[2] memory fine = [Bounds.MINIMUM_SUCCESSION, Bounds.MAXIMUM_SUCCESSION];
        for (uint256 i; i < fine.length; ++i) {
            MembershipRegistry made = new MembershipRegistry(address(this), fine[i]);
            assertEq(made.delay(), fine[i], "delay");
            assertEq(made.length(), 0, "length");
            assertEq(made.authority(), address(this), "authority");
        }
        assertGt(Bounds.MINIMUM_SUCCESSION, Bounds.MAXIMUM_COOLDOWN, "longer than any cooldown");
    }

    // ------------------------------------------------------------------ append

    function test_Append_RevertWhen_CallerIsNotTheConfigurer() public {
        IMembership successor = IMembership(address(new Successor(address(membership))));
        assertOnlyConfigurer(address(registry), abi.encodeCall(IMembershipRegistry.append, (successor)));
    }

    function test_Append_RevertWhen_TheFirstHasNoCode() public {
        _expectInvalid(_empty, address(0));
        _expectInvalid(_empty, stranger);
    }

    function test_Append_RevertWhen_TheFirstNamesAPredecessor() public {
        _expectInvalid(_empty, address(new Successor(stranger)));
    }

    function test_Append_WhenTheFirstNamesNone() public {
        address first = address(new Successor(address(0)));
        _appendAndAssert(first, 0, START);
        assertEq(address(_empty.current()), first, "decides at once");
    }

    function test_Append_RevertWhen_ALaterOneHasNoCodeOrKnowsNoPredecessor() public {
        _append(address(new Successor(address(0))));
        _expectInvalid(_empty, stranger);
        address without = address(new WithoutPredecessor());
        vm.expectRevert(bytes(""));
        _empty.append(IMembership(without));
        assertEq(_empty.length(), 1, "length");
    }

    function test_Append_RevertWhen_ThePredecessorIsNotTheLast() public {
        address first = address(new Successor(address(0)));
        _append(first);
        _expectInvalid(_empty, address(new Successor(address(0))));
        _expectInvalid(_empty, first);
        address second = address(new Successor(first));
        _append(second);
        skip(SUCCESSION);
        _expectInvalid(_empty, address(new Successor(first)));
        _expectInvalid(_empty, second);
    }

    function test_Append_WhenThePredecessorIsTheLast() public {
        address first = address(new Successor(address(0)));
        _append(first);
        address second = address(new Successor(first));
        _appendAndAssert(second, 1, START + SUCCESSION);
        vm.warp(START + SUCCESSION - 1);
        assertEq(address(_empty.current()), first, "who decides a second earlier");
        vm.warp(START + SUCCESSION);
        assertEq(address(_empty.current()), second, "who decides then");
    }

    function test_Append_RevertGiven_TheLastDoesNotDecideYet() public {
        address first = address(new Successor(address(0)));
        _append(first);
        address second = address(new Successor(first));
        _append(second);
        address third = address(new Successor(second));
        uint40 activeAt = START + SUCCESSION;
        vm.expectRevert(abi.encodeWithSelector(IMembershipRegistry.EntryPending.selector, activeAt));
        _append(third);
        vm.warp(activeAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IMembershipRegistry.EntryPending.selector, activeAt));
        _append(third);
        vm.warp(activeAt);
        _appendAndAssert(third, 2, activeAt + SUCCESSION);
        assertEq(address(_empty.current()), second, "who decides until then");
        vm.warp(activeAt + SUCCESSION);
        assertEq(address(_empty.current()), third, "who decides then");
    }

    // ------------------------------------------------------------------ reading

    function test_Current_RevertGiven_ThereIsNoEntry() public {
        vm.expectRevert(IMembershipRegistry.RegistryEmpty.selector);
        _empty.current();
    }

    function test_EntryAt_KeepsEveryEntry() public {
        address last;
        for (uint256 i; i < 6; ++i) {
            address next = address(new Successor(last));
            _append(next);
            last = next;
            skip(SUCCESSION);
        }
        assertEq(_empty.length(), 6, "length");
        address before;
        for (uint256 i; i < 6; ++i) {
            IMembershipRegistry.Entry memory entry = _empty.entryAt(i);
            assertEq(Successor(address(entry.membership)).predecessor(), before, "an unbroken chain");
            assertEq(entry.activeAt, i == 0 ? START : START + (i + 1) * SUCCESSION, "when it decides");
            before = address(entry.membership);
        }
        vm.expectRevert(stdError.indexOOBError);
        _empty.entryAt(6);
    }

    function test_Current_IsWhatTheDeploymentAppended() public view {
        assertEq(registry.length(), 1, "length");
        assertEq(address(registry.current()), address(membership), "who decides");
        assertEq(registry.delay(), SUCCESSION, "delay");
    }

    // ------------------------------------------------------------------ helpers

    function _append(address membership_) private {
        _empty.append(IMembership(membership_));
    }

    function _appendAndAssert(address membership_, uint256 index, uint40 activeAt) private {
        vm.expectEmit(address(_empty));
        emit IMembershipRegistry.MembershipAppended(index, IMembership(membership_), activeAt);
        _append(membership_);
        assertEq(_empty.length(), index + 1, "length");
        assertEq(address(_empty.entryAt(index).membership), membership_, "entry");
        assertEq(_empty.entryAt(index).activeAt, activeAt, "when it decides");
    }

    function _expectInvalid(MembershipRegistry where, address membership_) private {
        uint256 length = where.length();
        vm.expectRevert(abi.encodeWithSelector(IMembershipRegistry.MembershipInvalid.selector, membership_));
        where.append(IMembership(membership_));
        assertEq(where.length(), length, "length");
    }
}
