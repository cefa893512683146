// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {BTSc} from "../contracts/BTSc.sol";
import {Membership} from "../contracts/Membership.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IRewardPool} from "../contracts/interfaces/IRewardPool.sol";
import {BaseTest} from "./BaseTest.sol";
import {MerkleTree} from "./helpers/MerkleTree.sol";

/// @dev What other people's libraries make of the same data: test/vectors/generate.mjs. The contracts stand where the
/// vectors say.
contract VectorsTest is BaseTest {
    string private constant MERKLE = "test/vectors/merkle.json";
    string private constant TYPED_DATA = "test/vectors/typed-data.json";

    string private _json;

    // ------------------------------------------------------------------ Merkle trees

    function test_Merkle_TreesAreThoseOfTheTests() public {
        _json = vm.readFile(MERKLE);
        IRewardPool pool = _poolOfTheVectors();
        uint256 trees;
        for (; vm.keyExistsJson(_json, _tree(trees, "")); ++trees) {
            bytes32[] memory leaves = new bytes32[](_leavesOf(trees));
            for (uint256 i; i < leaves.length; ++i) {
                (address account, uint256 cumulative) = _leaf(trees, i);
                leaves[i] = pool.leafOf(account, cumulative);
                assertEq(leaves[i], vm.parseJsonBytes32(_json, _field(trees, i, ".leaf")), "leaf");
            }
            assertEq(MerkleTree.root(leaves), vm.parseJsonBytes32(_json, _tree(trees, ".root")), "root");
            for (uint256 i; i < leaves.length; ++i) {
                assertEq(MerkleTree.proof(leaves, i), _proof(trees, i), "proof");
            }
        }
        assertEq(trees, 9, "trees");
    }

    function test_Merkle_EveryLeafIsPaid() public {
        _json = vm.readFile(MERKLE);
        IRewardPool pool = _poolOfTheVectors();
        uint256 snapshot = vm.snapshotState();
        uint256 claims;
        for (uint256 tree; vm.keyExistsJson(_json, _tree(tree, "")); ++tree) {
            uint256 total = vm.parseJsonUint(_json, _tree(tree, ".total"));
            bytes32 root = vm.parseJsonBytes32(_json, _tree(tree, ".root"));
            send(treasury, address(pool), total);
            vm.prank(publisher);
            pool.publish(root, total, keccak256("leaves"), "");
            skip(CHALLENGE);
            uint256 leaves = _leavesOf(tree);
            for (uint256 i; i < leaves; ++i) {
                (address account, uint256 cumulative) = _leaf(tree, i);
                vm.prank(account);
                assertEq(pool.claim(account, cumulative, _proof(tree, i)), cumulative, "returned");
                assertEq(token.balanceOf(account), cumulative, "account's balance");
                ++claims;
            }
            assertEq(pool.owed(), 0, "owed");
            assertEq(token.balanceOf(address(pool)), 0, "pool's balance");
            vm.revertToState(snapshot);
        }
        assertEq(claims, 72, "claims");
    }

    // ------------------------------------------------------------------ EIP-712

    function test_TypedData_DigestsAndSigners() public {
        _json = vm.readFile(TYPED_DATA);
        uint256 count;
        for (uint256 i; vm.keyExistsJson(_json, _vector(i, "")); ++i) {
            if (_is(i, "Permit")) continue;
            Membership there = _membershipOf(i);
            bytes32 digest = _digestOf(there, i);
            assertEq(digest, vm.parseJsonBytes32(_json, _vector(i, ".digest")), "digest");
            address signer = vm.parseJsonAddress(_json, _vector(i, ".signer"));
            assertEq(ECDSA.recover(digest, _signature(i)), signer, "signer");
            ++count;
        }
        assertEq(count, 13, "vectors");
    }

    function test_TypedData_CancellationsCancel() public {
        _json = vm.readFile(TYPED_DATA);
        uint256 count;
        for (uint256 i; vm.keyExistsJson(_json, _vector(i, "")); ++i) {
            if (!_is(i, "Cancellation")) continue;
            Membership there = _membershipOf(i);
            (address account, uint256 nonce) = (_address(i, "account"), _uint(i, "nonce"));
            there.cancelBySignature(account, nonce, _signature(i));
            assertTrue(there.isNonceUsed(account, nonce), "cancelled");
            ++count;
        }
        assertEq(count, 4, "vectors");
    }

    function test_TypedData_PermitsAllow() public {
        _json = vm.readFile(TYPED_DATA);
        vm.warp(1_700_000_000);
        uint256 count;
        for (uint256 i; vm.keyExistsJson(_json, _vector(i, "")); ++i) {
            if (!_is(i, "Permit")) continue;
            BTSc there = BTSc(_verifyingContract(i));
            vm.chainId(_chainId(i));
            if (address(there).code.length == 0) deployCodeTo("BTSc.sol:BTSc", abi.encode(treasury), address(there));
            (address owner, address by, uint256 value) =
                (_address(i, "owner"), _address(i, "spender"), _uint(i, "value"));
            assertEq(there.nonces(owner), _uint(i, "nonce"), "nonce");
            (bytes32 r, bytes32 s, uint8 v) = _split(_signature(i));
            there.permit(owner, by, value, _uint(i, "deadline"), v, r, s);
            assertEq(there.allowance(owner, by), value, "allowance");
            ++count;
        }
        assertEq(count, 3, "vectors");
    }

    // ------------------------------------------------------------------ contracts where the vectors have them

    /// @dev The real pool at another address, with the same roles.
    function _poolOfTheVectors() private returns (IRewardPool pool) {
        pool = IRewardPool(vm.parseJsonAddress(_json, ".pool"));
        vm.chainId(vm.parseJsonUint(_json, ".chainId"));
        bytes memory arguments = abi.encode(manager, token, EPOCH, CHALLENGE, HIGHEST_EPOCH_CAP, HIGHEST_EPOCH_CAP);
        deployCodeTo("RewardPool.sol:RewardPool", arguments, address(pool));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IRewardPool.publish.selector;
        uint64 role = manager.getTargetFunctionRole(address(rewardPool), IRewardPool.publish.selector);
        vm.prank(address(timelock));
        manager.setTargetFunctionRole(address(pool), selectors, role);
    }

    function _membershipOf(uint256 i) private returns (Membership there) {
        there = Membership(_verifyingContract(i));
        vm.chainId(_chainId(i));
        if (address(there).code.length != 0) return there;
        bytes memory arguments = abi.encode(
            manager,
            token,
            referencePrice,
            address(0),
            Membership.Pools(address(rewardPool), address(operationPool), address(stakingPool)),
            Membership.Terms(uint96(NORMAL_FEE), uint96(PRO_FEE), REWARD_SHARE, OPERATION_SHARE, STAKING_SHARE)
        );
        deployCodeTo("Membership.sol:Membership", arguments, address(there));
    }

    function _digestOf(Membership there, uint256 i) private view returns (bytes32) {
        if (_is(i, "Cancellation")) return there.hashCancellation(_address(i, "account"), _uint(i, "nonce"));
        IMembership.Order memory order = IMembership.Order(
            _address(i, "payer"),
            _address(i, "beneficiary"),
            IMembership.Tier(_uint(i, "tier")),
            uint16(_uint(i, "periods")),
            _uint(i, "maxCost"),
            _uint(i, "maxAmount"),
            _uint(i, "nonce"),
            _uint(i, "deadline")
        );
        if (_is(i, "Order")) return there.hashOrder(order);
        return there.hashMandate(
            IMembership.Mandate(
                order.payer,
                order.beneficiary,
                order.tier,
                order.periods,
                order.maxCost,
                order.maxAmount,
                order.nonce,
                order.deadline,
                _uint(i, "expiry")
            )
        );
    }

    // ------------------------------------------------------------------ reading

    function _tree(uint256 tree, string memory field) private pure returns (string memory) {
        return string.concat(".trees[", vm.toString(tree), "]", field);
    }

    function _field(uint256 tree, uint256 leaf, string memory field) private pure returns (string memory) {
        return _tree(tree, string.concat(".leaves[", vm.toString(leaf), "]", field));
    }

    function _leavesOf(uint256 tree) private view returns (uint256 count) {
        while (vm.keyExistsJson(_json, _field(tree, count, ""))) {
            ++count;
        }
    }

    function _leaf(uint256 tree, uint256 leaf) private view returns (address, uint256) {
        return (
            vm.parseJsonAddress(_json, _field(tree, leaf, ".account")),
            vm.parseJsonUint(_json, _field(tree, leaf, ".cumulative"))
        );
    }

    function _proof(uint256 tree, uint256 leaf) private view returns (bytes32[] memory) {
        return vm.parseJsonBytes32Array(_json, _field(tree, leaf, ".proof"));
    }

    function _vector(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".vectors[", vm.toString(i), "]", field);
    }

    function _is(uint256 i, string memory primaryType) private view returns (bool) {
        string memory actual = vm.parseJsonString(_json, _vector(i, ".primaryType"));
        return keccak256(bytes(actual)) == keccak256(bytes(primaryType));
    }

    function _address(uint256 i, string memory field) private view returns (address) {
        return vm.parseJsonAddress(_json, _vector(i, string.concat(".message.", field)));
    }

    function _uint(uint256 i, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(_json, _vector(i, string.concat(".message.", field)));
    }

    function _verifyingContract(uint256 i) private view returns (address) {
        return vm.parseJsonAddress(_json, _vector(i, ".domain.verifyingContract"));
    }

    function _chainId(uint256 i) private view returns (uint256) {
        return vm.parseJsonUint(_json, _vector(i, ".domain.chainId"));
    }

    function _signature(uint256 i) private view returns (bytes memory) {
        return vm.parseJsonBytes(_json, _vector(i, ".signature"));
    }

    function _split(bytes memory signature) private pure returns (bytes32 r, bytes32 s, uint8 v) {
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
            v := byte(0, mload(add(signature, 0x60)))
        }
    }
}
