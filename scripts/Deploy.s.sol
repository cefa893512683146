// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Script} from "forge-std/Script.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {BTSc} from "../contracts/BTSc.sol";
import {Membership} from "../contracts/Membership.sol";
import {MembershipRegistry} from "../contracts/MembershipRegistry.sol";
import {ReferencePrice} from "../contracts/ReferencePrice.sol";
import {Staking} from "../contracts/Staking.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {ISweepable} from "../contracts/interfaces/ISweepable.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {OperationPool} from "../contracts/pools/OperationPool.sol";
import {RewardPool} from "../contracts/pools/RewardPool.sol";
import {StakingPool} from "../contracts/pools/StakingPool.sol";
import {Configuration, Configurations} from "./lib/Configuration.sol";
import {Roles} from "./lib/Roles.sol";

/// @title Deploy
/// @notice The only way to deploy: everything that scripts/config/<network>.toml describes, wired, with no power left to
/// the deployer.
/// @dev forge script scripts/Deploy.s.sol --sig 'run(string)' <network> --rpc-url <url> --slow --broadcast
/// and, to sign, on the local chain: --unlocked --sender 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266,
/// elsewhere: --account <keystore>, or --ledger.
/// With --slow one transaction waits for the one before. Without it an anvil that mines at once now and then loses one
/// of those that reach it together, and forge waits for that one for ever.
/// Without --broadcast it is a dry run, which checks everything and writes nothing. With it, addresses, blocks and
/// constructor arguments go to scripts/deployments/<chain id>.json. Forge runs the script before it sends, so the file is
/// there before the transactions are, and counts once forge has exited with 0. Its blocks are the last one before the
/// deployment began: scanning from there misses nothing.
contract Deploy is Script {
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
    }

    struct Entry {
        string name;
        address at;
        bytes constructorArguments;
    }

    error CreationFailed(string name);

    Entry[] private _entries;

    function run(string calldata network) external {
        uint256 start = block.number;
        Configuration memory c = Configurations.read(network);
        Deployment memory deployed = deploy(c);
        if (vm.isContext(VmSafe.ForgeContext.ScriptBroadcast)) _write(c.network, start, IERC20(deployed.token));
    }

    function deploy(Configuration memory c) public returns (Deployment memory deployed) {
        Configurations.check(c);
        delete _entries;
        vm.startBroadcast();
        (, address deployer,) = vm.readCallers();
        _createToken(c, deployed);
        _createAuthority(c, deployed, deployer);
        _createPools(c, deployed);
        _createMembership(c, deployed);
        _assignFunctions(deployed);
        _grantRoles(c, deployed.manager);
        // Last, so that nothing after it could need the power that is given away.
        deployed.manager.grantRole(deployed.manager.ADMIN_ROLE(), address(deployed.timelock), 0);
        deployed.manager.renounceRole(deployed.manager.ADMIN_ROLE(), deployer);
        vm.stopBroadcast();
    }

    function _createToken(Configuration memory c, Deployment memory deployed) private {
        if (c.token == address(0)) {
            deployed.token = _create("BTSc", type(BTSc).creationCode, abi.encode(c.initialHolder));
        } else {
            deployed.token = c.token;
            _entries.push(Entry("BTSc", c.token, ""));
        }
    }

    function _createAuthority(Configuration memory c, Deployment memory deployed, address deployer) private {
        deployed.manager =
            AccessManager(_create("AccessManager", type(AccessManager).creationCode, abi.encode(deployer)));
        deployed.timelock = TimelockController(
            payable(_create(
                    "TimelockController",
                    type(TimelockController).creationCode,
                    abi.encode(c.timelockDelay, c.proposers, c.executors, address(0))
                ))
        );
    }

    function _createPools(Configuration memory c, Deployment memory deployed) private {
        address manager = address(deployed.manager);
        deployed.rewardPool = RewardPool(
            _create(
                "RewardPool",
                type(RewardPool).creationCode,
                abi.encode(manager, deployed.token, c.rewardEpoch, c.challenge, c.maximumEpochCap, c.epochCap)
            )
        );
        deployed.operationPool = OperationPool(
            _create(
                "OperationPool",
                type(OperationPool).creationCode,
                abi.encode(manager, deployed.token, c.operationEpoch, c.maximumBudget, c.budgets)
            )
        );
        IStakingPool.Recipient[] memory recipients = new IStakingPool.Recipient[](c.recipients.length);
        for (uint256 i; i < recipients.length; ++i) {
            recipients[i] = IStakingPool.Recipient(c.recipients[i], uint16(c.recipientShares[i]));
        }
        deployed.stakingPool = StakingPool(
            _create(
                "StakingPool",
                type(StakingPool).creationCode,
                abi.encode(manager, deployed.token, c.stakingEpoch, c.releaseShare, recipients)
            )
        );
    }

    function _createMembership(Configuration memory c, Deployment memory deployed) private {
        address manager = address(deployed.manager);
        deployed.price = ReferencePrice(
            _create(
                "ReferencePrice",
                type(ReferencePrice).creationCode,
                abi.encode(manager, c.initialPrice, c.bandMinimum, c.bandMaximum, c.maximumMove, c.maximumAge)
            )
        );
        Membership.Pools memory pools = Membership.Pools(
            address(deployed.rewardPool), address(deployed.operationPool), address(deployed.stakingPool)
        );
        Membership.Terms memory terms = Membership.Terms(
            uint96(c.normalFee),
            uint96(c.proFee),
            uint16(c.rewardShare),
            uint16(c.operationShare),
            uint16(c.stakingShare)
        );
        deployed.membership = Membership(
            _create(
                "Membership",
                type(Membership).creationCode,
                abi.encode(manager, deployed.token, deployed.price, address(0), pools, terms)
            )
        );
        deployed.registry = MembershipRegistry(
            _create("MembershipRegistry", type(MembershipRegistry).creationCode, abi.encode(manager, c.succession))
        );
        deployed.registry.append(IMembership(address(deployed.membership)));
        IStaking.Level[] memory levels = new IStaking.Level[](c.levelAmounts.length);
        for (uint256 i; i < levels.length; ++i) {
            levels[i] = IStaking.Level(uint128(c.levelAmounts[i]), uint40(c.levelTimes[i]));
        }
        deployed.staking = Staking(
            _create(
                "Staking",
                type(Staking).creationCode,
                abi.encode(manager, deployed.token, deployed.registry, c.cooldown, levels)
            )
        );
    }

    /// @dev Every `restricted` function has its role here; one that were forgotten would be the admin's alone.
    function _assignFunctions(Deployment memory d) private {
        bytes4[] memory price = _selectors(
            ReferencePrice.setBand.selector,
            ReferencePrice.setMaximumMove.selector,
            ReferencePrice.setMaximumAge.selector
        );
        bytes4[] memory membership =
            _selectors(Membership.setFee.selector, Membership.setSplit.selector, IGate.unpause.selector);
        bytes4[] memory staking =
            _selectors(Staking.setCooldown.selector, Staking.setLevels.selector, IGate.unpause.selector);
        bytes4[] memory stakingPool =
            _selectors(StakingPool.setRecipients.selector, StakingPool.setReleaseShare.selector);
        AccessManager manager = d.manager;
        manager.setTargetFunctionRole(address(d.price), price, Roles.PARAMETERS);
        manager.setTargetFunctionRole(address(d.membership), membership, Roles.PARAMETERS);
        manager.setTargetFunctionRole(address(d.staking), staking, Roles.PARAMETERS);
        manager.setTargetFunctionRole(address(d.stakingPool), stakingPool, Roles.PARAMETERS);
        bytes4[] memory gate = _selectors(IGate.retire.selector, ISweepable.sweep.selector);
        manager.setTargetFunctionRole(address(d.membership), gate, Roles.PARAMETERS);
        manager.setTargetFunctionRole(address(d.staking), gate, Roles.PARAMETERS);
        _assign(manager, address(d.rewardPool), ISweepable.sweep.selector, Roles.PARAMETERS);
        _assign(manager, address(d.operationPool), ISweepable.sweep.selector, Roles.PARAMETERS);
        _assign(manager, address(d.stakingPool), ISweepable.sweep.selector, Roles.PARAMETERS);
        _assign(manager, address(d.registry), MembershipRegistry.append.selector, Roles.PARAMETERS);
        _assign(manager, address(d.operationPool), OperationPool.setBudget.selector, Roles.PARAMETERS);
        _assign(manager, address(d.rewardPool), RewardPool.setEpochCap.selector, Roles.PARAMETERS);
        _assign(manager, address(d.membership), IGate.pause.selector, Roles.GUARDIAN);
        _assign(manager, address(d.staking), IGate.pause.selector, Roles.GUARDIAN);
        _assign(manager, address(d.price), ReferencePrice.post.selector, Roles.POSTER);
        _assign(manager, address(d.operationPool), OperationPool.spend.selector, Roles.SPENDER);
        _assign(manager, address(d.rewardPool), RewardPool.publish.selector, Roles.PUBLISHER);
        _assign(manager, address(d.rewardPool), RewardPool.veto.selector, Roles.VETOER);
    }

    function _grantRoles(Configuration memory c, AccessManager manager) private {
        _grant(manager, Roles.PARAMETERS, "PARAMETERS", c.parameters, uint32(c.parametersDelay));
        _grant(manager, Roles.GUARDIAN, "GUARDIAN", c.guardians, 0);
        _grant(manager, Roles.POSTER, "POSTER", c.posters, 0);
        _grant(manager, Roles.SPENDER, "SPENDER", c.spenders, 0);
        _grant(manager, Roles.PUBLISHER, "PUBLISHER", c.publishers, 0);
        _grant(manager, Roles.VETOER, "VETOER", c.vetoers, 0);
        // Who steals the key to the parameters can then be stopped within the delay; the admin's own delay may be as long.
        manager.setRoleGuardian(Roles.PARAMETERS, Roles.VETOER);
    }

    function _grant(AccessManager manager, uint64 role, string memory label, address[] memory holders, uint32 delay)
        private
    {
        manager.labelRole(role, label);
        for (uint256 i; i < holders.length; ++i) {
            manager.grantRole(role, holders[i], delay);
        }
    }

    function _assign(AccessManager manager, address target, bytes4 selector, uint64 role) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }

    /// @dev By hand and not by `new`, so that the arguments that are written down are the ones that were used.
    function _create(string memory name, bytes memory code, bytes memory arguments) private returns (address at) {
        bytes memory initCode = bytes.concat(code, arguments);
        assembly ("memory-safe") {
            at := create(0, add(initCode, 0x20), mload(initCode))
        }
        if (at == address(0)) revert CreationFailed(name);
        _entries.push(Entry(name, at, arguments));
    }

    /// @dev The opening balance is what an address held of BTSc before it was ours: a mirror that counts transfers from here
    /// on has to begin with it.
    function _write(string memory network, uint256 start, IERC20 token) private {
        string memory list;
        for (uint256 i; i < _entries.length; ++i) {
            Entry memory entry = _entries[i];
            list = string.concat(
                list,
                i == 0 ? "" : ",\n",
                string.concat('    "', entry.name, '": {\n      "address": "', vm.toString(entry.at)),
                string.concat('",\n      "block": ', vm.toString(start)),
                string.concat(',\n      "openingBalance": "', vm.toString(token.balanceOf(entry.at)), '"'),
                string.concat(',\n      "constructorArguments": "', vm.toString(entry.constructorArguments), '"\n    }')
            );
        }
        string memory json = string.concat(
            string.concat('{\n  "chainId": ', vm.toString(block.chainid), ',\n  "network": "', network),
            string.concat('",\n  "block": ', vm.toString(start), ',\n  "contracts": {\n', list, "\n  }\n}\n")
        );
        vm.writeFile(string.concat("scripts/deployments/", vm.toString(block.chainid), ".json"), json);
    }

    function _selectors(bytes4 a, bytes4 b) private pure returns (bytes4[] memory list) {
        list = new bytes4[](2);
        (list[0], list[1]) = (a, b);
    }

    function _selectors(bytes4 a, bytes4 b, bytes4 c) private pure returns (bytes4[] memory list) {
        list = new bytes4[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }
}
