// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";
import {DelegateWithout1271, Wallet1271} from "./mocks/Wallet1271.sol";

/// @dev Alice cancels what she signed. The relayer submits and holds no token.
contract MembershipCancelTest is MembershipBaseTest {
    // ------------------------------------------------------------------ hashCancellation

    /// @dev Compared with the EIP-712 implementation of the tool that runs these tests.
    function testFuzz_HashCancellation_IsWhatAnotherImplementationComputes(address account, uint256 nonce) public view {
        string memory json = string.concat(
            '{"types":{"EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},',
            '{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],',
            '"Cancellation":[{"name":"account","type":"address"},{"name":"nonce","type":"uint256"}]},',
            '"primaryType":"Cancellation","domain":{"name":"BTSChain Membership","version":"1","chainId":"',
            vm.toString(block.chainid),
            string.concat('","verifyingContract":"', vm.toString(address(membership)), '"},"message":{"account":"'),
            string.concat(vm.toString(account), '","nonce":"', vm.toString(nonce), '"}}')
        );
        assertEq(membership.hashCancellation(account, nonce), vm.eip712HashTypedData(json), "digest");
    }

    function test_HashCancellation_WhenAnythingDiffers() public {
        bytes32 digest = membership.hashCancellation(alice.addr, NONCE);
        assertNotEq(membership.hashCancellation(bob.addr, NONCE), digest, "digest for another account");
        assertNotEq(membership.hashCancellation(alice.addr, NONCE + 1), digest, "digest for another nonce");
        vm.chainId(block.chainid + 1);
        assertNotEq(membership.hashCancellation(alice.addr, NONCE), digest, "digest on another chain");
        vm.chainId(block.chainid - 1);
        deployFor(address(btsc));
        assertNotEq(membership.hashCancellation(alice.addr, NONCE), digest, "digest for another contract");
    }

    // ------------------------------------------------------------------ cancel

    function test_Cancel_GivenNothingWasSubmitted() public {
        IMembership.Mandate memory mandate = mandateFor(alice.addr, alice.addr, PRO);
        bytes memory signature = signMandate(alice, mandate);
        IMembership.Order memory order = _order();
        bytes memory orderSignature = signOrder(alice, order);

        watchBalances();
        _expectEvents(false, true);
        cancel(alice.addr, NONCE);
        _assertEvents(1);
        assertNothingElseMoved();
        assertTrue(membership.isNonceUsed(alice.addr, NONCE), "alice's nonce");
        assertFalse(membership.isNonceUsed(alice.addr, NONCE + 1), "alice's next nonce");
        assertFalse(membership.isNonceUsed(bob.addr, NONCE), "bob's nonce");
        assertEq(membership.mandateOf(alice.addr, NONCE).fingerprint, 0, "fingerprint");
        assertFalse(membership.mandateOf(alice.addr, NONCE).ended, "ended");

        expectOpenRevert(mandate, signature, nonceUsed(alice.addr, NONCE));
        vm.expectRevert(nonceUsed(alice.addr, NONCE));
        membership.payBySignature(order, orderSignature);
    }

    function test_Cancel_GivenAMandateIsOpen() public {
        IMembership.Mandate memory mandate = _open();
        IMembership.Mandate memory other = changed(mandateFor(alice.addr, alice.addr, PRO), 6);
        openByPayer(other);
        IMembership.Account memory stored = membership.membershipOf(alice.addr);

        watchBalances();
        _expectEvents(true, true);
        cancel(alice.addr, NONCE);
        _assertEvents(2);
        assertNothingElseMoved();
        assertMandate(mandate, 1, START, true);
        assertMandate(other, 0, 0, false);
        assertMembership(alice.addr, stored);
        assertTrue(membership.isNonceUsed(alice.addr, NONCE), "nonce used");
    }

    function test_Cancel_GivenAMandateIsOpenAndAnOrderWasTaken() public {
        IMembership.Mandate memory mandate = _open();
        membership.payBySignature(_order(), signOrder(alice, _order()));
        _expectEvents(true, false);
        cancel(alice.addr, NONCE);
        _assertEvents(1);
        assertMandate(mandate, 1, START, true);
        _expectNothingToCancel();
    }

    function test_Cancel_RevertGiven_ItWasCancelled() public {
        cancel(alice.addr, NONCE);
        _expectNothingToCancel();

        IMembership.Mandate memory other = changed(mandateFor(alice.addr, alice.addr, PRO), 6);
        openByPayer(other);
        cancel(alice.addr, other.nonce);
        vm.expectRevert(nonceUsed(alice.addr, other.nonce));
        cancel(alice.addr, other.nonce);
    }

    function test_Cancel_RevertGiven_AnOrderWasTaken() public {
        membership.payBySignature(_order(), signOrder(alice, _order()));
        _expectNothingToCancel();
    }

    function test_Cancel_GivenPausedAndRetired() public {
        IMembership.Mandate memory mandate = _open();
        pause();
        cancel(alice.addr, NONCE);
        assertMandate(mandate, 1, START, true);
        retire();
        cancel(alice.addr, NONCE + 1);
        assertTrue(membership.isNonceUsed(alice.addr, NONCE + 1), "nonce used");
    }

    // ------------------------------------------------------------------ cancelBySignature

    function test_CancelBySignature_WhenTheAccountSigned() public {
        bytes memory signature = signCancellation(alice, alice.addr, NONCE);
        uint256 before = vm.snapshotState();
        _expectEvents(false, true);
        _submit(alice.addr, signature);
        _assertEvents(1);
        assertTrue(membership.isNonceUsed(alice.addr, NONCE), "nonce used");
        assertFalse(membership.isNonceUsed(relayer, NONCE), "relayer's nonce");

        vm.revertToState(before);
        IMembership.Mandate memory mandate = _open();
        watchBalances();
        _expectEvents(true, true);
        _submit(alice.addr, signature);
        _assertEvents(2);
        assertNothingElseMoved();
        assertMandate(mandate, 1, START, true);
    }

    function test_CancelBySignature_GivenPausedAndRetired() public {
        IMembership.Mandate memory mandate = _open();
        pause();
        retire();
        _submit(alice.addr, signCancellation(alice, alice.addr, NONCE));
        assertMandate(mandate, 1, START, true);
    }

    function test_CancelBySignature_RevertWhen_SubmittedAgain() public {
        _open();
        bytes memory signature = signCancellation(alice, alice.addr, NONCE);
        _submit(alice.addr, signature);
        IMembership.Mandate memory next = changed(mandateFor(alice.addr, alice.addr, PRO), 6);
        openByPayer(next);
        vm.expectRevert(nonceUsed(alice.addr, NONCE));
        _submit(alice.addr, signature);
        assertMandate(next, 0, 0, false);
    }

    function test_CancelBySignature_RevertWhen_SomebodyElseSigned() public {
        IMembership.Mandate memory mandate = mandateFor(alice.addr, bob.addr, PRO);
        openByPayer(mandate);
        // The beneficiary can't end it either.
        _expectInvalid(alice.addr, NONCE, signCancellation(bob, alice.addr, NONCE));
        _expectInvalid(alice.addr, NONCE, signCancellation(bob, bob.addr, NONCE));
        _expectInvalid(alice.addr, NONCE, signCancellation(carol, alice.addr, NONCE));
        // What alice signed to open it does not cancel it.
        _expectInvalid(alice.addr, NONCE, signMandate(alice, mandate));
        assertMandate(mandate, 1, START, false);
    }

    function test_CancelBySignature_RevertWhen_AnythingIsNotWhatWasSigned() public {
        bytes memory signature = signCancellation(alice, alice.addr, NONCE);
        _expectInvalid(bob.addr, NONCE, signature);
        _expectInvalid(alice.addr, NONCE + 1, signature);
        _expectInvalid(address(0), NONCE, signature);
        _expectInvalid(address(0), NONCE, new bytes(65));
        vm.chainId(block.chainid + 1);
        _expectInvalid(alice.addr, NONCE, signature);
        vm.chainId(block.chainid - 1);
        deployFor(address(btsc));
        _expectInvalid(alice.addr, NONCE, signature);
    }

    function test_CancelBySignature_RevertWhen_SignatureIsMalformed() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(alice.key, membership.hashCancellation(alice.addr, NONCE));
        bytes32 vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
        _expectInvalid(alice.addr, NONCE, "");
        _expectInvalid(alice.addr, NONCE, abi.encodePacked(r, s));
        _expectInvalid(alice.addr, NONCE, abi.encodePacked(r, vs));
        _expectInvalid(alice.addr, NONCE, abi.encodePacked(r, s, v, uint8(0)));
        _expectInvalid(alice.addr, NONCE, abi.encodePacked(r, s, v - 27));
        _expectInvalid(alice.addr, NONCE, abi.encodePacked(r, N - uint256(s), v == 27 ? uint8(28) : uint8(27)));
        _expectInvalid(alice.addr, NONCE, abi.encodePacked(r, s, v == 27 ? uint8(28) : uint8(27)));
        _expectInvalid(alice.addr, NONCE, new bytes(65));
        _submit(alice.addr, abi.encodePacked(r, s, v));
    }

    function testFuzz_CancelBySignature_RevertWhen_SignatureIsNoise(bytes calldata signature) public {
        _expectInvalid(alice.addr, NONCE, signature);
    }

    function test_CancelBySignature_WhenTheAccountIsAContract() public {
        Wallet1271 wallet = new Wallet1271(alice.addr);
        bytes memory signature = signCancellation(alice, address(wallet), NONCE);
        Wallet1271.Mode[4] memory modes =
            [Wallet1271.Mode.Refuses, Wallet1271.Mode.Reverts, Wallet1271.Mode.AnswersShort, Wallet1271.Mode.BurnsGas];
        for (uint256 i; i < modes.length; ++i) {
            wallet.setMode(modes[i]);
            _expectInvalid(address(wallet), NONCE, signature);
        }
        wallet.setMode(Wallet1271.Mode.Honest);
        _expectInvalid(address(wallet), NONCE, signCancellation(bob, address(wallet), NONCE));
        _submit(address(wallet), signature);
        assertTrue(membership.isNonceUsed(address(wallet), NONCE), "wallet's nonce");
        assertFalse(membership.isNonceUsed(alice.addr, NONCE), "owner's nonce");
    }

    function test_CancelBySignature_WhenTheAccountIsAnEip7702Account() public {
        delegate(alice, address(new DelegateWithout1271()));
        _expectInvalid(alice.addr, NONCE, signCancellation(bob, alice.addr, NONCE));
        _submit(alice.addr, signCancellation(alice, alice.addr, NONCE));
        assertTrue(membership.isNonceUsed(alice.addr, NONCE), "nonce used");
    }

    // ------------------------------------------------------------------ helpers

    function _open() private returns (IMembership.Mandate memory mandate) {
        mandate = mandateFor(alice.addr, alice.addr, PRO);
        openByPayer(mandate);
    }

    function _order() private view returns (IMembership.Order memory) {
        return IMembership.Order(alice.addr, alice.addr, PRO, 1, PRO_FEE, FUNDS, NONCE, block.timestamp);
    }

    function _submit(address account, bytes memory signature) private {
        vm.prank(relayer);
        membership.cancelBySignature(account, NONCE, signature);
    }

    function _expectEvents(bool ends, bool uses) private {
        vm.recordLogs();
        if (ends) {
            vm.expectEmit(address(membership));
            emit IMembership.MandateEnded(alice.addr, NONCE);
        }
        if (uses) {
            vm.expectEmit(address(membership));
            emit IMembership.NonceUsed(alice.addr, NONCE);
        }
    }

    function _assertEvents(uint256 count) private {
        Vm.Log[] memory events = eventsOf(address(membership));
        assertEq(events.length, count, "events");
    }

    function _expectNothingToCancel() private {
        vm.expectRevert(nonceUsed(alice.addr, NONCE));
        cancel(alice.addr, NONCE);
        bytes memory signature = signCancellation(alice, alice.addr, NONCE);
        vm.expectRevert(nonceUsed(alice.addr, NONCE));
        _submit(alice.addr, signature);
    }

    function _expectInvalid(address account, uint256 nonce, bytes memory signature) private {
        vm.prank(relayer);
        vm.expectRevert(signatureInvalid(account));
        membership.cancelBySignature(account, nonce, signature);
        assertFalse(membership.isNonceUsed(account, nonce), "nonce used");
    }
}
