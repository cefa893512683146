// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Vm} from "forge-std/Vm.sol";
import {FeedPoster} from "../../contracts/FeedPoster.sol";
import {Membership} from "../../contracts/Membership.sol";
import {MembershipRegistry} from "../../contracts/MembershipRegistry.sol";
import {RenewalLens} from "../../contracts/RenewalLens.sol";
import {Staking} from "../../contracts/Staking.sol";
import {Configuration} from "./Configuration.sol";
import {Delay, Delays} from "./Delays.sol";
import {Findings, FindingsList} from "./Findings.sol";
import {Part, Plan, Plans} from "./Plan.sol";
import {Office, Power, Powers} from "./Powers.sol";

interface IHolder {
    function token() external view returns (IERC20);
}

/// @title Inspections
/// @notice Compares a deployment with its configuration by reading its state: code, wiring, roles, delays, registry.
/// @dev What the configuration does not name (another holder, another function) can't be found in state: Audit.s.sol
/// looks for it in the events.
library Inspections {
    using Delays for Delay;
    using FindingsList for Findings;
    using Plans for Plan;

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @param inForce Whether delays that were set must have come into force.
    function inspect(Plan memory plan, Configuration memory c, Findings memory differences, bool inForce)
        internal
        view
    {
        uint256 before = differences.count;
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (plan.has(Part(i)) && plan.addresses[i].code.length == 0) {
                differences.add(
                    string.concat(Plans.nameOf(Part(i)), " has no code at ", vm.toString(plan.addresses[i]))
                );
            }
        }
        if (differences.count != before) return;
        _inspectWiring(plan, c, differences);
        _inspectTargets(plan, c, differences, inForce);
        _inspectFunctions(plan, differences);
        _inspectRoles(plan, c, differences, inForce);
        _inspectAdmin(plan, differences);
        _inspectTimelock(plan, c, differences);
        _inspectRegistry(plan, differences);
    }

    function describe(string memory part, string memory what) internal pure returns (string memory) {
        return string.concat(part, ": ", what);
    }

    /// @dev Who knows whom; none of it can change.
    function _inspectWiring(Plan memory plan, Configuration memory c, Findings memory differences) private view {
        Membership membership = Membership(plan.at(Part.Membership));
        (address reward, address operation, address stakers) = membership.pools();
        _compareAddress(reward, plan.at(Part.RewardPool), "Membership: reward pool", differences);
        _compareAddress(operation, plan.at(Part.OperationPool), "Membership: operation pool", differences);
        _compareAddress(stakers, plan.at(Part.StakingPool), "Membership: staking pool", differences);
        _compareAddress(address(membership.predecessor()), c.predecessor, "Membership: predecessor", differences);
        address price = address(membership.referencePrice());
        _compareAddress(price, plan.at(Part.ReferencePrice), "Membership: price", differences);
        address known = address(RenewalLens(plan.at(Part.RenewalLens)).membership());
        _compareAddress(known, address(membership), "RenewalLens: membership", differences);
        address registry = address(Staking(plan.at(Part.Staking)).registry());
        _compareAddress(registry, plan.at(Part.MembershipRegistry), "Staking: registry", differences);
        _inspectTokens(plan, differences);
        if (c.feed == address(0)) return;
        FeedPoster poster = FeedPoster(plan.at(Part.FeedPoster));
        _compareAddress(address(poster.feed()), c.feed, "FeedPoster: feed", differences);
        _compareAddress(address(poster.referencePrice()), price, "FeedPoster: price", differences);
    }

    function _inspectTokens(Plan memory plan, Findings memory differences) private view {
        Part[5] memory holders = [Part.Membership, Part.Staking, Part.RewardPool, Part.OperationPool, Part.StakingPool];
        for (uint256 i; i < holders.length; ++i) {
            address token = address(IHolder(plan.at(holders[i])).token());
            string memory subject = string.concat(Plans.nameOf(holders[i]), ": token");
            _compareAddress(token, plan.at(Part.BTSc), subject, differences);
        }
    }

    function _inspectTargets(Plan memory plan, Configuration memory c, Findings memory differences, bool inForce)
        private
        view
    {
        AccessManager manager = AccessManager(plan.at(Part.AccessManager));
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (!Plans.isManaged(Part(i))) continue;
            address target = plan.addresses[i];
            string memory name = Plans.nameOf(Part(i));
            address authority = IAccessManaged(target).authority();
            if (authority != address(manager)) {
                differences.add(describe(name, string.concat("authority is ", vm.toString(authority))));
            }
            if (manager.isTargetClosed(target)) differences.add(describe(name, "is closed"));
            Delay memory delay = Delays.targetDelay(manager, target);
            _compareDelay(delay, c.targetDelay, string.concat(name, ": target admin delay"), differences, inForce);
        }
    }

    function _inspectFunctions(Plan memory plan, Findings memory differences) private view {
        AccessManager manager = AccessManager(plan.at(Part.AccessManager));
        Power[] memory powers = Powers.functions();
        for (uint256 i; i < powers.length; ++i) {
            Power memory power = powers[i];
            uint64 role = manager.getTargetFunctionRole(plan.at(power.target), power.selector);
            if (role == power.role) continue;
            differences.add(
                string.concat(
                    string.concat(Plans.nameOf(power.target), ".", power.name, ": is for ", roleName(role)),
                    string.concat(", not for ", roleName(power.role))
                )
            );
        }
    }

    function _inspectRoles(Plan memory plan, Configuration memory c, Findings memory differences, bool inForce)
        private
        view
    {
        AccessManager manager = AccessManager(plan.at(Part.AccessManager));
        Office[] memory offices = Powers.offices(c, plan.at(Part.FeedPoster));
        for (uint256 i; i < offices.length; ++i) {
            Office memory office = offices[i];
            for (uint256 j; j < office.holders.length; ++j) {
                _inspectHolder(manager, office.role, office.holders[j], office.executionDelay, differences);
            }
            uint64 admin = manager.getRoleAdmin(office.role);
            if (admin != 0) differences.add(describe(office.label, string.concat("admin is ", roleName(admin))));
            uint64 guardian = manager.getRoleGuardian(office.role);
            if (guardian != office.guardian) {
                differences.add(describe(office.label, string.concat("guardian is ", roleName(guardian))));
            }
            Delay memory delay = Delays.grantDelay(manager, office.role);
            _compareDelay(delay, office.grantDelay, string.concat(office.label, ": grant delay"), differences, inForce);
        }
        Delay memory ofAdmin = Delays.grantDelay(manager, 0);
        _compareDelay(ofAdmin, c.grantDelay, "ADMIN: grant delay", differences, inForce);
    }

    function _inspectAdmin(Plan memory plan, Findings memory differences) private view {
        AccessManager manager = AccessManager(plan.at(Part.AccessManager));
        _inspectHolder(manager, 0, plan.at(Part.TimelockController), 0, differences);
        (uint48 since,,,) = manager.getAccess(0, plan.deployer);
        if (since != 0) {
            differences.add(string.concat("ADMIN: still held by the deployer ", vm.toString(plan.deployer)));
        }
    }

    function _inspectHolder(
        AccessManager manager,
        uint64 role,
        address holder,
        uint256 executionDelay,
        Findings memory differences
    ) private view {
        (uint48 since, uint32 delay, uint32 pending, uint48 effect) = manager.getAccess(role, holder);
        string memory subject = string.concat(roleName(role), ": ", vm.toString(holder));
        if (since == 0) return differences.add(string.concat(subject, " does not hold it"));
        if (since > block.timestamp) {
            differences.add(string.concat(subject, " holds it from ", vm.toString(since), " on"));
        }
        if (delay != executionDelay) {
            differences.add(
                string.concat(
                    string.concat(subject, " waits ", vm.toString(delay), " s before a call, not "),
                    vm.toString(executionDelay)
                )
            );
        }
        if (effect != 0) {
            differences.add(
                string.concat(
                    string.concat(subject, " will wait ", vm.toString(pending), " s before a call, from "),
                    vm.toString(effect)
                )
            );
        }
    }

    function _inspectTimelock(Plan memory plan, Configuration memory c, Findings memory differences) private view {
        TimelockController timelock = TimelockController(payable(plan.at(Part.TimelockController)));
        uint256 delay = timelock.getMinDelay();
        if (delay != c.timelockDelay) {
            differences.add(string.concat("TimelockController: delay is ", vm.toString(delay), " s"));
        }
        _inspectTimelockRole(timelock, timelock.PROPOSER_ROLE(), "proposer", c.proposers, differences);
        _inspectTimelockRole(timelock, timelock.CANCELLER_ROLE(), "canceller", c.proposers, differences);
        _inspectTimelockRole(timelock, timelock.EXECUTOR_ROLE(), "executor", c.executors, differences);
        address[] memory itself = new address[](1);
        itself[0] = address(timelock);
        _inspectTimelockRole(timelock, timelock.DEFAULT_ADMIN_ROLE(), "admin", itself, differences);
    }

    function _inspectTimelockRole(
        TimelockController timelock,
        bytes32 role,
        string memory label,
        address[] memory holders,
        Findings memory differences
    ) private view {
        for (uint256 i; i < holders.length; ++i) {
            if (timelock.hasRole(role, holders[i])) continue;
            differences.add(string.concat("TimelockController: ", vm.toString(holders[i]), " is not ", label));
        }
    }

    function _inspectRegistry(Plan memory plan, Findings memory differences) private view {
        MembershipRegistry registry = MembershipRegistry(plan.at(Part.MembershipRegistry));
        uint256 length = registry.length();
        if (length == 0) return differences.add("MembershipRegistry: has no entry");
        address last = address(registry.entryAt(length - 1).membership);
        if (last != plan.at(Part.Membership)) {
            differences.add(string.concat("MembershipRegistry: the last entry is ", vm.toString(last)));
        }
    }

    function _compareAddress(address actual, address wanted, string memory subject, Findings memory differences)
        private
        pure
    {
        if (actual == wanted) return;
        differences.add(
            string.concat(string.concat(subject, " is ", vm.toString(actual)), ", not ", vm.toString(wanted))
        );
    }

    function _compareDelay(
        Delay memory delay,
        uint256 wanted,
        string memory subject,
        Findings memory differences,
        bool inForce
    ) private pure {
        if (!delay.willBe(wanted)) {
            uint32 actual = delay.effect == 0 ? delay.current : delay.pending;
            differences.add(
                string.concat(string.concat(subject, " is ", vm.toString(actual)), " s, not ", vm.toString(wanted))
            );
        } else if (inForce && delay.effect != 0) {
            differences.add(string.concat(subject, " comes into force only at ", vm.toString(delay.effect)));
        }
    }

    function roleName(uint64 role) internal pure returns (string memory) {
        string memory label = Powers.labelOf(role);
        return bytes(label).length == 0 ? string.concat("role ", vm.toString(role)) : label;
    }
}
