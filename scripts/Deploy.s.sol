// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Script} from "forge-std/Script.sol";
import {console2} from "forge-std/console2.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {FeedPoster} from "../contracts/FeedPoster.sol";
import {Membership} from "../contracts/Membership.sol";
import {MembershipRegistry} from "../contracts/MembershipRegistry.sol";
import {RenewalLens} from "../contracts/RenewalLens.sol";
import {ReferencePrice} from "../contracts/ReferencePrice.sol";
import {Staking} from "../contracts/Staking.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {OperationPool} from "../contracts/pools/OperationPool.sol";
import {RewardPool} from "../contracts/pools/RewardPool.sol";
import {StakingPool} from "../contracts/pools/StakingPool.sol";
import {Configuration, Configurations} from "./lib/Configuration.sol";
import {Costs} from "./lib/Costs.sol";
import {Findings, FindingsList} from "./lib/Findings.sol";
import {Formats} from "./lib/Formats.sol";
import {Inspections} from "./lib/Inspection.sol";
import {Part, Plan, Plans} from "./lib/Plan.sol";
import {Office, Power, Powers} from "./lib/Powers.sol";
import {Record, Records} from "./lib/Record.sol";
import {Call, Successions} from "./lib/Succession.sol";

/// @title Deploy
/// @notice The only way to deploy: everything that scripts/config/<network>.toml describes, wired, with no power left
/// to the deployer.
/// @dev forge script scripts/Deploy.s.sol --sig 'run(string)' <network> --rpc-url <url> --slow --broadcast
/// and, to sign, on the local chain: --unlocked --sender 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266,
/// elsewhere: --account <keystore> --sender <its address>, or --ledger --sender <its address>.
/// With --slow one transaction waits for the one before. Without it an anvil that mines at once now and then loses one
/// of those that reach it together, and forge waits for that one for ever.
/// Without --broadcast it is a dry run, which says what would be sent and what it would cost, and writes nothing.
/// What died in the middle is resumed by running it again, by the same sender with the same configuration: each step
/// looks at the chain first and sends only what is missing. Run again when it is finished, it sends nothing.
/// Where [membership] predecessor names a Membership, its successor alone is deployed, and the calls that make it one
/// are printed: they are others' to make.
/// Addresses, blocks and constructor arguments go to scripts/deployments/<chain id>.json. Forge runs the script before
/// it sends, so the file is there before the transactions are, and counts once forge has exited with 0.
contract Deploy is Script {
    using FindingsList for Findings;
    using Plans for Plan;
    using Records for Record;

    struct Deployment {
        AccessManager manager;
        TimelockController timelock;
        address token;
        ReferencePrice price;
        RewardPool rewardPool;
        OperationPool operationPool;
        StakingPool stakingPool;
        Membership membership;
        MembershipRegistry registry;
        Staking staking;
        RenewalLens lens;
        FeedPoster feedPoster;
    }

    /// @dev What a run did or found done, with the gas of what it sent.
    struct Step {
        string what;
        bool isSent;
        uint256 gas;
    }

    /// @notice This chain lacks the proxy that makes addresses deterministic.
    error FactoryMissing(address factory, string remedy);
    error CreationFailed(string name, address at);
    /// @notice The AccessManager is in other hands: neither the deployer nor the timelock is its admin.
    error ManagerInOtherHands(address manager, string remedy);
    /// @notice What the chain says after the deployment is not what the configuration says.
    error DeploymentDiffers(string[] differences);
    /// @notice The record is of a deployment by somebody else: another deployer means other addresses, not a
    /// resumption.
    error DeployerDiffers(address recorded, address deployer);
    /// @notice Contracts of this configuration exist, but the record, which says since when, is not of them.
    error RecordDiffers(string path, string remedy);
    /// @notice The Membership to succeed is not the one of the record.
    error PredecessorDiffers(address recorded, address configured);

    Step[] private _steps;
    string[] private _details;

    function run(string calldata network) external {
        uint256 start = block.number;
        Configuration memory c = Configurations.read(network);
        address deployer = _deployer();
        bool isBroadcast = vm.isContext(VmSafe.ForgeContext.ScriptBroadcast);
        if (c.predecessor != address(0)) return _runSuccession(c, isBroadcast);
        Configurations.check(c, deployer);
        Plan memory plan = Plans.make(c, deployer);
        bool isFresh = _isFresh(plan);
        if (isBroadcast) _requireRecord(plan, isFresh);
        deploy(c);
        if (isBroadcast && isFresh) Records.make(plan, network, start).write(Records.path());
        _print(c, plan);
    }

    function deploy(Configuration memory c) public returns (Deployment memory) {
        address deployer = _deployer();
        Configurations.check(c, deployer);
        _requireFactory();
        Plan memory plan = Plans.make(c, deployer);
        delete _steps;
        delete _details;
        vm.startBroadcast();
        for (uint256 i; i < Plans.PARTS; ++i) {
            _create(plan, Part(i));
        }
        _handOver(plan, c);
        vm.stopBroadcast();
        _readBack(plan, c);
        return _deployment(plan);
    }

    /// @notice Deploys the successor of a Membership that stands, with its lens. It has no power over anything and
    /// nobody has any over it until the calls that are returned are made, by those who may, after their delays.
    function deploySuccessor(Configuration memory c, Record memory record)
        public
        returns (Plan memory plan, Call[] memory calls)
    {
        Configurations.check(c, _deployer());
        _requireFactory();
        address recorded = record.addresses[uint256(Part.Membership)];
        if (recorded != c.predecessor) revert PredecessorDiffers(recorded, c.predecessor);
        plan = record.planOf();
        Plans.planMembership(plan, c);
        delete _steps;
        delete _details;
        vm.startBroadcast();
        _create(plan, Part.Membership);
        _create(plan, Part.RenewalLens);
        vm.stopBroadcast();
        calls = Successions.calls(plan, c);
    }

    /// @dev The record stays that of the deployment in force; the successor's takes its place when the succession is
    /// done.
    function _runSuccession(Configuration memory c, bool isBroadcast) private {
        Record memory record = Records.read();
        (Plan memory plan, Call[] memory calls) = deploySuccessor(c, record);
        if (isBroadcast) record.succeededBy(plan).write(Records.successorPath());
        _print(c, plan);
        for (uint256 i; i < calls.length; ++i) {
            Call memory call = calls[i];
            console2.log(string.concat(vm.toString(i + 1), ". ", Formats.wait(call.wait), ": ", call.what));
            console2.log(string.concat("   from ", vm.toString(call.from), " to ", vm.toString(call.to)));
            console2.log(string.concat("   data ", vm.toString(call.data)));
        }
        console2.log(string.concat("then ", Records.successorPath(), " takes the place of ", Records.path()));
    }

    function _deployer() private returns (address deployer) {
        vm.startBroadcast();
        (, deployer,) = vm.readCallers();
        vm.stopBroadcast();
    }

    function _requireFactory() private view {
        if (Plans.FACTORY.codehash == Plans.FACTORY_CODE_HASH) return;
        revert FactoryMissing(
            Plans.FACTORY,
            "deploy it first, by its one presigned transaction: github.com/Arachnid/deterministic-deployment-proxy"
        );
    }

    function _isFresh(Plan memory plan) private view returns (bool) {
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (plan.initCodes[i].length != 0 && plan.addresses[i].code.length != 0) return false;
        }
        return true;
    }

    /// @dev A record that was begun is kept, because only it knows the block before the first contract. It is read only
    /// where there is something to resume: on a local chain it may be of another chain's life.
    function _requireRecord(Plan memory plan, bool isFresh) private view {
        if (Records.exists()) {
            Record memory record = Records.read();
            if (record.isOf(plan)) return;
            if (record.stands() && record.deployer != plan.deployer) {
                revert DeployerDiffers(record.deployer, plan.deployer);
            }
        }
        if (isFresh) return;
        revert RecordDiffers(
            Records.path(),
            "restore the record of the run that began, or raise deployment.version to deploy everything anew"
        );
    }

    /// @dev Anybody may have sent the same before: the address says that it is the same.
    function _create(Plan memory plan, Part part) private {
        if (!plan.has(part)) return;
        address at = plan.at(part);
        string memory name = Plans.nameOf(part);
        bytes memory initCode = plan.initCodes[uint256(part)];
        if (at.code.length != 0) {
            _steps.push(Step(string.concat("exists  ", name, " at ", vm.toString(at)), false, 0));
            return;
        }
        string memory size = string.concat(", ", vm.toString(initCode.length), " bytes");
        _send(
            string.concat("create  ", name, " at ", vm.toString(at), size),
            Plans.FACTORY,
            bytes.concat(plan.salt, initCode)
        );
        if (at.code.length == 0) revert CreationFailed(name, at);
    }

    /// @dev All of the wiring is one transaction, whose last call is the deployer's giving up: there is no state in
    /// between, and the deployer has power for no longer than it takes to send it.
    function _handOver(Plan memory plan, Configuration memory c) private {
        AccessManager manager = AccessManager(plan.at(Part.AccessManager));
        (bool isAdmin,) = manager.hasRole(0, plan.deployer);
        (bool isTimelock,) = manager.hasRole(0, plan.at(Part.TimelockController));
        if (!isAdmin && !isTimelock) {
            revert ManagerInOtherHands(
                address(manager), "it serves another configuration: raise deployment.version to deploy everything anew"
            );
        }
        if (!isAdmin) {
            _steps.push(Step("done    hand-over", false, 0));
            return;
        }
        bytes[] memory calls = _wiring(plan, c);
        string memory what = string.concat("send    hand-over, ", vm.toString(calls.length), " calls or none of them");
        _send(what, address(manager), abi.encodeCall(manager.multicall, (calls)));
    }

    function _wiring(Plan memory plan, Configuration memory c) private returns (bytes[] memory calls) {
        calls = new bytes[](128);
        uint256 count = _wireRegistry(plan, calls);
        count = _wireFunctions(plan, c, calls, count);
        count = _wireRoles(plan, c, calls, count);
        // Last, so that nothing after it could need the power that is given away.
        address timelock = plan.at(Part.TimelockController);
        calls[count++] = _note(
            string.concat("give ADMIN to the TimelockController, ", vm.toString(timelock)),
            abi.encodeCall(AccessManager.grantRole, (0, timelock, 0))
        );
        calls[count++] = _note(
            string.concat("take ADMIN from the deployer, ", vm.toString(plan.deployer)),
            abi.encodeCall(AccessManager.renounceRole, (0, plan.deployer))
        );
        assembly ("memory-safe") {
            mstore(calls, count)
        }
    }

    /// @dev First, while the function is still the admin's.
    function _wireRegistry(Plan memory plan, bytes[] memory calls) private returns (uint256 count) {
        MembershipRegistry registry = MembershipRegistry(plan.at(Part.MembershipRegistry));
        if (registry.length() != 0) return 0;
        bytes memory append = abi.encodeCall(registry.append, (IMembership(plan.at(Part.Membership))));
        calls[count++] = _note(
            "append Membership to MembershipRegistry",
            abi.encodeCall(AccessManager.execute, (address(registry), append))
        );
    }

    function _wireFunctions(Plan memory plan, Configuration memory c, bytes[] memory calls, uint256 count)
        private
        returns (uint256)
    {
        Power[] memory powers = Powers.functions();
        for (uint256 i; i < powers.length; ++i) {
            Power memory power = powers[i];
            bytes4[] memory selectors = new bytes4[](1);
            selectors[0] = power.selector;
            address target = plan.at(power.target);
            calls[count++] = _note(
                string.concat(
                    string.concat("let ", Powers.labelOf(power.role), " call "),
                    string.concat(Plans.nameOf(power.target), ".", power.name)
                ),
                abi.encodeCall(AccessManager.setTargetFunctionRole, (target, selectors, power.role))
            );
        }
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (!Plans.isManaged(Part(i))) continue;
            calls[count++] = _note(
                string.concat(
                    "delay changes of ", Plans.nameOf(Part(i)), "'s powers by ", vm.toString(c.targetDelay), " s"
                ),
                abi.encodeCall(AccessManager.setTargetAdminDelay, (plan.addresses[i], uint32(c.targetDelay)))
            );
        }
        return count;
    }

    /// @dev Delays that are set here come into force late, after the AccessManager's setback of five days: Audit's
    /// `confirm` says when they have. Until then the timelock's own delay is all there is.
    function _wireRoles(Plan memory plan, Configuration memory c, bytes[] memory calls, uint256 count)
        private
        returns (uint256)
    {
        Office[] memory offices = Powers.offices(c, plan.at(Part.FeedPoster));
        for (uint256 i; i < offices.length; ++i) {
            Office memory office = offices[i];
            calls[count++] = abi.encodeCall(AccessManager.labelRole, (office.role, office.label));
            for (uint256 j; j < office.holders.length; ++j) {
                calls[count++] = _note(
                    string.concat(
                        string.concat("give ", office.label, " to ", vm.toString(office.holders[j])),
                        string.concat(", who waits ", vm.toString(office.executionDelay), " s before each call")
                    ),
                    abi.encodeCall(AccessManager.grantRole, (office.role, office.holders[j], office.executionDelay))
                );
            }
            if (office.guardian != 0) {
                calls[count++] = _note(
                    string.concat("let ", Powers.labelOf(office.guardian), " cancel what ", office.label, " announces"),
                    abi.encodeCall(AccessManager.setRoleGuardian, (office.role, office.guardian))
                );
            }
            if (office.grantDelay != 0) count = _wireGrantDelay(office.role, office.grantDelay, calls, count);
        }
        return _wireGrantDelay(0, uint32(c.grantDelay), calls, count);
    }

    function _wireGrantDelay(uint64 role, uint32 delay, bytes[] memory calls, uint256 count) private returns (uint256) {
        calls[count++] = _note(
            string.concat("delay new holders of ", Powers.labelOf(role), " by ", vm.toString(delay), " s"),
            abi.encodeCall(AccessManager.setGrantDelay, (role, delay))
        );
        return count;
    }

    function _note(string memory what, bytes memory call) private returns (bytes memory) {
        _details.push(what);
        return call;
    }

    function _send(string memory what, address to, bytes memory data) private {
        (bool success, bytes memory reason) = to.call(data);
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        if (!success) {
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
        _steps.push(Step(what, true, gas));
    }

    function _readBack(Plan memory plan, Configuration memory c) private view {
        Findings memory differences;
        Inspections.inspect(plan, c, differences, false);
        if (differences.count != 0) revert DeploymentDiffers(differences.all());
    }

    function _deployment(Plan memory plan) private pure returns (Deployment memory) {
        return Deployment(
            AccessManager(plan.at(Part.AccessManager)),
            TimelockController(payable(plan.at(Part.TimelockController))),
            plan.at(Part.BTSc),
            ReferencePrice(plan.at(Part.ReferencePrice)),
            RewardPool(plan.at(Part.RewardPool)),
            OperationPool(plan.at(Part.OperationPool)),
            StakingPool(plan.at(Part.StakingPool)),
            Membership(plan.at(Part.Membership)),
            MembershipRegistry(plan.at(Part.MembershipRegistry)),
            Staking(plan.at(Part.Staking)),
            RenewalLens(plan.at(Part.RenewalLens)),
            FeedPoster(plan.at(Part.FeedPoster))
        );
    }

    function _print(Configuration memory c, Plan memory plan) private {
        console2.log(
            string.concat(
                string.concat(c.network, ", chain ", vm.toString(c.chainId), ", version ", vm.toString(c.version)),
                string.concat(", by ", vm.toString(plan.deployer), " (whoever resumes must be the same):")
            )
        );
        uint256 total;
        for (uint256 i; i < _steps.length; ++i) {
            Step memory step = _steps[i];
            total += step.gas;
            console2.log(step.isSent ? string.concat(step.what, ", ", vm.toString(step.gas), " gas") : step.what);
        }
        for (uint256 i; i < _details.length; ++i) {
            console2.log(string.concat("          ", _details[i]));
        }
        console2.log(Costs.describe(total));
    }
}
