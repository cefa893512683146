// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {FeedPoster} from "../../contracts/FeedPoster.sol";
import {Membership} from "../../contracts/Membership.sol";
import {MembershipRegistry} from "../../contracts/MembershipRegistry.sol";
import {ReferencePrice} from "../../contracts/ReferencePrice.sol";
import {Staking} from "../../contracts/Staking.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IOperationPool} from "../../contracts/interfaces/IOperationPool.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../../contracts/interfaces/IStakingPool.sol";
import {Bounds} from "../../contracts/libraries/Bounds.sol";
import {OperationPool} from "../../contracts/pools/OperationPool.sol";
import {RewardPool} from "../../contracts/pools/RewardPool.sol";
import {StakingPool} from "../../contracts/pools/StakingPool.sol";
import {Configuration, Configurations} from "./Configuration.sol";
import {Formats} from "./Formats.sol";
import {Part, Plan, Plans} from "./Plan.sol";
import {Office, Power, Powers} from "./Powers.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice A parameter as people read it.
/// @param setter The function that changes it; empty where the value is part of the code for good.
/// @param wait How long the change is announced before it counts.
struct Parameter {
    Part part;
    string name;
    string configured;
    string minimum;
    string maximum;
    string setter;
    string role;
    string wait;
}

/// @title Parameters
/// @notice Every parameter with its default, its bounds, who changes it and how fast: SECURITY.md's table and what
/// Audit compares.
library Parameters {
    using Plans for Plan;

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant CAPACITY = 48;
    string private constant ANY = "any";

    struct List {
        Parameter[] items;
        uint256 count;
        Configuration c;
        address staking;
    }

    error SetterUnknown(Part part, string setter);

    /// @param staking Where Staking is: one of the recipients of what StakingPool releases.
    function list(Configuration memory c, address staking) internal pure returns (Parameter[] memory items) {
        List memory l = List(new Parameter[](CAPACITY), 0, c, staking);
        _price(l);
        if (c.feed != address(0)) _feed(l);
        _membership(l);
        _staking(l);
        _pools(l);
        items = l.items;
        uint256 count = l.count;
        assembly ("memory-safe") {
            mstore(items, count)
        }
    }

    /// @notice The delays of roles, in the same form. The code of the AccessManager does not bound them; Deploy does.
    function authority(Configuration memory c) internal pure returns (Parameter[] memory items) {
        string memory least = Formats.time(Configurations.MINIMUM_DELAY);
        string memory most = Formats.time(Configurations.MAXIMUM_DELAY);
        string memory announced = Formats.time(c.timelockDelay);
        // The AccessManager's own setback for delays that come late.
        string memory setback = string.concat(announced, ", and 5 days more");
        Part part = Part.AccessManager;
        items = new Parameter[](4);
        items[0] = Parameter(
            part, "delay of PARAMETERS", Formats.time(c.parametersDelay), least, most, "grantRole", "ADMIN", announced
        );
        items[1] = Parameter(
            part,
            "delay of new holders, but GUARDIAN and VETOER",
            Formats.time(c.grantDelay),
            least,
            most,
            "setGrantDelay",
            "ADMIN",
            setback
        );
        items[2] = Parameter(
            part,
            "delay of changes to a contract's powers",
            Formats.time(c.targetDelay),
            least,
            most,
            "setTargetAdminDelay",
            "ADMIN",
            setback
        );
        part = Part.TimelockController;
        items[3] = Parameter(part, "delay of ADMIN", announced, least, most, "updateDelay", "ADMIN", announced);
    }

    /// @notice What is in force, in the order of `list`.
    function read(Plan memory plan) internal view returns (string[] memory values) {
        values = new string[](CAPACITY);
        uint256 count = _readPrice(plan, values, 0);
        count = _readMembership(plan, values, count);
        count = _readStaking(plan, values, count);
        count = _readPools(plan, values, count);
        assembly ("memory-safe") {
            mstore(values, count)
        }
    }

    function _price(List memory l) private pure {
        Configuration memory c = l.c;
        Part part = Part.ReferencePrice;
        string memory lowest = string.concat(vm.toString(Bounds.MINIMUM_PRICE), " wei");
        string memory highest = "2^128 - 1 wei";
        _add(l, part, "price (BTSc per unit of reference currency)", Formats.amount(c.initialPrice));
        _bound(l, "the band's minimum", "the band's maximum", "post");
        _add(l, part, "minimum of the band", Formats.amount(c.bandMinimum));
        _bound(l, lowest, highest, "setBand");
        _add(l, part, "maximum of the band", Formats.amount(c.bandMaximum));
        _bound(l, lowest, highest, "setBand");
        _add(l, part, "largest move in 24 hours", Formats.percent(c.maximumMove));
        _bound(
            l, Formats.percent(Bounds.MINIMUM_PRICE_MOVE), Formats.percent(Bounds.MAXIMUM_PRICE_MOVE), "setMaximumMove"
        );
        _add(l, part, "greatest age", Formats.time(c.maximumAge));
        _bound(l, Formats.time(Bounds.MINIMUM_PRICE_AGE), Formats.time(Bounds.MAXIMUM_PRICE_AGE), "setMaximumAge");
    }

    function _feed(List memory l) private pure {
        _add(l, Part.FeedPoster, "greatest age of a round", Formats.time(l.c.feedAge));
        _bound(l, Formats.time(Bounds.MINIMUM_FEED_AGE), Formats.time(Bounds.MAXIMUM_FEED_AGE), "");
    }

    function _membership(List memory l) private pure {
        Configuration memory c = l.c;
        Part part = Part.Membership;
        string memory lowest = Formats.amount(Bounds.MINIMUM_FEE);
        string memory highest = Formats.amount(Bounds.MAXIMUM_FEE);
        _add(l, part, "fee of Normal per period (reference currency)", Formats.amount(c.normalFee));
        _bound(l, lowest, highest, "setFee");
        _add(l, part, "fee of Pro per period (reference currency)", Formats.amount(c.proFee));
        _bound(l, lowest, highest, "setFee");
        _add(l, part, "share of income to the reward pool", Formats.percent(c.rewardShare));
        _bound(l, "0 %", "100 %", "setSplit");
        _add(l, part, "share of income to the operation pool", Formats.percent(c.operationShare));
        _bound(l, "0 %", "100 %", "setSplit");
        _add(l, part, "share of income to the staking pool", Formats.percent(c.stakingShare));
        _bound(l, "0 %", "100 %", "setSplit");
        _add(l, Part.MembershipRegistry, "delay of a successor", Formats.time(c.succession));
        _bound(l, Formats.time(Bounds.MINIMUM_SUCCESSION), Formats.time(Bounds.MAXIMUM_SUCCESSION), "");
    }

    function _staking(List memory l) private pure {
        Configuration memory c = l.c;
        _add(l, Part.Staking, "time over which rewards are given", Formats.time(c.rewardTime));
        _bound(l, Formats.time(Bounds.MINIMUM_REWARD_TIME), Formats.time(Bounds.MAXIMUM_REWARD_TIME), "");
        _add(l, Part.Staking, "cooldown", Formats.time(c.cooldown));
        _bound(l, "0 s", Formats.time(Bounds.MAXIMUM_COOLDOWN), "setCooldown");
        _add(l, Part.Staking, "levels (stake held for)", _levels(Plans.levelsOf(c)));
        _bound(l, "none", string.concat(vm.toString(Bounds.MAXIMUM_LEVELS), " levels"), "setLevels");
    }

    function _pools(List memory l) private pure {
        Configuration memory c = l.c;
        string memory shortest = Formats.time(Bounds.MINIMUM_EPOCH);
        string memory longest = Formats.time(Bounds.MAXIMUM_EPOCH);
        _add(l, Part.RewardPool, "epoch", Formats.time(c.rewardEpoch));
        _bound(l, shortest, longest, "");
        _add(l, Part.RewardPool, "challenge time", Formats.time(c.challenge));
        _bound(l, Formats.time(Bounds.MINIMUM_CHALLENGE), Formats.time(Bounds.MAXIMUM_CHALLENGE), "");
        _add(l, Part.RewardPool, "highest cap per epoch (BTSc)", Formats.amount(c.maximumEpochCap));
        _bound(l, "0", ANY, "");
        _add(l, Part.RewardPool, "cap per epoch (BTSc)", Formats.amount(c.epochCap));
        _bound(l, "0", "the highest cap", "setEpochCap");
        _add(l, Part.OperationPool, "epoch", Formats.time(c.operationEpoch));
        _bound(l, shortest, longest, "");
        _add(l, Part.OperationPool, "highest budget per epoch and purpose (BTSc)", Formats.amount(c.maximumBudget));
        _bound(l, "0", ANY, "");
        for (uint8 purpose; purpose < c.budgets.length; ++purpose) {
            string memory name = string.concat("budget per epoch for ", _purpose(purpose), " (BTSc)");
            _add(l, Part.OperationPool, name, Formats.amount(c.budgets[purpose]));
            _bound(l, "0", "the highest budget", "setBudget");
        }
        _add(l, Part.StakingPool, "epoch", Formats.time(c.stakingEpoch));
        _bound(l, shortest, longest, "");
        _add(l, Part.StakingPool, "share of the balance released per epoch", Formats.percent(c.releaseShare));
        _bound(l, "0 %", "100 %", "setReleaseShare");
        _add(l, Part.StakingPool, "recipients of a release", _recipients(Plans.recipientsOf(c, l.staking), l.staking));
        _bound(l, "1", vm.toString(Bounds.MAXIMUM_RECIPIENTS), "setRecipients");
    }

    function _readPrice(Plan memory plan, string[] memory values, uint256 i) private view returns (uint256) {
        ReferencePrice price = ReferencePrice(plan.at(Part.ReferencePrice));
        (uint256 latest,) = price.latestPrice();
        (uint256 minimum, uint256 maximum) = price.band();
        values[i++] = Formats.amount(latest);
        values[i++] = Formats.amount(minimum);
        values[i++] = Formats.amount(maximum);
        values[i++] = Formats.percent(price.maximumMove());
        values[i++] = Formats.time(price.maximumAge());
        if (plan.has(Part.FeedPoster)) {
            values[i++] = Formats.time(FeedPoster(plan.at(Part.FeedPoster)).maximumFeedAge());
        }
        return i;
    }

    function _readMembership(Plan memory plan, string[] memory values, uint256 i) private view returns (uint256) {
        Membership membership = Membership(plan.at(Part.Membership));
        (uint16 reward, uint16 operation, uint16 staking) = membership.split();
        values[i++] = Formats.amount(membership.feeOf(IMembership.Tier.Normal));
        values[i++] = Formats.amount(membership.feeOf(IMembership.Tier.Pro));
        values[i++] = Formats.percent(reward);
        values[i++] = Formats.percent(operation);
        values[i++] = Formats.percent(staking);
        values[i++] = Formats.time(MembershipRegistry(plan.at(Part.MembershipRegistry)).delay());
        return i;
    }

    function _readStaking(Plan memory plan, string[] memory values, uint256 i) private view returns (uint256) {
        Staking staking = Staking(plan.at(Part.Staking));
        values[i++] = Formats.time(staking.rewardTime());
        values[i++] = Formats.time(staking.cooldown());
        values[i++] = _levels(staking.levels());
        return i;
    }

    function _readPools(Plan memory plan, string[] memory values, uint256 i) private view returns (uint256) {
        RewardPool rewardPool = RewardPool(plan.at(Part.RewardPool));
        values[i++] = Formats.time(rewardPool.epochLength());
        values[i++] = Formats.time(rewardPool.challengeTime());
        values[i++] = Formats.amount(rewardPool.maximumEpochCap());
        values[i++] = Formats.amount(rewardPool.epochCap());
        OperationPool operationPool = OperationPool(plan.at(Part.OperationPool));
        values[i++] = Formats.time(operationPool.epochLength());
        values[i++] = Formats.amount(operationPool.maximumBudget());
        for (uint8 purpose; purpose <= uint8(type(IOperationPool.Purpose).max); ++purpose) {
            values[i++] = Formats.amount(operationPool.budgetOf(IOperationPool.Purpose(purpose)));
        }
        StakingPool stakingPool = StakingPool(plan.at(Part.StakingPool));
        values[i++] = Formats.time(stakingPool.epochLength());
        values[i++] = Formats.percent(stakingPool.releaseShare());
        values[i++] = _recipients(stakingPool.recipients(), plan.at(Part.Staking));
        return i;
    }

    function _add(List memory l, Part part, string memory name, string memory configured) private pure {
        l.items[l.count++] = Parameter(part, name, configured, "", "", "", "", "");
    }

    /// @dev Of the parameter that was added last.
    function _bound(List memory l, string memory minimum, string memory maximum, string memory setter) private pure {
        Parameter memory parameter = l.items[l.count - 1];
        (parameter.minimum, parameter.maximum, parameter.setter) = (minimum, maximum, setter);
        (parameter.role, parameter.wait) =
            bytes(setter).length == 0 ? ("nobody", "never") : _changer(l.c, parameter.part, setter);
    }

    function _changer(Configuration memory c, Part part, string memory setter)
        private
        pure
        returns (string memory role, string memory wait)
    {
        Power[] memory powers = Powers.functions();
        for (uint256 i; i < powers.length; ++i) {
            if (powers[i].target != part || keccak256(bytes(powers[i].name)) != keccak256(bytes(setter))) continue;
            Office[] memory offices = Powers.offices(c, address(0));
            for (uint256 j; j < offices.length; ++j) {
                if (offices[j].role == powers[i].role) {
                    return (offices[j].label, Formats.wait(offices[j].executionDelay));
                }
            }
        }
        revert SetterUnknown(part, setter);
    }

    function _levels(IStaking.Level[] memory levels) private pure returns (string memory) {
        string[] memory parts = new string[](levels.length);
        for (uint256 i; i < parts.length; ++i) {
            parts[i] =
                string.concat(Formats.amount(levels[i].minimumAmount), " for ", Formats.time(levels[i].minimumHeld));
        }
        return Formats.join(parts);
    }

    function _recipients(IStakingPool.Recipient[] memory recipients, address staking)
        private
        pure
        returns (string memory)
    {
        string[] memory parts = new string[](recipients.length);
        for (uint256 i; i < parts.length; ++i) {
            address account = recipients[i].account;
            string memory who = account == staking ? "Staking" : vm.toString(account);
            parts[i] = string.concat(Formats.percent(recipients[i].share), " to ", who);
        }
        return Formats.join(parts);
    }

    function _purpose(uint8 purpose) private pure returns (string memory) {
        return ["AI", "operation", "moderation", "maintenance"][purpose];
    }
}
