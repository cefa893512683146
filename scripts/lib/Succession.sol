// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {MembershipRegistry} from "../../contracts/MembershipRegistry.sol";
import {IGate} from "../../contracts/interfaces/IGate.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {Configuration} from "./Configuration.sol";
import {Part, Plan, Plans} from "./Plan.sol";
import {Power, Powers} from "./Powers.sol";

/// @notice `from` calls `to` with `data`, at least `wait` seconds after the call before.
struct Call {
    string what;
    uint256 wait;
    address from;
    address to;
    bytes data;
}

/// @title Successions
/// @notice What has to be called, by whom and when, so that a new Membership takes over: its powers, its entry in the
/// registry, and, once that decides, the predecessor's retirement. Until then time is bought at the predecessor; from
/// then on at the successor, which honours what was paid.
library Successions {
    using Plans for Plan;

    /// @param plan Of the existing deployment, with the successor as its Membership.
    function calls(Plan memory plan, Configuration memory c) internal view returns (Call[] memory list) {
        AccessManager manager = AccessManager(plan.at(Part.AccessManager));
        TimelockController timelock = TimelockController(payable(plan.at(Part.TimelockController)));
        MembershipRegistry registry = MembershipRegistry(plan.at(Part.MembershipRegistry));
        list = new Call[](6);
        _byTimelock(list, plan, c, timelock);
        bytes memory append = abi.encodeCall(registry.append, (IMembership(plan.at(Part.Membership))));
        _byParameters(list, 2, c, manager, address(registry), append, "append the successor to the registry");
        bytes memory retire = abi.encodeCall(IGate.retire, ());
        _byParameters(list, 4, c, manager, c.predecessor, retire, "retire the predecessor");
        // It is retired when the successor begins to decide, so that there is always one place to pay, and it counts.
        list[4].wait = Math.saturatingSub(registry.delay(), c.parametersDelay);
    }

    function _byTimelock(Call[] memory list, Plan memory plan, Configuration memory c, TimelockController timelock)
        private
        view
    {
        address manager = plan.at(Part.AccessManager);
        bytes memory data = abi.encodeCall(AccessManager(manager).multicall, (_powers(plan, c)));
        string memory what = "give the successor's functions their roles";
        list[0] = Call(
            string.concat("announce: ", what),
            0,
            c.proposers[0],
            address(timelock),
            abi.encodeCall(timelock.schedule, (manager, 0, data, 0, 0, timelock.getMinDelay()))
        );
        list[1] = Call(
            what,
            timelock.getMinDelay(),
            c.executors[0],
            address(timelock),
            abi.encodeCall(timelock.execute, (manager, 0, data, 0, 0))
        );
    }

    function _byParameters(
        Call[] memory list,
        uint256 i,
        Configuration memory c,
        AccessManager manager,
        address target,
        bytes memory data,
        string memory what
    ) private pure {
        bytes memory announcement = abi.encodeCall(AccessManager.schedule, (target, data, 0));
        list[i] = Call(string.concat("announce: ", what), 0, c.parameters[0], address(manager), announcement);
        bytes memory execution = abi.encodeCall(AccessManager.execute, (target, data));
        list[i + 1] = Call(what, c.parametersDelay, c.parameters[0], address(manager), execution);
    }

    function _powers(Plan memory plan, Configuration memory c) private pure returns (bytes[] memory list) {
        Power[] memory powers = Powers.functions();
        list = new bytes[](powers.length + 1);
        uint256 count;
        address target = plan.at(Part.Membership);
        for (uint256 i; i < powers.length; ++i) {
            if (powers[i].target != Part.Membership) continue;
            bytes4[] memory selectors = new bytes4[](1);
            selectors[0] = powers[i].selector;
            list[count++] = abi.encodeCall(AccessManager.setTargetFunctionRole, (target, selectors, powers[i].role));
        }
        list[count++] = abi.encodeCall(AccessManager.setTargetAdminDelay, (target, uint32(c.targetDelay)));
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }
}
