// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IGate} from "../../contracts/interfaces/IGate.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IMembershipRegistry} from "../../contracts/interfaces/IMembershipRegistry.sol";
import {IOperationPool} from "../../contracts/interfaces/IOperationPool.sol";
import {IReferencePrice} from "../../contracts/interfaces/IReferencePrice.sol";
import {IRewardPool} from "../../contracts/interfaces/IRewardPool.sol";
import {ISweepable} from "../../contracts/interfaces/ISweepable.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../../contracts/interfaces/IStakingPool.sol";
import {Configuration} from "./Configuration.sol";
import {Part} from "./Plan.sol";
import {Roles} from "./Roles.sol";

/// @notice `role` may call `selector`, which is `name`, of `target`.
struct Power {
    Part target;
    bytes4 selector;
    string name;
    uint64 role;
}

/// @notice Who holds a role, and when it counts.
/// @param executionDelay Seconds between announcing a call and making it.
/// @param grantDelay Seconds between giving the role and having it.
/// @param guardian The role that may cancel what this one has announced; 0 is the admin.
struct Office {
    uint64 role;
    string label;
    address[] holders;
    uint32 executionDelay;
    uint32 grantDelay;
    uint64 guardian;
}

/// @title Powers
/// @notice Everything that is restricted: Deploy wires from this list, Audit checks against it, tests iterate over it.
library Powers {
    uint256 private constant CAPACITY = 64;

    function functions() internal pure returns (Power[] memory list) {
        list = new Power[](CAPACITY);
        uint256 count = _price(list, 0);
        count = _membership(list, count);
        count = _staking(list, count);
        count = _pools(list, count);
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    /// @dev The admin, role 0, is not among them: it is the timelock's, announced and delayed there.
    /// @param feedPoster One more poster; zero where there is none.
    function offices(Configuration memory c, address feedPoster) internal pure returns (Office[] memory list) {
        uint32 delay = uint32(c.parametersDelay);
        uint32 grant = uint32(c.grantDelay);
        list = new Office[](6);
        list[0] = Office(Roles.PARAMETERS, "PARAMETERS", c.parameters, delay, grant, Roles.VETOER);
        // The guardian and the vetoer protect: a lost one must be replaced as fast as the timelock allows.
        list[1] = Office(Roles.GUARDIAN, "GUARDIAN", c.guardians, 0, 0, 0);
        list[2] = Office(Roles.POSTER, "POSTER", _with(c.posters, feedPoster), 0, grant, 0);
        list[3] = Office(Roles.SPENDER, "SPENDER", c.spenders, 0, grant, 0);
        list[4] = Office(Roles.PUBLISHER, "PUBLISHER", c.publishers, 0, grant, 0);
        list[5] = Office(Roles.VETOER, "VETOER", c.vetoers, 0, 0, 0);
    }

    function _with(address[] memory accounts, address another) private pure returns (address[] memory all) {
        if (another == address(0)) return accounts;
        all = new address[](accounts.length + 1);
        for (uint256 i; i < accounts.length; ++i) {
            all[i] = accounts[i];
        }
        all[accounts.length] = another;
    }

    function labelOf(uint64 role) internal pure returns (string memory) {
        if (role == 0) return "ADMIN";
        if (role == Roles.PARAMETERS) return "PARAMETERS";
        if (role == Roles.GUARDIAN) return "GUARDIAN";
        if (role == Roles.POSTER) return "POSTER";
        if (role == Roles.SPENDER) return "SPENDER";
        if (role == Roles.PUBLISHER) return "PUBLISHER";
        if (role == Roles.VETOER) return "VETOER";
        return "";
    }

    function _price(Power[] memory list, uint256 i) private pure returns (uint256) {
        Part part = Part.ReferencePrice;
        list[i++] = Power(part, IReferencePrice.post.selector, "post", Roles.POSTER);
        list[i++] = Power(part, IReferencePrice.setBand.selector, "setBand", Roles.PARAMETERS);
        list[i++] = Power(part, IReferencePrice.setMaximumMove.selector, "setMaximumMove", Roles.PARAMETERS);
        list[i++] = Power(part, IReferencePrice.setMaximumAge.selector, "setMaximumAge", Roles.PARAMETERS);
        return i;
    }

    function _membership(Power[] memory list, uint256 i) private pure returns (uint256) {
        Part part = Part.Membership;
        list[i++] = Power(part, IMembership.setFee.selector, "setFee", Roles.PARAMETERS);
        list[i++] = Power(part, IMembership.setSplit.selector, "setSplit", Roles.PARAMETERS);
        list[i++] = Power(Part.MembershipRegistry, IMembershipRegistry.append.selector, "append", Roles.PARAMETERS);
        return _sweep(list, _gate(list, i, part), part);
    }

    function _staking(Power[] memory list, uint256 i) private pure returns (uint256) {
        Part part = Part.Staking;
        list[i++] = Power(part, IStaking.setCooldown.selector, "setCooldown", Roles.PARAMETERS);
        list[i++] = Power(part, IStaking.setLevels.selector, "setLevels", Roles.PARAMETERS);
        return _sweep(list, _gate(list, i, part), part);
    }

    function _pools(Power[] memory list, uint256 i) private pure returns (uint256) {
        Part part = Part.RewardPool;
        list[i++] = Power(part, IRewardPool.publish.selector, "publish", Roles.PUBLISHER);
        list[i++] = Power(part, IRewardPool.veto.selector, "veto", Roles.VETOER);
        list[i++] = Power(part, IRewardPool.setEpochCap.selector, "setEpochCap", Roles.PARAMETERS);
        i = _sweep(list, i, part);
        part = Part.OperationPool;
        list[i++] = Power(part, IOperationPool.spend.selector, "spend", Roles.SPENDER);
        list[i++] = Power(part, IOperationPool.setBudget.selector, "setBudget", Roles.PARAMETERS);
        i = _sweep(list, i, part);
        part = Part.StakingPool;
        list[i++] = Power(part, IStakingPool.setRecipients.selector, "setRecipients", Roles.PARAMETERS);
        list[i++] = Power(part, IStakingPool.setReleaseShare.selector, "setReleaseShare", Roles.PARAMETERS);
        return _sweep(list, i, part);
    }

    function _gate(Power[] memory list, uint256 i, Part part) private pure returns (uint256) {
        list[i++] = Power(part, IGate.pause.selector, "pause", Roles.GUARDIAN);
        list[i++] = Power(part, IGate.unpause.selector, "unpause", Roles.PARAMETERS);
        list[i++] = Power(part, IGate.retire.selector, "retire", Roles.PARAMETERS);
        return i;
    }

    function _sweep(Power[] memory list, uint256 i, Part part) private pure returns (uint256) {
        list[i++] = Power(part, ISweepable.sweep.selector, "sweep", Roles.PARAMETERS);
        return i;
    }
}
