// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @dev A contract account that accepts its owner's ECDSA signature by ERC-1271, or misbehaves on request.
contract Wallet1271 is IERC1271 {
    enum Mode {
        Honest,
        AcceptsEmpty,
        Refuses,
        Reverts,
        AnswersShort,
        BurnsGas
    }

    address private immutable _firstOwner;
    address private _newOwner;
    Mode public mode;

    constructor(address owner_) {
        _firstOwner = owner_;
    }

    function setOwner(address owner_) external {
        _newOwner = owner_;
    }

    function owner() public view returns (address) {
        return _newOwner == address(0) ? _firstOwner : _newOwner;
    }

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    function execute(address target, bytes calldata data) external returns (bytes memory) {
        require(msg.sender == owner(), "not the owner");
        (bool success, bytes memory answer) = target.call(data);
        require(success, "call failed");
        return answer;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (mode == Mode.Refuses) return 0xffffffff;
        if (mode == Mode.Reverts) revert("no");
        if (mode == Mode.AcceptsEmpty) return signature.length == 0 ? IERC1271.isValidSignature.selector : bytes4(0);
        if (mode == Mode.AnswersShort) {
            assembly {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        if (mode == Mode.BurnsGas) {
            assembly {
                invalid()
            }
        }
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(hash, signature);
        return problem == ECDSA.RecoverError.NoError && signer == owner()
            ? IERC1271.isValidSignature.selector
            : bytes4(0xffffffff);
    }
}

/// @dev What an EIP-7702 account may delegate to: code that knows nothing of ERC-1271.
contract DelegateWithout1271 {
    function ping() external pure returns (bool) {
        return true;
    }
}
