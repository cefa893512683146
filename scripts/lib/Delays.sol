// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice A delay of the AccessManager: `current` until `effect` (unix seconds), then `pending`; none is pending where
/// `effect` is 0.
struct Delay {
    uint32 current;
    uint32 pending;
    uint48 effect;
}

/// @title Delays
/// @notice The delays that the AccessManager changes late, with what is pending: it has no function that says so.
/// @dev Read from the storage of OpenZeppelin's AccessManager 5.7, which package.json pins: `_targets` is slot 0,
/// `_roles` slot 1, and in both structs the delay lies in the slot after the mapping. Tests compare with the public
/// getters.
library Delays {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant TARGETS = 0;
    uint256 private constant ROLES = 1;

    /// @dev Beside it lie the role's admin and guardian, 64 bits each.
    function grantDelay(AccessManager manager, uint64 role) internal view returns (Delay memory) {
        return _unpack(_read(manager, keccak256(abi.encode(role, ROLES))) >> 128);
    }

    function targetDelay(AccessManager manager, address target) internal view returns (Delay memory) {
        return _unpack(_read(manager, keccak256(abi.encode(target, TARGETS))));
    }

    /// @dev Whether it is `wanted`, now or from `effect` on.
    function willBe(Delay memory delay, uint256 wanted) internal pure returns (bool) {
        return delay.effect == 0 ? delay.current == wanted : delay.pending == wanted;
    }

    function _read(AccessManager manager, bytes32 slot) private view returns (uint256) {
        return uint256(vm.load(address(manager), bytes32(uint256(slot) + 1)));
    }

    function _unpack(uint256 packed) private view returns (Delay memory) {
        (uint32 later, uint32 before, uint48 effect) = (uint32(packed), uint32(packed >> 32), uint48(packed >> 64));
        return effect <= block.timestamp ? Delay(later, 0, 0) : Delay(before, later, effect);
    }
}
