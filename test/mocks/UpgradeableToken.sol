// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @dev A proxy whose storage lies as that of OpenZeppelin's ERC20 and of SilentToken does: it becomes any of these tokens,
/// at any time, and everybody keeps balance and allowances.
contract UpgradeableToken {
    // As ERC-1967 has it: where no implementation puts anything.
    bytes32 private constant IMPLEMENTATION = bytes32(uint256(keccak256("eip1967.proxy.implementation")) - 1);

    mapping(address account => uint256) private _balances;
    mapping(address owner => mapping(address spender => uint256)) private _allowances;
    uint256 private _totalSupply;

    constructor(address implementation, address holder, uint256 supply) {
        (_balances[holder], _totalSupply) = (supply, supply);
        upgradeTo(implementation);
    }

    fallback() external {
        bytes32 slot = IMPLEMENTATION;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), sload(slot), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(success) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }

    function upgradeTo(address implementation) public {
        bytes32 slot = IMPLEMENTATION;
        assembly {
            sstore(slot, implementation)
        }
    }
}
