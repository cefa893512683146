// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {BTSc} from "../../contracts/BTSc.sol";
import {FeedPoster} from "../../contracts/FeedPoster.sol";
import {Membership} from "../../contracts/Membership.sol";
import {MembershipRegistry} from "../../contracts/MembershipRegistry.sol";
import {RenewalLens} from "../../contracts/RenewalLens.sol";
import {ReferencePrice} from "../../contracts/ReferencePrice.sol";
import {Staking} from "../../contracts/Staking.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../../contracts/interfaces/IStakingPool.sol";
import {OperationPool} from "../../contracts/pools/OperationPool.sol";
import {RewardPool} from "../../contracts/pools/RewardPool.sol";
import {StakingPool} from "../../contracts/pools/StakingPool.sol";
import {Configuration} from "./Configuration.sol";

/// @dev The contracts of a deployment, in the order in which they are created. The AccessManager is the last: before it
/// exists its admin, the deployer, has no power at all.
enum Part {
    BTSc,
    TimelockController,
    ReferencePrice,
    MembershipRegistry,
    Staking,
    RewardPool,
    OperationPool,
    StakingPool,
    Membership,
    RenewalLens,
    FeedPoster,
    AccessManager
}

/// @notice Where each part will be, and what is sent to create it. The arrays are indexed by `Part`.
/// @param addresses Zero for a part that this deployment does without.
/// @param initCodes Empty for a part that exists before the deployment.
struct Plan {
    bytes32 salt;
    address deployer;
    address[] addresses;
    bytes[] arguments;
    bytes[] initCodes;
}

/// @title Plans
/// @notice Every address of a deployment follows from source, configuration and deployer alone (CREATE2).
library Plans {
    /// @dev The deterministic deployment proxy, at this address on every chain that has it.
    address internal constant FACTORY = 0x4e59b44847b379578588920cA78FbF26c0B4956C;
    bytes32 internal constant FACTORY_CODE_HASH = 0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989;
    uint256 internal constant PARTS = uint256(type(Part).max) + 1;

    function make(Configuration memory c, address deployer) internal view returns (Plan memory plan) {
        plan.salt = bytes32(c.version);
        plan.deployer = deployer;
        plan.addresses = new address[](PARTS);
        plan.arguments = new bytes[](PARTS);
        plan.initCodes = new bytes[](PARTS);
        _planAuthority(plan, c);
        _planToken(plan, c);
        _planPrice(plan, c);
        _planStaking(plan, c);
        _planPools(plan, c);
        planMembership(plan, c);
        if (c.feed == address(0)) return plan;
        _put(plan, Part.FeedPoster, abi.encode(c.feed, at(plan, Part.ReferencePrice), c.feedAge));
    }

    /// @dev On its own, because a succession deploys a Membership with its lens and nothing else.
    function planMembership(Plan memory plan, Configuration memory c) internal view {
        Membership.Pools memory pools =
            Membership.Pools(at(plan, Part.RewardPool), at(plan, Part.OperationPool), at(plan, Part.StakingPool));
        Membership.Terms memory terms = Membership.Terms(
            uint96(c.normalFee),
            uint96(c.proFee),
            uint16(c.rewardShare),
            uint16(c.operationShare),
            uint16(c.stakingShare)
        );
        bytes memory arguments = abi.encode(
            at(plan, Part.AccessManager),
            at(plan, Part.BTSc),
            at(plan, Part.ReferencePrice),
            c.predecessor,
            pools,
            terms
        );
        _put(plan, Part.Membership, arguments);
        _put(plan, Part.RenewalLens, abi.encode(at(plan, Part.Membership)));
    }

    function at(Plan memory plan, Part part) internal pure returns (address) {
        return plan.addresses[uint256(part)];
    }

    function has(Plan memory plan, Part part) internal pure returns (bool) {
        return at(plan, part) != address(0);
    }

    function nameOf(Part part) internal pure returns (string memory) {
        if (part == Part.BTSc) return "BTSc";
        if (part == Part.TimelockController) return "TimelockController";
        if (part == Part.ReferencePrice) return "ReferencePrice";
        if (part == Part.MembershipRegistry) return "MembershipRegistry";
        if (part == Part.Staking) return "Staking";
        if (part == Part.RewardPool) return "RewardPool";
        if (part == Part.OperationPool) return "OperationPool";
        if (part == Part.StakingPool) return "StakingPool";
        if (part == Part.Membership) return "Membership";
        if (part == Part.RenewalLens) return "RenewalLens";
        if (part == Part.FeedPoster) return "FeedPoster";
        return "AccessManager";
    }

    /// @dev What the source compiles to; the arguments follow it.
    function codeOf(Part part) internal view returns (bytes memory) {
        if (part == Part.BTSc) return type(BTSc).creationCode;
        if (part == Part.TimelockController) return type(TimelockController).creationCode;
        if (part == Part.ReferencePrice) return type(ReferencePrice).creationCode;
        if (part == Part.MembershipRegistry) return type(MembershipRegistry).creationCode;
        if (part == Part.Staking) return type(Staking).creationCode;
        if (part == Part.RewardPool) return type(RewardPool).creationCode;
        if (part == Part.OperationPool) return type(OperationPool).creationCode;
        if (part == Part.StakingPool) return type(StakingPool).creationCode;
        if (part == Part.Membership) return type(Membership).creationCode;
        if (part == Part.RenewalLens) return type(RenewalLens).creationCode;
        if (part == Part.FeedPoster) return type(FeedPoster).creationCode;
        return type(AccessManager).creationCode;
    }

    /// @dev Whether the AccessManager decides who may call what of it.
    function isManaged(Part part) internal pure returns (bool) {
        if (part == Part.RenewalLens || part == Part.FeedPoster) return false;
        return part != Part.BTSc && part != Part.TimelockController && part != Part.AccessManager;
    }

    function addressOf(bytes32 salt, bytes memory initCode) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", FACTORY, salt, keccak256(initCode))))));
    }

    function _planAuthority(Plan memory plan, Configuration memory c) private view {
        _put(plan, Part.AccessManager, abi.encode(plan.deployer));
        bytes memory arguments = abi.encode(c.timelockDelay, c.proposers, c.executors, address(0));
        _put(plan, Part.TimelockController, arguments);
    }

    function _planToken(Plan memory plan, Configuration memory c) private view {
        if (c.token == address(0)) _put(plan, Part.BTSc, abi.encode(c.initialHolder));
        else plan.addresses[uint256(Part.BTSc)] = c.token;
    }

    function _planPrice(Plan memory plan, Configuration memory c) private view {
        bytes memory arguments = abi.encode(
            at(plan, Part.AccessManager), c.initialPrice, c.bandMinimum, c.bandMaximum, c.maximumMove, c.maximumAge
        );
        _put(plan, Part.ReferencePrice, arguments);
    }

    function _planStaking(Plan memory plan, Configuration memory c) private view {
        address manager = at(plan, Part.AccessManager);
        bytes memory arguments = abi.encode(manager, c.succession);
        _put(plan, Part.MembershipRegistry, arguments);
        arguments = abi.encode(
            manager, at(plan, Part.BTSc), at(plan, Part.MembershipRegistry), c.rewardTime, c.cooldown, levelsOf(c)
        );
        _put(plan, Part.Staking, arguments);
    }

    function _planPools(Plan memory plan, Configuration memory c) private view {
        address manager = at(plan, Part.AccessManager);
        address token = at(plan, Part.BTSc);
        bytes memory arguments = abi.encode(manager, token, c.rewardEpoch, c.challenge, c.maximumEpochCap, c.epochCap);
        _put(plan, Part.RewardPool, arguments);
        arguments = abi.encode(manager, token, c.operationEpoch, c.maximumBudget, c.budgets);
        _put(plan, Part.OperationPool, arguments);
        arguments = abi.encode(manager, token, c.stakingEpoch, c.releaseShare, recipientsOf(c, at(plan, Part.Staking)));
        _put(plan, Part.StakingPool, arguments);
    }

    function levelsOf(Configuration memory c) internal pure returns (IStaking.Level[] memory levels) {
        levels = new IStaking.Level[](c.levelAmounts.length);
        for (uint256 i; i < levels.length; ++i) {
            levels[i] = IStaking.Level(uint128(c.levelAmounts[i]), uint40(c.levelTimes[i]));
        }
    }

    /// @dev Staking is the last, so that it gets what rounding leaves.
    function recipientsOf(Configuration memory c, address staking)
        internal
        pure
        returns (IStakingPool.Recipient[] memory recipients)
    {
        uint256 features = c.recipients.length;
        recipients = new IStakingPool.Recipient[](c.stakersShare == 0 ? features : features + 1);
        for (uint256 i; i < features; ++i) {
            recipients[i] = IStakingPool.Recipient(c.recipients[i], uint16(c.recipientShares[i]));
        }
        if (c.stakersShare != 0) recipients[features] = IStakingPool.Recipient(staking, uint16(c.stakersShare));
    }

    function _put(Plan memory plan, Part part, bytes memory arguments) private view {
        bytes memory initCode = bytes.concat(codeOf(part), arguments);
        plan.arguments[uint256(part)] = arguments;
        plan.initCodes[uint256(part)] = initCode;
        plan.addresses[uint256(part)] = addressOf(plan.salt, initCode);
    }
}
