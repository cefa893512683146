// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @dev Plain and slow, and the same tree as OpenZeppelin's merkle-tree builds of the same leaves: they are sorted, and lie
/// at the end of a complete binary tree, the lowest last. Node i has the children 2i + 1 and 2i + 2, and their hash.
library MerkleTree {
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        return _build(leaves)[0];
    }

    /// @dev The proof of `leaves[index]`.
    function proof(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory path) {
        bytes32[] memory tree = _build(leaves);
        uint256 node = leaves.length - 1;
        while (tree[node] != leaves[index]) {
            ++node;
        }
        bytes32[] memory found = new bytes32[](64);
        uint256 length;
        for (; node != 0; node = (node - 1) / 2) {
            found[length++] = tree[node % 2 == 0 ? node - 1 : node + 1];
        }
        path = new bytes32[](length);
        for (uint256 i; i < length; ++i) {
            path[i] = found[i];
        }
    }

    function _build(bytes32[] memory leaves) private pure returns (bytes32[] memory tree) {
        uint256 count = leaves.length;
        bytes32[] memory sorted = Arrays.sort(Arrays.slice(leaves, 0));
        tree = new bytes32[](2 * count - 1);
        for (uint256 i; i < count; ++i) {
            tree[tree.length - 1 - i] = sorted[i];
        }
        for (uint256 i = count - 1; i != 0; --i) {
            tree[i - 1] = Hashes.commutativeKeccak256(tree[2 * i - 1], tree[2 * i]);
        }
    }
}
