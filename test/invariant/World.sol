// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Membership} from "../../contracts/Membership.sol";
import {MembershipRegistry} from "../../contracts/MembershipRegistry.sol";
import {ReferencePrice} from "../../contracts/ReferencePrice.sol";
import {Staking} from "../../contracts/Staking.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IReferencePrice} from "../../contracts/interfaces/IReferencePrice.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {OperationPool} from "../../contracts/pools/OperationPool.sol";
import {RewardPool} from "../../contracts/pools/RewardPool.sol";
import {StakingPool} from "../../contracts/pools/StakingPool.sol";
import {BaseTest} from "../BaseTest.sol";
import {EventMirror} from "./EventMirror.sol";

struct Contracts {
    IERC20 token;
    Membership membership;
    MembershipRegistry registry;
    Staking staking;
    ReferencePrice referencePrice;
    RewardPool rewardPool;
    OperationPool operationPool;
    StakingPool stakingPool;
}

/// @dev The contracts, a few members, and what is looked at around every action: the mirror reads the logs, and nobody
/// but the actor may have lost time, principal or tokens.
abstract contract World is BaseTest {
    uint256 internal constant MEMBERS = 5;

    /// @dev What a member has that others could take.
    struct Belongings {
        uint256 normalTime;
        uint256 proTime;
        uint256 principal;
        uint256 wallet;
    }

    EventMirror public mirror;
    // Sent outside of the contracts' own functions.
    mapping(address to => uint256) public donated;

    Account[] private _members;

    constructor() {
        vm.recordLogs();
        setUp();
        _members.push(alice);
        _members.push(bob);
        _members.push(carol);
        while (_members.length < MEMBERS) {
            Account memory member = makeAccount(vm.toString(_members.length));
            fund(member.addr);
            _members.push(member);
        }
        address[] memory ours = new address[](7);
        (ours[0], ours[1], ours[2]) = (address(membership), address(staking), address(referencePrice));
        (ours[3], ours[4], ours[5]) = (address(rewardPool), address(operationPool), address(stakingPool));
        ours[6] = address(registry);
        mirror = new EventMirror(address(token), address(staking), ours);
        mirror.read(vm.getRecordedLogs());
    }

    /// @dev Some time passes first, in which the poster is mostly awake. Then the mirror reads what the action does, and
    /// what everybody but `actor` has is compared.
    modifier acts(address actor) {
        uint256 seed = uint256(keccak256(msg.data));
        letTimePass(seed % 3 days, seed >> 128 & 7 != 0);
        Belongings[MEMBERS] memory before = _belongings();
        vm.recordLogs();
        _;
        mirror.read(vm.getRecordedLogs());
        Belongings[MEMBERS] memory afterwards = _belongings();
        for (uint256 i; i < MEMBERS; ++i) {
            if (_members[i].addr == actor) continue;
            assertGe(afterwards[i].normalTime, before[i].normalTime, "Normal time shrinks by its owner's action alone");
            assertGe(afterwards[i].proTime, before[i].proTime, "Pro time shrinks by its owner's action alone");
            assertEq(afterwards[i].principal, before[i].principal, "principal changes by its owner's action alone");
            assertGe(afterwards[i].wallet, before[i].wallet, "tokens leave a wallet by its owner's action alone");
        }
    }

    function contracts() external view returns (Contracts memory) {
        return Contracts(token, membership, registry, staking, referencePrice, rewardPool, operationPool, stakingPool);
    }

    function members() external view returns (address[] memory list) {
        list = new address[](MEMBERS);
        for (uint256 i; i < MEMBERS; ++i) {
            list[i] = _members[i].addr;
        }
    }

    function memberOf(uint256 seed) internal view returns (Account memory) {
        return _members[seed % MEMBERS];
    }

    function memberAt(address account) internal view returns (Account memory found) {
        for (uint256 i; i < MEMBERS; ++i) {
            if (_members[i].addr == account) found = _members[i];
        }
    }

    function tierOf(bool pro) internal pure returns (IMembership.Tier) {
        return pro ? PRO : NORMAL;
    }

    function letTimePass(uint256 duration, bool posterIsAwake) internal {
        skip(duration);
        if (!posterIsAwake) return;
        vm.recordLogs();
        refreshPrice();
        mirror.read(vm.getRecordedLogs());
    }

    /// @dev Makes the call. A refusal ends the run, unless it is for the reasons `allowed`, one after the other. Forge
    /// records the logs of a call that reverted too, so that they are thrown away here.
    function attempt(address from, address target, bytes memory data, bytes memory allowed)
        internal
        returns (bool success)
    {
        mirror.read(vm.getRecordedLogs());
        bytes memory answer;
        vm.prank(from);
        (success, answer) = target.call(data);
        if (success) return true;
        vm.getRecordedLogs();
        bool expected;
        for (uint256 i; i < allowed.length; i += 4) {
            expected = expected || bytes4(answer) == _selectorAt(allowed, i);
        }
        assertTrue(expected, string.concat("refused for no good reason: ", vm.toString(answer)));
    }

    /// @dev A payment that is in order may meet a stale price and time that is prepaid far enough.
    function attemptPayment(address from, bytes memory data) internal returns (bool) {
        if (membership.paused()) return false;
        return attempt(
            from,
            address(membership),
            data,
            bytes.concat(IMembership.PrepaidTooFar.selector, IReferencePrice.PriceStale.selector)
        );
    }

    function principalOf(address account) internal view returns (uint256 principal) {
        IStaking.Stake memory held = staking.stakeOf(account);
        principal = held.amount;
        for (uint32 id; id < held.requests; ++id) {
            principal += staking.requestOf(account, id).amount;
        }
    }

    function _belongings() private view returns (Belongings[MEMBERS] memory list) {
        for (uint256 i; i < MEMBERS; ++i) {
            address account = _members[i].addr;
            list[i] = Belongings(
                timeLeft(account, NORMAL), timeLeft(account, PRO), principalOf(account), token.balanceOf(account)
            );
        }
    }

    function _selectorAt(bytes memory list, uint256 index) private pure returns (bytes4 selector) {
        for (uint256 i; i < 4; ++i) {
            selector |= bytes4(list[index + i]) >> (8 * i);
        }
    }
}
