// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Script} from "forge-std/Script.sol";
import {console2} from "forge-std/console2.sol";
import {Vm} from "forge-std/Vm.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {Configuration, Configurations} from "./lib/Configuration.sol";
import {Delay, Delays} from "./lib/Delays.sol";
import {Findings, FindingsList} from "./lib/Findings.sol";
import {Formats} from "./lib/Formats.sol";
import {Inspections} from "./lib/Inspection.sol";
import {Parameter, Parameters} from "./lib/Parameters.sol";
import {Part, Plan, Plans} from "./lib/Plan.sol";
import {Office, Power, Powers} from "./lib/Powers.sol";
import {Record, Records} from "./lib/Record.sol";

/// @title Audit
/// @notice Reads a live deployment, prints every power that anyone holds or has pending, and fails when anything
/// differs from scripts/lib/Powers.sol and scripts/config/<network>.toml: a holder, a delay, a function's role, an
/// authority, code.
/// @dev forge script scripts/Audit.s.sol --sig 'run(string)' <network> --rpc-url <url>
/// Some days after a deployment, once delays that were set late must be in force:
/// forge script scripts/Audit.s.sol --sig 'confirm(string)' <network> --rpc-url <url>
/// Holders and functions that the configuration does not name are found in the events since the deployment, so the node
/// must have them all; where it limits the range of a query, smaller ranges are asked for.
/// A parameter that was changed within its bounds since, a pause and a retirement are notes, not failures: the roles
/// are there for that. A change of powers that is merely scheduled is a failure.
contract Audit is Script {
    using Delays for Delay;
    using FindingsList for Findings;
    using Plans for Plan;
    using Records for Record;

    struct Log {
        bytes32[] topics;
        bytes data;
    }

    /// @dev What an audit has found: the table, notes, differences.
    struct Report {
        Findings table;
        Findings notes;
        Findings differences;
    }

    /// @dev Somebody or something that events name, once.
    struct Seen {
        bytes32 first;
        bytes32 second;
    }

    struct Set {
        Seen[] items;
        uint256 count;
    }

    /// @notice What the chain says is not what the configuration says.
    error DeploymentDiffers(string[] differences);

    function run(string calldata network) external {
        _run(network, false);
    }

    /// @notice As `run`, and every delay must be in force: the second phase of a hand-over.
    function confirm(string calldata network) external {
        _run(network, true);
    }

    function _run(string calldata network, bool inForce) private {
        Configuration memory c = Configurations.read(network);
        Report memory report = audit(c, Records.read(), inForce);
        _print("", report.table);
        _print("NOTE ", report.notes);
        _print("DIFFERS ", report.differences);
        if (report.differences.count != 0) revert DeploymentDiffers(report.differences.all());
        console2.log(inForce ? "confirmed: as configured, and in force" : "as configured");
    }

    function audit(Configuration memory c, Record memory record, bool inForce) public returns (Report memory report) {
        Plan memory plan = record.planOf();
        if (c.chainId != block.chainid) {
            report.differences.add(string.concat("this is chain ", vm.toString(block.chainid)));
            return report;
        }
        _auditCode(plan, c, report);
        Inspections.inspect(plan, c, report.differences, inForce);
        if (plan.at(Part.AccessManager).code.length == 0 || plan.at(Part.TimelockController).code.length == 0) {
            return report;
        }
        _auditManager(plan, c, _logs(plan.at(Part.AccessManager), record.start, block.number), report);
        _auditTimelock(plan, c, _logs(plan.at(Part.TimelockController), record.start, block.number), report);
        if (plan.at(Part.Staking).code.length != 0) _auditParameters(plan, c, report);
    }

    // ------------------------------------------------------------------ code

    /// @dev The address of CREATE2 is a hash of the code that was sent, so that it proves the source.
    function _auditCode(Plan memory plan, Configuration memory c, Report memory report) private view {
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (!plan.has(Part(i))) continue;
            string memory name = Plans.nameOf(Part(i));
            address at = plan.addresses[i];
            if (Part(i) == Part.BTSc && c.token != address(0)) {
                if (at != c.token) report.differences.add(string.concat("BTSc is recorded at ", vm.toString(at)));
                string memory hash = vm.toString(at.codehash);
                report.notes.add(string.concat("BTSc existed before: the hash of its code is ", hash));
                continue;
            }
            address expected = Plans.addressOf(plan.salt, bytes.concat(Plans.codeOf(Part(i)), plan.arguments[i]));
            report.table.add(string.concat(name, " ", vm.toString(at)));
            if (at == expected) continue;
            report.differences
                .add(
                    string.concat(
                        string.concat(name, ": is at ", vm.toString(at), ", but source and arguments give "),
                        vm.toString(expected)
                    )
                );
        }
    }

    // ------------------------------------------------------------------ AccessManager

    function _auditManager(Plan memory plan, Configuration memory c, Log[] memory logs, Report memory report)
        private
        view
    {
        AccessManager manager = AccessManager(plan.at(Part.AccessManager));
        Set memory holders;
        Set memory functions;
        Set memory roles;
        Set memory targets;
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == IAccessManager.RoleGranted.selector) {
                _see(holders, logs[i].topics[1], logs[i].topics[2]);
                _see(roles, logs[i].topics[1], 0);
            } else if (
                topic == IAccessManager.RoleAdminChanged.selector
                    || topic == IAccessManager.RoleGuardianChanged.selector
                    || topic == IAccessManager.RoleGrantDelayChanged.selector
            ) {
                _see(roles, logs[i].topics[1], 0);
            } else if (topic == IAccessManager.TargetFunctionRoleUpdated.selector) {
                _see(functions, logs[i].topics[1], bytes32(abi.decode(logs[i].data, (bytes4))));
            } else if (
                topic == IAccessManager.TargetClosed.selector
                    || topic == IAccessManager.TargetAdminDelayUpdated.selector
            ) {
                _see(targets, logs[i].topics[1], 0);
            } else if (topic == IAccessManager.OperationScheduled.selector) {
                _auditOperation(plan, manager, logs[i], report);
            }
        }
        _auditRoles(manager, roles, report);
        _auditHolders(plan, c, holders, report);
        _auditFunctions(plan, functions, report);
        _auditTargets(plan, targets, report);
    }

    function _auditRoles(AccessManager manager, Set memory roles, Report memory report) private view {
        for (uint256 i; i < roles.count; ++i) {
            uint64 role = uint64(uint256(roles.items[i].first));
            Delay memory delay = Delays.grantDelay(manager, role);
            uint64 admin = manager.getRoleAdmin(role);
            uint64 guardian = manager.getRoleGuardian(role);
            string memory name = Inspections.roleName(role);
            string memory line = string.concat(
                string.concat(name, ": given by ", Inspections.roleName(admin), ", cancelled by "),
                string.concat(Inspections.roleName(guardian), ", new holders wait ", Formats.time(delay.current))
            );
            report.table.add(string.concat(line, _later(delay)));
            if (bytes(Powers.labelOf(role)).length != 0) continue;
            if (admin != 0 || guardian != 0 || delay.current != 0 || delay.effect != 0) {
                report.differences.add(string.concat(name, " is not in the table, and is set up: ", line));
            }
        }
    }

    function _auditHolders(Plan memory plan, Configuration memory c, Set memory holders, Report memory report)
        private
        view
    {
        AccessManager manager = AccessManager(plan.at(Part.AccessManager));
        for (uint256 i; i < holders.count; ++i) {
            uint64 role = uint64(uint256(holders.items[i].first));
            address holder = address(uint160(uint256(holders.items[i].second)));
            (uint48 since, uint32 delay, uint32 pending, uint48 effect) = manager.getAccess(role, holder);
            if (since == 0) continue;
            string memory held = string.concat(Inspections.roleName(role), ": ", vm.toString(holder));
            held = string.concat(
                held, since > block.timestamp ? " will hold it from " : " holds it since ", vm.toString(since)
            );
            report.table
                .add(string.concat(held, ", waits ", Formats.time(delay), _later(Delay(delay, pending, effect))));
            // What is wrong with a configured holder was found in state.
            if (!_isConfigured(plan, c, role, holder)) {
                report.differences.add(string.concat(held, ", and is not configured"));
            }
        }
        Office[] memory offices = Powers.offices(c, plan.at(Part.FeedPoster));
        for (uint256 i; i < offices.length; ++i) {
            for (uint256 j; j < offices[i].holders.length; ++j) {
                _requireSeen(holders, offices[i].role, offices[i].holders[j], report);
            }
        }
        _requireSeen(holders, 0, plan.deployer, report);
    }

    /// @dev A node that has forgotten old events would hide holders; it would hide those we know of, too.
    function _requireSeen(Set memory holders, uint64 role, address holder, Report memory report) private pure {
        if (_has(holders, bytes32(uint256(role)), bytes32(uint256(uint160(holder))))) return;
        report.differences
            .add(
                string.concat(
                    string.concat("the node's events do not say that ", Inspections.roleName(role), " was given to "),
                    string.concat(vm.toString(holder), ": ask a node that has all since the deployment")
                )
            );
    }

    function _isConfigured(Plan memory plan, Configuration memory c, uint64 role, address holder)
        private
        pure
        returns (bool)
    {
        // Whether the deployer is still there was found in state as well.
        if (role == 0) return holder == plan.at(Part.TimelockController) || holder == plan.deployer;
        Office[] memory offices = Powers.offices(c, plan.at(Part.FeedPoster));
        for (uint256 i; i < offices.length; ++i) {
            if (offices[i].role == role) return _contains(offices[i].holders, holder);
        }
        return false;
    }

    function _auditFunctions(Plan memory plan, Set memory functions, Report memory report) private view {
        AccessManager manager = AccessManager(plan.at(Part.AccessManager));
        for (uint256 i; i < functions.count; ++i) {
            address target = address(uint160(uint256(functions.items[i].first)));
            bytes4 selector = bytes4(functions.items[i].second);
            uint64 role = manager.getTargetFunctionRole(target, selector);
            (string memory name, uint64 expected) = _describe(plan, target, selector);
            if (role != 0) report.table.add(string.concat(Inspections.roleName(role), " may call ", name));
            // What the table names was compared in state.
            if (role == expected || expected != 0) continue;
            report.differences
                .add(string.concat(name, ": is for ", Inspections.roleName(role), ", and is not in the table"));
        }
    }

    function _auditTargets(Plan memory plan, Set memory targets, Report memory report) private view {
        AccessManager manager = AccessManager(plan.at(Part.AccessManager));
        for (uint256 i; i < targets.count; ++i) {
            address target = address(uint160(uint256(targets.items[i].first)));
            Delay memory delay = Delays.targetDelay(manager, target);
            bool isClosed = manager.isTargetClosed(target);
            string memory line = string.concat(
                string.concat(_nameOf(plan, target), ": changes of its powers wait ", Formats.time(delay.current)),
                string.concat(_later(delay), isClosed ? ", closed" : "")
            );
            report.table.add(line);
            if (_isManaged(plan, target)) continue;
            if (isClosed || delay.current != 0 || delay.effect != 0) report.differences.add(line);
        }
    }

    /// @dev Parameters may be on their way to change; powers may not.
    function _auditOperation(Plan memory plan, AccessManager manager, Log memory log, Report memory report)
        private
        view
    {
        bytes32 id = log.topics[1];
        uint48 schedule = manager.getSchedule(id);
        if (schedule == 0 || manager.getNonce(id) != uint32(uint256(log.topics[2]))) return;
        (, address caller, address target, bytes memory data) = abi.decode(log.data, (uint48, address, address, bytes));
        (string memory name, uint64 role) = _describe(plan, target, bytes4(data));
        string memory line = string.concat(
            string.concat("scheduled by ", vm.toString(caller), " for ", vm.toString(schedule)),
            string.concat(": ", name, ", data ", vm.toString(data))
        );
        if (role != 0) report.notes.add(line);
        else report.differences.add(line);
    }

    // ------------------------------------------------------------------ TimelockController

    function _auditTimelock(Plan memory plan, Configuration memory c, Log[] memory logs, Report memory report)
        private
        view
    {
        TimelockController timelock = TimelockController(payable(plan.at(Part.TimelockController)));
        Set memory holders;
        Set memory operations;
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == IAccessControl.RoleGranted.selector) {
                _see(holders, logs[i].topics[1], logs[i].topics[2]);
            } else if (topic == IAccessControl.RoleAdminChanged.selector) {
                report.differences
                    .add(
                        string.concat(
                            "TimelockController: ", _timelockRole(timelock, logs[i].topics[1]), " has another admin"
                        )
                    );
            } else if (topic == TimelockController.CallScheduled.selector) {
                _see(operations, logs[i].topics[1], logs[i].topics[2]);
                if (timelock.isOperationPending(logs[i].topics[1])) _auditCall(plan, timelock, logs[i], report);
            }
        }
        report.table.add(string.concat("TimelockController: calls wait ", Formats.time(timelock.getMinDelay())));
        for (uint256 i; i < holders.count; ++i) {
            bytes32 role = holders.items[i].first;
            address holder = address(uint160(uint256(holders.items[i].second)));
            if (!timelock.hasRole(role, holder)) continue;
            string memory line =
                string.concat("TimelockController: ", vm.toString(holder), " is ", _timelockRole(timelock, role));
            report.table.add(line);
            if (!_isTimelockHolder(timelock, c, role, holder)) {
                report.differences.add(string.concat(line, ", and is not configured"));
            }
        }
        if (!_has(holders, timelock.DEFAULT_ADMIN_ROLE(), bytes32(uint256(uint160(address(timelock)))))) {
            report.differences.add("the node's events do not say that the TimelockController is its own admin");
        }
    }

    function _auditCall(Plan memory plan, TimelockController timelock, Log memory log, Report memory report)
        private
        view
    {
        (address target,, bytes memory data,,) = abi.decode(log.data, (address, uint256, bytes, bytes32, uint256));
        (string memory name,) = _describe(plan, target, bytes4(data));
        report.differences
            .add(
                string.concat(
                    string.concat(
                        "TimelockController: scheduled for ", vm.toString(timelock.getTimestamp(log.topics[1]))
                    ),
                    string.concat(": ", name, ", data ", vm.toString(data))
                )
            );
    }

    function _isTimelockHolder(TimelockController timelock, Configuration memory c, bytes32 role, address holder)
        private
        view
        returns (bool)
    {
        if (role == timelock.DEFAULT_ADMIN_ROLE()) return holder == address(timelock);
        if (role == timelock.EXECUTOR_ROLE()) return _contains(c.executors, holder);
        bool isProposers = role == timelock.PROPOSER_ROLE() || role == timelock.CANCELLER_ROLE();
        return isProposers && _contains(c.proposers, holder);
    }

    function _timelockRole(TimelockController timelock, bytes32 role) private view returns (string memory) {
        if (role == timelock.DEFAULT_ADMIN_ROLE()) return "admin";
        if (role == timelock.PROPOSER_ROLE()) return "proposer";
        if (role == timelock.CANCELLER_ROLE()) return "canceller";
        if (role == timelock.EXECUTOR_ROLE()) return "executor";
        return vm.toString(role);
    }

    // ------------------------------------------------------------------ parameters

    function _auditParameters(Plan memory plan, Configuration memory c, Report memory report) private view {
        Parameter[] memory parameters = Parameters.list(c, plan.at(Part.Staking));
        string[] memory values = Parameters.read(plan);
        for (uint256 i; i < parameters.length; ++i) {
            Parameter memory parameter = parameters[i];
            string memory line = string.concat(Plans.nameOf(parameter.part), ": ", parameter.name, ": ", values[i]);
            report.table
                .add(string.concat(line, string.concat(" (", parameter.minimum, " to ", parameter.maximum, ")")));
            // The price is there to be posted.
            if (_same(values[i], parameter.configured) || _same(parameter.setter, "post")) continue;
            line = string.concat(line, ", configured was ", parameter.configured);
            // What no role can change can only differ if it was deployed so.
            if (bytes(parameter.setter).length == 0) report.differences.add(line);
            else report.notes.add(line);
        }
        Part[2] memory gates = [Part.Membership, Part.Staking];
        for (uint256 i; i < gates.length; ++i) {
            IGate gate = IGate(plan.at(gates[i]));
            if (gate.paused()) report.notes.add(string.concat(Plans.nameOf(gates[i]), " is paused"));
            if (gate.retired()) report.notes.add(string.concat(Plans.nameOf(gates[i]), " is retired"));
        }
    }

    // ------------------------------------------------------------------ names

    /// @dev What `target` and `selector` are called, and the role that the table gives them: 0 for none.
    function _describe(Plan memory plan, address target, bytes4 selector)
        private
        view
        returns (string memory name, uint64 role)
    {
        Power[] memory powers = Powers.functions();
        for (uint256 i; i < powers.length; ++i) {
            if (powers[i].selector != selector || !_is(plan, powers[i].target, target)) continue;
            return (string.concat(_nameOf(plan, target), ".", powers[i].name), powers[i].role);
        }
        string memory functionName = target == plan.at(Part.AccessManager)
            ? _managerFunction(selector)
            : vm.toString(abi.encodePacked(selector));
        return (string.concat(_nameOf(plan, target), ".", functionName), 0);
    }

    /// @dev What an admin announces.
    function _managerFunction(bytes4 selector) private pure returns (string memory) {
        if (selector == IAccessManager.grantRole.selector) return "grantRole";
        if (selector == IAccessManager.revokeRole.selector) return "revokeRole";
        if (selector == IAccessManager.setRoleAdmin.selector) return "setRoleAdmin";
        if (selector == IAccessManager.setRoleGuardian.selector) return "setRoleGuardian";
        if (selector == IAccessManager.setGrantDelay.selector) return "setGrantDelay";
        if (selector == IAccessManager.setTargetFunctionRole.selector) return "setTargetFunctionRole";
        if (selector == IAccessManager.setTargetAdminDelay.selector) return "setTargetAdminDelay";
        if (selector == IAccessManager.setTargetClosed.selector) return "setTargetClosed";
        if (selector == IAccessManager.updateAuthority.selector) return "updateAuthority";
        if (selector == IAccessManager.schedule.selector) return "schedule";
        if (selector == IAccessManager.execute.selector) return "execute";
        if (selector == Multicall.multicall.selector) return "multicall";
        return vm.toString(abi.encodePacked(selector));
    }

    function _nameOf(Plan memory plan, address target) private view returns (string memory) {
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (plan.addresses[i] == target) return Plans.nameOf(Part(i));
        }
        string memory text = vm.toString(target);
        return _is(plan, Part.Membership, target) ? string.concat("Membership at ", text) : text;
    }

    function _isManaged(Plan memory plan, address target) private view returns (bool) {
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (Plans.isManaged(Part(i)) && _is(plan, Part(i), target)) return true;
        }
        return false;
    }

    /// @dev Predecessors of Membership keep the powers over them.
    function _is(Plan memory plan, Part part, address target) private view returns (bool) {
        if (plan.at(part) == target) return true;
        if (part != Part.Membership || target.code.length == 0) return false;
        IMembership membership = IMembership(plan.at(part));
        while (address(membership) != address(0)) {
            if (address(membership) == target) return true;
            membership = membership.predecessor();
        }
        return false;
    }

    function _later(Delay memory delay) private pure returns (string memory) {
        if (delay.effect == 0) return "";
        return string.concat(", ", Formats.time(delay.pending), " from ", vm.toString(delay.effect), " on");
    }

    // ------------------------------------------------------------------ events

    /// @dev All that `emitter` has emitted in the blocks `from` to `to`, asked for in ranges that the node grants.
    function _logs(address emitter, uint256 from, uint256 to) internal virtual returns (Log[] memory logs) {
        uint256 span = to - from + 1;
        while (from <= to) {
            uint256 end = from + span - 1 < to ? from + span - 1 : to;
            try vm.eth_getLogs(from, end, emitter, new bytes32[](0)) returns (Vm.EthGetLogs[] memory found) {
                logs = _append(logs, found);
                from = end + 1;
            } catch (bytes memory reason) {
                if (span == 1) {
                    assembly ("memory-safe") {
                        revert(add(reason, 0x20), mload(reason))
                    }
                }
                span = (span + 1) / 2;
            }
        }
    }

    function _append(Log[] memory logs, Vm.EthGetLogs[] memory found) private pure returns (Log[] memory all) {
        all = new Log[](logs.length + found.length);
        for (uint256 i; i < all.length; ++i) {
            if (i < logs.length) all[i] = logs[i];
            else all[i] = Log(found[i - logs.length].topics, found[i - logs.length].data);
        }
    }

    function _see(Set memory set, bytes32 first, bytes32 second) private pure {
        if (_has(set, first, second)) return;
        if (set.count == set.items.length) {
            Seen[] memory items = new Seen[](set.count * 2 + 16);
            for (uint256 i; i < set.count; ++i) {
                items[i] = set.items[i];
            }
            set.items = items;
        }
        set.items[set.count++] = Seen(first, second);
    }

    function _has(Set memory set, bytes32 first, bytes32 second) private pure returns (bool) {
        for (uint256 i; i < set.count; ++i) {
            if (set.items[i].first == first && set.items[i].second == second) return true;
        }
        return false;
    }

    function _same(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }

    function _contains(address[] memory accounts, address account) private pure returns (bool) {
        for (uint256 i; i < accounts.length; ++i) {
            if (accounts[i] == account) return true;
        }
        return false;
    }

    function _print(string memory prefix, Findings memory findings) private pure {
        for (uint256 i; i < findings.count; ++i) {
            console2.log(string.concat(prefix, findings.list[i]));
        }
    }
}
